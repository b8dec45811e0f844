//! However many names, sessions and events a log has, few are kept; what is kept covers all of them, does not depend on
//! order and division, and never becomes a grant for what was only refused.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor};

use policy_core::catalog::Catalog;
use policy_core::evidence::trail::{Aggregate, NameLimits, Observations, Overflow, Reader, Room};
use policy_core::evidence::{
    Environment, FunctionEvidence, FunctionSettings, ObservedFunction, ObservedResource, Outcome,
};
use policy_core::finding::Code;
use policy_core::graph::{AccessGraph, Merge};
use policy_core::synthesis::{Options, synthesise};
use proptest::prelude::*;
use serde_json::{Value, json};

const SMALL: NameLimits = NameLimits { in_container: 3, others: 4, sessions: 4, in_all: 14 };

/// Rooms in memory.
struct Memory;

impl Overflow for Memory {
    fn room(&mut self) -> io::Result<Box<dyn Room>> {
        Ok(Box::new(Cursor::new(Vec::new())))
    }
}

fn record(number: usize, session: &str, event: &str, parameters: Value, error: bool) -> Value {
    let source = if event == "GetItem" { "dynamodb" } else { "s3" };
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": format!("arn:aws:sts::111122223333:assumed-role/orders-exec/{session}"),
            "sessionContext": {"sessionIssuer": {
                "type": "Role",
                "arn": "arn:aws:iam::111122223333:role/orders-exec"
            }},
        },
        "eventTime": format!("2026-11-{:02}T08:{:02}:00Z", number % 28 + 1, number / 28 % 60),
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": event,
        "awsRegion": "eu-west-1",
        "requestParameters": parameters,
        "errorCode": error.then_some("AccessDenied"),
        "eventID": format!("{:08x}-0000-4000-8000-{number:012x}", number.wrapping_mul(0x9e37_79b9) as u32),
        "eventType": "AwsApiCall",
    })
}

fn get(number: usize, key: &str) -> Value {
    record(number, "orders", "GetObject", json!({"bucketName": "acme", "key": key}), false)
}

fn refused(number: usize, key: &str) -> Value {
    record(number, "orders", "GetObject", json!({"bucketName": "acme", "key": key}), true)
}

fn read(limits: NameLimits, records: &[Value], whole: &mut Aggregate) {
    let document = serde_json::to_vec(&json!({"Records": records})).unwrap();
    let mut part = Aggregate::with_limits(limits).part();
    Reader::new(Catalog::embedded()).document(&document, "log.json", &mut part).unwrap();
    whole.merge(part).unwrap();
}

fn reduced(limits: NameLimits, logs: &[&[Value]]) -> Aggregate {
    let mut whole = Aggregate::with_limits(limits).overflowing(2, Box::new(Memory));
    for log in logs {
        read(limits, log, &mut whole);
    }
    whole
}

fn any_key() -> impl Strategy<Value = String> {
    "(in/|out/|tenants/[ab]/|20(25|26)/|[xyz]/){0,3}(a|b|[0-9]{1,3}|up-[0-9]{2}\\.csv)"
}

fn any_record() -> impl Strategy<Value = Value> {
    (0..400_usize, any_key(), 0..7_usize, 0..6_u8, 0..8_u8).prop_map(
        |(number, key, session, kind, error)| {
            let session = if session == 0 { "orders".into() } else { format!("s-{session}") };
            let error = error == 0;
            match kind {
                0 => {
                    let table = json!({"tableName": format!("table-{}", number % 9)});
                    record(number, &session, "GetItem", table, error)
                }
                1 => {
                    let copy =
                        json!({"bucketName": "b", "key": key, "x-amz-copy-source": "acme/in/1"});
                    record(number, &session, "CopyObject", copy, error)
                }
                _ => {
                    let object = json!({"bucketName": "acme", "key": key});
                    record(number, "orders", "GetObject", object, error)
                }
            }
        },
    )
}

/// Records with ids of their own: that contradicting copies differ is not told where names are made coarser.
fn any_log() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(any_record(), 0..40).prop_map(|mut records| {
        for (at, record) in records.iter_mut().enumerate() {
            record["eventID"] =
                json!(format!("{:08x}-0000-4000-8000-{at:012x}", at * 7919 % 65537));
        }
        records
    })
}

/// By action and outcome, every resource that is kept.
fn kept(observations: &Observations) -> BTreeMap<(String, Outcome), BTreeSet<ObservedResource>> {
    let mut kept: BTreeMap<_, BTreeSet<ObservedResource>> = BTreeMap::new();
    for call in &observations.calls {
        let key = (call.key.action.to_string(), call.key.outcome);
        kept.entry(key).or_default().insert(call.key.resource.clone());
    }
    kept
}

fn covers(kept: &ObservedResource, exact: &ObservedResource) -> bool {
    match (kept, exact) {
        (ObservedResource::Unknown, _) => true,
        (ObservedResource::Names(pattern), ObservedResource::Arn(arn)) => {
            pattern.matches(arn.as_str())
        }
        (kept, exact) => kept == exact,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn neither_order_nor_division_changes_what_is_kept(
        log in any_log(),
        cuts in prop::collection::vec(0..20_usize, 0..4),
        kept in 0..40_usize,
    ) {
        let whole = reduced(SMALL, &[&log]);
        let mut parts: Vec<&[Value]> = Vec::new();
        let mut rest = &log[..];
        for cut in cuts {
            let (head, tail) = rest.split_at(cut.min(rest.len()));
            parts.push(head);
            rest = tail;
        }
        parts.push(rest);
        let mut turned: Vec<&[Value]> = parts.clone();
        turned.reverse();
        let counts = |aggregate: Aggregate| Observations { files: 0, ..aggregate.finish().unwrap() };
        let expected = counts(whole);
        prop_assert_eq!(&counts(reduced(SMALL, &parts)), &expected);
        prop_assert_eq!(&counts(reduced(SMALL, &turned)), &expected);
        // Through observation files, one for each part.
        let file = |logs: &[&[Value]]| {
            let mut aggregate = reduced(SMALL, logs);
            aggregate.settle(kept).unwrap();
            aggregate.to_file().unwrap()
        };
        let files: Vec<String> = parts.iter().map(|part| file(&[part])).collect();
        let join = |files: &[String]| {
            let parts = files.iter().map(|file| Aggregate::from_file(file).unwrap());
            let mut whole = Aggregate::with_limits(SMALL).joined(parts).unwrap();
            whole.settle(kept).unwrap();
            whole.to_file().unwrap()
        };
        let whole = file(&parts);
        prop_assert_eq!(&join(&files), &whole);
        prop_assert_eq!(&Aggregate::from_file(&whole).unwrap().to_file().unwrap(), &whole);
        let mut tree = files.clone();
        while tree.len() > 1 {
            let pair = [tree.remove(0), tree.remove(0)];
            tree.push(join(&pair));
        }
        prop_assert_eq!(&tree[0], &whole);
    }

    #[test]
    fn what_is_kept_is_little_and_covers_every_name(log in any_log()) {
        let exact = reduced(NameLimits { in_container: 1000, others: 1000, sessions: 1000, in_all: 10_000 }, &[&log]).finish().unwrap();
        let few = reduced(SMALL, &[&log]).finish().unwrap();
        prop_assert_eq!(few.events, exact.events);
        let events = |seen: &Observations| seen.calls.iter().map(|call| call.count.events).sum::<u64>();
        prop_assert_eq!(events(&few), events(&exact));
        let (kept, exact) = (kept(&few), kept(&exact));
        for (kind, resources) in &exact {
            for resource in resources {
                prop_assert!(kept[kind].iter().any(|kept| covers(kept, resource)), "{kind:?} {resource:?}");
            }
        }
        // By function and container.
        let mut counts: BTreeMap<_, BTreeSet<&ObservedResource>> = BTreeMap::new();
        for call in &few.calls {
            let container = match &call.key.resource {
                ObservedResource::Arn(arn) if arn.service() == "dynamodb" => "tables",
                ObservedResource::Unknown => "unknown",
                _ => "names",
            };
            let key = &call.key;
            let kind = (&key.function, &key.action, &key.operation, key.outcome, container);
            counts.entry(kind).or_default().insert(&key.resource);
        }
        for (kind, resources) in counts {
            prop_assert!(resources.len() <= if kind.4 == "tables" { 4 } else { 3 }, "{kind:?}: {resources:?}");
        }
    }
}

#[test]
fn names_up_to_the_limit_stay_and_more_become_the_first_form_that_is_few() {
    let keys = |count: usize| -> Vec<Value> {
        (0..count).map(|at| get(at, &format!("in/{}/up-{at}.csv", at % 3))).collect()
    };
    let names = |log: &[Value]| {
        let seen = reduced(SMALL, &[log]).finish().unwrap();
        kept(&seen).into_values().flatten().collect::<Vec<_>>()
    };
    assert!(names(&keys(3)).iter().all(|name| matches!(name, ObservedResource::Arn(_))));
    let shown: Vec<String> = names(&keys(40))
        .iter()
        .map(|name| match name {
            ObservedResource::Names(pattern) => pattern.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "arn:aws:s3:::acme/in/0/up-*.csv",
            "arn:aws:s3:::acme/in/1/up-*.csv",
            "arn:aws:s3:::acme/in/2/up-*.csv"
        ]
    );
    let tenants: Vec<Value> = (0..9).map(|at| get(at, &format!("tenants/t{at}/x"))).collect();
    assert_eq!(names(&tenants), [ObservedResource::Unknown], "no pattern over tenants");
}

#[test]
fn very_many_sessions_become_one_that_is_no_function() {
    let log: Vec<Value> = (0..20)
        .map(|at| {
            let object = json!({"bucketName": "acme", "key": "a"});
            record(at, &format!("session-{at}"), "GetObject", object, false)
        })
        .collect();
    let seen = reduced(SMALL, &[&log]).finish().unwrap();
    assert_eq!(seen.calls.len(), 1);
    assert_eq!(seen.calls[0].key.function, ObservedFunction::Session("*".into()));
    assert_eq!(seen.calls[0].count.events, 20);
}

fn evidence(seen: Observations) -> FunctionEvidence {
    FunctionEvidence {
        settings: FunctionSettings {
            name: "orders".into(),
            role: Some("arn:aws:iam::111122223333:role/orders-exec".parse().unwrap()),
            ..FunctionSettings::default()
        },
        environment: Environment {
            account: Some("111122223333".parse().unwrap()),
            region: Some("eu-west-1".parse().unwrap()),
            ..Environment::default()
        },
        declarations: Vec::new(),
        reachable: None,
        observed: seen.calls,
    }
}

/// The resources that are granted for `s3:GetObject`, and the codes of all findings.
fn granted(log: &[Value]) -> (BTreeSet<String>, BTreeSet<Code>) {
    let seen = reduced(NameLimits::default(), &[log]).finish().unwrap();
    let catalog = Catalog::embedded();
    let (graph, mut findings) =
        AccessGraph::build(&evidence(seen), catalog, Merge::Observed).unwrap();
    let (policies, more) = synthesise(&graph, catalog, Options::default()).unwrap();
    findings.extend(more);
    let action = |action: &str| action == "s3:GetObject";
    let entries = policies.evidence.into_iter().filter(|entry| action(entry.action.as_str()));
    (entries.map(|entry| entry.resource).collect(), findings.iter().map(|f| f.code).collect())
}

#[test]
fn very_many_names_are_granted_as_few_patterns() {
    let log: Vec<Value> =
        (0..5000).map(|at| get(at, &format!("in/2026/11/{:02}/up-{at:05}.csv", at % 28))).collect();
    let (resources, codes) = granted(&log);
    assert_eq!(resources, BTreeSet::from(["arn:aws:s3:::acme/in/*/*/*/up-*.csv".to_owned()]));
    assert!(codes.contains(&Code::ResourceGeneralised), "{codes:?}");
    assert!(!codes.contains(&Code::NamesNotGranted), "{codes:?}");
}

#[test]
fn very_many_names_among_which_one_was_refused_are_not_granted() {
    let used = |at: usize| get(at, &format!("in/up-{at:05}.csv"));
    let many: Vec<Value> = (0..300).map(used).collect();
    for (key, is_granted) in
        [("in/up-99999.csv", false), ("in/up-00007.csv", false), ("out/1", true)]
    {
        let mut log = many.clone();
        log.push(refused(9999, key));
        let (resources, codes) = granted(&log);
        assert_eq!(!resources.is_empty(), is_granted, "{key}: {resources:?}");
        assert_eq!(codes.contains(&Code::NamesNotGranted), !is_granted, "{key}: {codes:?}");
    }
    // Very many refusals of the same form.
    let mut log = many.clone();
    log.extend((0..300).map(|at| refused(1000 + at, &format!("in/up-{:05}.csv", 500 + at))));
    let (resources, codes) = granted(&log);
    assert!(resources.is_empty() && codes.contains(&Code::NamesNotGranted), "{resources:?}");
    // A few names that were used stay grants beside very many that were refused.
    let mut log: Vec<Value> = (0..3).map(used).collect();
    log.extend((0..300).map(|at| refused(1000 + at, &format!("in/up-{:05}.csv", 500 + at))));
    let (resources, _) = granted(&log);
    assert_eq!(resources.len(), 3);
    let mut log: Vec<Value> = (0..6).map(used).collect();
    log.extend((0..300).map(|at| refused(1000 + at, &format!("in/up-{:05}.csv", 500 + at))));
    let (resources, _) = granted(&log);
    assert_eq!(resources.len(), 6, "no pattern for them: {resources:?}");
}

#[test]
fn very_many_names_are_not_granted_over_a_tenants_place() {
    // Words in the first part, so that the form of the names is `*/summary.json`.
    let word = |at: usize| -> String {
        [at / 676 % 26, at / 26 % 26, at % 26].map(|n| char::from(b'a' + n as u8)).iter().collect()
    };
    let many: Vec<Value> =
        (0..600).map(|at| get(at, &format!("{}x/summary.json", word(at)))).collect();
    let (resources, codes) = granted(&many);
    assert!(!resources.is_empty() && !codes.contains(&Code::NamesNotGranted), "{codes:?}");
    let mut log = many;
    log.push(get(9000, "tenants/acme/summary.json"));
    let (resources, codes) = granted(&log);
    assert!(codes.contains(&Code::NamesNotGranted), "{resources:?} {codes:?}");
    let other = "arn:aws:s3:::acme/tenants/globex/summary.json";
    for resource in &resources {
        let pattern = policy_core::iam::Pattern::parse(resource, true);
        assert!(!pattern.matches(other), "{resource}");
    }
}
