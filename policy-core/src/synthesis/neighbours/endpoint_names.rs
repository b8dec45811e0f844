//! Names of the endpoint services through which calls reach AWS without the internet.
//!
//! A name follows from the host that the SDK calls, which the catalog knows of each client: `com.amazonaws.REGION.` and the first labels of the
//! host, where AWS lists that name (`endpoint_tables`). What is named otherwise is a table, with where that is written. A name is never made up: what is
//! neither listed nor in the table has none here.

use std::collections::BTreeSet;

use super::endpoint_tables::{INSIDE, LISTED, OTHERWISE, OWN_HOSTS, SEVERAL, WHOLE};
use crate::catalog::{Catalog, Client};
use crate::iam::ActionName;

/// How calls for an action leave the VPC.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reached {
    /// Through any of these, by their short names; several where several clients make such calls.
    Through(BTreeSet<&'static str>),
    /// Not at all: they go to something in the VPC.
    Inside,
    /// Through one that the calls alone do not tell.
    OneOf(&'static str),
    /// AWS lists no endpoint for the service.
    Nothing,
    /// The service is not known.
    Unknown,
}

/// How calls for the action leave the VPC.
pub(super) fn reached(action: &ActionName, catalog: &Catalog) -> Reached {
    let text = action.as_str();
    let is_inside = |inside: &&&str| match inside.strip_suffix(':') {
        Some(service) => action.service() == service,
        None => text == **inside,
    };
    if INSIDE.iter().any(|inside| is_inside(&inside)) {
        return Reached::Inside;
    }
    if let Some((_, name)) = OWN_HOSTS.iter().find(|(of, _)| *of == text) {
        return Reached::Through(BTreeSet::from([*name]));
    }
    let known = catalog.action(action);
    let clients = known.iter().flat_map(|known| known.operations()).map(|call| call.client());
    let is_own = |client: &Client<'_>| client.iam_prefix() == Some(action.service());
    let mut hosts: BTreeSet<&str> =
        clients.filter(is_own).map(|client| client.endpoint_prefix()).collect();
    // Of an action that no operation names, the service is asked.
    if hosts.is_empty() {
        let service = catalog.service(action.service());
        hosts.extend(service.iter().flat_map(|it| it.clients()).map(|it| it.endpoint_prefix()));
        hosts.extend(service.map(|service| service.prefix()));
        if hosts.len() > 1 && hosts.contains(action.service()) {
            hosts = BTreeSet::from([action.service()]);
        }
    }
    if hosts.is_empty() {
        return Reached::Unknown;
    }
    let names: BTreeSet<&'static str> = hosts.iter().filter_map(|host| name(host)).collect();
    if !names.is_empty() {
        return Reached::Through(names);
    }
    let several = SEVERAL.iter().find(|(host, _)| hosts.contains(host));
    several.map_or(Reached::Nothing, |(_, names)| Reached::OneOf(names))
}

/// The name for a host, short or whole.
fn name(host: &str) -> Option<&'static str> {
    let of = |table: &[(&str, &'static str)]| -> Option<&'static str> {
        table.iter().find(|(known, _)| *known == host).map(|(_, name)| *name)
    };
    let listed = |name: &str| LISTED.iter().find(|known| **known == name).copied();
    let turned = || host.split('.').rev().collect::<Vec<_>>().join(".");
    of(OTHERWISE).or_else(|| of(WHOLE)).or_else(|| listed(host)).or_else(|| listed(&turned()))
}

/// The whole name of an endpoint service.
pub(super) fn whole(name: &str, region: &str) -> String {
    match name.contains("{R}") || name.starts_with("com.amazonaws.") {
        true => name.replace("{R}", region),
        false => format!("com.amazonaws.{region}.{name}"),
    }
}

/// What tells it apart from others, for the name of a file.
pub(super) fn short(name: &str) -> &str {
    let name = name.rsplit_once("{R}.").map_or(name, |(_, name)| name);
    name.strip_prefix("com.amazonaws.").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(action: &str) -> Vec<String> {
        match reached(&action.parse().unwrap(), Catalog::embedded()) {
            Reached::Through(names) => names.iter().map(|name| whole(name, "eu-west-1")).collect(),
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn a_name_follows_from_the_host_that_is_called() {
        for (action, name) in [
            ("sqs:SendMessage", "com.amazonaws.eu-west-1.sqs"),
            ("cloudwatch:PutMetricData", "com.amazonaws.eu-west-1.monitoring"),
            ("bedrock:InvokeModel", "com.amazonaws.eu-west-1.bedrock-runtime"),
            ("bedrock:Retrieve", "com.amazonaws.eu-west-1.bedrock-agent-runtime"),
            ("bedrock:CreateGuardrail", "com.amazonaws.eu-west-1.bedrock"),
            ("sagemaker:InvokeEndpoint", "com.amazonaws.eu-west-1.sagemaker.runtime"),
            ("ecr:DescribeImages", "com.amazonaws.eu-west-1.ecr.api"),
            ("translate:TranslateText", "com.amazonaws.eu-west-1.translate"),
            ("execute-api:Invoke", "com.amazonaws.eu-west-1.execute-api"),
            ("execute-api:ManageConnections", "com.amazonaws.eu-west-1.execute-api"),
            ("rds-data:ExecuteStatement", "com.amazonaws.eu-west-1.rds-data"),
            ("scheduler:CreateSchedule", "com.amazonaws.eu-west-1.scheduler"),
            ("s3:GetObject", "com.amazonaws.eu-west-1.s3"),
        ] {
            assert_eq!(through(action), [name], "{action}");
        }
    }

    #[test]
    fn what_is_called_otherwise_stands_in_a_table() {
        for (action, name) in [
            ("kinesis:PutRecord", "com.amazonaws.eu-west-1.kinesis-streams"),
            ("firehose:PutRecord", "com.amazonaws.eu-west-1.kinesis-firehose"),
            ("dynamodb:GetRecords", "com.amazonaws.eu-west-1.dynamodb-streams"),
            ("ses:SendEmail", "com.amazonaws.eu-west-1.email"),
            ("iot:Publish", "com.amazonaws.eu-west-1.iot.data"),
            ("states:StartExecution", "com.amazonaws.eu-west-1.states"),
            ("states:StartSyncExecution", "com.amazonaws.eu-west-1.sync-states"),
            ("iam:GetRole", "com.amazonaws.iam"),
            ("qbusiness:ChatSync", "aws.api.eu-west-1.qbusiness"),
            ("cognito-idp:AdminGetUser", "com.amazonaws.eu-west-1.cognito-idp"),
            ("cognito-identity:ListIdentities", "com.amazonaws.eu-west-1.cognito-identity"),
        ] {
            assert_eq!(through(action), [name], "{action}");
        }
    }

    #[test]
    fn what_is_in_the_vpc_has_several_or_none_or_is_not_known_is_told_apart() {
        let of = |action: &str| reached(&action.parse().unwrap(), Catalog::embedded());
        for action in ["rds-db:connect", "kafka-cluster:Connect", "elasticfilesystem:ClientMount"] {
            assert_eq!(of(action), Reached::Inside, "{action}");
        }
        assert_eq!(
            through("elasticfilesystem:DescribeFileSystems"),
            ["com.amazonaws.eu-west-1.elasticfilesystem"]
        );
        for action in ["timestream:WriteRecords", "es:ESHttpGet", "geo:SearchPlaceIndexForText"] {
            assert!(matches!(of(action), Reached::OneOf(_)), "{action}: {:?}", of(action));
        }
        for action in ["amplify:GetApp", "budgets:ViewBudget", "mediastore:GetObject"] {
            assert_eq!(of(action), Reached::Nothing, "{action}");
        }
        assert_eq!(of("nosuch:DoIt"), Reached::Unknown);
    }

    #[test]
    fn a_short_name_has_no_region() {
        let names = ["aws.api.{R}.qbusiness", "com.amazonaws.iam", "sagemaker.runtime"];
        assert_eq!(names.map(short), ["qbusiness", "iam", "sagemaker.runtime"]);
    }

    #[test]
    fn each_table_is_sorted_and_says_nothing_that_the_list_says() {
        assert!(LISTED.is_sorted());
        for table in [OTHERWISE, WHOLE, SEVERAL, OWN_HOSTS] {
            assert!(table.is_sorted());
            assert!(table.iter().all(|(host, _)| !LISTED.contains(host)));
        }
        // Hosts that no client has would never be asked for.
        let catalog = Catalog::embedded();
        let hosts: BTreeSet<&str> = catalog.clients().map(|it| it.endpoint_prefix()).collect();
        let known = |host: &str| hosts.contains(host) || catalog.service(host).is_some();
        for (host, _) in [OTHERWISE, WHOLE, SEVERAL].concat() {
            assert!(known(host), "{host}");
        }
        for (action, name) in OWN_HOSTS {
            assert!(catalog.action(&action.parse().unwrap()).is_some() && LISTED.contains(name));
        }
    }
}
