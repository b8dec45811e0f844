//! Roles that a request hands to a service: `iam:PassRole`, which is checked inside another call and is no event.
//!
//! Only from a request that names the role by its ARN, and only for services of which AWS documents who takes the
//! role: a bare name, a role that was registered before, or a member that is withheld tells nothing. A role is
//! handed over within one account only.
//!
//! # Source
//! IAM User Guide, "Grant a user permissions to pass a role to an AWS service" and "IAM and AWS STS condition context
//! keys", `iam:PassedToService`; the API reference of each service for the members.

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
}

const fn top(member: &'static str) -> Member {
    Member::Top(member)
}

const fn inside(outer: &'static str, member: &'static str) -> Member {
    Member::Inside(outer, member)
}

/// IAM prefix of the called service, member, and the service that gets the role.
const PASSING: [(&str, Member, &str); 14] = [
    ("cloudformation", top("roleARN"), "cloudformation.amazonaws.com"),
    ("codebuild", top("serviceRole"), "codebuild.amazonaws.com"),
    ("ecs", inside("overrides", "executionRoleArn"), "ecs-tasks.amazonaws.com"),
    ("ecs", inside("overrides", "taskRoleArn"), "ecs-tasks.amazonaws.com"),
    ("ecs", top("executionRoleArn"), "ecs-tasks.amazonaws.com"),
    ("ecs", top("taskRoleArn"), "ecs-tasks.amazonaws.com"),
    ("events", top("roleArn"), "events.amazonaws.com"),
    ("glue", top("role"), "glue.amazonaws.com"),
    ("lambda", top("role"), "lambda.amazonaws.com"),
    ("pipes", top("roleArn"), "pipes.amazonaws.com"),
    ("sagemaker", top("executionRoleArn"), "sagemaker.amazonaws.com"),
    ("sagemaker", top("roleArn"), "sagemaker.amazonaws.com"),
    ("scheduler", inside("target", "roleArn"), "scheduler.amazonaws.com"),
    ("states", top("roleArn"), "states.amazonaws.com"),
];

/// The roles that a call of a service hands over, and to whom; sorted, each once.
pub(super) fn passed<'r>(
    action: &str,
    parameters: &'r Parameters<'_>,
    place: Place<'_>,
) -> Vec<(&'r str, &'static str)> {
    let service = action.split(':').next().unwrap_or_default();
    // In China services go by other names.
    if place.partition == "aws-cn" {
        return Vec::new();
    }
    let mut found: Vec<(&str, &'static str)> = PASSING
        .iter()
        .filter(|(of, ..)| service.eq_ignore_ascii_case(of))
        .filter_map(|(_, member, to)| {
            let text = match member {
                Member::Top(member) => parameters.text(member),
                Member::Inside(outer, member) => parameters
                    .nested(outer)
                    .and_then(|it| member_of(it, member))
                    .and_then(Value::as_str),
            };
            text.filter(|text| is_ours(text, place)).map(|text| (text, *to))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
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
    fn in_china_nothing_is_concluded() {
        let place = Place { partition: "aws-cn", ..PLACE };
        let json = r#"{"role":"arn:aws-cn:iam::111122223333:role/run1"}"#;
        assert_eq!(of("lambda:CreateFunction", json, place), [""; 0]);
    }

    #[test]
    fn the_table_is_of_services_and_principals_that_are() {
        for (service, _, to) in &PASSING {
            assert!(crate::catalog::Catalog::embedded().service(service).is_some(), "{service}");
            assert!(to.parse::<crate::iam::ServicePrincipal>().is_ok(), "{to}");
        }
    }
}
