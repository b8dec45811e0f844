//! The fast evaluator against the slow one on real policies that nobody on this project wrote.
//!
//! `POLICY_CORPUS` names the folder; without it the test says so and passes.

#![expect(clippy::unwrap_used, reason = "a test over files that must be there")]

use std::collections::BTreeMap;
use std::io::Read;

use policy_core::policy::{self, PolicyDocument};
use policy_core::semantics::{CompiledPolicies, DecisionEffect, Policies, decide};
use serde_json::Value;

#[path = "support/requests.rs"]
mod requests;

/// The documents of one file, those that are refused left out.
fn documents(corpus: &std::path::Path, name: &str, field: &str) -> Vec<PolicyDocument> {
    let file = std::fs::File::open(corpus.join("policies").join(name)).unwrap();
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines()
        .filter_map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            policy::parse(&line[field].to_string(), name).ok().map(|parsed| parsed.document)
        })
        .collect()
}

/// Documents that name principals stand as resource policies, or as trust policies where no statement
/// has a resource; all others as identity policies, now and then limited by the one before.
fn around(document: &PolicyDocument, before: Option<&PolicyDocument>, turn: usize) -> Policies {
    if document.statements.iter().any(|statement| statement.principal.is_some()) {
        return match document.statements.iter().all(|statement| statement.resource.is_none()) {
            true => Policies::trust(document.clone()),
            false => Policies::resource(document.clone()),
        };
    }
    let mut policies = Policies::identity(vec![document.clone()]);
    let Some(before) = before.filter(|b| b.statements.iter().all(|s| s.principal.is_none())) else {
        return policies;
    };
    match turn % 5 {
        0 => policies.boundary = Some(vec![before.clone(), document.clone()]),
        1 => policies.scp = vec![vec![document.clone()], vec![document.clone(), before.clone()]],
        2 => policies.session = Some(vec![document.clone(), before.clone()]),
        3 => policies.identity.push(before.clone()),
        _ => {}
    }
    policies
}

#[test]
fn real_policies_have_the_same_answers_fast_and_slow() {
    let Some(corpus) = std::env::var_os("POLICY_CORPUS").map(std::path::PathBuf::from) else {
        println!("POLICY_CORPUS is not set: nothing was tested");
        return;
    };
    let mut effects: BTreeMap<DecisionEffect, usize> = BTreeMap::new();
    for (name, field) in [
        ("aws-managed.jsonl.gz", "document"),
        ("aws-docs.jsonl.gz", "policy"),
        ("access-analyzer-reference-policies.jsonl.gz", "policy"),
    ] {
        let documents = documents(&corpus, name, field);
        assert!(documents.len() > 50, "{name}: {}", documents.len());
        for (turn, document) in documents.iter().enumerate() {
            let before = turn.checked_sub(1).and_then(|at| documents.get(at));
            let policies = around(document, before, turn);
            let compiled = CompiledPolicies::new(&policies);
            for request in requests::sampled(&[document], 24, turn as u64 + 1) {
                let slow = decide(&request, &policies);
                assert_eq!(compiled.decide(&request), slow, "{name} {turn}: {request:?}");
                assert_eq!(compiled.effect(&request), slow.effect, "{name} {turn}: {request:?}");
                *effects.entry(slow.effect).or_default() += 1;
            }
        }
    }
    println!("{effects:?}");
    let all: usize = effects.values().sum();
    for (effect, least) in [
        (DecisionEffect::Allowed, all / 5),
        (DecisionEffect::ImplicitlyDenied, all / 5),
        // Few managed policies deny anything.
        (DecisionEffect::ExplicitlyDenied, all / 100),
    ] {
        assert!(effects.get(&effect).copied().unwrap_or(0) >= least, "{effects:?}");
    }
}
