//! Thirty functions, measured: how much is granted, on what, in how many characters, and how long a thousand of them take.
//!
//! `cargo bench -p policy-core --bench functions`. The functions are those of `tests/functions.rs`, which holds what is granted
//! against what is needed.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first mistake"
)]

#[allow(dead_code, reason = "tests use the rest")]
#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use policy_core::catalog::Catalog;
use policy_core::graph::AccessGraph;
use policy_core::policy::quota::size_chars;
use policy_core::policy::{Effect, ResourceElement};
use policy_core::synthesis::{FunctionPolicies, synthesise};
use serde_json::{Value, json};

use support::Case;

/// How many functions are made in the timed run.
const MANY: usize = 1000;

/// The function `shape` under a name of its own.
fn case(shape: &Value, number: usize) -> Case {
    let mut function = shape.clone();
    let name = format!("{}-{number}", shape["name"].as_str().unwrap());
    function["deployed"] = json!(format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}"));
    function["function"] = json!(name);
    function["account"] = json!("111122223333");
    function["region"] = json!("eu-west-1");
    Case::from_value(&function)
}

fn made(case: &Case, catalog: &Catalog) -> FunctionPolicies {
    let (graph, _) = AccessGraph::build(&case.evidence, catalog, case.merge).unwrap();
    synthesise(&graph, catalog, case.options).unwrap().0
}

fn main() {
    // Passed by `cargo bench`, not by `cargo test --all-targets`.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("run by `cargo bench`");
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/functions/functions.json");
    let shapes: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let shapes = shapes.as_array().unwrap();
    let catalog = Catalog::embedded();
    let (mut granted, mut needed, mut statements, mut named, mut characters) = (0, 0, 0, 0, 0);
    for shape in shapes {
        let policies = made(&case(shape, 0), catalog);
        let all = policies.execution_role.iter().flat_map(|document| &document.statements);
        let allowed: Vec<_> = all.filter(|it| it.effect == Effect::Allow).collect();
        let actions: BTreeSet<&String> =
            allowed.iter().flat_map(|statement| statement.action.values()).collect();
        granted += actions.len();
        needed += shape["needed"].as_array().unwrap().len();
        statements += allowed.len();
        named += allowed
            .iter()
            .filter(|it| it.resource.as_ref().map_or(&[][..], ResourceElement::values) != ["*"])
            .count();
        characters += policies.execution_role.iter().map(size_chars).sum::<usize>();
    }
    println!("functions                       {}", shapes.len());
    println!("actions granted / needed        {granted} / {needed}");
    println!("statements, on named resources  {statements}, {named}");
    println!("characters                      {characters}");
    let cases: Vec<Case> =
        (0..MANY).map(|number| case(&shapes[number % shapes.len()], number)).collect();
    let start = Instant::now();
    let total: usize = cases.iter().map(|case| made(case, catalog).evidence.len()).sum();
    println!("{MANY} functions, {total} grants, proved: {:.2} s", start.elapsed().as_secs_f64());
}
