//! What Lambda itself needs in the role: the log, and the pollers of event sources.
//!
//! Not here: tracing, network interfaces, destinations and file systems, which follow from settings
//! that are not read yet; and what Lambda does without the role (environment variables, images).

use crate::catalog::Catalog;
use crate::evidence::{
    DeclaredAccess, DeclaredName, DeclaredPoll, DeclaredResource, FunctionSettings,
};
use crate::finding::{Code, Finding};
use crate::iam::{ActionName, Arn, ArnPattern, Pattern};

use super::complete::{Completer, Wanted};
use super::node::{GrantClass, PlatformNeed};
use super::resolve::{Resolver, place};

/// Actions with which Lambda writes the log, and whether they act on the group itself or on what is in it.
///
/// # Source
/// AWS Lambda Developer Guide, "Sending Lambda function logs to CloudWatch Logs". Whether
/// `CreateLogGroup` is checked against the group's ARN with or without `:*` is not documented, so
/// both forms are granted.
const LOG: &[(&str, &[&str])] = &[
    ("logs:CreateLogGroup", &["", ":*"]),
    ("logs:CreateLogStream", &[":*"]),
    ("logs:PutLogEvents", &[":*"]),
];

/// Event sources that Lambda polls with the role: kind, the tail its name completes to, actions.
///
/// # Source
/// AWS Lambda Developer Guide, the pages on SQS, Kinesis and DynamoDB event sources.
const POLLERS: &[(&str, &str, &[&str])] = &[
    (
        "dynamodb",
        "table/{}/stream/*",
        &[
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
        ],
    ),
    (
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
    ("sqs", "{}", &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]),
];

/// The needs of the function's log.
pub(super) fn log(
    settings: &FunctionSettings,
    completer: &Completer<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<PlatformNeed> {
    let deployed = settings.deployed.as_ref().map(Arn::resource);
    let function = deployed.and_then(|resource| resource.strip_prefix("function:"));
    let group = match (&settings.configuration.log_group, function) {
        (Some(group), _) => group.to_string(),
        (None, Some(name)) => format!("/aws/lambda/{name}"),
        (None, None) => {
            findings.push(
                Finding::new(
                    Code::FunctionNameAssumed,
                    format!(
                        "the log group is taken to be `/aws/lambda/{0}`, since all that is known of the function is the name `{0}`",
                        settings.name
                    ),
                )
                .help("give the deployed function with `--function-name`, or its log group in policy.toml"),
            );
            format!("/aws/lambda/{}", settings.name)
        }
    };
    let wanted = Wanted { text: "the log of the function", origin: None };
    let group = format!(
        "arn:{}:logs:{}:{}:log-group:{group}",
        completer.partition(),
        completer.region(wanted),
        completer.account(wanted)
    );
    let mut needs = Vec::new();
    for (action, tails) in LOG {
        let Ok(action) = action.parse::<ActionName>() else { continue };
        for tail in *tails {
            let mut resource = Pattern::literal(&group);
            for token in Pattern::parse(tail, false).tokens() {
                resource.push(token.clone());
            }
            needs.push(PlatformNeed {
                purpose: "log of the function".into(),
                action: action.clone(),
                resource: ArnPattern::new(resource),
                class: GrantClass::PlatformNamed,
                declared: None,
                setting: None,
            });
        }
    }
    needs
}

/// What Lambda's poller needs for one event-source mapping.
pub(super) fn poll(
    poll: &DeclaredPoll,
    catalog: &Catalog,
    completer: &Completer<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<PlatformNeed> {
    let Some((kind, tail, actions)) = POLLERS.iter().find(|(kind, ..)| *kind == &*poll.kind) else {
        let known: Vec<String> = POLLERS.iter().map(|(kind, ..)| format!("`{kind}`")).collect();
        findings.push(
            Finding::new(
                Code::DeclarationInvalid,
                format!(
                    "the poller of `{}` is not built yet; known are {}",
                    poll.kind,
                    known.join(", ")
                ),
            )
            .at(place(&poll.origin))
            .help("accept the poller's actions by name in policy.toml"),
        );
        return Vec::new();
    };
    let source = if poll.source.starts_with("arn:") {
        DeclaredResource::Arn(poll.source.clone())
    } else if poll.source.contains('/') {
        DeclaredResource::Tail(poll.source.clone())
    } else {
        DeclaredResource::Tail(tail.replace("{}", &poll.source).into())
    };
    let access = DeclaredAccess {
        client: (*kind).into(),
        names: actions.iter().filter_map(|a| a.parse().ok().map(DeclaredName::Action)).collect(),
        resources: vec![source],
        levels: Vec::new(),
        kms_key: None,
        owner: None,
        keep: None,
        via_role: None,
        origin: poll.origin.clone(),
    };
    let mut resolver = Resolver::new(catalog, completer);
    resolver.access(0, &access);
    findings.append(&mut resolver.findings);
    resolver
        .requests
        .into_iter()
        .map(|request| PlatformNeed {
            purpose: format!("poller of `{}`", poll.source).into(),
            action: request.action,
            resource: request.resource,
            class: GrantClass::PlatformUnnamed,
            declared: Some(poll.origin.clone()),
            setting: None,
        })
        .collect()
}
