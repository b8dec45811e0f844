//! Public CloudTrail logs: what `generate --merge observed` gives for each role allows what succeeded and nothing that was
//! only denied.
//!
//! The logs are not part of this repository. `POLICY_CORPUS` names the folder that holds them; without it the test says that it
//! skips. The records are read here a second time, by a few lines of their own, so that a record which the program loses is missed.
//! The program gets each record as a file: many public files were joined by hand and hold a record that is refused, and then
//! nothing of its file counts.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use policy_core::{
    catalog::Catalog,
    iam::{ActionName, Region, RoleArn},
    policy::{self, PolicyDocument},
    semantics::{Context, Policies, Principal, Request, principal_side},
};
use policy_tests::{files, policy_cli};
use serde_json::{Value, json};

/// The logs, if there are any here.
fn corpus() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("POLICY_CORPUS") else {
        println!("skipped: POLICY_CORPUS is not set");
        return None;
    };
    Some(PathBuf::from(folder).join("cloudtrail"))
}

/// Every record below `folder`, whatever is wrapped around it. What cannot be read is left out.
fn records(folder: &Path) -> Vec<Value> {
    let mut found = Vec::new();
    for (name, bytes) in files(folder) {
        let text = if name.ends_with(".gz") {
            let mut text = String::new();
            flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
            text
        } else {
            String::from_utf8(bytes).unwrap()
        };
        for document in serde_json::Deserializer::from_str(&text).into_iter().map_while(Result::ok)
        {
            unwrap(document, &mut found);
        }
    }
    found
}

fn unwrap(document: Value, found: &mut Vec<Value>) {
    match document {
        Value::Array(items) => items.into_iter().for_each(|item| unwrap(item, found)),
        Value::Object(mut fields) => {
            let inner = ["Records", "detail", "Events", "CloudTrailEvent"]
                .iter()
                .find_map(|name| fields.remove(*name));
            match inner {
                Some(Value::String(text)) => unwrap(serde_json::from_str(&text).unwrap(), found),
                Some(inner) => unwrap(inner, found),
                None if fields.contains_key("eventName") => found.push(Value::Object(fields)),
                None => {}
            }
        }
        _ => {}
    }
}

/// A call by a role, as far as one record tells beyond doubt.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Call {
    action: ActionName,
    resource: String,
    context: Vec<(&'static str, String)>,
}

enum Ending {
    Succeeded,
    Denied,
    Other,
}

fn ending(record: &Value) -> Ending {
    let Some(code) = record["errorCode"].as_str() else {
        return if record["errorMessage"].is_null() { Ending::Succeeded } else { Ending::Other };
    };
    let code = code.to_lowercase();
    let words = ["accessdenied", "unauthorized", "notauthorized", "authorizationerror"];
    if words.iter().any(|word| code.contains(word)) { Ending::Denied } else { Ending::Other }
}

/// The call of a record: by a role itself, one action, one resource that the action has.
fn call(record: &Value, catalog: &Catalog) -> Option<Call> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if !matches!(record["eventType"].as_str(), None | Some("AwsApiCall"))
        || record["userIdentity"].get("invokedBy").is_some()
    {
        return None;
    }
    let actions =
        catalog.event(record["eventSource"].as_str()?, record["eventName"].as_str()?).actions();
    let [action] = actions.as_slice() else { return None };
    let types: Vec<_> = catalog.action(action)?.resource_types().collect();
    let named: BTreeSet<(String, Option<String>)> = record["resources"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|resource| Some((text(&resource["ARN"])?, text(&resource["accountId"]))))
        .filter(|(arn, _)| types.iter().any(|of| of.resource_type.matches(arn)))
        .collect();
    let (resource, owner) = match (types.is_empty(), named.len()) {
        (true, _) => ("*".to_owned(), None),
        (false, 1) => named.into_iter().next()?,
        (false, _) => return None,
    };
    let mut context = vec![(
        "aws:ResourceAccount",
        owner.or_else(|| text(&record["userIdentity"]["accountId"]))?,
    )];
    if let Some(function) = text(&record["userIdentity"]["inScopeOf"]["credentialsIssuedTo"]) {
        context.push(("lambda:SourceFunctionArn", function));
    }
    Some(Call { action: action.clone(), resource, context })
}

/// The `eventID`s that stand on different records: made-up ones such as `1`. Which record counts is anyone's guess.
fn ambiguous_ids(records: &[Value]) -> BTreeSet<String> {
    let (mut first, mut ambiguous) = (BTreeMap::new(), BTreeSet::new());
    for record in records {
        let id = record["eventID"].to_string();
        if *first.entry(id.clone()).or_insert(record) != record {
            ambiguous.insert(id);
        }
    }
    ambiguous
}

/// The role that made a call.
fn role(record: &Value) -> Option<RoleArn> {
    let issuer = &record["userIdentity"]["sessionContext"]["sessionIssuer"];
    (issuer["type"] == "Role").then(|| issuer["arn"].as_str()?.parse().ok())?
}

/// Each record as a log file of its own, in `folder`.
fn split(records: &[Value], folder: &Path) {
    for (number, record) in records.iter().enumerate() {
        let file = json!({ "Records": [record] });
        fs::write(folder.join(format!("{number}.json")), file.to_string()).unwrap();
    }
}

/// What `generate --merge observed` gives for a role; none, with a reason, when the role did nothing that can be granted.
fn generated(logs: &Path, role: &RoleArn) -> Result<Vec<PolicyDocument>, String> {
    let (logs, role_text, account) =
        (logs.display().to_string(), role.to_string(), role.arn().account().to_owned());
    let run = policy_cli([
        "generate",
        "--trail",
        &logs,
        "--role",
        &role_text,
        "--merge",
        "observed",
        "--account",
        &account,
        "--region",
        "us-east-1",
        "--format",
        "json",
        "--keep-going",
    ]);
    if run.code == 2 {
        assert!(run.stderr.contains("error"), "{run:?}");
        return Err(run.stderr);
    }
    assert!(matches!(run.code, 0 | 1), "{role}: {run:?}");
    let json = run.json();
    let functions = json["functions"].as_array().unwrap();
    let documents =
        functions.iter().flat_map(|function| function["executionRole"].as_array().unwrap());
    Ok(documents
        .map(|document| policy::parse(&document.to_string(), "generated").unwrap().document)
        .collect())
}

#[test]
fn each_role_keeps_what_it_used_and_gains_nothing_that_was_only_denied() {
    let Some(logs) = corpus() else { return };
    let catalog = Catalog::embedded();
    let (mut used, mut denied) =
        (BTreeMap::<_, BTreeSet<_>>::new(), BTreeMap::<_, BTreeSet<_>>::new());
    let (mut by_roles, mut told) = (0, 0);
    let all = records(&logs);
    let folder = tempfile::tempdir().unwrap();
    split(&all, folder.path());
    let logs = folder.path();
    let ambiguous = ambiguous_ids(&all);
    for record in &all {
        let Some(role) = role(record) else { continue };
        by_roles += 1;
        used.entry(role.clone()).or_default();
        // Names such as `us-north-2r`, which hide where the record was made, are refused with that reason.
        let has_region =
            record["awsRegion"].as_str().is_some_and(|region| region.parse::<Region>().is_ok());
        if !has_region || ambiguous.contains(&record["eventID"].to_string()) {
            continue;
        }
        let Some(call) = call(record, catalog) else { continue };
        told += 1;
        match ending(record) {
            Ending::Succeeded => used.entry(role).or_default().insert(call),
            Ending::Denied => denied.entry(role).or_default().insert(call),
            Ending::Other => false,
        };
    }
    let (mut allowed, mut refused, mut without) = (0, 0, 0);
    let mut wrong = Vec::new();
    for (role, calls) in &used {
        let documents = match generated(logs, role) {
            Ok(documents) => documents,
            Err(reason) if calls.is_empty() => {
                without += 1;
                println!("{role}: {}", reason.lines().next().unwrap_or_default());
                continue;
            }
            Err(reason) => {
                wrong.push(format!("{role}: {reason}"));
                continue;
            }
        };
        let policies = Policies::identity(documents);
        let is_allowed = |call: &Call| {
            let context = call
                .context
                .iter()
                .fold(Context::default(), |all, (key, value)| all.with(key, value));
            let (principal, action) = (Principal::role(role.clone()), call.action.clone());
            principal_side(
                &Request { principal, action, resource: call.resource.clone(), context },
                &policies,
            )
        };
        for call in calls {
            if is_allowed(call) {
                allowed += 1
            } else {
                wrong.push(format!("{role}: used but not allowed: {call:?}"))
            }
        }
        let pair = |call: &Call| (call.action.clone(), call.resource.clone());
        let used_pairs: BTreeSet<_> = calls.iter().map(pair).collect();
        for call in
            denied.get(role).into_iter().flatten().filter(|call| !used_pairs.contains(&pair(call)))
        {
            if is_allowed(call) {
                wrong.push(format!("{role}: only denied but allowed: {call:?}"))
            } else {
                refused += 1
            }
        }
    }
    println!(
        "{} records, {by_roles} by {} roles, {told} tell one action and one resource",
        all.len(),
        used.len()
    );
    println!(
        "{allowed} used calls allowed, {refused} denied calls refused, {without} roles with nothing to grant"
    );
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(allowed >= 20, "too few calls were told: {allowed}");
}
