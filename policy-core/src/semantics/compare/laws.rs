//! Laws of comparison, on policies made at random over a small vocabulary.

use super::*;
use crate::iam::{BaseOperator, ConditionBlock, ConditionKey, Operator, SetQuantifier};
use crate::policy::{ActionElement, Effect, ResourceElement, Statement};
use crate::semantics::decide::granted;
use proptest::prelude::*;

fn action() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "*",
        "s3:*",
        "s3:Get*",
        "s3:GetObject",
        "s3:PutObject",
        "s3:*Object",
        "sqs:*",
        "sqs:?*",
        "S3:getobject",
        "s?:GetObject",
        "*:Get*",
    ])
    .prop_map(str::to_owned)
}

fn resource() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "*",
        "arn:aws:s3:::b",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b*",
        "arn:aws:s3:::b/a/*",
        "arn:aws:s3:::?",
        "arn:aws:s3:::*/a*",
        "arn:aws:sqs",
        "arn:aws:s3:::b/${k:v}",
        "arn:aws:s3:::b/${k:v}*",
    ])
    .prop_map(str::to_owned)
}

fn condition() -> impl Strategy<Value = ConditionBlock> {
    let entry = prop::sample::select(vec![
        (BaseOperator::StringEquals, None, false, "k:a", vec!["1"]),
        (BaseOperator::StringEquals, None, true, "k:a", vec!["1", "2"]),
        (BaseOperator::StringNotEquals, None, false, "k:a", vec!["1"]),
        (BaseOperator::StringLike, None, false, "k:a", vec!["1*"]),
        (BaseOperator::Null, None, false, "k:a", vec!["true"]),
        (BaseOperator::NumericLessThan, None, false, "k:n", vec!["5"]),
        (BaseOperator::NumericGreaterThanEquals, None, false, "k:n", vec!["5"]),
        (BaseOperator::Bool, None, false, "k:b", vec!["true"]),
        (
            BaseOperator::StringEquals,
            Some(SetQuantifier::ForAllValues),
            false,
            "k:s",
            vec!["x", "y"],
        ),
        (BaseOperator::StringEquals, Some(SetQuantifier::ForAnyValue), false, "k:s", vec!["x"]),
        (BaseOperator::StringNotEquals, Some(SetQuantifier::ForAllValues), false, "k:s", vec!["x"]),
        (BaseOperator::StringEquals, None, false, "k:v", vec!["a"]),
        (BaseOperator::IpAddress, None, false, "k:ip", vec!["10.0.0.0/8"]),
        (BaseOperator::NotIpAddress, None, false, "k:ip", vec!["10.0.0.0/9"]),
    ]);
    prop_oneof![
        2 => Just(ConditionBlock::default()),
        1 => prop::collection::vec(entry, 1..3).prop_map(|entries| {
            let mut block = ConditionBlock::default();
            for (base, quantifier, if_exists, key, values) in entries {
                let operator = Operator { quantifier, base, if_exists };
                let values = values.into_iter().map(str::to_owned);
                block.insert(operator, ConditionKey::new(key), values);
            }
            block
        }),
    ]
}

fn statement() -> impl Strategy<Value = Statement> {
    (
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.15),
        prop::collection::vec(action(), 1..3),
        prop::bool::weighted(0.15),
        prop::collection::vec(resource(), 1..3),
        condition(),
    )
        .prop_map(|(deny, not_action, actions, not_resource, resources, condition)| {
            Statement {
                sid: None,
                effect: if deny { Effect::Deny } else { Effect::Allow },
                principal: None,
                action: if not_action {
                    ActionElement::NotAction(actions)
                } else {
                    ActionElement::Action(actions)
                },
                resource: Some(if not_resource {
                    ResourceElement::NotResource(resources)
                } else {
                    ResourceElement::Resource(resources)
                }),
                condition,
            }
        })
}

pub(in crate::semantics) fn policy() -> impl Strategy<Value = PolicyDocument> {
    prop::collection::vec(statement(), 0..4).prop_map(PolicyDocument::new)
}

/// Many requests over the same vocabulary.
pub(in crate::semantics) fn requests() -> Vec<Request> {
    let actions = [
        "s3:GetObject",
        "s3:PutObject",
        "s3:x",
        "sqs:SendMessage",
        "sqs:GetX",
        "sx:GetObject",
        "x:x",
    ];
    let resources = [
        "*",
        "arn:aws:s3:::b",
        "arn:aws:s3:::c",
        "arn:aws:s3:::b/",
        "arn:aws:s3:::b/a",
        "arn:aws:s3:::b/a/",
        "arn:aws:s3:::bb/a",
        "arn:aws:s3:::b/az",
        "arn:aws:sqs:r:1:q",
        "arn:aws:sns:r:1:t",
    ];
    let mut contexts = vec![Context::default()];
    for (key, values) in [
        ("k:a", vec![vec!["1"], vec!["2"], vec!["12"], vec!["z"]]),
        ("k:n", vec![vec!["4"], vec!["5"]]),
        ("k:b", vec![vec!["true"]]),
        ("k:s", vec![vec!["x"], vec!["y"], vec!["x", "z"]]),
        ("k:v", vec![vec!["a"]]),
        ("k:ip", vec![vec!["10.0.0.1"], vec!["10.200.0.1"], vec!["11.0.0.1"]]),
    ] {
        let before = contexts.clone();
        for values in values {
            for context in &before {
                let mut context = context.clone();
                let values = values.iter().map(|v| (*v).to_owned()).collect();
                context.set(ConditionKey::new(key), values);
                contexts.push(context);
            }
        }
    }
    let principal = Principal::role("arn:aws:iam::111122223333:role/r".parse().unwrap());
    let mut out = Vec::new();
    // Every 29th combination: a sample that still meets each pair of values.
    let mut turn = 0_usize;
    for action in actions {
        for resource in resources {
            for context in &contexts {
                turn += 1;
                if turn.is_multiple_of(29) {
                    out.push(Request {
                        principal: principal.clone(),
                        action: action.parse().unwrap(),
                        resource: resource.to_owned(),
                        context: context.clone(),
                    });
                }
            }
        }
    }
    out
}

fn allowed(request: &Request, document: &PolicyDocument) -> bool {
    granted(request, PolicyKind::Identity, std::slice::from_ref(document))
}

fn answer(old: &PolicyDocument, new: &PolicyDocument) -> Comparison {
    compare(std::slice::from_ref(old), std::slice::from_ref(new), Catalog::embedded())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_policy_is_equivalent_to_itself(policy in policy()) {
        let answer = answer(&policy, &policy);
        prop_assert_eq!(answer.relation, Relation::Equivalent, "{:?}", answer.unknown);
    }

    #[test]
    fn the_other_way_round_is_the_mirror_image(old in policy(), new in policy()) {
        let (forth, back) = (answer(&old, &new), answer(&new, &old));
        prop_assert_eq!(&forth.added, &back.removed);
        prop_assert_eq!(&forth.removed, &back.added);
        let mirrored = match forth.relation {
            Relation::Wider => Relation::Narrower,
            Relation::Narrower => Relation::Wider,
            same => same,
        };
        prop_assert_eq!(back.relation, mirrored);
    }

    #[test]
    fn every_witness_separates_the_two(old in policy(), new in policy()) {
        let answer = answer(&old, &new);
        let of = |difference: &Difference| Request {
            principal: Principal::role("arn:aws:iam::444455556666:role/other".parse().unwrap()),
            action: difference.action.clone(),
            resource: difference.resource.clone(),
            context: difference.context.clone(),
        };
        for added in &answer.added {
            prop_assert!(allowed(&of(added), &new) && !allowed(&of(added), &old), "{:?}", added);
        }
        for removed in &answer.removed {
            prop_assert!(allowed(&of(removed), &old) && !allowed(&of(removed), &new), "{:?}", removed);
        }
    }

    #[test]
    fn no_request_contradicts_the_answer(old in policy(), new in policy()) {
        let answer = answer(&old, &new);
        let doubts = |doubt| answer.unknown.iter().any(|u| u.doubt == doubt);
        let (may_add, may_remove) = (
            !answer.added.is_empty() || doubts(Doubt::Added),
            !answer.removed.is_empty() || doubts(Doubt::Removed),
        );
        if may_add && may_remove {
            return Ok(());
        }
        for request in requests() {
            let (before, after) = (allowed(&request, &old), allowed(&request, &new));
            prop_assert!(may_add || before || !after, "added {:?}", request);
            prop_assert!(may_remove || after || !before, "removed {:?}", request);
        }
    }

    #[test]
    fn adding_a_deny_never_widens(policy in policy(), mut deny in statement()) {
        deny.effect = Effect::Deny;
        let mut new = policy.clone();
        new.statements.push(deny);
        prop_assert_eq!(answer(&policy, &new).added, vec![]);
    }

    #[test]
    fn adding_an_allow_never_narrows(policy in policy(), mut allow in statement()) {
        allow.effect = Effect::Allow;
        let mut new = policy.clone();
        new.statements.push(allow);
        prop_assert_eq!(answer(&policy, &new).removed, vec![]);
    }

    #[test]
    fn removing_a_condition_never_narrows_an_allow(mut statement in statement()) {
        statement.effect = Effect::Allow;
        let old = PolicyDocument::new(vec![statement.clone()]);
        statement.condition = ConditionBlock::default();
        let new = PolicyDocument::new(vec![statement]);
        prop_assert_eq!(answer(&old, &new).removed, vec![]);
    }
}

/// How often the vocabulary above leaves a doubt, so that the laws do not hold for want of answers.
#[test]
fn most_random_pairs_are_decided() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = (policy(), policy());
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..200 {
        let (old, new) = strategy.new_tree(&mut runner).unwrap().current();
        *counts.entry(answer(&old, &new).relation).or_insert(0) += 1;
    }
    let doubtful = counts.get(&Relation::CannotTell).copied().unwrap_or(0);
    assert!(doubtful <= 40, "{counts:?}");
    assert!(counts.len() >= 4, "{counts:?}");
}
