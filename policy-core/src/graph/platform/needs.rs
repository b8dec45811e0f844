//! What single settings ask of the role.

use crate::evidence::{FunctionSettings, NeedKind, SettingNeed};
use crate::graph::node::GrantClass::{self, Code, PlatformNamed, PlatformUnnamed};
use crate::iam::{Arn, BaseOperator};

use super::{Ask, Asked, Asker};

/// Actions with which Lambda attaches a function to a VPC.
///
/// # Source
/// AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC".
const INTERFACES: &[&str] = &[
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

/// Where Lambda sends what it could not hand over: service, what its resource starts with, actions on it.
///
/// # Source
/// AWS Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations".
const TARGETS: &[(&str, &str, &[&str])] = &[
    ("events", "event-bus/", &["events:PutEvents"]),
    ("lambda", "function:", &["lambda:InvokeFunction"]),
    ("s3", "", &["s3:ListBucket"]),
    ("sns", "", &["sns:Publish"]),
    ("sqs", "", &["sqs:SendMessage"]),
];

/// Actions on a secret that rotation needs.
///
/// # Source
/// AWS Secrets Manager User Guide, "Lambda rotation function execution role permissions".
const ROTATION: &[&str] = &[
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
];

/// Asks for what one setting needs.
///
/// # Source
/// AWS Lambda Developer Guide, the page of each feature; which calls carry `lambda:SourceFunctionArn`: "Using source function
/// ARN to control function access behavior", and where it is silent the key is not asked for.
pub(super) fn ask(asker: &mut Asker<'_>, need: &SettingNeed, settings: &FunctionSettings) {
    let asked = Asked::Setting(&need.origin);
    let on = &*need.on;
    if on.is_empty() != need.kind.is_bare() {
        let (problem, help) = match on.is_empty() {
            true => ("it names no resource", "write its ARN"),
            false => ("it takes no resource", "leave the resource out"),
        };
        return asker.refuse(asked, problem, help.to_owned());
    }
    let with = |purpose: &str, class: GrantClass| Ask::new(purpose, class, asked);
    match need.kind {
        NeedKind::Tracing => {
            asker.add(&with("tracing", PlatformNamed), &["xray:PutTraceSegments"], "*");
            asker.add(&with("tracing", PlatformUnnamed), &["xray:PutTelemetryRecords"], "*");
        }
        NeedKind::NetworkInterfaces => {
            asker.add(&with("network interfaces in the VPC", PlatformUnnamed), INTERFACES, "*");
        }
        NeedKind::DeadLetter => target(asker, "dead letters", need, &["sns", "sqs"]),
        NeedKind::Destination => {
            target(
                asker,
                "destination of invocations",
                need,
                &["events", "lambda", "s3", "sns", "sqs"],
            );
        }
        NeedKind::PollFailure => {
            target(asker, "records that a poller could not hand over", need, &["s3", "sns", "sqs"]);
        }
        NeedKind::FileSystem => file_system(asker, need, true),
        NeedKind::FileSystemReadOnly => file_system(asker, need, false),
        NeedKind::Insights => logs(asker, "Lambda Insights", "/aws/lambda-insights", asked),
        NeedKind::ApplicationSignals => {
            let segments = with("Application Signals", PlatformUnnamed);
            asker.add(&segments, &["xray:PutTraceSegments"], "*");
            logs(asker, "Application Signals", "/aws/application-signals/data", asked);
        }
        NeedKind::Rotation => {
            let ask = with("rotation of a secret", Code);
            if let Some(secret) = asker.arn(asked, on, "secretsmanager", &secret_format(on)) {
                asker.add(&ask, ROTATION, &secret);
                asker.add(&ask, &["secretsmanager:GetRandomPassword"], "*");
            }
        }
        NeedKind::DurableExecution => durable(asker, need, settings),
        NeedKind::DatabaseUser => {
            if let Some(user) = asker.arn(asked, on, "rds-db", "{}") {
                asker.add(&with("sign-in to a database", Code), &["rds-db:connect"], &user);
            }
        }
        // Extensions sign their calls as the function does; whether these carry its ARN is not documented for all.
        NeedKind::SecretsExtension => {
            if let Some(secret) = asker.arn(asked, on, "secretsmanager", &secret_format(on)) {
                let ask = with("the extension that fetches secrets", PlatformUnnamed);
                asker.add(&ask, &["secretsmanager:GetSecretValue"], &secret);
            }
        }
        NeedKind::ParametersExtension => {
            let format = match on.starts_with("parameter/") {
                true => "{}",
                false if on.starts_with('/') => "parameter{}",
                false => "parameter/{}",
            };
            if let Some(parameter) = asker.arn(asked, on, "ssm", format) {
                let ask = with("the extension that fetches parameters", PlatformUnnamed);
                asker.add(&ask, &["ssm:GetParameter"], &parameter);
            }
        }
        NeedKind::AppConfigExtension => {
            if let Some(configuration) = asker.arn(asked, on, "appconfig", "{}") {
                let ask = with("the extension that fetches configuration", PlatformUnnamed);
                let actions =
                    ["appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"];
                asker.add(&ask, &actions, &configuration);
            }
        }
    }
}

/// How a secret that is no ARN is completed: a name gets the six characters that Secrets Manager adds.
///
/// # Source
/// AWS Secrets Manager User Guide, "Permissions policy examples".
pub(super) fn secret_format(written: &str) -> String {
    match written.starts_with("secret:") {
        true => "{}".to_owned(),
        false => "secret:{}-??????".to_owned(),
    }
}

/// Something that Lambda sends records to, known by its ARN.
fn target(asker: &mut Asker<'_>, purpose: &str, need: &SettingNeed, services: &[&str]) {
    let asked = Asked::Setting(&need.origin);
    let Some(arn) = asker.arn(asked, &need.on, "", "{}") else { return };
    let service = arn.split(':').nth(2).unwrap_or_default();
    let tail = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let known = TARGETS.iter().find(|(name, ..)| *name == service && services.contains(name));
    let Some((_, _, actions)) = known.filter(|(_, start, _)| tail.starts_with(start)) else {
        let problem = format!("`{}` is no ARN of what Lambda can send to", need.on);
        return asker.refuse(
            asked,
            &problem,
            format!("write the ARN of a resource of `{}`", services.join("`, `")),
        );
    };
    // Whether these calls carry the function's ARN is not documented.
    let ask = Ask::new(purpose, PlatformUnnamed, asked);
    if service == "s3" {
        let bucket = arn.trim_end_matches("/*").trim_end_matches('/').to_owned();
        asker.add(&ask, &["s3:PutObject"], &format!("{bucket}/*"));
        asker.add(&ask, actions, &bucket);
    } else {
        asker.add(&ask, actions, &arn);
    }
}

/// An EFS file system, by the access point through which it is mounted, or by itself.
///
/// # Source
/// AWS Lambda Developer Guide, "Configuring file system access for Lambda functions"; Amazon EFS User Guide, "Using IAM to control
/// file system data access": the resource is the file system, the access point a condition.
fn file_system(asker: &mut Asker<'_>, need: &SettingNeed, writes: bool) {
    let asked = Asked::Setting(&need.origin);
    let Some(arn) = asker.arn(asked, &need.on, "elasticfilesystem", "{}") else { return };
    let mut mount = Ask::new("mount of a file system", PlatformNamed, asked);
    let mut resource = arn.clone();
    if arn.contains(":access-point/") {
        let (before, _) = arn.split_once(":access-point/").unwrap_or((&arn, ""));
        resource = format!("{before}:file-system/*");
        mount.limits =
            mount.limits.with(BaseOperator::StringEquals, "elasticfilesystem:AccessPointArn", &arn);
    }
    let fits = asker.add(&mount, &["elasticfilesystem:ClientMount"], &resource);
    if writes && fits {
        // Only of mounting it is documented that the function's ARN is there.
        mount.class = PlatformUnnamed;
        asker.add(&mount, &["elasticfilesystem:ClientWrite"], &resource);
    }
}

/// A log group that an extension makes and writes.
fn logs(asker: &mut Asker<'_>, purpose: &str, group: &str, asked: Asked<'_>) {
    let ask = Ask::new(purpose, PlatformUnnamed, asked);
    let group = asker.ours("logs", &format!("log-group:{group}"), purpose);
    let contents = format!("{group}:*");
    asker.add(&ask, &["logs:CreateLogGroup"], &group);
    asker.add(&ask, &["logs:CreateLogGroup"], &contents);
    asker.add(&ask, &["logs:CreateLogStream", "logs:PutLogEvents"], &contents);
}

/// Checkpoints of a durable function, in every version of it.
///
/// # Source
/// AWS managed policy `AWSLambdaBasicDurableExecutionRolePolicy`; the resource type is of the Service Authorization Reference.
fn durable(asker: &mut Asker<'_>, need: &SettingNeed, settings: &FunctionSettings) {
    let asked = Asked::Setting(&need.origin);
    let function = match &settings.deployed {
        Some(deployed) => deployed.to_string(),
        None => asker.ours("lambda", &format!("function:{}", settings.name), "durable execution"),
    };
    debug_assert!(function.parse::<Arn>().is_ok(), "an ARN: {function}");
    let ask = Ask::new("checkpoints of a durable function", PlatformUnnamed, asked);
    let actions = ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"];
    asker.add(&ask, &actions, &format!("{function}:*/durable-execution/*/*"));
}
