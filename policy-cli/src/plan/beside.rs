//! Resources of a plan that are about a function: permissions, mappings, URLs, how it is invoked asynchronously.

use policy_core::evidence::{NeedKind, SettingPoll};
use serde_json::Value;

use super::describe::Describer;
use super::read::{Resource, at, list};
use crate::deployment::{Invoked, Permission, polled_kind};

pub(super) fn read(describer: &mut Describer<'_>) {
    let plan = describer.values.plan;
    for beside in plan.index.beside(describer.address) {
        let Some((address, resource)) = plan.resources.get_key_value(&beside.address) else {
            continue;
        };
        let qualifier = beside.qualifier.clone();
        match &*resource.kind {
            "aws_lambda_permission" => permission(describer, address, qualifier),
            "aws_lambda_function_url" => url(describer, address, qualifier),
            "aws_lambda_event_source_mapping" => mapping(describer, address, resource),
            _ => destinations(describer, address),
        }
    }
}

fn permission(describer: &mut Describer<'_>, address: &str, qualifier: Option<String>) {
    let mut permission = Permission { qualifier, ..Permission::default() };
    for name in [
        "event_source_token",
        "function_url_auth_type",
        "invoked_via_function_url",
        "principal",
        "principal_org_id",
        "source_account",
        "source_arn",
    ] {
        let text = match describer.values.text(address, name) {
            Ok(text) => text.filter(|text| !text.is_empty()),
            Err(reason) => {
                // Part of what it says is not who it is.
                return describer.unknown(&format!("{address}.{name}"), &reason);
            }
        };
        match name {
            "event_source_token" => permission.token = text,
            "function_url_auth_type" => permission.auth = text,
            "invoked_via_function_url" => permission.by_url = text.as_deref() == Some("true"),
            "principal" => permission.principal = text.unwrap_or_default(),
            "principal_org_id" => permission.organization = text,
            "source_account" => permission.source_account = text,
            _ => permission.source_arn = text,
        }
    }
    match permission.invoked() {
        Ok(Some(invoked)) => invoker(describer, invoked, address),
        Ok(None) => {}
        Err(reason) => describer.unknown(address, &reason),
    }
}

fn invoker(describer: &mut Describer<'_>, invoked: Invoked, address: &str) {
    let origin = describer.values.plan.origin(address);
    describer.out.configuration.invokers.push(invoked.setting(origin));
}

fn url(describer: &mut Describer<'_>, address: &str, qualifier: Option<String>) {
    let Some(auth) = describer.text_of(address, "authorization_type") else { return };
    let source = if auth == "NONE" { "*" } else { "" };
    let invoked = Invoked {
        kind: "url".into(),
        source: source.into(),
        qualifier: qualifier.map(Into::into),
        auth: Some(auth.into()),
        ..Invoked::default()
    };
    invoker(describer, invoked, address);
}

fn destinations(describer: &mut Describer<'_>, address: &str) {
    for outcome in ["on_failure", "on_success"] {
        let path = format!("destination_config.0.{outcome}.0.destination");
        if let Some(target) = describer.text_of(address, &path) {
            describer.need(NeedKind::Destination, target, &format!("{address}.{outcome}"));
        }
    }
}

fn mapping(describer: &mut Describer<'_>, address: &str, resource: &Resource) {
    let mut poll =
        SettingPoll { origin: describer.values.plan.origin(address), ..SettingPoll::default() };
    let servers = at(&resource.values, "self_managed_event_source.0.endpoints");
    if let Some(servers) = servers["KAFKA_BOOTSTRAP_SERVERS"].as_str() {
        poll.kind = "kafka".into();
        poll.source = servers.split(',').next().unwrap_or_default().into();
    } else {
        let Some(arn) = describer.text_of(address, "event_source_arn") else { return };
        let Some(kind) = polled_kind(&arn) else {
            let reason = format!("`{arn}` is no event source that Lambda polls");
            return describer.unknown(address, &reason);
        };
        (poll.kind, poll.source) = (kind.into(), arn.into());
    }
    let is_managed_kafka = &*poll.kind == "kafka" && poll.source.starts_with("arn:");
    for index in 0..list(&resource.values["source_access_configuration"]).len() {
        let path = format!("source_access_configuration.{index}");
        match describer.text_of(address, &format!("{path}.type")).as_deref() {
            Some("VPC_SECURITY_GROUP" | "VPC_SUBNET") => poll.is_in_vpc = true,
            Some("VIRTUAL_HOST") | None => {}
            Some(
                "BASIC_AUTH"
                | "CLIENT_CERTIFICATE_TLS_AUTH"
                | "SASL_SCRAM_256_AUTH"
                | "SASL_SCRAM_512_AUTH"
                | "SERVER_ROOT_CA_CERTIFICATE",
            ) => {
                let secret = describer.text_of(address, &format!("{path}.uri"));
                poll.secrets.extend(secret.map(Into::into));
            }
            Some(other) => {
                let reason = format!("`{other}` is not understood");
                describer.unknown(&format!("{address}.{path}"), &reason);
            }
        }
    }
    let topics = list(&resource.values["topics"]).iter().filter_map(Value::as_str);
    poll.topics = topics.map(Into::into).collect();
    for config in
        ["amazon_managed_kafka_event_source_config", "self_managed_kafka_event_source_config"]
    {
        if let Some(group) = describer.text_of(address, &format!("{config}.0.consumer_group_id")) {
            poll.consumer_group = Some(group.into());
        }
        let path = format!("{config}.0.schema_registry_config.0.schema_registry_uri");
        let registry = describer.text_of(address, &path);
        // A registry that is not Glue's is reached by its URL and needs nothing of the role.
        poll.registries.extend(registry.filter(|uri| uri.starts_with("arn:")).map(Into::into));
    }
    if is_managed_kafka && poll.secrets.is_empty() {
        describer.unknown(
            address,
            "whether the poller signs in with the role stands with the cluster; say it with `iam` under `polls` in policy.toml",
        );
    }
    if let Some((stream, _)) = poll.source.split_once("/consumer/") {
        let stream = stream.into();
        poll.consumer = Some(std::mem::replace(&mut poll.source, stream));
    }
    let path = "destination_config.0.on_failure.0.destination_arn";
    if let Some(target) = describer.text_of(address, path) {
        describer.need(NeedKind::PollFailure, target, &format!("{address}.destination_config"));
    }
    describer.out.configuration.polls.push(poll);
}
