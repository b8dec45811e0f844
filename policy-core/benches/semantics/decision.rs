//! The rows about `decide`: how many requests a second, fast and slow.

use std::hint::black_box;
use std::time::Duration;

use policy_core::policy::PolicyDocument;
use policy_core::semantics::{CompiledPolicies, DecisionEffect, Policies, Request, decide};

use super::inputs::Stopwatch;
use super::{Row, inputs, requests};

const RATE: &str = "1,000,000/s";

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row { name: "decide: the deployed role of the example", target: RATE, run: example },
        Row { name: "decide: the largest role of a real account", target: RATE, run: account },
        Row { name: "decide: ten large managed policies", target: RATE, run: managed },
        Row { name: "decide: ten policies, boundary, SCPs", target: RATE, run: limited },
    ]
}

fn example() -> String {
    rates(&Policies::identity(vec![inputs::deployed_role()]))
}

fn account() -> String {
    inputs::largest_role().map_or_else(no_corpus, |role| rates(&Policies::identity(role)))
}

/// As many policies as a role may have by default, the largest there are.
fn managed() -> String {
    inputs::largest_policies(10).map_or_else(no_corpus, |ten| rates(&Policies::identity(ten)))
}

/// The same under a boundary and two levels of SCPs.
fn limited() -> String {
    let Some(mut large) = inputs::largest_policies(13) else { return no_corpus() };
    let mut limits = large.split_off(10).into_iter().map(|document| vec![document]);
    let mut policies = Policies::identity(large.clone());
    policies.boundary = limits.next().map(|mut boundary| {
        boundary.extend(large);
        boundary
    });
    policies.scp = vec![vec![inputs::full_access()], vec![inputs::full_access()]];
    rates(&policies)
}

fn no_corpus() -> String {
    "POLICY_CORPUS is not set".to_owned()
}

/// One thread, as long as it takes to be sure; the slow evaluator on the same requests.
fn rates(policies: &Policies) -> String {
    let documents: Vec<&PolicyDocument> = policies.identity.iter().collect();
    let asked = requests::sampled(&documents, 2048, 7);
    let allowed = asked
        .iter()
        .filter(|request| decide(request, policies).effect == DecisionEffect::Allowed)
        .count();
    let start = Stopwatch::start();
    let compiled = CompiledPolicies::new(policies);
    let made = start.elapsed();
    let effect = rate(&asked, |request| compiled.effect(request));
    let whole = rate(&asked, |request| compiled.decide(request));
    let slow = rate(&asked, |request| decide(request, policies));
    let statements: usize = documents.iter().map(|document| document.statements.len()).sum();
    format!(
        "{effect:.0}/s ({:.0} ns), with statements {whole:.0}/s; slow {slow:.0}/s, ratio {:.0}; \
         {statements} statements, {} in 100 allowed, compiled in {} us",
        1e9 / effect,
        effect / slow,
        allowed * 100 / asked.len(),
        made.as_micros()
    )
}

/// Calls a second, the best of five rounds.
fn rate<T>(asked: &[Request], mut call: impl FnMut(&Request) -> T) -> f64 {
    let mut best = 0_f64;
    for _ in 0..5 {
        let start = Stopwatch::start();
        let mut calls = 0_u32;
        while start.elapsed() < Duration::from_millis(200) {
            for request in asked.iter().skip(calls as usize % asked.len()).take(256) {
                black_box(call(black_box(request)));
                calls += 1;
            }
        }
        best = best.max(f64::from(calls) / start.elapsed().as_secs_f64());
    }
    best
}
