//! Cases as data: `tests/cases/trail/NAME/` holds the input, `expected.json` and a `note.md`.
//!
//! Inputs are `input.json` or `input.jsonl`, with `input-2.json` and so on for further files; they are read in
//! both orders. `POLICY_GOLDEN=1` writes `expected.json` anew: read the difference like code.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use policy_core::catalog::Catalog;
use policy_core::evidence::trail::{Aggregate, Observations, Reader};
use policy_core::evidence::{ObservedCall, ObservedFunction, ObservedResource};
use serde_json::{Map, Value, json};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/trail");
    let mut cases: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn inputs(case: &Path) -> Vec<PathBuf> {
    let mut inputs: Vec<_> = fs::read_dir(case)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("input"))
        .collect();
    inputs.sort();
    inputs
}

/// What the files show, and what was refused.
fn observe<'p>(inputs: impl Iterator<Item = &'p PathBuf>) -> Value {
    let mut reader = Reader::new(Catalog::embedded());
    let mut aggregate = Aggregate::new();
    let mut refused = Vec::new();
    for path in inputs {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(path).unwrap();
        if let Err(error) = reader.document(&bytes, &name, &mut aggregate) {
            refused.push(error.to_string());
        }
    }
    refused.sort();
    let mut shown = Map::new();
    if !refused.is_empty() {
        shown.insert("refused".into(), json!(refused));
    }
    show(&aggregate.finish().unwrap(), &mut shown);
    Value::Object(shown)
}

fn show(observed: &Observations, shown: &mut Map<String, Value>) {
    let mut add = |key: &str, value: Vec<Value>| {
        if !value.is_empty() {
            shown.insert(key.into(), value.into());
        }
    };
    add("calls", observed.calls.iter().map(call).collect());
    let unmapped = observed.unmapped.iter().map(|(event, count)| {
        json!(format!("{count} x {} {}: {}", event.source, event.name, event.reason))
    });
    add("unmapped", unmapped.collect());
    let pair = |(a, b): &(Box<str>, Box<str>), count: &u64| json!(format!("{count} x {a} {b}"));
    add("withoutPermission", observed.without_permission.iter().map(|(k, n)| pair(k, n)).collect());
    let counted = |counts: &BTreeMap<Box<str>, u64>| {
        counts.iter().map(|(kind, count)| json!(format!("{count} x {kind}"))).collect()
    };
    add("notCalls", counted(&observed.not_calls));
    add("otherIdentities", counted(&observed.other_identities));
    let services = observed.service_calls.iter().map(|(call, count)| {
        json!(format!("{count} x {} called {} {}", call.service, call.source, call.name))
    });
    add("serviceCalls", services.collect());
    let unattributed = observed
        .unattributed
        .iter()
        .map(|((identity, reason), count)| json!(format!("{count} x {identity}: {reason}")));
    add("unattributed", unattributed.collect());
    let unusable = observed.unusable.iter().map(|((member, value), count)| {
        json!(format!("{count} x {member}: {}", value.as_deref().unwrap_or("missing")))
    });
    add("unusable", unusable.collect());
    let findings = observed.findings(|_| true);
    add(
        "findings",
        findings.iter().map(|f| json!(format!("{}: {}", f.code.as_str(), f.message))).collect(),
    );
    for (key, count) in [
        ("copies", observed.copies),
        ("corrected", observed.corrected),
        ("conflicting", observed.conflicting),
    ] {
        if count > 0 {
            shown.insert(key.into(), count.into());
        }
    }
}

fn call(call: &ObservedCall) -> Value {
    let ObservedCall { key, count } = call;
    let mut shown = json!({
        "role": key.role.as_str(),
        "function": match &key.function {
            ObservedFunction::Issued(arn) => format!("issued to {arn}"),
            ObservedFunction::Session(name) => format!("session {name}"),
            ObservedFunction::Unknown => "unknown".to_owned(),
        },
        "action": key.action.as_str(),
        "operation": key.operation,
        "resource": match &key.resource {
            ObservedResource::Arn(arn) => arn.to_string(),
            ObservedResource::Named(pattern) | ObservedResource::Names(pattern) => format!("pattern {pattern}"),
            ObservedResource::None => "none".to_owned(),
            ObservedResource::Unknown => "unknown".to_owned(),
        },
        "region": key.region.as_str(),
        "outcome": format!("{:?}", key.outcome),
        "events": count.events,
        "sample": count.sample.iter().map(|(time, id)| format!("{time} {id}")).collect::<Vec<_>>(),
    });
    if let Some(account) = &key.resource_account {
        shown["resourceAccount"] = account.as_str().into();
    }
    if let Some(service) = &key.via {
        shown["via"] = service.as_str().into();
    }
    if count.first_seen != count.last_seen {
        shown["seen"] = format!("{} to {}", count.first_seen, count.last_seen).into();
    }
    shown
}

#[test]
fn every_case_shows_what_it_is_expected_to_show() {
    let golden = std::env::var_os("POLICY_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let inputs = inputs(&case);
        let shown = observe(inputs.iter());
        assert_eq!(shown, observe(inputs.iter().rev()), "{}: the order matters", case.display());
        assert!(case.join("note.md").is_file(), "{} has no note.md", case.display());
        let text = format!("{}\n", serde_json::to_string_pretty(&shown).unwrap());
        let path = case.join("expected.json");
        if golden {
            fs::write(&path, &text).unwrap();
        } else if fs::read_to_string(&path).unwrap_or_default() != text {
            wrong.push(format!("{}:\n{text}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
