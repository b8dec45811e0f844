//! Minimising changes no decision and leaves nothing superfluous.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::minimize;
use crate::iam::{ArnPattern, BaseOperator, ConditionBlock, Pattern};
use crate::policy::{PolicyDocument, Statement};
use crate::semantics::{Context, Policies, Principal, Request, principal_side_by};
use crate::synthesis::grants::Atom;

const ACTIONS: [&str; 5] =
    ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "sqs:SendMessage", "kms:Decrypt"];
const RESOURCES: [&str; 7] = [
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/in/*",
    "arn:aws:s3:::b/in/a",
    "arn:aws:s3:::b/in/${*}",
    "arn:aws:sqs:eu-west-1:111122223333:q",
];
const TARGETS: [&str; 6] = [
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/out",
    "arn:aws:s3:::b/in/a",
    "arn:aws:s3:::b/in/*",
    "arn:aws:sqs:eu-west-1:111122223333:q",
];
const KEYS: [(&str, [&str; 2]); 2] =
    [("aws:ResourceAccount", ["111122223333", "444455556666"]), ("kms:ViaService", ["s3", "sqs"])];

fn condition() -> impl Strategy<Value = ConditionBlock> {
    let value = || prop::option::of(0..2_usize);
    (value(), value()).prop_map(|(account, via)| {
        let mut block = ConditionBlock::default();
        for ((key, values), chosen) in KEYS.into_iter().zip([account, via]) {
            if let Some(chosen) = chosen {
                block = block.with(BaseOperator::StringEquals, key, values[chosen]);
            }
        }
        block
    })
}

fn atoms() -> impl Strategy<Value = Vec<Atom>> {
    let atom =
        (0..ACTIONS.len(), 0..RESOURCES.len(), condition()).prop_map(|(a, r, condition)| Atom {
            action: ACTIONS[a].parse().unwrap(),
            resource: ArnPattern::new(Pattern::parse(RESOURCES[r], true)),
            condition,
            grants: BTreeSet::new(),
        });
    prop::collection::vec(atom, 1..14)
}

fn universe() -> Vec<Request> {
    let role = "arn:aws:iam::111122223333:role/orders".parse().unwrap();
    let principal = Principal::role(role);
    let mut requests = Vec::new();
    for action in ACTIONS {
        for resource in TARGETS {
            for account in [None, Some("111122223333"), Some("444455556666"), Some("777788889999")]
            {
                for via in [None, Some("s3"), Some("sqs"), Some("sns")] {
                    let mut context = Context::default();
                    for (key, value) in [("aws:ResourceAccount", account), ("kms:ViaService", via)]
                    {
                        if let Some(value) = value {
                            context = context.with(key, value);
                        }
                    }
                    requests.push(Request {
                        principal: principal.clone(),
                        action: action.parse().unwrap(),
                        resource: resource.to_owned(),
                        context,
                    });
                }
            }
        }
    }
    requests
}

fn statements(atoms: &[Atom]) -> Policies {
    let statements = minimize(atoms).into_iter().map(|bundle| Statement {
        condition: bundle.condition,
        ..Statement::allow(bundle.actions.iter().map(|a| a.as_str()), bundle.resources)
    });
    Policies::identity(vec![PolicyDocument::new(statements.collect())])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_decision_changes(atoms in atoms()) {
        let one_by_one = atoms.iter().map(|atom| Statement {
            condition: atom.condition.clone(),
            ..Statement::allow([atom.action.as_str()], [atom.resource.to_string()])
        });
        let plain = Policies::identity(vec![PolicyDocument::new(one_by_one.collect())]);
        let minimal = statements(&atoms);
        for request in universe() {
            let (a, b) = (principal_side_by(&request, &plain), principal_side_by(&request, &minimal));
            prop_assert_eq!(a.effect, b.effect, "{:?}", request);
        }
    }

    #[test]
    fn order_and_repetition_do_not_matter(atoms in atoms()) {
        let mut other: Vec<Atom> = atoms.iter().rev().cloned().collect();
        other.extend(atoms.first().cloned());
        prop_assert_eq!(minimize(&other), minimize(&atoms));
    }

    #[test]
    fn no_statement_spans_services(atoms in atoms()) {
        for bundle in minimize(&atoms) {
            let services: BTreeSet<&str> = bundle.actions.iter().map(|a| a.service()).collect();
            prop_assert_eq!(services.len(), 1);
        }
    }
}

#[test]
fn the_cheapest_cover_is_taken() {
    let atom = |action: &str, resource: &str| Atom {
        action: action.parse().unwrap(),
        resource: ArnPattern::new(Pattern::parse(resource, true)),
        condition: ConditionBlock::default(),
        grants: BTreeSet::new(),
    };
    let group = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders";
    let streams = format!("{group}:*");
    let atoms = [
        atom("logs:CreateLogGroup", group),
        atom("logs:CreateLogGroup", &streams),
        atom("logs:CreateLogStream", &streams),
        atom("logs:PutLogEvents", &streams),
    ];
    let bundles = minimize(&atoms);
    assert_eq!(bundles.len(), 2);
    assert!(bundles.iter().all(|bundle| bundle.resources.len() == 1));
}
