//! Thirty functions of shapes that occur, each with the actions that it needs written down beside it.
//!
//! What is granted is held against what is needed: not an action more, not one less, on named resources wherever one is
//! known. `benches/functions.rs` measures the same functions.
#![expect(clippy::unwrap_used, reason = "a broken case fails the test")]

#[allow(dead_code, reason = "other tests use the rest")]
mod support;

use std::collections::BTreeSet;
use std::path::Path;

use policy_core::catalog::Catalog;
use policy_core::graph::AccessGraph;
use policy_core::policy::{Effect, ResourceElement};
use policy_core::synthesis::synthesise;
use serde_json::{Value, json};

use support::Case;

fn functions() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/functions/functions.json");
    let functions: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let functions = functions.as_array().unwrap().iter().cloned();
    functions
        .map(|mut function| {
            let name = function["name"].as_str().unwrap().to_owned();
            let arn = format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}");
            function["function"] = json!(name);
            function["deployed"] = json!(arn);
            function["account"] = json!("111122223333");
            function["region"] = json!("eu-west-1");
            function
        })
        .collect()
}

#[test]
fn thirty_functions_are_granted_what_they_need_and_nothing_else() {
    let functions = functions();
    assert_eq!(functions.len(), 30);
    let catalog = Catalog::embedded();
    for function in &functions {
        let name = function["name"].as_str().unwrap();
        let case = Case::from_value(function);
        let (graph, findings) = AccessGraph::build(&case.evidence, catalog, case.merge).unwrap();
        let wrong: Vec<&str> = findings
            .iter()
            .filter(|finding| finding.severity == policy_core::finding::Severity::Error)
            .map(|finding| finding.message.as_str())
            .collect();
        assert_eq!(wrong, [""; 0], "{name}");
        let (policies, _) = synthesise(&graph, catalog, case.options).unwrap();
        let statements = policies.execution_role.iter().flat_map(|document| &document.statements);
        let mut granted = BTreeSet::new();
        for statement in statements.filter(|statement| statement.effect == Effect::Allow) {
            let actions = statement.action.values();
            granted.extend(actions.iter().cloned());
            let resources = statement.resource.as_ref().map_or(&[][..], ResourceElement::values);
            if resources.iter().any(|resource| resource == "*") {
                // Only where no resource could be named: AWS documents these so, or the declaration has a reason.
                let is_open = |action: &String| {
                    let known = catalog.action(&action.parse().unwrap()).unwrap();
                    known.resource_types().next().is_none()
                        || action.starts_with("ec2:")
                        || action == "cloudwatch:PutMetricData"
                };
                assert!(actions.iter().all(is_open), "{name}: {actions:?} on everything");
            }
        }
        let needed: BTreeSet<String> = function["needed"]
            .as_array()
            .unwrap()
            .iter()
            .map(|action| action.as_str().unwrap().to_owned())
            .collect();
        assert_eq!(granted, needed, "{name}");
    }
}
