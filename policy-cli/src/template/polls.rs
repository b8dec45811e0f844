//! Event-source mappings, as an event of SAM or as a resource.
//!
//! # Source
//! AWS CloudFormation User Guide, "AWS::Lambda::EventSourceMapping"; AWS SAM Developer Guide, the event types that are mappings.

use policy_core::evidence::{NeedKind, SettingPoll};

use super::describe::Describer;
use super::node::Node;
use crate::deployment::polled_kind;

/// Adds the mapping that `properties` describe. `kind` is what its type says; else the source's ARN tells it.
pub(super) fn read<'t>(
    describer: &mut Describer<'t>,
    properties: &'t Node,
    source: Option<&'t Node>,
    kind: Option<&str>,
    path: &str,
) {
    let mut poll = SettingPoll { origin: describer.origin(properties, path), ..Default::default() };
    let servers = ["SelfManagedEventSource", "Endpoints", "KafkaBootstrapServers"];
    let servers = describer.part(properties, &servers);
    let is_own_kafka = servers.is_some()
        || kind == Some("kafka") && properties.get("KafkaBootstrapServers").is_some();
    if is_own_kafka {
        // Kafka of one's own has no ARN; which servers they are does not matter.
        let Some(list) = servers.or(source) else { return };
        let first = describer.items(list).first().and_then(|it| describer.values.text(it).ok());
        poll.source = first.unwrap_or_else(|| "brokers".to_owned()).into();
        poll.kind = "kafka".into();
    } else {
        let Some(source) = source else {
            describer.unknown(properties, path, "it names no event source");
            return;
        };
        let Some(arn) = describer.pattern(source, path) else { return };
        let Some(known) = kind.or_else(|| polled_kind(&arn)) else {
            let reason = format!("`{arn}` is no event source that Lambda polls");
            describer.unknown(source, path, &reason);
            return;
        };
        (poll.kind, poll.source) = (known.into(), arn.into());
    }
    access(describer, properties, path, &mut poll);
    if let Some(topics) = describer.part(properties, &["Topics"]) {
        for topic in describer.items(topics) {
            poll.topics.extend(describer.text(topic, path).map(Into::into));
        }
    }
    for config in ["AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig"] {
        let Some(config) = describer.part(properties, &[config]) else { continue };
        registry(describer, config, path, &mut poll);
        let group = describer.text_at(config, &["ConsumerGroupId"]);
        poll.consumer_group = group.map(Into::into);
    }
    registry(describer, properties, path, &mut poll);
    if let Some(group) = describer.text_at(properties, &["ConsumerGroupId"]) {
        poll.consumer_group = Some(group.into());
    }
    if &*poll.kind == "kafka" && !is_own_kafka && poll.secrets.is_empty() {
        signs_in(describer, source, path, &mut poll);
    }
    if poll.source.contains("/consumer/") {
        // The consumer's ARN is that of the stream, the consumer behind it.
        let (stream, _) = poll.source.split_once("/consumer/").unwrap_or_default();
        let stream = stream.into();
        poll.consumer = Some(std::mem::replace(&mut poll.source, stream));
    }
    if let Some(node) = describer.part(properties, &["DestinationConfig", "OnFailure"]) {
        let path = format!("{path}.DestinationConfig.OnFailure");
        match describer.part(node, &["Destination"]) {
            Some(target) => {
                if let Some(arn) = describer.text(target, &path) {
                    let origin = describer.origin(target, &path);
                    describer.need(NeedKind::PollFailure, arn, origin);
                }
            }
            None => describer.unknown(node, &path, "SAM makes the queue or topic; name one"),
        }
    }
    describer.poll(poll);
}

/// With what the poller signs in, and whether it goes through a VPC.
fn access<'t>(
    describer: &mut Describer<'t>,
    properties: &'t Node,
    path: &str,
    poll: &mut SettingPoll,
) {
    let Some(all) = describer.part(properties, &["SourceAccessConfigurations"]) else { return };
    for one in describer.items(all) {
        let Some(kind) = describer.text_at(one, &["Type"]) else { continue };
        match &*kind {
            "VPC_SECURITY_GROUP" | "VPC_SUBNET" => poll.is_in_vpc = true,
            "VIRTUAL_HOST" => {}
            "BASIC_AUTH"
            | "CLIENT_CERTIFICATE_TLS_AUTH"
            | "SASL_SCRAM_256_AUTH"
            | "SASL_SCRAM_512_AUTH"
            | "SERVER_ROOT_CA_CERTIFICATE" => {
                let Some(node) = describer.part(one, &["URI"]) else { continue };
                let secret = describer.pattern(node, &format!("{path}.SourceAccessConfigurations"));
                poll.secrets.extend(secret.map(Into::into));
            }
            other => {
                let reason = format!("`{other}` is not understood");
                describer.unknown(one, &format!("{path}.SourceAccessConfigurations"), &reason);
            }
        }
    }
}

fn registry<'t>(describer: &mut Describer<'t>, of: &'t Node, path: &str, poll: &mut SettingPoll) {
    let keys = ["SchemaRegistryConfig", "SchemaRegistryURI"];
    let Some(node) = describer.part(of, &keys) else { return };
    let Some(uri) = describer.text(node, &format!("{path}.{}", keys.join("."))) else { return };
    // A registry that is not Glue's is reached by its URL and needs nothing of the role.
    if uri.starts_with("arn:") {
        poll.registries.push(uri.into());
    }
}

/// Whether the poller of a cluster signs in with the role: what the cluster asks for, where the template makes it.
fn signs_in<'t>(
    describer: &mut Describer<'t>,
    source: Option<&'t Node>,
    path: &str,
    poll: &mut SettingPoll,
) {
    let Some(source) = source else { return };
    let values = describer.values;
    let written = target(source).and_then(|id| values.root.at(&["Resources", id]));
    let cluster = written.filter(|resource| {
        let kind = resource.get("Type").and_then(Node::text).unwrap_or_default();
        kind.starts_with("AWS::MSK::")
    });
    let iam = match cluster {
        Some(cluster) => {
            let keys = ["Properties", "ClientAuthentication", "Sasl", "Iam", "Enabled"];
            let kind = cluster.get("Type").and_then(Node::text);
            Some(
                kind == Some("AWS::MSK::ServerlessCluster")
                    || describer.text_at(cluster, &keys).as_deref() == Some("true"),
            )
        }
        None => None,
    };
    match iam {
        Some(iam) => poll.uses_iam = iam,
        None => describer.unknown(
            source,
            path,
            "whether the poller signs in with the role stands with the cluster; say it with `iam` under `polls` in policy.toml",
        ),
    }
}

/// The resource that a value refers to.
fn target(node: &Node) -> Option<&str> {
    let argument = node.get("Ref").or_else(|| node.get("Fn::GetAtt"))?;
    match &argument.kind {
        super::node::Kind::Text(text) => text.split('.').next(),
        super::node::Kind::List(parts) => parts.first().and_then(Node::text),
        _ => None,
    }
}
