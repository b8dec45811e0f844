//! Names of the endpoint services through which calls reach AWS without the internet.
//!
//! A name follows from the host that the SDK calls, which the catalog knows of each client: `com.amazonaws.REGION.` and the first labels of the
//! host, where AWS lists that name. What is named otherwise is a table, with where that is written. A name is never made up: what is
//! neither listed nor in the table has none here.

use std::collections::BTreeSet;

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

/// Short names of endpoint services, of which the whole is `com.amazonaws.REGION.NAME`; without those that are for FIPS.
///
/// # Source
/// AWS PrivateLink Guide, "AWS services that integrate with AWS PrivateLink", and "Gateway endpoints" (2026).
const LISTED: &[&str] = &[
    "access-analyzer",
    "account",
    "acm",
    "acm-pca",
    "airflow.api",
    "airflow.env",
    "airflow.ops",
    "analytics-omics",
    "apigateway",
    "app-integrations",
    "appconfig",
    "appconfigdata",
    "application-autoscaling",
    "application-signals",
    "applicationinsights",
    "appmesh",
    "appmesh-envoy-management",
    "apprunner",
    "apprunner.requests",
    "appstream.api",
    "appstream.streaming",
    "appsync-api",
    "apptest",
    "aps",
    "aps-workspaces",
    "arsenal-discovery",
    "athena",
    "auditmanager",
    "autoscaling",
    "autoscaling-plans",
    "awsconnector",
    "b2bi",
    "backup",
    "backup-gateway",
    "batch",
    "bcm-pricing-calculator",
    "bedrock",
    "bedrock-agent",
    "bedrock-agent-runtime",
    "bedrock-data-automation",
    "bedrock-data-automation-runtime",
    "bedrock-runtime",
    "billing",
    "billingconductor",
    "braket",
    "cases",
    "cassandra",
    "ce",
    "cleanrooms",
    "cleanrooms-ml",
    "cloudcontrolapi",
    "clouddirectory",
    "cloudformation",
    "cloudhsmv2",
    "cloudtrail",
    "codeartifact.api",
    "codeartifact.repositories",
    "codebuild",
    "codecommit",
    "codeconnections.api",
    "codedeploy",
    "codedeploy-commands-secure",
    "codeguru-profiler",
    "codeguru-reviewer",
    "codepipeline",
    "codestar-connections.api",
    "codewhisperer",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "config",
    "connect-campaigns",
    "console",
    "control-storage-omics",
    "controlcatalog",
    "controltower",
    "cost-optimization-hub",
    "data-servicediscovery",
    "databrew",
    "dataexchange",
    "datasync",
    "datazone",
    "deadline.management",
    "deadline.scheduling",
    "detective",
    "deviceadvisor.iot",
    "devops-guru",
    "dicom-medical-imaging",
    "directconnect",
    "discovery",
    "dlm",
    "dms",
    "drs",
    "ds",
    "ds-data",
    "dsql",
    "dynamodb",
    "dynamodb-streams",
    "ebs",
    "ec2",
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "ecs",
    "ecs-agent",
    "ecs-telemetry",
    "eks",
    "eks-auth",
    "eks-proxy",
    "elasticache",
    "elasticbeanstalk",
    "elasticbeanstalk-health",
    "elasticfilesystem",
    "elasticloadbalancing",
    "elasticmapreduce",
    "email-smtp",
    "emr-containers",
    "emr-serverless",
    "emr-serverless-services.livy",
    "emr-serverless.dashboard",
    "emrwal.prod",
    "entityresolution",
    "events",
    "evs",
    "execute-api",
    "finspace",
    "finspace-api",
    "fis",
    "fms",
    "forecast",
    "forecastquery",
    "frauddetector",
    "freetier",
    "fsx",
    "gamelift",
    "gameliftstreams",
    "geo.geofencing",
    "geo.maps",
    "geo.metadata",
    "geo.places",
    "geo.routes",
    "geo.tracking",
    "git-codecommit",
    "glue",
    "glue.dashboard",
    "grafana",
    "grafana-workspace",
    "greengrass",
    "groundstation",
    "guardduty",
    "guardduty-data",
    "healthlake",
    "highlander",
    "identitystore",
    "imagebuilder",
    "inspector-scan",
    "inspector2",
    "internetmonitor",
    "iot.api",
    "iot.credentials",
    "iot.data",
    "iot.tunneling.api",
    "iot.tunneling.data",
    "iotfleetwise",
    "iotmanagedintegrations.api",
    "iotroborunner",
    "iotsitewise.api",
    "iotsitewise.data",
    "iottwinmaker.api",
    "iottwinmaker.data",
    "iotwireless.api",
    "ivs.contribute",
    "kafka",
    "kendra",
    "kinesis-firehose",
    "kinesis-streams",
    "kinesisanalytics",
    "kms",
    "lakeformation",
    "lambda",
    "launchwizard",
    "license-manager",
    "license-manager-linux-subscriptions",
    "license-manager-user-subscriptions",
    "lightsail",
    "logs",
    "lookoutequipment",
    "lookoutvision",
    "lorawan.cups",
    "lorawan.lns",
    "m2",
    "macie2",
    "mail-manager",
    "managedblockchain-query",
    "managedblockchain.bitcoin.mainnet",
    "managedblockchain.bitcoin.testnet",
    "mediaconnect",
    "mediaconvert",
    "medical-imaging",
    "memory-db",
    "metering-marketplace",
    "mgn",
    "migrationhub-orchestrator",
    "migrationhub-strategy",
    "models-v2-lex",
    "monitoring",
    "mq",
    "neptune-graph",
    "neptune-graph-data",
    "network-firewall",
    "networkflowmonitor",
    "networkflowmonitorreports",
    "networkmanager",
    "networkmonitor",
    "notifications",
    "notifications-contacts",
    "oam",
    "observabilityadmin",
    "organizations",
    "osis",
    "outposts",
    "panorama",
    "payment-cryptography.controlplane",
    "payment-cryptography.dataplane",
    "pca-connector-ad",
    "pca-connector-scep",
    "pcs",
    "personalize",
    "personalize-events",
    "personalize-runtime",
    "pi",
    "pinpoint",
    "pinpoint-sms-voice-v2",
    "pipes",
    "pipes-data",
    "polly",
    "pricing.api",
    "profile",
    "proton",
    "q",
    "qapps",
    "quicksight-website",
    "ram",
    "rbin",
    "rds",
    "rds-data",
    "redshift",
    "redshift-data",
    "redshift-serverless",
    "refactor-spaces",
    "rekognition",
    "repostspace",
    "resource-explorer-2",
    "resource-groups",
    "rolesanywhere",
    "rum",
    "rum-dataplane",
    "runtime-medical-imaging",
    "runtime-v2-lex",
    "s3",
    "s3-outposts",
    "s3tables",
    "sagemaker-data-science-assistant",
    "sagemaker.api",
    "sagemaker.featurestore-runtime",
    "sagemaker.metrics",
    "sagemaker.runtime",
    "scheduler",
    "schemas",
    "scn",
    "secretsmanager",
    "securityhub",
    "securitylake",
    "serverlessrepo",
    "service.user-subscriptions",
    "servicecatalog",
    "servicecatalog-appregistry",
    "servicediscovery",
    "servicequotas",
    "signin",
    "simspaceweaver",
    "snow-device-management",
    "sns",
    "social-messaging",
    "sqs",
    "ssm",
    "ssm-contacts",
    "ssm-incidents",
    "ssm-quicksetup",
    "ssm-sap",
    "ssmmessages",
    "states",
    "storage-omics",
    "storagegateway",
    "streaming-rekognition",
    "sts",
    "swf",
    "sync-states",
    "synthetics",
    "tagging",
    "tags-omics",
    "tax",
    "textract",
    "thinclient.api",
    "timestream-influxdb",
    "timestream.ingest-cell",
    "timestream.query-cell",
    "tnb",
    "transcribe",
    "transcribestreaming",
    "transfer",
    "transfer.server",
    "transform",
    "transform-custom",
    "translate",
    "trustedadvisor",
    "verifiedpermissions",
    "voiceid",
    "vpc-lattice",
    "wafv2",
    "wellarchitected",
    "wisdom",
    "workflows-omics",
    "workmail",
    "workmailmessageflow",
    "workspaces",
    "workspaces-web",
    "xray",
];

/// The first labels of hosts whose endpoint services are called otherwise, or stand on pages of their own.
///
/// # Source
/// The list above; for the APIs of Amazon Cognito and Amazon SES, which it lacks, the announcements of November and December 2025 and what
/// `DescribeVpcEndpointServices` answered, as changes of the AWS CDK quote it (`email` is the API of Amazon SES, `email-smtp` is mail by SMTP);
/// Amazon S3 User Guide, "AWS PrivateLink for Amazon S3", on its control API.
const OTHERWISE: &[(&str, &str)] = &[
    ("airflow", "airflow.api"),
    ("api.detective", "detective"),
    ("appstream2", "appstream.api"),
    ("appsync", "appsync-api"),
    ("codeartifact", "codeartifact.api"),
    ("codeconnections", "codeconnections.api"),
    ("codestar-connections", "codestar-connections.api"),
    ("cognito-identity", "cognito-identity"),
    ("cognito-idp", "cognito-idp"),
    ("data-ats.iot", "iot.data"),
    ("email", "email"),
    ("firehose", "kinesis-firehose"),
    ("iot", "iot.api"),
    ("kinesis", "kinesis-streams"),
    ("metering.marketplace", "metering-marketplace"),
    ("s3-control", "s3"),
    ("sms-voice", "pinpoint-sms-voice-v2"),
    ("streams.dynamodb", "dynamodb-streams"),
];

/// Names that are whole, `{R}` standing for the Region.
///
/// # Source
/// As [`LISTED`].
const WHOLE: &[(&str, &str)] = &[
    ("bcm-data-exports", "aws.api.{R}.bcm-data-exports"),
    ("cassandra-streams", "api.aws.{R}.cassandra-streams"),
    ("cloudfront", "com.amazonaws.cloudfront"),
    ("iam", "com.amazonaws.iam"),
    ("kendra-ranking", "aws.api.{R}.kendra-ranking"),
    ("qbusiness", "aws.api.{R}.qbusiness"),
    ("route53", "com.amazonaws.route53"),
    ("savingsplans", "com.amazonaws.savingsplans"),
];

/// Operations with a host of their own.
///
/// # Source
/// AWS Step Functions API Reference, "StartSyncExecution"; AWS Cloud Map API Reference, "DiscoverInstances".
const OWN_HOSTS: &[(&str, &str)] = &[
    ("servicediscovery:DiscoverInstances", "data-servicediscovery"),
    ("servicediscovery:DiscoverInstancesRevision", "data-servicediscovery"),
    ("states:StartSyncExecution", "sync-states"),
];

/// Services with several endpoints, or one for each resource, by the first labels of their hosts.
///
/// # Source
/// As [`LISTED`].
const SEVERAL: &[(&str, &str)] = &[
    ("aoss", "those that OpenSearch Serverless makes for collections"),
    ("deadline", "`deadline.management` and `deadline.scheduling`"),
    ("es", "those that OpenSearch Service makes for domains"),
    (
        "geo",
        "`geo.geofencing`, `geo.maps`, `geo.metadata`, `geo.places`, `geo.routes` and `geo.tracking`",
    ),
    ("ingest.timestream", "`timestream.ingest-cell` with the number of the account's cell"),
    ("iotsitewise", "`iotsitewise.api` and `iotsitewise.data`"),
    ("iottwinmaker", "`iottwinmaker.api` and `iottwinmaker.data`"),
    (
        "omics",
        "`analytics-omics`, `control-storage-omics`, `storage-omics`, `tags-omics` and `workflows-omics`",
    ),
    ("query.timestream", "`timestream.query-cell` with the number of the account's cell"),
];

/// What is connected to in the VPC itself: databases, brokers, caches and mount targets, not an API of AWS.
///
/// # Source
/// Service Authorization Reference, on these actions.
const INSIDE: &[&str] = &[
    "elasticache:Connect",
    "elasticfilesystem:ClientMount",
    "elasticfilesystem:ClientRootAccess",
    "elasticfilesystem:ClientWrite",
    "kafka-cluster:",
    "memorydb:Connect",
    "neptune-db:",
    "rds-db:",
];

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
