//! Roles that a request hands to a service: `iam:PassRole`, which is checked inside another call and is no event.
//!
//! Only from a request that names the role by its ARN, and only for services of which AWS documents who takes the
//! role: a bare name, a role that was registered before, or a member that is withheld tells nothing. A role is
//! handed over within one account only.
//!
//! # Source
//! As of `evidence::passing` for the services; the API reference of each service for the members.

use serde_json::Value;

use super::parameters::{Parameters, member_of};
use super::resource::Place;
use crate::evidence::passing::recipient;
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

/// IAM prefix of the called service, and member.
const PASSING: [(&str, Member); 26] = [
    ("appsync", top("serviceRoleArn")),
    ("backup", top("iamRoleArn")),
    ("bedrock", top("agentResourceRoleArn")),
    ("bedrock", top("roleArn")),
    ("cloudformation", top("roleARN")),
    ("cloudtrail", top("cloudWatchLogsRoleArn")),
    ("codebuild", top("serviceRole")),
    ("ecs", inside("overrides", "executionRoleArn")),
    ("ecs", inside("overrides", "taskRoleArn")),
    ("ecs", top("executionRoleArn")),
    ("ecs", top("taskRoleArn")),
    ("events", each("targets", "roleArn")),
    ("events", top("roleArn")),
    ("firehose", inside("extendedS3DestinationConfiguration", "roleARN")),
    ("firehose", inside("kinesisStreamSourceConfiguration", "roleARN")),
    ("firehose", inside("s3DestinationConfiguration", "roleARN")),
    ("glue", top("role")),
    ("lambda", top("role")),
    ("mediaconvert", top("role")),
    ("pipes", top("roleArn")),
    ("sagemaker", top("executionRoleArn")),
    ("sagemaker", top("roleArn")),
    ("scheduler", inside("target", "roleArn")),
    ("ssm", top("serviceRoleArn")),
    ("states", top("roleArn")),
    ("transfer", top("role")),
];

/// The roles that a call of a service hands over, and to whom; sorted, each once.
pub(super) fn passed<'r>(
    action: &str,
    parameters: &'r Parameters<'_>,
    place: Place<'_>,
) -> Vec<(&'r str, &'static str)> {
    let service = action.split(':').next().unwrap_or_default();
    let Some(to) = recipient(service) else { return Vec::new() };
    // Under which of two names a service gets the role in China is not documented: either is the same service.
    let names = [Some(to.name), (place.partition == "aws-cn").then_some(to.name_in_china)];
    let members = PASSING.iter().filter(|(of, _)| *of == to.service);
    let mut found: Vec<(&str, &'static str)> = members
        .flat_map(|(_, member)| texts(member, parameters))
        .filter(|text| is_ours(text, place))
        .flat_map(|text| names.into_iter().flatten().map(move |name| (text, name)))
        .collect();
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
    use crate::evidence::passing::RECIPIENTS;
    use crate::evidence::trail::any::Any;
    use crate::evidence::trail::parameters::ParameterMembers;
    use serde::de::DeserializeSeed;

    const PLACE: Place<'static> =
        Place { partition: "aws", region: "eu-west-1", account: "111122223333" };

    fn of(action: &str, json: &str, place: Place<'_>) -> Vec<String> {
        let mut parameters = Parameters::default();
        let mut faults = crate::evidence::trail::member::Faults::default();
        let members = ParameterMembers { parameters: &mut parameters, faults: &mut faults };
        Any(members).deserialize(&mut serde_json::Deserializer::from_str(json)).unwrap();
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
    }

    #[test]
    fn of_each_service_it_is_known_who_gets_the_role_and_where_requests_name_it() {
        for (service, _) in &PASSING {
            assert!(recipient(service).is_some(), "{service}");
        }
        for known in &RECIPIENTS {
            assert!(PASSING.iter().any(|(service, _)| *service == known.service), "{known:?}");
        }
    }
}
