//! `-v`: which settings were read, and from where.

use std::collections::BTreeMap;

use policy_core::evidence::{
    FunctionConfiguration, FunctionSettings, SettingEncryption, SettingName, SettingOrigin,
};
use policy_core::names::container;

/// One line for each setting: what it is, and its place. Of what is deployed with the function only the
/// resources that its policy names.
pub(super) fn lines<'r>(
    settings: &FunctionSettings,
    named: impl Iterator<Item = &'r str>,
) -> Vec<String> {
    let FunctionConfiguration {
        log_group,
        log_group_is_managed,
        variables,
        invokers,
        polls,
        needs,
        unneeded,
        encryption,
        encryption_beside,
        environment_key,
        is_edge,
        required_endpoints,
        code_signing,
        code_key,
        origins,
    } = &settings.configuration;
    let at = |setting: SettingName| origins.get(&setting);
    let mut lines = Vec::new();
    let mut say = |what: String, origin: Option<&SettingOrigin>| {
        lines.push(match origin.map(place) {
            Some(place) => format!("{what}, from {place}"),
            None => what,
        });
    };
    for need in needs {
        let on = if need.on.is_empty() { String::new() } else { format!(" {}", need.on) };
        say(format!("{}{on}", need.kind.as_str()), Some(&need.origin));
    }
    for poll in polls {
        say(format!("polls {} {}", poll.kind, poll.source), Some(&poll.origin));
    }
    for invoker in invokers {
        let by = format!("{} {}", invoker.kind, invoker.source);
        let qualifier = invoker.qualifier.iter().map(|name| format!(" as {name}"));
        let what = format!("invoked by {}{}", by.trim_end(), qualifier.collect::<String>());
        say(what, Some(&invoker.origin));
    }
    for kind in unneeded {
        say(format!("no {}", kind.as_str()), at(SettingName::Unneeded(*kind)));
    }
    if let Some(name) = log_group {
        say(format!("log group {name}"), at(SettingName::LogGroup));
    }
    if log_group_is_managed == &Some(true) {
        let made = "the log group is made by something else".into();
        say(made, at(SettingName::LogGroupIsManaged));
    }
    for (name, value) in variables {
        say(format!("variable {name} = {value}"), at(SettingName::Variable(name.clone())));
    }
    let told = encryption.iter().map(|(resource, key)| (&**resource, key));
    let mut encryption: BTreeMap<&str, &SettingEncryption> = told.collect();
    for resource in named.filter(|resource| *resource != "*") {
        for (resource, key) in encryption_beside.near(container::name(resource)) {
            encryption.entry(resource).or_insert(key);
        }
    }
    for (resource, key) in encryption {
        let key = match key {
            SettingEncryption::ByAws => "a key of AWS",
            SettingEncryption::CustomerKey(key) => key,
        };
        let own = at(SettingName::Encryption(resource.into()));
        let origin = own.or_else(|| encryption_beside.origin(resource));
        say(format!("{resource} is encrypted with {key}"), origin);
    }
    if let Some(key) = environment_key {
        say(format!("variables are encrypted with {key}"), at(SettingName::EnvironmentKey));
    }
    if let Some(key) = code_key {
        say(format!("the code is encrypted with {key}"), at(SettingName::CodeKey));
    }
    if is_edge == &Some(true) {
        say("runs at the edge".into(), at(SettingName::Edge));
    }
    for endpoint in required_endpoints {
        say(format!("calls come through {endpoint}"), at(SettingName::RequiredEndpoints));
    }
    if let Some(configuration) = code_signing {
        say(format!("code signed as {configuration} says"), at(SettingName::CodeSigning));
    }
    lines
}

/// `template.yaml:12:5 (Resources.Orders.Properties.Tracing)`.
fn place(origin: &SettingOrigin) -> String {
    let mut place = origin.source.to_string();
    for number in [origin.line, origin.column].into_iter().flatten() {
        place.push_str(&format!(":{number}"));
    }
    match &*origin.path {
        "" => place,
        path => format!("{place} ({path})"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use policy_core::evidence::{
        EncryptionTable, NeedKind, SettingInvoker, SettingNeed, SettingPoll,
    };

    use super::*;

    #[test]
    fn each_setting_is_a_line_with_its_place() {
        let origin = SettingOrigin {
            source: "template.yaml".into(),
            path: "Resources.F.Properties.Tracing".into(),
            line: Some(12),
            column: Some(5),
        };
        let text = |text: &str| -> Box<str> { text.into() };
        let on_line = |line: u32| SettingOrigin {
            source: text("policy.toml"),
            line: Some(line),
            column: Some(3),
            ..SettingOrigin::default()
        };
        let single = [
            SettingName::Unneeded(NeedKind::NetworkInterfaces),
            SettingName::LogGroup,
            SettingName::LogGroupIsManaged,
            SettingName::Variable(text("TABLE")),
            SettingName::Encryption(text("arn:aws:s3:::a")),
            SettingName::Encryption(text("arn:aws:s3:::b")),
            SettingName::EnvironmentKey,
            SettingName::CodeKey,
            SettingName::Edge,
            SettingName::RequiredEndpoints,
            SettingName::CodeSigning,
        ];
        let beside = |name: &str| (text(name), on_line(20));
        let settings = FunctionSettings {
            configuration: FunctionConfiguration {
                log_group: Some(text("/acme/orders")),
                log_group_is_managed: Some(true),
                variables: BTreeMap::from([(text("TABLE"), text("orders"))]),
                invokers: vec![SettingInvoker {
                    kind: text("url"),
                    source: text(""),
                    qualifier: Some(text("live")),
                    options: Default::default(),
                    fed_by: Vec::new(),
                    origin: SettingOrigin { source: text("plan.json"), ..SettingOrigin::default() },
                }],
                polls: vec![SettingPoll {
                    kind: text("sqs"),
                    source: text("jobs"),
                    origin: origin.clone(),
                    ..SettingPoll::default()
                }],
                needs: vec![SettingNeed { kind: NeedKind::Tracing, on: text(""), origin }],
                unneeded: BTreeSet::from([NeedKind::NetworkInterfaces]),
                encryption: BTreeMap::from([
                    (text("arn:aws:s3:::a"), SettingEncryption::ByAws),
                    (text("arn:aws:s3:::b"), SettingEncryption::CustomerKey(text("key/k"))),
                ]),
                encryption_beside: Arc::new(
                    ["arn:aws:s3:::a", "arn:aws:s3:::c", "arn:aws:s3:::d"]
                        .map(|name| (text(name), SettingEncryption::CustomerKey(text("key/d"))))
                        .into_iter()
                        .collect::<EncryptionTable>()
                        .written_at(BTreeMap::from([beside("arn:aws:s3:::c")])),
                ),
                environment_key: Some(text("key/e")),
                is_edge: Some(true),
                required_endpoints: vec![text("vpce-1")],
                code_signing: Some(text("csc-1")),
                code_key: Some(text("key/c")),
                origins: single.into_iter().zip((1..).map(on_line)).collect(),
            },
            ..FunctionSettings::default()
        };
        let at = "from template.yaml:12:5 (Resources.F.Properties.Tracing)";
        assert_eq!(
            lines(&settings, ["arn:aws:s3:::a", "*", "arn:aws:s3:::c/in/*"].into_iter()),
            [
                format!("tracing, {at}").as_str(),
                &format!("polls sqs jobs, {at}"),
                "invoked by url as live, from plan.json",
                "no vpc, from policy.toml:1:3",
                "log group /acme/orders, from policy.toml:2:3",
                "the log group is made by something else, from policy.toml:3:3",
                "variable TABLE = orders, from policy.toml:4:3",
                "arn:aws:s3:::a is encrypted with a key of AWS, from policy.toml:5:3",
                "arn:aws:s3:::b is encrypted with key/k, from policy.toml:6:3",
                "arn:aws:s3:::c is encrypted with key/d, from policy.toml:20:3",
                "variables are encrypted with key/e, from policy.toml:7:3",
                "the code is encrypted with key/c, from policy.toml:8:3",
                "runs at the edge, from policy.toml:9:3",
                "calls come through vpce-1, from policy.toml:10:3",
                "code signed as csc-1 says, from policy.toml:11:3",
            ]
        );
    }
}
