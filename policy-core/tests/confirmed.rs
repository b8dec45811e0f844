//! `confirmed`: what it drops, and that it drops nothing else.
#![expect(clippy::unwrap_used, reason = "a broken law fails the test")]

#[allow(dead_code, reason = "other tests use the rest")]
mod support;

use policy_core::catalog::Catalog;
use policy_core::evidence::ObservedCall;
use policy_core::finding::{Code, Finding};
use policy_core::graph::{AccessGraph, Base, Merge, Recording, Rules, Selectors};
use policy_core::iam::{ArnPattern, Pattern};
use policy_core::semantics::{Relation, compare};
use policy_core::synthesis::{FunctionPolicies, synthesise};
use proptest::prelude::*;
use serde_json::{Value, json};

use support::Case;

/// Action, container, and what is declared of it.
const ACCESSES: [(&str, &str, &str, &str); 6] = [
    ("dynamodb", "GetItem", "table/orders", "dynamodb:GetItem"),
    ("dynamodb", "PutItem", "table/orders", "dynamodb:PutItem"),
    ("dynamodb", "Query", "table/bills", "dynamodb:Query"),
    ("s3", "DeleteObject", "acme-receipts/in/*", "s3:DeleteObject"),
    ("ssm", "GetParameter", "parameter/shop/db", "ssm:GetParameter"),
    ("sqs", "SendMessage", "jobs", "sqs:SendMessage"),
];

fn arn(access: usize) -> String {
    let (client, _, on, _) = ACCESSES[access];
    match client {
        "s3" => format!("arn:aws:s3:::{on}"),
        _ => format!("arn:aws:{client}:eu-west-1:111122223333:{on}"),
    }
}

/// What one run knows.
#[derive(Debug, Clone)]
struct World {
    /// Calls of the function: access, outcome.
    own: Vec<(usize, &'static str)>,
    /// Calls of other roles: access.
    others: Vec<usize>,
    declared: Vec<usize>,
    keep: Vec<usize>,
    base: Vec<usize>,
    last_day: &'static str,
    min_window_days: u32,
    partial: bool,
}

impl World {
    /// One in which `dynamodb:PutItem` on the table is proved unused, and nothing else.
    fn proving() -> Self {
        Self {
            own: vec![(0, "succeeded")],
            others: vec![1],
            declared: vec![0, 1],
            keep: Vec::new(),
            base: vec![0, 1],
            last_day: "2026-11-29",
            min_window_days: 90,
            partial: false,
        }
    }

    fn evidence(&self) -> Value {
        let declared: Vec<Value> = self
            .declared
            .iter()
            .map(|&i| {
                let (client, name, on, _) = ACCESSES[i];
                let keep = self.keep.contains(&i).then_some("a rare path");
                json!({"client": client, "names": [name], "on": on, "keep": keep})
            })
            .collect();
        let call = |i: usize, outcome: &str, time: String| {
            let resource = arn(i).replace('*', "1.csv");
            json!({"action": ACCESSES[i].3, "resource": resource, "outcome": outcome, "time": time})
        };
        // The last event of the trail tells how far it goes.
        let end = json!({"action": "logs:CreateLogStream", "time": format!("{}T09:00:00Z", self.last_day),
            "resource": "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders"});
        let start = || "2026-08-31T08:00:00Z".to_owned();
        let mut observed: Vec<Value> =
            self.own.iter().map(|(i, outcome)| call(*i, outcome, start())).collect();
        observed.push(end);
        json!({
            "account": "111122223333", "region": "eu-west-1", "declared": declared, "observed": observed,
            "role": "arn:aws:iam::111122223333:role/orders-exec",
            "others": self.others.iter().map(|i| call(*i, "succeeded", start())).collect::<Vec<_>>(),
        })
    }

    fn run(&self, merge: Merge, reversed: bool) -> (FunctionPolicies, Vec<Finding>, Vec<String>) {
        let catalog = Catalog::embedded();
        let value = self.evidence();
        let mut case = Case::from_value(&value);
        let mut others = value.clone();
        others["observed"] = value["others"].clone();
        others["role"] = "arn:aws:iam::111122223333:role/another".into();
        let mut trail: Vec<ObservedCall> = case.evidence.observed.clone();
        trail.extend(Case::from_value(&others).evidence.observed);
        let mut base: Vec<_> = self
            .base
            .iter()
            .map(|&i| {
                let resource = ArnPattern::new(Pattern::parse(&arn(i), true));
                (ACCESSES[i].3.parse().unwrap(), resource)
            })
            .collect();
        if reversed {
            trail.reverse();
            base.reverse();
            case.evidence.observed.reverse();
            case.evidence.declarations.reverse();
            for declaration in &mut case.evidence.declarations {
                declaration.accesses.reverse();
            }
        }
        let recording = Recording::of(&trail, catalog).partial(self.partial);
        let rules = Rules {
            merge,
            recording: &recording,
            selectors: &Selectors::default(),
            base: Some(&Base::new(base)),
            min_window_days: self.min_window_days,
        };
        let (graph, mut findings) = AccessGraph::build_by(&case.evidence, catalog, rules).unwrap();
        let (policies, more) = synthesise(&graph, catalog, case.options).unwrap();
        findings.extend(more);
        let dropped = graph.dropped().iter().map(|it| format!("{} {}", it.action, it.resource));
        let dropped = dropped.collect();
        (policies, findings, dropped)
    }

    fn dropped(&self) -> Vec<String> {
        self.run(Merge::Confirmed, false).2
    }
}

const PUT: &str = "dynamodb:PutItem arn:aws:dynamodb:eu-west-1:111122223333:table/orders";

#[test]
fn an_access_goes_when_all_conditions_hold_and_stays_when_any_one_does_not() {
    assert_eq!(World::proving().dropped(), [PUT]);
    type Change = fn(&mut World);
    let changes: [(&str, Change); 9] = [
        ("the trail would not have shown it", |world| world.others.clear()),
        ("the trail does not go back far enough", |world| world.last_day = "2026-11-28"),
        ("it was not declared before", |world| world.base.retain(|&i| i != 1)),
        ("it was seen", |world| world.own.push((1, "succeeded"))),
        ("it was refused", |world| world.own.push((1, "denied"))),
        ("whether it was used is unclear", |world| world.own.push((1, "unclear"))),
        ("it is marked to be kept", |world| world.keep.push(1)),
        ("some of the trail is missing", |world| world.partial = true),
        ("a longer window is asked for", |world| world.min_window_days = 91),
    ];
    for (why, change) in changes {
        let mut world = World::proving();
        change(&mut world);
        assert_eq!(world.dropped(), [""; 0], "{why}");
    }
    let mut shorter = World::proving();
    (shorter.last_day, shorter.min_window_days) = ("2026-09-30", 30);
    assert_eq!(shorter.dropped(), [PUT]);
}

#[test]
fn what_is_dropped_is_said_with_its_proof_and_what_is_kept_with_its_reason() {
    let said = |world: &World, code: Code| -> Vec<String> {
        let (_, findings, _) = world.run(Merge::Confirmed, false);
        findings.into_iter().filter(|it| it.code == code).map(|it| it.message).collect()
    };
    assert_eq!(
        said(&World::proving(), Code::DeclaredUnused),
        [
            "`dynamodb:PutItem` of `Access::field` on `arn:aws:dynamodb:eu-west-1:111122223333:table/orders` is not granted: \
          it was declared before, the trail would have shown it from 2026-08-31T08:00:00Z to 2026-11-29T09:00:00Z (90 days), \
          and no event is a call of it"
        ]
    );
    let mut short = World::proving();
    short.last_day = "2026-11-28";
    assert_eq!(
        said(&short, Code::DeclaredNotObserved),
        [
            "`dynamodb:PutItem` of `Access::field` was not observed; it is kept, for the trail would show it for 89 of 90 days only"
        ]
    );
    let mut new = World::proving();
    new.base.clear();
    assert_eq!(
        said(&new, Code::DeclaredNotObserved),
        [
            "`dynamodb:PutItem` of `Access::field` was not observed; it is kept, for it was not declared before"
        ]
    );
}

#[test]
fn names_inside_a_container_are_never_narrowed() {
    let mut world = World::proving();
    (world.declared, world.base) = (vec![3], vec![3]);
    (world.own, world.others) = (vec![(3, "succeeded")], vec![]);
    let (policies, _, dropped) = world.run(Merge::Confirmed, false);
    assert_eq!(dropped, [""; 0]);
    let text = policy_core::policy::write::document(&policies.execution_role[0]);
    assert!(text.contains("arn:aws:s3:::acme-receipts/in/*"), "{text}");
}

#[test]
fn a_trail_without_the_function_proves_nothing() {
    let mut value = World::proving();
    value.own.clear();
    // Not even Lambda's own call.
    let mut evidence = value.evidence();
    evidence["observed"] = json!([]);
    let case = Case::from_value(&evidence);
    let mut others = evidence.clone();
    others["observed"] = evidence["others"].clone();
    let recording =
        Recording::of(&Case::from_value(&others).evidence.observed, Catalog::embedded());
    let rules = Rules {
        merge: Merge::Confirmed,
        recording: &recording,
        selectors: &Selectors::default(),
        base: Some(&Base::default()),
        min_window_days: 0,
    };
    let (graph, _) = AccessGraph::build_by(&case.evidence, Catalog::embedded(), rules).unwrap();
    assert!(graph.dropped().is_empty());
}

#[test]
fn without_a_base_nothing_can_be_proved() {
    let case = Case::from_value(&World::proving().evidence());
    assert!(AccessGraph::build(&case.evidence, Catalog::embedded(), Merge::Confirmed).is_err());
}

fn world() -> impl Strategy<Value = World> {
    let outcome = prop::sample::select(vec!["succeeded", "denied", "unclear", "failed"]);
    let some = || prop::collection::btree_set(0..ACCESSES.len(), 0..ACCESSES.len());
    (
        prop::collection::vec((0..ACCESSES.len(), outcome), 0..5),
        prop::collection::vec(0..ACCESSES.len(), 0..5),
        some(),
        some(),
        some(),
        prop::sample::select(vec!["2026-09-01", "2026-11-28", "2026-11-29", "2026-12-31"]),
        prop::sample::select(vec![0, 1, 90]),
    )
        .prop_map(|(own, others, declared, keep, base, last_day, min_window_days)| World {
            own,
            others,
            declared: declared.into_iter().collect(),
            keep: keep.into_iter().filter(|i| i % 3 == 0).collect(),
            base: base.into_iter().collect(),
            last_day,
            min_window_days,
            partial: false,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn confirmed_grants_nothing_that_declared_does_not(world in world()) {
        let (confirmed, findings, dropped) = world.run(Merge::Confirmed, false);
        let (declared, _, none) = world.run(Merge::Declared, false);
        prop_assert!(none.is_empty());
        let compared = compare(&declared.execution_role, &confirmed.execution_role, Catalog::embedded());
        let allowed = [Relation::Equivalent, Relation::Narrower];
        prop_assert!(allowed.contains(&compared.relation), "{:?}", compared.relation);
        prop_assert_eq!(compared.relation == Relation::Equivalent, dropped.is_empty());
        let told = findings.iter().filter(|it| it.code == Code::DeclaredUnused).count();
        prop_assert_eq!(told > 0, !dropped.is_empty());
    }

    #[test]
    fn what_is_used_refused_unclear_kept_or_new_stays(world in world()) {
        let dropped = world.dropped();
        for &i in &world.declared {
            let gone = dropped.contains(&format!("{} {}", ACCESSES[i].3, arn(i)));
            let seen = world.own.iter().any(|(own, _)| *own == i);
            prop_assert!(!(gone && (seen || world.keep.contains(&i) || !world.base.contains(&i))));
        }
    }

    #[test]
    fn the_order_of_the_inputs_does_not_matter(world in world()) {
        let one = world.run(Merge::Confirmed, false);
        let other = world.run(Merge::Confirmed, true);
        prop_assert_eq!(one, other);
    }
}
