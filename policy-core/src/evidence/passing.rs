//! Who gets the role that a request names: what `iam:PassedToService` holds when IAM checks `iam:PassRole`.
//!
//! Only services of which AWS documents who takes the role. Of others nothing is concluded.
//!
//! # Source
//! IAM User Guide, "Grant a user permissions to pass a role to an AWS service" and "IAM and AWS STS condition context
//! keys", `iam:PassedToService`; AWS Managed Policy Reference for the services (`AWSBackupFullAccess`,
//! `AWSCloudTrail_FullAccess` …), where policies for both partitions name `ec2.amazonaws.com` and `ec2.amazonaws.com.cn`.

use crate::catalog::{Catalog, nearest};
use crate::iam::ServicePrincipal;

/// Whom requests to a service hand their roles to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recipient {
    /// IAM prefix of the called service.
    pub(crate) service: &'static str,
    /// The principal that gets the role.
    pub(crate) name: &'static str,
    /// The same as IAM may know it in China; under which of the two it gets the role there is not documented.
    pub(crate) name_in_china: &'static str,
    /// Whether the catalog knows which calls hand a role over, and no other service gets one of theirs. A restore of Backup, a volume
    /// of ECS, a stack without a role of its own and an automation of Systems Manager may hand roles to others.
    pub(crate) is_exact: bool,
}

/// Every service of which it is known, sorted.
pub(crate) const RECIPIENTS: [Recipient; 18] = [
    open("appsync", "appsync.amazonaws.com", "appsync.amazonaws.com.cn"),
    open("backup", "backup.amazonaws.com", "backup.amazonaws.com.cn"),
    open("bedrock", "bedrock.amazonaws.com", "bedrock.amazonaws.com.cn"),
    open("cloudformation", "cloudformation.amazonaws.com", "cloudformation.amazonaws.com.cn"),
    open("cloudtrail", "cloudtrail.amazonaws.com", "cloudtrail.amazonaws.com.cn"),
    open("codebuild", "codebuild.amazonaws.com", "codebuild.amazonaws.com.cn"),
    open("ecs", "ecs-tasks.amazonaws.com", "ecs-tasks.amazonaws.com.cn"),
    open("events", "events.amazonaws.com", "events.amazonaws.com.cn"),
    open("firehose", "firehose.amazonaws.com", "firehose.amazonaws.com.cn"),
    open("glue", "glue.amazonaws.com", "glue.amazonaws.com.cn"),
    exact("lambda", "lambda.amazonaws.com", "lambda.amazonaws.com.cn"),
    open("mediaconvert", "mediaconvert.amazonaws.com", "mediaconvert.amazonaws.com.cn"),
    exact("pipes", "pipes.amazonaws.com", "pipes.amazonaws.com.cn"),
    exact("sagemaker", "sagemaker.amazonaws.com", "sagemaker.amazonaws.com.cn"),
    exact("scheduler", "scheduler.amazonaws.com", "scheduler.amazonaws.com.cn"),
    open("ssm", "ssm.amazonaws.com", "ssm.amazonaws.com.cn"),
    exact("states", "states.amazonaws.com", "states.amazonaws.com.cn"),
    exact("transfer", "transfer.amazonaws.com", "transfer.amazonaws.com.cn"),
];

const fn open(service: &'static str, name: &'static str, name_in_china: &'static str) -> Recipient {
    Recipient { service, name, name_in_china, is_exact: false }
}

const fn exact(
    service: &'static str,
    name: &'static str,
    name_in_china: &'static str,
) -> Recipient {
    Recipient { service, name, name_in_china, is_exact: true }
}

/// Whom requests to the service with this IAM prefix hand their roles to.
pub(crate) fn recipient(service: &str) -> Option<&'static Recipient> {
    RECIPIENTS.iter().find(|known| known.service.eq_ignore_ascii_case(service))
}

/// Ends of the names of services.
const SUFFIX: &str = ".amazonaws.com";
const IN_CHINA: &str = ".cn";

/// The names under which the service may get a role in `partition`; of a name of either partition.
#[cfg(feature = "engine")]
pub(crate) fn names_in(name: &str, partition: &str) -> Vec<String> {
    let name = name.strip_suffix(IN_CHINA).unwrap_or(name).to_owned();
    let other = (partition == "aws-cn").then(|| format!("{name}{IN_CHINA}"));
    std::iter::once(name).chain(other).collect()
}

/// Checks the name of a service that gets a role.
///
/// # Errors
/// What is wrong with it, and what to write.
pub fn check(name: &str, catalog: &Catalog) -> Result<(), String> {
    if name.contains(['*', '?']) {
        return Err(format!(
            "`{name}` is a pattern, and other services may match it: name each that gets the role, such as `states{SUFFIX}`"
        ));
    }
    let bare = name.strip_suffix(IN_CHINA).unwrap_or(name);
    let Some(label) = bare.strip_suffix(SUFFIX) else {
        let completed = recipient(name).map(|known| known.name.to_owned());
        let completed = completed
            .or_else(|| catalog.service(name).map(|known| format!("{}{SUFFIX}", known.prefix())));
        let completed = completed.or_else(|| meant(name, catalog).map(str::to_owned));
        return Err(match completed {
            Some(completed) => {
                format!("`{name}` is not the name of a service principal: write `{completed}`")
            }
            None => {
                format!("`{name}` is not the name of a service principal such as `states{SUFFIX}`")
            }
        });
    };
    if name.parse::<ServicePrincipal>().is_err() || name.contains(|c: char| c.is_ascii_uppercase())
    {
        return Err(format!(
            "`{name}` is not the name of a service principal such as `states{SUFFIX}`"
        ));
    }
    match meant(label, catalog) {
        Some(known) => Err(format!("no service is known as `{name}`; did you mean `{known}`?")),
        None => Ok(()),
    }
}

/// The service that a word stands for which is the name of none: that of a client, or one with a slip.
fn meant(label: &str, catalog: &Catalog) -> Option<&'static str> {
    let is_known = RECIPIENTS.iter().any(|known| known.name.strip_suffix(SUFFIX) == Some(label));
    if is_known || label.contains('.') || catalog.service(label).is_some() {
        return None;
    }
    let of_client = catalog.client(label).and_then(|client| client.iam_prefix());
    if let Some(known) = of_client.and_then(recipient) {
        return Some(known.name);
    }
    let labels = RECIPIENTS.iter().filter_map(|known| known.name.strip_suffix(SUFFIX));
    let near = nearest(label, labels)?;
    RECIPIENTS.iter().map(|known| known.name).find(|name| name.strip_suffix(SUFFIX) == Some(near))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_of_services_and_principals_that_are() {
        for known in &RECIPIENTS {
            assert!(Catalog::embedded().service(known.service).is_some(), "{known:?}");
            assert_eq!(known.name_in_china, format!("{}.cn", known.name));
            for name in [known.name, known.name_in_china] {
                assert!(name.parse::<ServicePrincipal>().is_ok(), "{name}");
                assert_eq!(check(name, Catalog::embedded()), Ok(()), "{name}");
            }
        }
        assert!(RECIPIENTS.is_sorted_by_key(|known| known.service));
    }

    #[cfg(feature = "engine")]
    #[test]
    fn a_service_goes_by_two_names_in_china() {
        for name in ["states.amazonaws.com", "states.amazonaws.com.cn"] {
            assert_eq!(names_in(name, "aws"), ["states.amazonaws.com"]);
            let both = ["states.amazonaws.com", "states.amazonaws.com.cn"];
            assert_eq!(names_in(name, "aws-cn"), both);
        }
    }

    #[test]
    fn names_of_services_are_told_from_slips() {
        for (name, said) in [
            ("ecs.amazonaws.com", ""),
            ("edgelambda.amazonaws.com", ""),
            ("vpc-flow-logs.amazonaws.com", ""),
            ("monitoring.rds.amazonaws.com", ""),
            ("logs.eu-west-1.amazonaws.com", ""),
            ("ec2.amazonaws.com.cn", ""),
            ("states", "write `states.amazonaws.com`"),
            ("ecs", "write `ecs-tasks.amazonaws.com`"),
            ("ec2", "write `ec2.amazonaws.com`"),
            ("sfn", "write `states.amazonaws.com`"),
            ("sfn.amazonaws.com", "did you mean `states.amazonaws.com`?"),
            ("eventbridge.amazonaws.com", "did you mean `events.amazonaws.com`?"),
            ("ecs-task.amazonaws.com", "did you mean `ecs-tasks.amazonaws.com`?"),
            ("lamda.amazonaws.com", "did you mean `lambda.amazonaws.com`?"),
            ("*.amazonaws.com", "is a pattern"),
            ("Lambda.amazonaws.com", "is not the name of a service principal"),
            ("a b.amazonaws.com", "is not the name of a service principal"),
            (".amazonaws.com", "is not the name of a service principal"),
            ("arn:aws:iam::111122223333:role/r", "is not the name of a service principal"),
            ("lambda.amazon.com", "is not the name of a service principal"),
        ] {
            match check(name, Catalog::embedded()) {
                Ok(()) => assert_eq!(said, "", "{name}"),
                Err(message) => assert!(!said.is_empty() && message.contains(said), "{message}"),
            }
        }
    }
}
