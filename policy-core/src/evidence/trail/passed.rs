//! Roles that a request hands to a service: `iam:PassRole`, which is checked inside another call and is no event.
//!
//! Only from a request that names the role by its ARN, and only for services of which AWS documents who takes the
//! role: a bare name, a role that was registered before, or a member that is withheld tells nothing. A role is
//! handed over within one account only.
//!
//! # Source
//! IAM User Guide, "Grant a user permissions to pass a role to an AWS service" and "IAM and AWS STS condition context
//! keys", `iam:PassedToService`; AWS Managed Policy Reference for the services (`AWSBackupFullAccess`,
//! `AWSCloudTrail_FullAccess` …); the API reference of each service for the members.

use serde_json::Value;

use super::parameters::{Parameters, member_of};
use super::resource::Place;
use crate::iam::RoleArn;

/// The action that is checked.
pub(super) const PASS_ROLE: &str = "iam:PassRole";

/// Where a request names a role.
enum Member {
    Top(&'static str),
    Inside(&'static str, &'static str),
    /// In every element of a list.
    Each(&'static str, &'static str),
}

const fn top(member: &'static str) -> Member {
    Member::Top(member)
}

const fn inside(outer: &'static str, member: &'static str) -> Member {
    Member::Inside(outer, member)
}

const fn each(outer: &'static str, member: &'static str) -> Member {
    Member::Each(outer, member)
}

/// IAM prefix of the called service, member, and the service that gets the role.
const PASSING: [(&str, Member, &str); 26] = [
    ("appsync", top("serviceRoleArn"), "appsync.amazonaws.com"),
    ("backup", top("iamRoleArn"), "backup.amazonaws.com"),
    ("bedrock", top("agentResourceRoleArn"), "bedrock.amazonaws.com"),
    ("bedrock", top("roleArn"), "bedrock.amazonaws.com"),
    ("cloudformation", top("roleARN"), "cloudformation.amazonaws.com"),
    ("cloudtrail", top("cloudWatchLogsRoleArn"), "cloudtrail.amazonaws.com"),
    ("codebuild", top("serviceRole"), "codebuild.amazonaws.com"),
    ("ecs", inside("overrides", "executionRoleArn"), "ecs-tasks.amazonaws.com"),
    ("ecs", inside("overrides", "taskRoleArn"), "ecs-tasks.amazonaws.com"),
    ("ecs", top("executionRoleArn"), "ecs-tasks.amazonaws.com"),
    ("ecs", top("taskRoleArn"), "ecs-tasks.amazonaws.com"),
    ("events", each("targets", "roleArn"), "events.amazonaws.com"),
    ("events", top("roleArn"), "events.amazonaws.com"),
    ("firehose", inside("extendedS3DestinationConfiguration", "roleARN"), "firehose.amazonaws.com"),
    ("firehose", inside("kinesisStreamSourceConfiguration", "roleARN"), "firehose.amazonaws.com"),
    ("firehose", inside("s3DestinationConfiguration", "roleARN"), "firehose.amazonaws.com"),
    ("glue", top("role"), "glue.amazonaws.com"),
    ("lambda", top("role"), "lambda.amazonaws.com"),
    ("mediaconvert", top("role"), "mediaconvert.amazonaws.com"),
    ("pipes", top("roleArn"), "pipes.amazonaws.com"),
    ("sagemaker", top("executionRoleArn"), "sagemaker.amazonaws.com"),
    ("sagemaker", top("roleArn"), "sagemaker.amazonaws.com"),
    ("scheduler", inside("target", "roleArn"), "scheduler.amazonaws.com"),
    ("ssm", top("serviceRoleArn"), "ssm.amazonaws.com"),
    ("states", top("roleArn"), "states.amazonaws.com"),
    ("transfer", top("role"), "transfer.amazonaws.com"),
];

/// The same services as IAM may know them in China.
///
/// # Source
/// AWS Managed Policy Reference: policies for both partitions name `ec2.amazonaws.com` and `ec2.amazonaws.com.cn`.
const CHINA: [(&str, &str); 18] = [
    ("appsync.amazonaws.com", "appsync.amazonaws.com.cn"),
    ("backup.amazonaws.com", "backup.amazonaws.com.cn"),
    ("bedrock.amazonaws.com", "bedrock.amazonaws.com.cn"),
    ("cloudformation.amazonaws.com", "cloudformation.amazonaws.com.cn"),
    ("cloudtrail.amazonaws.com", "cloudtrail.amazonaws.com.cn"),
    ("codebuild.amazonaws.com", "codebuild.amazonaws.com.cn"),
    ("ecs-tasks.amazonaws.com", "ecs-tasks.amazonaws.com.cn"),
    ("events.amazonaws.com", "events.amazonaws.com.cn"),
    ("firehose.amazonaws.com", "firehose.amazonaws.com.cn"),
    ("glue.amazonaws.com", "glue.amazonaws.com.cn"),
    ("lambda.amazonaws.com", "lambda.amazonaws.com.cn"),
    ("mediaconvert.amazonaws.com", "mediaconvert.amazonaws.com.cn"),
    ("pipes.amazonaws.com", "pipes.amazonaws.com.cn"),
    ("sagemaker.amazonaws.com", "sagemaker.amazonaws.com.cn"),
    ("scheduler.amazonaws.com", "scheduler.amazonaws.com.cn"),
    ("ssm.amazonaws.com", "ssm.amazonaws.com.cn"),
    ("states.amazonaws.com", "states.amazonaws.com.cn"),
    ("transfer.amazonaws.com", "transfer.amazonaws.com.cn"),
];

/// The roles that a call of a service hands over, and to whom; sorted, each once.
pub(super) fn passed<'r>(
    action: &str,
    parameters: &'r Parameters<'_>,
    place: Place<'_>,
) -> Vec<(&'r str, &'static str)> {
    let service = action.split(':').next().unwrap_or_default();
    let mut found: Vec<(&str, &'static str)> = PASSING
        .iter()
        .filter(|(of, ..)| service.eq_ignore_ascii_case(of))
        .flat_map(|(_, member, to)| {
            let texts = texts(member, parameters).into_iter();
            texts.filter(|text| is_ours(text, place)).map(|text| (text, *to))
        })
        .collect();
    if place.partition == "aws-cn" {
        // Under which of two names a service gets the role is not documented: either is the same service.
        let other = |to: &str| CHINA.iter().find(|(name, _)| *name == to).map(|(_, other)| *other);
        let also: Vec<_> =
            found.iter().filter_map(|&(role, to)| Some((role, other(to)?))).collect();
        found.extend(also);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The texts under a member.
fn texts<'r>(member: &Member, parameters: &'r Parameters<'_>) -> Vec<&'r str> {
    let inside = |outer: &'r Value, member: &str| member_of(outer, member).and_then(Value::as_str);
    match member {
        Member::Top(member) => parameters.text(member).into_iter().collect(),
        Member::Inside(outer, member) => {
            parameters.nested(outer).and_then(|outer| inside(outer, member)).into_iter().collect()
        }
        Member::Each(outer, member) => {
            let list = parameters.nested(outer).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(|one| inside(one, member)).collect()
        }
    }
}

/// Whether it is the ARN of a role in the caller's account.
fn is_ours(text: &str, place: Place<'_>) -> bool {
    text.parse::<RoleArn>().is_ok_and(|role| {
        (role.arn().partition(), role.arn().account()) == (place.partition, place.account)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::trail::parameters::ParametersSeed;
    use serde::de::DeserializeSeed;

    const PLACE: Place<'static> =
        Place { partition: "aws", region: "eu-west-1", account: "111122223333" };

    fn of(action: &str, json: &str, place: Place<'_>) -> Vec<String> {
        let mut parameters = Parameters::default();
        let mut faults = crate::evidence::trail::member::Faults::default();
        let seed = ParametersSeed { parameters: &mut parameters, faults: &mut faults };
        seed.deserialize(&mut serde_json::Deserializer::from_str(json)).unwrap();
        let roles = passed(action, &parameters, place);
        roles.iter().map(|(role, to)| format!("{} {to}", &role[role.len() - 4..])).collect()
    }

    #[test]
    fn roles_are_read_where_each_service_has_them() {
        let arn = |name: &str| format!("arn:aws:iam::111122223333:role/team/{name}");
        let (run, exec) = (arn("run1"), arn("exe2"));
        for (action, json, expected) in [
            (
                "lambda:CreateFunction",
                format!(r#"{{"role":"{run}"}}"#),
                &["run1 lambda.amazonaws.com"][..],
            ),
            (
                "lambda:UpdateFunctionConfiguration",
                format!(r#"{{"Role":"{run}"}}"#),
                &["run1 lambda.amazonaws.com"],
            ),
            (
                "ecs:RegisterTaskDefinition",
                format!(r#"{{"taskRoleArn":"{run}","executionRoleArn":"{exec}"}}"#),
                &["exe2 ecs-tasks.amazonaws.com", "run1 ecs-tasks.amazonaws.com"],
            ),
            (
                "ecs:RunTask",
                format!(r#"{{"taskDefinition":"t:1","overrides":{{"taskRoleArn":"{run}"}}}}"#),
                &["run1 ecs-tasks.amazonaws.com"],
            ),
            (
                "scheduler:CreateSchedule",
                format!(r#"{{"target":{{"RoleArn":"{run}"}}}}"#),
                &["run1 scheduler.amazonaws.com"],
            ),
            (
                "states:CreateStateMachine",
                format!(r#"{{"roleArn":"{run}"}}"#),
                &["run1 states.amazonaws.com"],
            ),
            (
                "cloudformation:CreateStack",
                format!(r#"{{"roleARN":"{run}"}}"#),
                &["run1 cloudformation.amazonaws.com"],
            ),
            (
                "events:PutTargets",
                format!(
                    r#"{{"rule":"nightly","targets":[{{"id":"1","roleArn":"{run}"}},{{"id":"2"}},{{"id":"3","roleArn":"{exec}"}}]}}"#
                ),
                &["exe2 events.amazonaws.com", "run1 events.amazonaws.com"],
            ),
            (
                "ecs:StartTask",
                format!(r#"{{"overrides":{{"executionRoleArn":"{exec}","taskRoleArn":"{run}"}}}}"#),
                &["exe2 ecs-tasks.amazonaws.com", "run1 ecs-tasks.amazonaws.com"],
            ),
            (
                "firehose:CreateDeliveryStream",
                format!(
                    r#"{{"extendedS3DestinationConfiguration":{{"roleARN":"{run}","bucketARN":"arn:aws:s3:::acme"}},"kinesisStreamSourceConfiguration":{{"roleARN":"{exec}"}}}}"#
                ),
                &["exe2 firehose.amazonaws.com", "run1 firehose.amazonaws.com"],
            ),
            (
                "backup:StartBackupJob",
                format!(r#"{{"iamRoleArn":"{run}"}}"#),
                &["run1 backup.amazonaws.com"],
            ),
            (
                "ssm:SendCommand",
                format!(r#"{{"serviceRoleArn":"{run}"}}"#),
                &["run1 ssm.amazonaws.com"],
            ),
            // Assumed, not handed over.
            ("sts:AssumeRole", format!(r#"{{"roleArn":"{run}"}}"#), &[]),
            ("glue:CreateJob", r#"{"role":"just-a-name"}"#.to_owned(), &[]),
            (
                "lambda:CreateFunction",
                r#"{"role":"arn:aws:iam::444455556666:role/theirs"}"#.to_owned(),
                &[],
            ),
            (
                "lambda:CreateFunction",
                r#"{"role":"arn:aws:iam::XXXXXXXXXXXX:role/run1"}"#.to_owned(),
                &[],
            ),
            (
                "lambda:CreateFunction",
                r#"{"role":"arn:aws:iam::111122223333:user/run1"}"#.to_owned(),
                &[],
            ),
            ("lambda:CreateFunction", "{}".to_owned(), &[]),
            ("lambda:CreateFunction", r#""HIDDEN_DUE_TO_SECURITY_REASONS""#.to_owned(), &[]),
        ] {
            assert_eq!(of(action, &json, PLACE), expected, "{action} {json}");
        }
    }

    #[test]
    fn in_china_a_service_may_go_by_either_name() {
        let place = Place { partition: "aws-cn", ..PLACE };
        let json = r#"{"role":"arn:aws-cn:iam::111122223333:role/run1"}"#;
        assert_eq!(
            of("lambda:CreateFunction", json, place),
            ["run1 lambda.amazonaws.com", "run1 lambda.amazonaws.com.cn"]
        );
        for (_, _, to) in &PASSING {
            let china: Vec<_> = CHINA.iter().filter(|(name, _)| name == to).collect();
            let expected = format!("{to}.cn");
            assert!(matches!(&*china, [(_, other)] if *other == expected), "{to}");
            assert!(expected.parse::<crate::iam::ServicePrincipal>().is_ok(), "{to}");
        }
        assert!(CHINA.is_sorted());
    }

    #[test]
    fn the_table_is_of_services_and_principals_that_are() {
        for (service, _, to) in &PASSING {
            assert!(crate::catalog::Catalog::embedded().service(service).is_some(), "{service}");
            assert!(to.parse::<crate::iam::ServicePrincipal>().is_ok(), "{to}");
        }
    }
}
