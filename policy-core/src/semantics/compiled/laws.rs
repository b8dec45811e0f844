//! The fast evaluator is held equal to the slow one.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::vocabulary::{condition, policies, request};
use super::*;
use crate::iam::BaseOperator;
use crate::semantics::{condition as slow_condition, decide};

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn every_request_has_the_same_answer_fast_and_slow(
        policies in policies(),
        requests in prop::collection::vec(request(), 24),
    ) {
        let compiled = CompiledPolicies::new(&policies);
        for request in &requests {
            let slow = decide(request, &policies);
            prop_assert_eq!(&compiled.decide(request), &slow, "{:?}", request);
            prop_assert_eq!(compiled.effect(request), slow.effect, "{:?}", request);
        }
    }

    /// Conditions by themselves, where nothing else can hide what they say.
    #[test]
    fn every_condition_has_the_same_answer_fast_and_slow(
        block in condition(),
        requests in prop::collection::vec(request(), 24),
        variables in prop::bool::weighted(0.8),
    ) {
        for effect in [Effect::Allow, Effect::Deny] {
            let compiled = condition::compile(&block, variables, effect);
            for Request { context, .. } in &requests {
                let slow = slow_condition::holds(&block, context, variables, effect);
                let fast = compiled.iter().all(|one| one.holds(context));
                prop_assert_eq!(fast, slow, "{:?}", context);
            }
        }
    }
}

/// So many of the random requests have each answer that no law above holds for want of cases.
#[test]
fn random_requests_have_all_three_answers() {
    let mut runner = TestRunner::deterministic();
    let mut effects: BTreeMap<DecisionEffect, usize> = BTreeMap::new();
    let mut kinds: BTreeMap<(DecisionEffect, PolicyKind), usize> = BTreeMap::new();
    let all = 4000;
    for _ in 0..all / 10 {
        let policies = policies().new_tree(&mut runner).unwrap().current();
        for _ in 0..10 {
            let request = request().new_tree(&mut runner).unwrap().current();
            let decision = decide(&request, &policies);
            *effects.entry(decision.effect).or_default() += 1;
            for statement in &decision.statements {
                *kinds.entry((decision.effect, statement.kind)).or_default() += 1;
            }
        }
    }
    assert_eq!(effects.len(), 3, "{effects:?}");
    assert!(effects.values().all(|count| *count >= all / 5), "{effects:?}");
    // Every kind answers for some of them; the `Allow`s of RCPs say nothing.
    for kind in PolicyKind::ALL {
        for effect in [DecisionEffect::Allowed, DecisionEffect::ExplicitlyDenied] {
            let count = kinds.get(&(effect, kind)).copied().unwrap_or(0);
            let silent = (effect, kind) == (DecisionEffect::Allowed, PolicyKind::Rcp);
            assert_eq!(count < 20, silent, "{effect:?} by {kind:?}: {count}");
        }
    }
}

/// Each operator is met both ways, and with a key that is there.
#[test]
fn random_conditions_hold_and_fail_under_every_operator() {
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<(BaseOperator, bool), usize> = BTreeMap::new();
    for _ in 0..10_000 {
        let block = condition().new_tree(&mut runner).unwrap().current();
        let context = request().new_tree(&mut runner).unwrap().current().context;
        for (operator, key, values) in block.iter() {
            if context.values(key).is_empty() && operator.base != BaseOperator::Null {
                continue;
            }
            let holds = slow_condition::entry(operator, key, values, &context, true, Effect::Allow);
            *seen.entry((operator.base, holds)).or_default() += 1;
        }
    }
    for base in BaseOperator::ALL {
        for holds in [true, false] {
            let count = seen.get(&(base, holds)).copied().unwrap_or(0);
            assert!(count >= 5, "{} {holds}: {count}", base.as_str());
        }
    }
}
