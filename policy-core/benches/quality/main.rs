//! How good generalising is: `cargo bench -p policy-core --bench quality [-- --events N] [SHAPE…]`.
//!
//! Policies are learnt from the first 70 % of a log, by time, and asked about the last 30 %. Prints
//! a Markdown table; the numbers are in `docs/performance.md`. Same numbers every time. With
//! `POLICY_CORPUS` the real logs in that folder follow. `--patterns` prints what was made.

#![expect(clippy::print_stdout, reason = "a benchmark prints its numbers")]
#![expect(clippy::unwrap_used, reason = "a benchmark whose input cannot be read has failed")]

mod corpus;
mod draw;
mod measure;
mod shapes;

use std::path::Path;

use measure::{Rule, Trial};
use policy_core::synthesis::SynthesisError;

/// Events of a log.
const EVENTS: usize = 2_000;

fn main() {
    let mut names = Vec::new();
    let (mut events, mut measuring, mut patterns) = (EVENTS, false, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--events" => events = arguments.next().unwrap().parse().unwrap(),
            "--patterns" => patterns = true,
            // Passed by `cargo bench`, not by `cargo test --all-targets`.
            "--bench" => measuring = true,
            name => names.push(name.to_owned()),
        }
    }
    if !measuring {
        println!("run by `cargo bench`");
        return;
    }
    let named =
        |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part.as_str()));
    println!(
        "| names | later calls allowed | by exact names | resources (exact) | characters | by exact names | unused allowed: elsewhere | beside |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for shape in shapes::SHAPES.iter().filter(|shape| named(shape.name)) {
        let trial = Trial::new(shape, events);
        let exact = trial.exact();
        let cells = match trial.generated() {
            Ok(rule) => cells(&rule, &exact),
            Err(SynthesisError::OverQuota(_)) => {
                let (later, characters) = (exact.later.percent(), exact.characters);
                format!("none: over quota | {later} % | - | - | {characters} | - | -")
            }
            Err(error) => panic!("{}: {error}", shape.name),
        };
        println!("| {} | {cells} |", shape.name);
        let container = trial.container();
        assert_eq!(container.later.percent(), 100);
        assert_eq!(container.elsewhere.percent(), 100);
        if patterns && let Ok(made) = trial.policies(false) {
            trial.resources(&made).for_each(|resource| println!("    {resource}"));
        }
    }
    if let Some(corpus) = std::env::var_os("POLICY_CORPUS") {
        corpus::print(Path::new(&corpus));
    }
}

fn cells(rule: &Rule, exact: &Rule) -> String {
    let wrong = rule.foreign.some + rule.refused.some + rule.outside.some;
    assert_eq!(wrong, 0, "a tenant was crossed, a refused name covered or the container left");
    format!(
        "{} % | {} % | {} ({}) | {} | {} | {} % | {} %",
        rule.later.percent(),
        exact.later.percent(),
        rule.resources,
        rule.exact,
        rule.characters,
        exact.characters,
        rule.elsewhere.percent(),
        rule.beside.percent(),
    )
}
