//! Single calls as data: `tests/cases/calls/SERVICE.txt` holds events and what each of them shows.
//!
//! A line without indentation is an event: source, name, request parameters, and, where they matter, the entries of `resources[]`
//! and the further members of the record. The lines below it, after `->`, are what it shows: an action and its resource (`?` for one that
//! the event does not tell, `-` for an action that has none), or why there is none. `#` begins a remark. `POLICY_GOLDEN=1` writes the
//! answers anew: read the difference like code.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use policy_core::catalog::Catalog;
use policy_core::evidence::trail::{Aggregate, read_document};
use policy_core::evidence::{ObservedResource, Outcome};
use serde_json::{Value, json};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/calls");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The record of an event line: the call of a function's role in `eu-west-1`.
fn record(line: &str) -> Value {
    let (source, rest) = line.split_once(' ').unwrap();
    let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    let mut next = || {
        values.next().map_or(Value::Null, |value| value.unwrap_or_else(|e| panic!("{e}: {line}")))
    };
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/orders-exec/orders",
            "sessionContext": { "sessionIssuer": {
                "type": "Role",
                "arn": "arn:aws:iam::111122223333:role/lambda/orders-exec",
            } },
        },
        "eventTime": "2026-11-01T08:30:00Z",
        "eventSource": source,
        "eventName": name,
        "awsRegion": "eu-west-1",
        "requestParameters": next(),
        "resources": next(),
        "eventID": "00000001-0000-4000-8000-000000000001",
        "eventType": "AwsApiCall",
    });
    if let Value::Object(further) = next() {
        record.as_object_mut().unwrap().extend(further);
    }
    record
}

/// What the event shows, a line each.
fn shows(line: &str) -> BTreeSet<String> {
    let text = record(line).to_string();
    let mut aggregate = Aggregate::new();
    if let Err(error) = read_document(text.as_bytes(), "event", &mut aggregate, Catalog::embedded())
    {
        return [error.to_string()].into();
    }
    let observed = aggregate.finish().unwrap();
    let mut shown = BTreeSet::new();
    for call in &observed.calls {
        let key = &call.key;
        let resource = match &key.resource {
            ObservedResource::Arn(arn) => arn.to_string(),
            ObservedResource::Named(pattern) | ObservedResource::Names(pattern) => {
                pattern.to_string()
            }
            ObservedResource::None => "-".to_owned(),
            ObservedResource::Unknown => "?".to_owned(),
        };
        let mut text = format!("{} {resource}", key.action.as_str());
        if let Some(account) = &key.resource_account {
            write!(text, " of {}", account.as_str()).unwrap();
        }
        if key.outcome != Outcome::Succeeded {
            write!(text, " {:?}", key.outcome).unwrap();
        }
        shown.insert(text);
    }
    shown.extend(observed.unmapped.keys().map(|event| format!("unmapped: {}", event.reason)));
    shown.extend(observed.without_permission.keys().map(|_| "no permission".to_owned()));
    shown.extend(observed.not_calls.keys().map(|kind| format!("no call: {kind}")));
    shown.extend(observed.unusable.keys().map(|(member, value)| {
        format!("unusable {member}: {}", value.as_deref().unwrap_or("missing"))
    }));
    shown
}

fn answered(text: &str) -> String {
    let mut answered = String::new();
    for line in text.lines().filter(|line| !line.starts_with("    ->")) {
        writeln!(answered, "{line}").unwrap();
        if !line.is_empty() && !line.starts_with('#') {
            for shown in shows(line) {
                writeln!(answered, "    -> {shown}").unwrap();
            }
        }
    }
    answered
}

#[test]
fn every_event_shows_what_it_is_expected_to_show() {
    let golden = std::env::var_os("POLICY_GOLDEN").is_some();
    let mut wrong = Vec::new();
    let mut events = 0;
    for file in files() {
        let text = fs::read_to_string(&file).unwrap();
        let found = answered(&text);
        events +=
            found.lines().filter(|line| !line.is_empty() && !line.starts_with([' ', '#'])).count();
        if golden {
            fs::write(&file, &found).unwrap();
            continue;
        }
        let expected: Vec<&str> = text.lines().collect();
        let mut event = "";
        for line in found.lines() {
            event = if line.starts_with("    ->") { event } else { line };
            if !expected.contains(&line) {
                wrong.push(format!("{}: {event}\n{line}", file.display()));
            }
        }
        if found != text && wrong.is_empty() {
            wrong.push(format!("{}: another order or a line too many", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(events >= 100, "{events} events");
}
