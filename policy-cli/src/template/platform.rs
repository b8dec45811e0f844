//! What the properties of a function ask of its role.

use policy_core::evidence::{NeedKind, SettingName};

use super::describe::Describer;
use super::node::{Kind, Node};

/// Layers by part of their name: what they need, or why that cannot be told.
///
/// # Source
/// Amazon CloudWatch User Guide, "Available versions of the Lambda Insights extension", "Enable your applications on Lambda";
/// AWS Secrets Manager User Guide, "Use AWS Secrets Manager secrets in AWS Lambda functions"; AWS AppConfig User Guide, "Available
/// versions of the AWS AppConfig Agent Lambda extension".
const LAYERS: &[(&str, Layer)] = &[
    ("AWS-AppConfig-Extension", Layer::Fetches("extensions.appconfig")),
    ("AWS-Parameters-and-Secrets-Lambda-Extension", Layer::Fetches("extensions.secrets")),
    ("AWSOpenTelemetryDistro", Layer::Needs(NeedKind::ApplicationSignals)),
    ("LambdaInsightsExtension", Layer::Needs(NeedKind::Insights)),
];

#[derive(Clone, Copy)]
enum Layer {
    Needs(NeedKind),
    /// What it fetches stands in no template.
    Fetches(&'static str),
}

pub(super) fn read(describer: &mut Describer<'_>) {
    tracing(describer);
    network(describer);
    dead_letters(describer);
    file_systems(describer);
    layers(describer);
    logging(describer);
    if let Some(key) = describer.property("KmsKeyArn") {
        let text = describer.text(key, "KmsKeyArn");
        describer.out.configuration.environment_key = text.map(Into::into);
        describer.told(SettingName::EnvironmentKey, key, "KmsKeyArn");
    }
    if let Some(key) = describer.property("SourceKMSKeyArn") {
        let text = describer.text(key, "SourceKMSKeyArn");
        describer.out.configuration.code_key = text.map(Into::into);
        describer.told(SettingName::CodeKey, key, "SourceKMSKeyArn");
    }
    if let Some(node) = describer.property("CodeSigningConfigArn") {
        let text = describer.text(node, "CodeSigningConfigArn");
        describer.out.configuration.code_signing = text.map(Into::into);
        describer.told(SettingName::CodeSigning, node, "CodeSigningConfigArn");
    }
    if let Some(node) = describer.property("DurableConfig") {
        let origin = describer.origin(node, "DurableConfig");
        describer.need(NeedKind::DurableExecution, String::new(), origin);
    }
    if let Some(node) = describer.property("EventInvokeConfig") {
        destinations(describer, node, "EventInvokeConfig.DestinationConfig");
    }
}

fn tracing(describer: &mut Describer<'_>) {
    let mode = match describer.property("Tracing") {
        Some(node) => Some(node),
        None => {
            describer.property("TracingConfig").and_then(|config| describer.part(config, &["Mode"]))
        }
    };
    let Some(node) = mode else { return };
    match describer.text(node, "Tracing").as_deref() {
        Some("Active") => {
            let origin = describer.origin(node, "Tracing");
            describer.need(NeedKind::Tracing, String::new(), origin);
        }
        Some("PassThrough" | "Disabled") | None => {}
        Some(other) => {
            let reason = format!("`{other}` is no mode of tracing");
            describer.unknown(node, "Tracing", &reason);
        }
    }
}

fn network(describer: &mut Describer<'_>) {
    let Some(config) = describer.property("VpcConfig") else { return };
    let Some(subnets) = describer.part(config, &["SubnetIds"]) else { return };
    // Which subnets they are does not matter; an empty list is no VPC.
    if matches!(&subnets.kind, Kind::List(items) if items.is_empty()) {
        return;
    }
    let origin = describer.origin(config, "VpcConfig");
    describer.need(NeedKind::NetworkInterfaces, String::new(), origin);
}

fn dead_letters(describer: &mut Describer<'_>) {
    for name in ["DeadLetterQueue", "DeadLetterConfig"] {
        let Some(config) = describer.property(name) else { continue };
        let Some(target) = describer.part(config, &["TargetArn"]) else { continue };
        if let Some(arn) = describer.text(target, &format!("{name}.TargetArn")) {
            let origin = describer.origin(target, &format!("{name}.TargetArn"));
            describer.need(NeedKind::DeadLetter, arn, origin);
        }
    }
}

fn file_systems(describer: &mut Describer<'_>) {
    let Some(configs) = describer.property("FileSystemConfigs") else { return };
    for config in describer.items(configs) {
        let Some(node) = describer.part(config, &["Arn"]) else { continue };
        let Some(arn) = describer.text(node, "FileSystemConfigs") else { continue };
        if arn.contains(":elasticfilesystem:") {
            let origin = describer.origin(node, "FileSystemConfigs");
            describer.need(NeedKind::FileSystem, arn, origin);
        } else {
            let reason = format!("what mounting `{arn}` needs is not worked out");
            describer.unknown(node, "FileSystemConfigs", &reason);
        }
    }
}

fn layers<'t>(describer: &mut Describer<'t>) {
    let mut all: Vec<&'t Node> = describer.property("Layers").into_iter().collect();
    // SAM adds the layers for all functions to a function's own.
    let of_all = describer.values.root.at(&["Globals", "Function", "Layers"]);
    all.extend(of_all.filter(|of_all| describer.is_sam && !all.contains(of_all)));
    for layers in all {
        for layer in describer.items(layers) {
            // The name of a layer of AWS is a literal part of its ARN, whatever the Region is.
            let text = literals(layer);
            let Some((name, needed)) = LAYERS.iter().find(|(name, _)| text.contains(name)) else {
                continue;
            };
            match needed {
                Layer::Needs(kind) => {
                    let origin = describer.origin(layer, "Layers");
                    describer.need(*kind, String::new(), origin);
                }
                Layer::Fetches(key) => {
                    let reason = format!(
                        "no template says what `{name}` fetches; say it with `{key}` in policy.toml"
                    );
                    describer.unknown(layer, "Layers", &reason);
                }
            }
        }
    }
}

/// Every literal text in a value.
fn literals(node: &Node) -> String {
    match &node.kind {
        Kind::Text(text) => text.clone(),
        Kind::List(items) => items.iter().map(literals).collect::<Vec<_>>().join("\n"),
        Kind::Map(entries) => {
            let values = entries.as_slice().iter().map(|(_, value)| literals(value));
            values.collect::<Vec<_>>().join("\n")
        }
        Kind::Twice => String::new(),
    }
}

/// The log group, and whether the template makes it.
fn logging(describer: &mut Describer<'_>) {
    let mut group = None;
    if let Some(config) = describer.property("LoggingConfig")
        && let Some(node) = describer.part(config, &["LogGroup"])
    {
        group = describer.text(node, "LoggingConfig.LogGroup");
        describer.told(SettingName::LogGroup, node, "LoggingConfig.LogGroup");
        if group.is_none() {
            return;
        }
    }
    let default = describer.out.function_name.as_ref().map(|name| format!("/aws/lambda/{name}"));
    let named = group.clone().or(default);
    let made = named.and_then(|name| describer.template.log_group(&name));
    if let Some((id, node)) = made {
        let origin = describer.origin_of(node, &format!("Resources.{id}"));
        describer.out.configuration.told(SettingName::LogGroupIsManaged, origin);
    }
    describer.out.configuration.log_group = group.map(Into::into);
    describer.out.configuration.log_group_is_managed = made.map(|_| true);
}

/// Where results of asynchronous invocations go.
pub(super) fn destinations<'t>(describer: &mut Describer<'t>, of: &'t Node, path: &str) {
    let Some(config) = describer.part(of, &["DestinationConfig"]) else { return };
    for outcome in ["OnSuccess", "OnFailure"] {
        let Some(target) = describer.part(config, &[outcome]) else { continue };
        match describer.part(target, &["Destination"]) {
            Some(node) => {
                if let Some(arn) = describer.text(node, &format!("{path}.{outcome}")) {
                    let origin = describer.origin(node, &format!("{path}.{outcome}"));
                    describer.need(NeedKind::Destination, arn, origin);
                }
            }
            None if describer.is_sam => {
                let reason = "SAM makes the queue or topic; name one with `Destination`, or it in policy.toml";
                describer.unknown(target, &format!("{path}.{outcome}"), reason);
            }
            None => {}
        }
    }
}
