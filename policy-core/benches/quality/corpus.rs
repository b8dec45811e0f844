//! The real logs of the corpus, measured in the same way.
//!
//! Most of their calls are by users, whom this project makes no policies for; all calls of a log are taken
//! as those of one role, so that there is something to measure.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use policy_core::catalog::Catalog;
use policy_core::evidence::trail::{Aggregate, Reader};
use policy_core::evidence::{ObservedCall, ObservedResource};
use policy_core::iam::Pattern;
use policy_core::names::container;
use policy_core::semantics::{Context, Policies, Principal, Request, principal_side};
use serde_json::{Value, json};

use super::measure::{LEARNT, identity, policies};

/// Logs with fewer later calls tell nothing.
const FEWEST: u64 = 20;

/// Prints a row for each folder and file of `corpus/cloudtrail`.
pub(crate) fn print(corpus: &Path) {
    println!(
        "\n| log | calls learnt | later calls | allowed | by exact names | by container/* | resources (exact) |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let mut logs: Vec<PathBuf> =
        std::fs::read_dir(corpus.join("cloudtrail")).unwrap().map(|e| e.unwrap().path()).collect();
    logs.sort();
    for log in logs {
        let mut records = Vec::new();
        read(&log, &mut records);
        records
            .sort_by_key(|record| (record["eventTime"].to_string(), record["eventID"].to_string()));
        let later = records.split_off(records.len() * LEARNT / 100);
        if let Some(cells) = row(calls(&records), calls(&later)) {
            println!("| {} | {cells} |", log.file_name().unwrap().to_string_lossy());
        }
    }
}

/// The records of a file, or of all files in a folder, as made by one role.
fn read(path: &Path, records: &mut Vec<Value>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            read(&entry.unwrap().path(), records);
        }
        return;
    }
    let mut bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "gz") {
        let packed = std::mem::take(&mut bytes);
        flate2::read::MultiGzDecoder::new(&*packed).read_to_end(&mut bytes).unwrap();
    }
    let list = match serde_json::from_slice(&bytes) {
        Ok(Value::Array(list)) => list,
        Ok(Value::Object(mut members)) => match members.remove("Records") {
            Some(Value::Array(list)) => list,
            _ => return,
        },
        _ => return,
    };
    for mut record in list {
        let account = record["recipientAccountId"].as_str().unwrap_or("111122223333").to_owned();
        record["userIdentity"] = identity(&account);
        records.push(record);
    }
}

fn calls(records: &[Value]) -> Vec<ObservedCall> {
    let mut reader = Reader::new(Catalog::embedded());
    let mut aggregate = Aggregate::new();
    for record in records {
        // A record that is refused leaves the others.
        let document = json!({ "Records": [record] }).to_string();
        _ = reader.document(document.as_bytes(), "log", &mut aggregate);
    }
    aggregate.finish().unwrap().calls
}

/// The resource as a request names it.
fn resource(call: &ObservedCall) -> Option<String> {
    match &call.key.resource {
        ObservedResource::Arn(arn) => Some(arn.to_string()),
        ObservedResource::None => Some("*".to_owned()),
        _ => None,
    }
}

fn row(learnt: Vec<ObservedCall>, later: Vec<ObservedCall>) -> Option<String> {
    let used: Vec<(&ObservedCall, String)> = later
        .iter()
        .filter(|call| call.key.outcome.is_use())
        .filter_map(|call| Some((call, resource(call)?)))
        .collect();
    let all: u64 = used.iter().map(|(call, _)| call.count.events).sum();
    if all < FEWEST || learnt.is_empty() {
        return None;
    }
    let known = learnt.iter().filter(|call| call.key.outcome.is_use());
    let names: BTreeSet<(String, String)> =
        known.filter_map(|call| Some((call.key.action.to_string(), resource(call)?))).collect();
    let held = |text: &str| match container::split(text) {
        it if it.inner.is_some() => it.container.to_owned(),
        _ => text.to_owned(),
    };
    let containers: BTreeSet<(String, String)> =
        names.iter().map(|(action, name)| (action.clone(), held(name))).collect();
    let events: u64 = learnt.iter().map(|call| call.count.events).sum();
    let made = policies(learnt).unwrap();
    let entries: BTreeSet<&str> = made.evidence.iter().map(|it| it.resource.as_str()).collect();
    let is_exact = |text: &&&str| Pattern::parse(text, true).as_literal().is_some();
    let (resources, exact) = (entries.len(), entries.iter().filter(is_exact).count());
    let documents = Policies::identity(made.execution_role);
    let share = |is: &dyn Fn(&ObservedCall, &str) -> bool| {
        let some = used.iter().filter(|(call, resource)| is(call, resource));
        format!("{} %", some.map(|(call, _)| call.count.events).sum::<u64>() * 100 / all)
    };
    let generated = share(&|call, resource| {
        let request = Request {
            principal: Principal::role(call.key.role.clone()),
            action: call.key.action.clone(),
            resource: resource.to_owned(),
            context: Context::default(),
        };
        principal_side(&request, &documents)
    });
    let by_name =
        share(&|call, name| names.contains(&(call.key.action.to_string(), name.to_owned())));
    let by_container =
        share(&|call, name| containers.contains(&(call.key.action.to_string(), held(name))));
    Some(format!(
        "{events} | {all} | {generated} | {by_name} | {by_container} | {resources} ({exact})"
    ))
}
