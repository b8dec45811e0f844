//! The action of every API call of the corpus, whoever made it: by the name alone, as the catalog maps
//! it, and with the request, as the reader of trails does for roles.
//!
//! The corpus is no part of the repository; `POLICY_CORPUS` says where it lies. Run with
//! `--nocapture` to see the shares and every name without an action, with the reason.
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test shows what it counted")]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use policy_core::catalog::{Catalog, EventMapping, NoAction};
use policy_core::evidence::trail::{Aggregate, Reader};
use serde_json::{Value, json};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_none_or(|extension| extension != "txt") {
            found.push(path);
        }
    }
}

fn text(path: &Path) -> String {
    let mut bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "gz") {
        let packed = std::mem::take(&mut bytes);
        flate2::read::MultiGzDecoder::new(&*packed).read_to_end(&mut bytes).unwrap();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The records in `value`, whatever holds them.
fn records(value: Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(list) => list.into_iter().for_each(|item| records(item, found)),
        Value::Object(mut object) => {
            for holder in ["Records", "Events", "detail"] {
                if let Some(inner) = object.remove(holder) {
                    return records(inner, found);
                }
            }
            if let Some(inner) = object.get("CloudTrailEvent").and_then(Value::as_str) {
                return records(serde_json::from_str(inner).unwrap(), found);
            }
            found.push(object.into());
        }
        _ => {}
    }
}

/// Every API call of the corpus, copies included.
fn calls() -> Option<Vec<Value>> {
    let Some(corpus) = std::env::var_os("POLICY_CORPUS") else {
        eprintln!("POLICY_CORPUS is not set: the corpus was not read");
        return None;
    };
    let root = Path::new(&corpus).join("cloudtrail");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let text = text(&path);
        // One document, or one a line; a file that is no JSON is the other test's.
        for document in serde_json::Deserializer::from_str(&text).into_iter() {
            let Ok(document) = document else { break };
            records(document, &mut found);
        }
    }
    found.retain(|record| record["eventType"] == "AwsApiCall");
    Some(found)
}

/// Source and name of a record.
fn named(record: &Value) -> (String, String) {
    let text = |member: &str| record[member].as_str().unwrap_or_default().to_owned();
    (text("eventSource"), text("eventName"))
}

/// What the names of the corpus come to, with the names and their events.
#[derive(Default)]
struct Tally {
    kinds: BTreeMap<&'static str, (u64, u64)>,
    reasons: BTreeMap<(String, String), (&'static str, u64, String)>,
}

const ACTIONS: &str = "with actions";
const NO_PERMISSION: &str = "no permission is needed";
const TABLE: &str = "without an action, by the table";
const NO_HOST: &str = "no AWS host as source";
const OTHER_HOST: &str = "another service's name under this host";
const UNDECIDED: &str = "several actions, the request does not tell which";
const UNKNOWN: &str = "unknown";

impl Tally {
    fn add(&mut self, pair: (String, String), events: u64, kind: &'static str, reason: String) {
        let (names, total) = self.kinds.entry(kind).or_default();
        *names += 1;
        *total += events;
        if kind != ACTIONS {
            self.reasons.insert(pair, (kind, events, reason));
        }
    }

    /// (names, events) of the kinds; of all without any.
    fn of(&self, kinds: &[&str]) -> (u64, u64) {
        self.kinds
            .iter()
            .filter(|(kind, _)| kinds.is_empty() || kinds.contains(kind))
            .fold((0, 0), |(names, events), (_, (n, e))| (names + n, events + e))
    }

    fn print(&self, what: &str) {
        let (names, events) = self.of(&[]);
        println!("{what}: {events} events, {names} names");
        for (kind, (names, events)) in &self.kinds {
            println!("  {kind:<50} {events:>5} events {names:>4} names");
        }
        for ((source, name), (kind, events, reason)) in &self.reasons {
            println!("  {events:>3} x {source} {name} ({kind}): {reason}");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn share(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole as f64
}

fn kind_of(why: &NoAction<'_>) -> &'static str {
    match why {
        NoAction::Listed(_) => TABLE,
        NoAction::NoHost(_) => NO_HOST,
        NoAction::OfAnother { .. } => OTHER_HOST,
        NoAction::UnknownSource(_) | NoAction::UnknownName => UNKNOWN,
    }
}

/// The names as the catalog maps them.
fn by_name(calls: &[Value]) -> Tally {
    let mut pairs: BTreeMap<(String, String), u64> = BTreeMap::new();
    for record in calls {
        *pairs.entry(named(record)).or_default() += 1;
    }
    let mut tally = Tally::default();
    for (pair, events) in pairs {
        let mapping = Catalog::embedded().event(&pair.0, &pair.1);
        let (kind, reason) = match &mapping {
            EventMapping::NoPermission(reason) => (NO_PERMISSION, (*reason).to_owned()),
            EventMapping::Unmapped(why) => (kind_of(why), why.to_string()),
            known if known.actions().is_empty() => {
                (UNKNOWN, "an operation whose action is not known".into())
            }
            _ => (ACTIONS, String::new()),
        };
        tally.add(pair, events, kind, reason);
    }
    tally
}

/// The names as the reader takes their records, each as if a role had called.
fn by_request(calls: &[Value]) -> Tally {
    let mut reader = Reader::new(Catalog::embedded());
    let mut pairs: BTreeMap<((String, String), &str, String), u64> = BTreeMap::new();
    for (number, record) in calls.iter().enumerate() {
        let pair = named(record);
        // Only what says which call it was and what it asked for is the record's own.
        let record = json!({
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole",
                "arn": "arn:aws:sts::111122223333:assumed-role/reader/session",
                "accountId": "111122223333",
                "sessionContext": { "sessionIssuer": {
                    "type": "Role",
                    "arn": "arn:aws:iam::111122223333:role/reader",
                } },
            },
            "eventTime": "2026-11-01T08:30:00Z",
            "eventSource": pair.0,
            "eventName": pair.1,
            "awsRegion": "eu-west-1",
            "eventType": "AwsApiCall",
            "eventID": format!("00000000-0000-4000-8000-{number:012x}"),
            "requestParameters": record["requestParameters"],
            "resources": record["resources"],
        });
        let bytes = serde_json::to_vec(&record).unwrap();
        let mut aggregate = Aggregate::new();
        reader.document(&bytes, "record", &mut aggregate).unwrap();
        let observed = aggregate.finish().unwrap();
        let (kind, reason) = match observed.unmapped.first_key_value() {
            Some((event, _)) => {
                let known = Catalog::embedded().event(&pair.0, &pair.1);
                let kind = match &known {
                    EventMapping::Unmapped(why) => kind_of(why),
                    known if known.is_ambiguous() => UNDECIDED,
                    _ => UNKNOWN,
                };
                (kind, event.reason.to_string())
            }
            None if !observed.without_permission.is_empty() => (NO_PERMISSION, String::new()),
            None => {
                assert!(!observed.calls.is_empty(), "{pair:?} vanished");
                (ACTIONS, String::new())
            }
        };
        *pairs.entry((pair, kind, reason)).or_default() += 1;
    }
    let mut tally = Tally::default();
    for ((pair, kind, reason), events) in pairs {
        tally.add(pair, events, kind, reason);
    }
    tally
}

#[test]
fn every_api_call_of_the_corpus_has_its_action_or_a_reason() {
    let Some(calls) = calls() else { return };
    for (what, tally) in [("by name", by_name(&calls)), ("by request", by_request(&calls))] {
        tally.print(what);
        let all = tally.of(&[]);
        let mapped = tally.of(&[ACTIONS, NO_PERMISSION]);
        // A source that is no host stands for no call of AWS: placeholders of a parser's own tests.
        let placeholders = tally.of(&[NO_HOST]);
        let of_aws = (all.0 - placeholders.0, all.1 - placeholders.1);
        let told = tally.of(&[ACTIONS, NO_PERMISSION, TABLE, NO_HOST, OTHER_HOST]);
        println!(
            "{what}, action or no permission: {:.2} % of all events, {:.2} % of all names; without \
             placeholders {:.2} % of events, {:.2} % of names; with a reason of their own besides: \
             {:.2} % of all events, {:.2} % of all names",
            share(mapped.1, all.1),
            share(mapped.0, all.0),
            share(mapped.1, of_aws.1),
            share(mapped.0, of_aws.0),
            share(told.1, all.1),
            share(told.0, all.0),
        );
        assert!(all.1 > 2000 && all.0 > 400, "{all:?}");
        assert!(share(mapped.1, of_aws.1) >= 99.0, "{what}: events of AWS with action");
        assert!(share(told.1, all.1) >= 99.0, "{what}: events");
        assert!(share(told.0, all.0) >= 99.0, "{what}: names");
        assert_eq!(tally.of(&[UNKNOWN]), (0, 0), "{what}");
    }
}
