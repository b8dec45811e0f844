//! What Lambda's pollers need for event-source mappings.
//!
//! A poller calls outside of the execution environment, so nothing here carries the function's ARN.

use crate::evidence::{DeclaredPoll, FunctionEvidence, SettingPoll};
use crate::graph::node::GrantClass;

use super::needs::secret_format;
use super::{Ask, Asked, Asker};

/// Event sources that an ARN names wholly: kind, service, what its name completes to, actions.
///
/// # Source
/// AWS Lambda Developer Guide, the pages on SQS, Kinesis, DynamoDB, Amazon MSK and Amazon MQ event sources. That of MSK names
/// `DescribeCluster` and `DescribeClusterV2` as alternatives and does not say which one the poller calls.
const SOURCES: &[(&str, &str, &str, &[&str])] = &[
    (
        "dynamodb",
        "dynamodb",
        "table/{}/stream/*",
        &[
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
        ],
    ),
    ("kafka", "kafka", "cluster/{}", &["kafka:DescribeCluster", "kafka:DescribeClusterV2"]),
    (
        "kinesis",
        "kinesis",
        "stream/{}",
        &[
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
        ],
    ),
    ("mq", "mq", "broker:{}", &["mq:DescribeBroker"]),
    ("sqs", "sqs", "{}", &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]),
];

/// Actions with which a poller reaches a source inside a VPC.
///
/// # Source
/// AWS Lambda Developer Guide, the pages on Amazon MSK, Apache Kafka, Amazon MQ and Amazon DocumentDB.
const INTERFACES: &[&str] = &[
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
];

/// An event-source mapping and where it is written.
pub(super) struct Poll<'a> {
    mapping: SettingPoll,
    asked: Asked<'a>,
}

/// Every mapping of the function; of one that code and configuration name, the configuration's, which says more.
pub(super) fn all(evidence: &FunctionEvidence) -> Vec<Poll<'_>> {
    let set = &evidence.settings.configuration.polls;
    let mut polls: Vec<Poll<'_>> = set
        .iter()
        .map(|poll| Poll { mapping: poll.clone(), asked: Asked::Setting(&poll.origin) })
        .collect();
    let is_set = |declared: &DeclaredPoll| {
        set.iter().any(|set| set.kind == declared.kind && set.source == declared.source)
    };
    let declared = evidence.declarations.iter().flat_map(|declaration| &declaration.polls);
    polls.extend(declared.filter(|poll| !is_set(poll)).map(|poll| Poll {
        mapping: SettingPoll {
            kind: poll.kind.clone(),
            source: poll.source.clone(),
            ..SettingPoll::default()
        },
        asked: Asked::Source(&poll.origin),
    }));
    polls
}

/// Asks for what the poller of one mapping needs.
pub(super) fn ask(asker: &mut Asker<'_>, poll: &Poll<'_>) {
    let Poll { mapping, asked } = poll;
    let (kind, source, asked) = (&*mapping.kind, &*mapping.source, *asked);
    let ask = Ask::new(format!("poller of `{source}`"), GrantClass::PlatformUnnamed, asked);
    let is_own_kafka = kind == "kafka"
        && !(source.starts_with("arn:") || source.starts_with("cluster/") || source.contains('/'));
    if kind == "docdb" {
        return documents(asker, mapping, &ask);
    }
    if is_own_kafka {
        if mapping.is_in_vpc {
            asker.add(&ask, INTERFACES, "*");
        }
        return sign_in(asker, mapping, &ask);
    }
    let Some((_, service, format, actions)) = SOURCES.iter().find(|(name, ..)| *name == kind)
    else {
        let known: Vec<String> = SOURCES
            .iter()
            .map(|(name, ..)| format!("`{name}`"))
            .chain(["`docdb`".into()])
            .collect();
        let problem = format!("Lambda polls no `{kind}`");
        return asker.refuse(asked, &problem, format!("known are {}", known.join(", ")));
    };
    let is_tail = match kind {
        "kafka" => source.starts_with("cluster/"),
        "mq" => source.starts_with("broker:"),
        "sqs" => true,
        _ => source.contains('/'),
    };
    let format = if is_tail { "{}" } else { format };
    let Some(arn) = asker.arn(asked, source, service, format) else { return };
    asker.add(&ask, actions, &arn);
    match kind {
        "kinesis" => {
            if let Some(consumer) = &mapping.consumer
                && let Some(consumer) = asker.arn(asked, consumer, "kinesis", "{}")
            {
                asker.add(&ask, &["kinesis:SubscribeToShard"], &consumer);
            }
        }
        "kafka" => managed_kafka(asker, mapping, &ask, &arn),
        "mq" => {
            asker.add(&ask, INTERFACES, "*");
            sign_in(asker, mapping, &ask);
        }
        _ => {}
    }
}

/// Amazon MSK: brokers, interfaces, and how the poller signs in.
fn managed_kafka(asker: &mut Asker<'_>, mapping: &SettingPoll, ask: &Ask<'_>, cluster: &str) {
    asker.add(ask, &["kafka:GetBootstrapBrokers"], "*");
    asker.add(ask, INTERFACES, "*");
    let mut parts = cluster.splitn(6, ':');
    let (region, account) = (parts.nth(3).unwrap_or_default(), parts.next().unwrap_or_default());
    let tail = parts.next().unwrap_or_default();
    if asker.completer.known_account().is_some_and(|ours| ours != account) {
        let ours = asker.ours("kafka", "", "connection to a Kafka cluster");
        let ours = ours.trim_end_matches(':');
        if let Some(name) = tail.strip_prefix("cluster/") {
            let connection = format!("{ours}:vpc-connection/{account}/{name}");
            asker.add(ask, &["kafka:DescribeVpcConnection"], &connection);
        }
    }
    if !mapping.secrets.is_empty() {
        asker.add(ask, &["kafka:ListScramSecrets"], cluster);
    }
    sign_in(asker, mapping, ask);
    if !mapping.uses_iam {
        return;
    }
    let partition = asker.completer.partition().to_owned();
    let of = |kind: &str, name: &str| {
        let cluster = tail.strip_prefix("cluster/").unwrap_or(tail);
        format!("arn:{partition}:kafka:{region}:{account}:{kind}/{cluster}/{name}")
    };
    asker.add(ask, &["kafka-cluster:Connect"], cluster);
    let group = of("group", mapping.consumer_group.as_deref().unwrap_or("*"));
    asker.add(ask, &["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"], &group);
    let topics = match mapping.topics.as_slice() {
        [] => vec!["*"],
        topics => topics.iter().map(|topic| &**topic).collect(),
    };
    for topic in topics {
        let actions = ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"];
        asker.add(ask, &actions, &of("topic", topic));
    }
}

/// Amazon DocumentDB. The page grants its `Describe` actions on everything; here on everything of their kind in this
/// account and Region, since what the poller names in its calls is not documented.
///
/// # Source
/// AWS Lambda Developer Guide, "Using AWS Lambda with Amazon DocumentDB".
fn documents(asker: &mut Asker<'_>, mapping: &SettingPoll, ask: &Ask<'_>) {
    for (action, tail) in [
        ("rds:DescribeDBClusters", "cluster:*"),
        ("rds:DescribeDBClusterParameters", "cluster-pg:*"),
        ("rds:DescribeDBSubnetGroups", "subgrp:*"),
    ] {
        let resource = asker.ours("rds", tail, &ask.purpose);
        asker.add(ask, &[action], &resource);
    }
    asker.add(ask, INTERFACES, "*");
    sign_in(asker, mapping, ask);
}

/// Secrets with which the poller signs in, and schema registries that it reads.
fn sign_in(asker: &mut Asker<'_>, mapping: &SettingPoll, ask: &Ask<'_>) {
    for secret in &mapping.secrets {
        let format = secret_format(secret);
        if let Some(secret) = asker.arn(ask.asked, secret, "secretsmanager", &format) {
            asker.add(ask, &["secretsmanager:GetSecretValue"], &secret);
        }
    }
    for registry in &mapping.registries {
        if let Some(registry) = asker.arn(ask.asked, registry, "glue", "registry/{}") {
            asker.add(ask, &["glue:GetRegistry", "glue:GetSchemaVersion"], &registry);
            // A schema's name does not tell its registry.
            let schemas = asker.ours("glue", "schema/*", &ask.purpose);
            asker.add(ask, &["glue:GetSchemaVersion"], &schemas);
        }
    }
}
