//! Evidence as a short JSON file, for cases.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use policy_core::evidence::{
    AcceptedGrant, CallCount, CallKey, CallPlace, Confidence, Declaration, DeclaredAccess,
    DeclaredInvoker, DeclaredLimit, DeclaredName, DeclaredOwner, DeclaredPoll, DeclaredResource,
    Environment, EnvironmentForm, FunctionConfiguration, FunctionEvidence, FunctionSettings,
    InvokerOptions, LinkedSource, NeedKind, ObservedCall, ObservedFunction, ObservedResource,
    Outcome, Reachable, ReachableCall, ReachableResource, SettingEncryption, SettingInvoker,
    SettingNeed, SettingOrigin, SettingPoll, SourceOrigin, UnknownCalls, UrlAuth,
};
use policy_core::graph::Merge;
use policy_core::iam::{ArnPattern, Pattern};
use policy_core::synthesis::Options;
use serde_json::Value;

/// One case: evidence, rule and options.
pub(crate) struct Case {
    pub(crate) evidence: FunctionEvidence,
    pub(crate) merge: Merge,
    pub(crate) options: Options,
}

impl Case {
    /// Reads a case; anything wrong in it fails the test.
    #[allow(dead_code, reason = "not every test keeps its cases in files")]
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let value: Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::from_value(&value)
    }

    pub(crate) fn from_value(value: &Value) -> Self {
        let word = value["merge"].as_str().unwrap_or("checked");
        let merge = Merge::ALL.into_iter().find(|m| m.as_str() == word).unwrap();
        let mut options = Options::default();
        options.trust.source_arn = value["trustSourceArn"] == true;
        if let Some(number) = value["maxResources"].as_u64() {
            options.max_resources = usize::try_from(number).unwrap().try_into().unwrap();
        }
        let environment = Environment {
            account: value["account"].as_str().map(|a| a.parse().unwrap()),
            region: value["region"].as_str().map(|r| r.parse().unwrap()),
            partition: value["partition"].as_str().unwrap_or("aws").parse().unwrap(),
        };
        let evidence = FunctionEvidence {
            settings: settings(value),
            environment,
            declarations: declarations(value),
            reachable: reachable(value),
            observed: observed(value),
        };
        Self { evidence, merge, options }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("`{value}` is no text"))
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        Value::Null => Vec::new(),
        one => vec![text(one)],
    }
}

fn map(value: &Value) -> BTreeMap<Box<str>, Box<str>> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.as_str().into(), text(value).into())).collect()
}

fn settings(value: &Value) -> FunctionSettings {
    let origin = |path: &str| SettingOrigin {
        source: "policy.toml".into(),
        path: path.into(),
        ..SettingOrigin::default()
    };
    FunctionSettings {
        name: value["function"].as_str().unwrap_or("orders").into(),
        deployed: value["deployed"].as_str().map(|arn| arn.parse().unwrap()),
        role: value["role"].as_str().map(|arn| arn.parse().unwrap()),
        role_is_shared: value["roleIsShared"] == true,
        allow_unknown: value["allowUnknown"] == true,
        configuration: configuration(value),
        parameters: map(&value["parameters"]),
        accepted: list(&value["accepted"])
            .iter()
            .map(|grant| AcceptedGrant {
                action: text(&grant["action"]).parse().unwrap(),
                resource: pattern(text(&grant["resource"])),
                passed_to: texts(&grant["passedTo"]).into_iter().map(Into::into).collect(),
                reason: text(&grant["reason"]).into(),
                origin: origin("functions.orders.accept"),
            })
            .collect(),
        stand_ins: map(&value["standIns"]).into(),
    }
}

fn invoker_options(invoker: &Value) -> InvokerOptions {
    InvokerOptions {
        organization: invoker["organization"].as_str().map(Into::into),
        account: invoker["account"].as_str().map(Into::into),
        auth: invoker["auth"].as_str().map(|word| UrlAuth::of(word).unwrap()),
    }
}

fn configuration(value: &Value) -> FunctionConfiguration {
    let origin = |path: &str| SettingOrigin {
        source: "policy.toml".into(),
        path: path.into(),
        ..SettingOrigin::default()
    };
    let texts = |value: &Value| list(value).iter().map(|one| text(one).into()).collect();
    let kind = |word: &str| {
        let found = NeedKind::ALL.into_iter().find(|kind| kind.as_str() == word);
        found.unwrap_or_else(|| panic!("no need is called {word}"))
    };
    let fed_by = |value: &Value| -> Vec<SettingInvoker> {
        let one = |from: &Value| SettingInvoker {
            kind: text(&from["kind"]).into(),
            source: text(&from["source"]).into(),
            options: invoker_options(from),
            ..SettingInvoker::default()
        };
        list(&value["fedBy"]).iter().map(one).collect()
    };
    FunctionConfiguration {
        origins: BTreeMap::new(),
        unneeded: std::collections::BTreeSet::new(),
        encryption_beside: Default::default(),
        log_group: value["logGroup"].as_str().map(Into::into),
        log_group_is_managed: value["logGroupIsManaged"].as_bool(),
        variables: map(&value["variables"]),
        invokers: list(&value["settingInvokers"])
            .iter()
            .map(|invoker| SettingInvoker {
                kind: text(&invoker["kind"]).into(),
                source: text(&invoker["source"]).into(),
                qualifier: invoker["qualifier"].as_str().map(Into::into),
                options: invoker_options(invoker),
                fed_by: fed_by(invoker),
                origin: origin("functions.orders.invoked-by"),
            })
            .collect(),
        polls: list(&value["settingPolls"])
            .iter()
            .map(|poll| SettingPoll {
                kind: text(&poll["kind"]).into(),
                source: text(&poll["source"]).into(),
                consumer: poll["consumer"].as_str().map(Into::into),
                secrets: texts(&poll["secrets"]),
                uses_iam: poll["usesIam"] == true,
                topics: texts(&poll["topics"]),
                consumer_group: poll["consumerGroup"].as_str().map(Into::into),
                is_in_vpc: poll["isInVpc"] == true,
                registries: texts(&poll["registries"]),
                fed_by: fed_by(poll),
                origin: origin("functions.orders.polls"),
            })
            .collect(),
        needs: list(&value["needs"])
            .iter()
            .map(|need| SettingNeed {
                kind: kind(text(&need["kind"])),
                on: need["on"].as_str().unwrap_or_default().into(),
                origin: origin(&format!("functions.orders.{}", text(&need["kind"]))),
            })
            .collect(),
        encryption: map(&value["encryption"])
            .into_iter()
            .map(|(resource, key)| match &*key {
                "aws" => (resource, SettingEncryption::ByAws),
                _ => (resource, SettingEncryption::CustomerKey(key)),
            })
            .collect(),
        environment_key: value["environmentKey"].as_str().map(Into::into),
        is_edge: value["isEdge"].as_bool(),
        required_endpoints: texts(&value["requiredEndpoints"]),
        code_signing: value["codeSigning"].as_str().map(Into::into),
        code_key: value["codeKey"].as_str().map(Into::into),
    }
}

fn pattern(text: &str) -> ArnPattern {
    ArnPattern::new(Pattern::parse(text, true))
}

/// Declared things get the lines 10, 20, 30 … of `src/main.rs`.
fn origin(i: usize, item: &str) -> SourceOrigin {
    SourceOrigin {
        package: "orders".into(),
        file: "src/main.rs".into(),
        line: u32::try_from(i + 1).unwrap() * 10,
        column: 11,
        item: item.into(),
    }
}

fn declarations(value: &Value) -> Vec<Declaration> {
    let (declared, invokers, polls) = (&value["declared"], &value["invokedBy"], &value["polls"]);
    if declared.is_null() && invokers.is_null() && polls.is_null() {
        return Vec::new();
    }
    vec![Declaration {
        package: "orders".into(),
        crate_name: "orders".into(),
        target: Some("orders".into()),
        function: None,
        origin: origin(0, "Access"),
        accesses: list(declared).iter().enumerate().map(|(i, a)| access(i, a)).collect(),
        invokers: list(invokers)
            .iter()
            .enumerate()
            .map(|(i, invoker)| DeclaredInvoker {
                kind: text(&invoker["kind"]).into(),
                source: text(&invoker["source"]).into(),
                qualifier: invoker["qualifier"].as_str().map(Into::into),
                options: invoker_options(invoker),
                origin: origin(i, "Access"),
            })
            .collect(),
        polls: list(polls)
            .iter()
            .enumerate()
            .map(|(i, poll)| DeclaredPoll {
                kind: text(&poll["kind"]).into(),
                source: text(&poll["source"]).into(),
                origin: origin(i, "Access"),
            })
            .collect(),
    }]
}

fn access(i: usize, value: &Value) -> DeclaredAccess {
    let name = |name: &str| match name.contains(':') {
        true => DeclaredName::Action(name.parse().unwrap()),
        false => DeclaredName::Operation(name.into()),
    };
    let owner = value["owner"].as_str().map(|owner| match owner.strip_prefix("any:") {
        Some(reason) => DeclaredOwner::Any { reason: reason.into() },
        None => DeclaredOwner::Account(owner.parse().unwrap()),
    });
    let resource = |written: &&str| resource(written, &value["anyResource"]);
    DeclaredAccess {
        client: text(&value["client"]).into(),
        names: texts(&value["names"]).into_iter().map(name).collect(),
        levels: Vec::new(),
        resources: texts(&value["on"]).iter().map(resource).collect(),
        kms_key: value["kmsKey"].as_str().map(|key| resource(&key)),
        owner,
        limits: limits(&value["limits"]),
        keep: value["keep"].as_str().map(Into::into),
        via_role: value["viaRole"].as_str().map(Into::into),
        origin: origin(i, value["item"].as_str().unwrap_or("Access::field")),
    }
}

fn limits(value: &Value) -> BTreeMap<DeclaredLimit, Vec<Box<str>>> {
    let limit = |word: &str| {
        let found = DeclaredLimit::ALL.into_iter().find(|limit| limit.as_str() == word);
        found.unwrap_or_else(|| panic!("no limit is called {word}"))
    };
    let members = value.as_object().into_iter().flatten();
    let values = |value| texts(value).into_iter().map(Into::into).collect();
    members.map(|(word, value)| (limit(word), values(value))).collect()
}

/// Calls of `bootstrap`, or of lines 10, 20, 30 … of `src/lib.rs` where the resource is known.
fn reachable(value: &Value) -> Option<Reachable> {
    let (calls, unknown) = (value.get("reachable"), value.get("unreadable"));
    if calls.or(unknown).is_none_or(Value::is_null) {
        return None;
    }
    let mut reachable = Reachable::default();
    for (i, written) in list(&value["reachable"]).iter().enumerate() {
        let call = reachable_call(i, written);
        if written["own"] == true { &mut reachable.own } else { &mut reachable.calls }.push(call);
    }
    reachable.unknown.extend(texts(&value["unreadable"]).into_iter().map(|reason| UnknownCalls {
        place: "bootstrap".into(),
        client: None,
        reason: reason.into(),
    }));
    reachable.sort();
    Some(reachable)
}

fn reachable_call(i: usize, value: &Value) -> ReachableCall {
    let (client, name) = text(&value["call"]).split_once('.').unwrap();
    let binary = CallPlace::Binary { file: "bootstrap".into(), source: LinkedSource::Symbols };
    let mut origin = origin(i, "work");
    origin.file = "src/lib.rs".into();
    let (place, resource) = match &value["on"] {
        Value::Null => {
            let reason = "a binary does not tell its resources".into();
            (binary, ReachableResource::Unknown { reason })
        }
        on => {
            let known = texts(on).iter().map(|on| resource(on, &Value::Null)).collect();
            (CallPlace::Source { origin, binaries: Vec::new() }, ReachableResource::Known(known))
        }
    };
    let confidence =
        if value["ambiguous"] == true { Confidence::Ambiguous } else { Confidence::Certain };
    let name = DeclaredName::Operation(name.into());
    ReachableCall { client: client.into(), name, place, confidence, resource }
}

/// `arn:…`, `*`, `env:url:NAME`, else a tail.
fn resource(written: &str, any: &Value) -> DeclaredResource {
    if written == "*" {
        return DeclaredResource::Any { reason: text(any).into() };
    }
    if let Some((form, name)) = written.strip_prefix("env:").and_then(|r| r.split_once(':')) {
        let form = match form {
            "url" => EnvironmentForm::Url,
            "arn" => EnvironmentForm::Arn,
            _ => EnvironmentForm::Name,
        };
        return DeclaredResource::Environment { name: name.into(), form };
    }
    match written.starts_with("arn:") {
        true => DeclaredResource::Arn(written.into()),
        false => DeclaredResource::Tail(written.into()),
    }
}

fn observed(value: &Value) -> Vec<ObservedCall> {
    let mut calls: Vec<ObservedCall> = Vec::new();
    for (i, call) in list(&value["observed"]).iter().enumerate() {
        // `"repeat": 14300` writes the number 0, 1, 2 … for `{}` in the resource.
        for n in 0..call["repeat"].as_u64().unwrap_or(1) {
            calls.push(one(value, i, call, n));
        }
    }
    calls
}

fn one(value: &Value, i: usize, call: &Value, n: u64) -> ObservedCall {
    let resource = match &call["resource"] {
        Value::Null => ObservedResource::Unknown,
        Value::Object(named) => ObservedResource::Named(pattern(text(&named["named"]))),
        resource if resource == "*" => ObservedResource::None,
        arn => ObservedResource::Arn(text(arn).replace("{}", &format!("{n:05}")).parse().unwrap()),
    };
    let action = text(&call["action"]);
    let name = action.split_once(':').unwrap().1;
    let outcome = match call["outcome"].as_str().unwrap_or("succeeded") {
        "succeeded" => Outcome::Succeeded,
        "failed" => Outcome::FailedAfterAuthorisation,
        "unclear" => Outcome::FailedUnclear,
        "denied" => Outcome::Denied,
        other => panic!("outcome {other}"),
    };
    let role = value["role"].as_str().unwrap_or("arn:aws:iam::111122223333:role/orders-exec");
    let key = CallKey {
        role: role.parse().unwrap(),
        function: ObservedFunction::Unknown,
        action: action.parse().unwrap(),
        operation: call["operation"].as_str().unwrap_or(name).into(),
        resource,
        resource_account: call["account"].as_str().map(|a| a.parse().unwrap()),
        region: value["region"].as_str().unwrap_or("eu-west-1").parse().unwrap(),
        via: call["via"].as_str().map(|v| v.parse().unwrap()),
        outcome,
        refusal: call["refusal"].as_str().map(Into::into),
    };
    let time = call["time"].as_str().unwrap_or("2026-11-01T08:30:00Z");
    let mut count = CallCount::default();
    for event in 0..call["count"].as_u64().unwrap_or(1) {
        count.merge(&CallCount::one(time, &format!("event-{i:02}-{n:05}-{event}")));
    }
    ObservedCall { key, count }
}
