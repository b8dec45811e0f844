//! Which members of a record the query carries, and when: those that the reader reads, and no other.
//!
//! What a rule of the catalog reads comes from the catalog. What the code reads is listed here, and the lists cannot
//! fall behind: the members of a record and of its identity are matched without a rest, and tests hold the names of
//! request parameters against the code that asks for them.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::evidence::trail::parameters::NESTED;
use crate::evidence::trail::record::TextMember;
use crate::evidence::trail::{headers, paths};

/// When a member is carried, and what of it.
pub(super) type Carried = Option<(&'static str, &'static str)>;

pub(super) const OF_ROLE: &str = "is_call = 1 AND caller = 'role'";

/// How a text member is carried in the record; `None` for time, ids and what says nothing of a call.
pub(super) fn text_member(member: TextMember) -> Carried {
    Some(match member {
        // In columns of their own, where they are needed.
        TextMember::EventTime | TextMember::EventId | TextMember::SharedEventId => return None,
        // Only says that this is a record, which a row is.
        TextMember::EventVersion => return None,
        // A call has a source and a name; of a call of nobody in question it is enough that they are there.
        TextMember::EventSource => (
            "is_call = 1 AND eventsource IS NOT NULL",
            "CASE WHEN caller = 'other' THEN '-' ELSE eventsource END",
        ),
        TextMember::EventName => (
            "is_call = 1 AND eventname IS NOT NULL",
            "CASE WHEN caller = 'other' THEN '-' ELSE eventname END",
        ),
        TextMember::AwsRegion => {
            ("is_call = 1 AND caller = 'role' AND awsregion IS NOT NULL", "awsregion")
        }
        TextMember::EventType => ("is_call = 0 AND eventtype IS NOT NULL", "eventtype"),
        TextMember::EventCategory => {
            ("(is_call = 0 OR caller = 'role') AND eventcategory IS NOT NULL", "eventcategory")
        }
        TextMember::ErrorCode => {
            ("is_call = 1 AND caller = 'role' AND errorcode IS NOT NULL", "errorcode")
        }
        TextMember::ErrorMessage => {
            ("is_call = 1 AND caller = 'role' AND errormessage IS NOT NULL", "errormessage")
        }
    })
}

/// Members of `requestParameters` that the code asks for by name, whatever the service; first letter in lower case.
pub(super) const ASKED: [&str; 28] = [
    "agentResourceRoleArn",
    "autoScalingGroupName",
    "bucketName",
    "cloudWatchLogsRoleArn",
    "destinationKeyId",
    "domainNameId",
    "eventBusName",
    "executionRoleArn",
    "functionName",
    "iamRoleArn",
    "indexName",
    "key",
    "logGroupName",
    "modelId",
    "qualifier",
    "queueOwnerAWSAccountId",
    "resourceArn",
    "role",
    "roleARN",
    "roleArn",
    "serviceNamespace",
    "serviceRole",
    "serviceRoleArn",
    "sourceKeyId",
    "statement",
    "taskRoleArn",
    "versionId",
    "x-amz-copy-source",
];

/// Members that name resources by a rule of `catalog`, one line for each label, which is the event source before its domain:
/// `LABEL=member,member`, each with its first letter in lower case. Without those in [`ASKED`].
pub(super) fn by_rule(catalog: &Catalog) -> Vec<String> {
    let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (label, operation) in catalog.event_operations() {
        let client = operation.client().model_name();
        // Only its paths are in the table.
        let path = client.starts_with("apigateway").then(|| paths::path(client, operation.name()));
        let path = path.flatten();
        let in_path = path.into_iter().flat_map(|path| path.split("${").skip(1));
        let in_path = in_path.filter_map(|rest| Some(rest.split_once('}')?.0));
        for member in operation.resource_members().map(|member| member.member).chain(in_path) {
            let member = lower_first(member);
            if !ASKED.contains(&&*member) && !NESTED.contains(&&*member) {
                members.entry(label.clone()).or_default().insert(member);
            }
        }
    }
    let line = |(label, members): (String, BTreeSet<String>)| {
        let members: Vec<String> = members.into_iter().collect();
        format!("{label}={}", members.join(","))
    };
    members.into_iter().map(line).collect()
}

/// Headers that are carried as they are written: the condition on the key `k`.
pub(super) fn is_header() -> String {
    let (heads, names): (BTreeSet<_>, BTreeSet<_>) = headers::names().partition(|(_, more)| *more);
    let names: Vec<String> = names.into_iter().map(|(name, _)| format!("'{name}'")).collect();
    let heads = heads.into_iter().map(|(head, _)| format!("lower(k) LIKE '{head}%'"));
    let names = format!("lower(k) IN ({})", names.join(", "));
    [names].into_iter().chain(heads).collect::<Vec<_>>().join(" OR ")
}

/// `name` with its first letter in lower case: the reader ignores the case of that letter.
pub(super) fn lower_first(name: &str) -> String {
    let mut text = name.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    text
}
