//! Keys of a function that ask something of its role for Lambda itself, or for what Lambda puts beside the code.

use policy_core::evidence::{
    FunctionConfiguration, NeedKind, SettingName, SettingNeed, SettingOrigin,
};

use super::keys;
use super::resource::{self, Other, SECRET, Wanted};
use super::toml::{Document, Node};

/// Keys that are `true` or `false`.
const SWITCHES: &[(&str, NeedKind)] = &[
    ("application-signals", NeedKind::ApplicationSignals),
    ("durable", NeedKind::DurableExecution),
    ("insights", NeedKind::Insights),
    ("tracing", NeedKind::Tracing),
    ("vpc", NeedKind::NetworkInterfaces),
];

const DEAD_LETTER: Wanted = Wanted {
    what: "a queue or a topic",
    arns: &[("sns", ""), ("sqs", "")],
    other: Other::No,
    example: "arn:aws:sqs:eu-west-1:111122223333:lost-orders",
};

/// # Source
/// AWS Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations".
const DESTINATION: Wanted = Wanted {
    what: "a queue, topic, bucket, event bus or function",
    arns: &[
        ("events", "event-bus/"),
        ("lambda", "function:"),
        ("s3", ""),
        ("sns", ""),
        ("sqs", ""),
    ],
    other: Other::No,
    example: "arn:aws:sqs:eu-west-1:111122223333:done-orders",
};

/// # Source
/// AWS Lambda Developer Guide, "Retaining discarded batches" of the event sources.
pub(super) const ON_FAILURE: Wanted = Wanted {
    what: "a queue, topic or bucket",
    arns: &[("s3", ""), ("sns", ""), ("sqs", "")],
    other: Other::No,
    example: "arn:aws:sqs:eu-west-1:111122223333:lost-orders",
};

const ACCESS_POINT: Wanted = Wanted {
    what: "an EFS access point",
    arns: &[("elasticfilesystem", "access-point/")],
    other: Other::Tail("access-point/"),
    example: "arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/fsap-0a1b2c3d",
};

const DATABASE_USER: Wanted = Wanted {
    what: "a database user",
    arns: &[("rds-db", "dbuser:")],
    other: Other::Tail("dbuser:"),
    example: "dbuser:db-ABCDEFGHIJKL/orders",
};

const PARAMETER: Wanted = Wanted {
    what: "a parameter of Systems Manager",
    arns: &[("ssm", "parameter/")],
    other: Other::Name("/_.-"),
    example: "/shop/limits",
};

const APP_CONFIG: Wanted = Wanted {
    what: "a configuration of AppConfig",
    arns: &[("appconfig", "application/")],
    other: Other::Tail("application/"),
    example: "application/abc1234/environment/def5678/configuration/ghi9012",
};

/// Reads the key if it is one of these.
pub(super) fn read(
    document: &mut Document<'_>,
    name: &str,
    node: &Node<'_>,
    configuration: &mut FunctionConfiguration,
) {
    if let Some((_, kind)) = SWITCHES.iter().find(|(switch, _)| *switch == name) {
        match document.truth(node) {
            Some(true) => {
                let origin = document.origin(node);
                configuration.needs.push(SettingNeed { kind: *kind, on: "".into(), origin });
            }
            Some(false) => {
                configuration.unneeded.insert(*kind);
                configuration.told(SettingName::Unneeded(*kind), document.origin(node));
            }
            None => {}
        }
        return;
    }
    let needs = &mut configuration.needs;
    match name {
        "dead-letter" => {
            let target = resource::read(document, node, DEAD_LETTER);
            let origin = document.origin(node);
            push(needs, NeedKind::DeadLetter, target.map(|target| (target, origin)));
        }
        "destinations" => list(document, node, NeedKind::Destination, DESTINATION, needs),
        "rotates" => list(document, node, NeedKind::Rotation, SECRET, needs),
        "database-users" => list(document, node, NeedKind::DatabaseUser, DATABASE_USER, needs),
        "extensions" => {
            for (name, node) in document.fields(node, keys::EXTENSIONS) {
                let (kind, wanted) = match &*name {
                    "secrets" => (NeedKind::SecretsExtension, SECRET),
                    "parameters" => (NeedKind::ParametersExtension, PARAMETER),
                    "appconfig" => (NeedKind::AppConfigExtension, APP_CONFIG),
                    _ => continue,
                };
                list(document, &node, kind, wanted, needs);
            }
        }
        "file-systems" => {
            for item in document.items(node, "an array of tables") {
                let fields = document.fields(&item, keys::FILE_SYSTEM);
                let read_only = fields.get("read-only").and_then(|node| document.truth(node));
                let Some(point) = document.required(&fields, &item, "access-point") else {
                    continue;
                };
                let point = resource::read(document, &point, ACCESS_POINT);
                let kind = match read_only {
                    Some(true) => NeedKind::FileSystemReadOnly,
                    _ => NeedKind::FileSystem,
                };
                let origin = document.origin(&item);
                push(needs, kind, point.map(|point| (point, origin)));
            }
        }
        _ => {}
    }
}

fn list(
    document: &mut Document<'_>,
    node: &Node<'_>,
    kind: NeedKind,
    wanted: Wanted,
    needs: &mut Vec<SettingNeed>,
) {
    for found in resource::list(document, node, wanted) {
        push(needs, kind, Some(found));
    }
}

fn push(needs: &mut Vec<SettingNeed>, kind: NeedKind, found: Option<(Box<str>, SettingOrigin)>) {
    needs.extend(found.map(|(on, origin)| SettingNeed { kind, on, origin }));
}
