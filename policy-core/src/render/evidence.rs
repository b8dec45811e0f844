//! `evidence.json`: why each grant is there.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::evidence::{Attribution, CallPlace, ReachableCall, SourceOrigin};
use crate::graph::Dropped;
use crate::synthesis::EvidenceEntry;

use crate::policy::write::condition_value;

/// The entries as one JSON array over several lines: two spaces a level, members sorted by name, a
/// newline at the end.
#[must_use]
pub fn text(entries: &[EvidenceEntry]) -> String {
    let entries: Vec<Value> = entries.iter().map(value).collect();
    format!("{:#}\n", Value::from(entries))
}

/// The entries of a role that several functions share: those of each function, its name among their members.
///
/// Shape: sorted by function, then as each function's.
#[must_use]
pub fn shared_value(entries: &BTreeMap<Box<str>, Vec<EvidenceEntry>>) -> Value {
    let mut all = Vec::new();
    for (name, entries) in entries {
        for entry in entries {
            let mut value = value(entry);
            value["function"] = (&**name).into();
            all.push(value);
        }
    }
    Value::from(all)
}

/// One entry.
///
/// Shape: `sid`, `action`, `resource`, `condition`, `verdict`, `declared`, `reachable`, `observed`
/// always; `document`, `names`, `accepted`, `platform` and `settings` where there is any. Times that are not known are `null`.
/// Described in `docs/evidence.md`.
#[must_use]
pub fn value(entry: &EvidenceEntry) -> Value {
    let observed = &entry.observed;
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    set("sid", entry.sid.as_str().into());
    if let Some(document) = entry.document {
        let (file, kind) = (document.file_name(), document.kind().as_str());
        set("document", json!({ "file": file, "kind": kind }));
    }
    set("action", entry.action.as_str().into());
    set("resource", entry.resource.as_str().into());
    set("condition", condition_value(&entry.condition));
    set("verdict", entry.verdict.as_str().into());
    set("declared", entry.declared.iter().map(origin).collect());
    set("reachable", entry.reachable.iter().map(reachable).collect());
    set(
        "observed",
        json!({
            "events": observed.events,
            "firstSeen": observed.first_seen,
            "lastSeen": observed.last_seen,
            "eventIds": observed.event_ids,
            "denied": observed.denied,
            "attribution": observed.attribution.map(Attribution::as_str),
        }),
    );
    if let Some(names) = &entry.names {
        let mut summary = json!({ "count": names.count, "example": names.example });
        if names.more {
            summary["more"] = json!(true);
        }
        set("names", summary);
    }
    if !entry.accepted.is_empty() {
        let accepted = entry.accepted.iter().map(|grant| {
            json!({
                "source": &*grant.origin.source,
                "path": &*grant.origin.path,
                "reason": &*grant.reason,
            })
        });
        set("accepted", accepted.collect());
    }
    if !entry.platform.is_empty() {
        set("platform", entry.platform.clone().into());
    }
    if !entry.settings.is_empty() {
        let settings = entry.settings.iter().map(|origin| {
            let mut value = json!({ "source": &*origin.source, "path": &*origin.path });
            if let Some(line) = origin.line {
                value["line"] = json!(line);
            }
            value
        });
        set("settings", settings.collect());
    }
    Value::Object(members)
}

/// Declared accesses that are not granted, for they are proved unused: `dropped.json`.
#[must_use]
pub fn dropped_text(dropped: &[Dropped]) -> String {
    format!("{:#}\n", dropped_value(dropped))
}

/// The same as a value.
///
/// Shape: a list of `action`, `resource`, `declared`, in the order of the graph.
#[must_use]
pub fn dropped_value(dropped: &[Dropped]) -> Value {
    let one = |dropped: &Dropped| {
        json!({
            "action": dropped.action.as_str(),
            "resource": dropped.resource.to_string(),
            "declared": dropped.declared.iter().map(origin).collect::<Vec<_>>(),
        })
    };
    dropped.iter().map(one).collect()
}

fn reachable(call: &ReachableCall) -> Value {
    let mut value = match &call.place {
        CallPlace::Binary { file, source } => {
            json!({ "binary": &**file, "source": source.as_str() })
        }
        CallPlace::Source { origin: place, .. } => origin(place),
    };
    value["client"] = json!(&*call.client);
    value["operation"] = json!(call.name());
    value["confidence"] = json!(call.confidence.as_str());
    value
}

fn origin(origin: &SourceOrigin) -> Value {
    json!({
        "package": &*origin.package,
        "file": &*origin.file,
        "line": origin.line,
        "column": origin.column,
        "item": &*origin.item,
    })
}
