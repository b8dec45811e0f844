//! Types of resources whose attributes follow from their names.

/// A type of resource.
pub(super) struct Known {
    kind: &'static str,
    /// The argument with its name; empty where the service makes an id.
    pub(super) name: &'static str,
    /// Attributes that are not arguments, with `{P}` partition, `{R}` Region, `{A}` account, `{N}` name, `{path}` of a role and
    /// `{bus}` of a rule that is not on the default bus.
    attributes: &'static [(&'static str, &'static str)],
}

const fn known(
    kind: &'static str,
    name: &'static str,
    attributes: &'static [(&'static str, &'static str)],
) -> Known {
    Known { kind, name, attributes }
}

/// # Source
/// Terraform AWS provider, "Attribute Reference" of each resource; Service Authorization Reference for the formats of ARNs.
const KNOWN: &[Known] = &[
    known("aws_cloudwatch_event_bus", "name", &[("arn", "arn:{P}:events:{R}:{A}:event-bus/{N}")]),
    known("aws_cloudwatch_event_rule", "name", &[("arn", "arn:{P}:events:{R}:{A}:rule/{bus}{N}")]),
    known("aws_cloudwatch_log_group", "name", &[("arn", "arn:{P}:logs:{R}:{A}:log-group:{N}")]),
    known(
        "aws_cloudwatch_metric_alarm",
        "alarm_name",
        &[("arn", "arn:{P}:cloudwatch:{R}:{A}:alarm:{N}")],
    ),
    known("aws_cognito_user_pool", "", &[("arn", "arn:{P}:cognito-idp:{R}:{A}:userpool/{N}")]),
    known(
        "aws_dynamodb_table",
        "name",
        &[
            ("arn", "arn:{P}:dynamodb:{R}:{A}:table/{N}"),
            ("stream_arn", "arn:{P}:dynamodb:{R}:{A}:table/{N}/stream/*"),
        ],
    ),
    known(
        "aws_efs_access_point",
        "",
        &[("arn", "arn:{P}:elasticfilesystem:{R}:{A}:access-point/{N}")],
    ),
    known("aws_iam_role", "name", &[("arn", "arn:{P}:iam::{A}:role{path}{N}")]),
    known("aws_iot_topic_rule", "name", &[("arn", "arn:{P}:iot:{R}:{A}:rule/{N}")]),
    known("aws_kinesis_stream", "name", &[("arn", "arn:{P}:kinesis:{R}:{A}:stream/{N}")]),
    known("aws_kms_key", "", &[("arn", "arn:{P}:kms:{R}:{A}:key/{N}"), ("key_id", "{N}")]),
    known("aws_lambda_alias", "name", &[]),
    known(
        "aws_lambda_function",
        "function_name",
        &[("arn", "arn:{P}:lambda:{R}:{A}:function:{N}")],
    ),
    known("aws_s3_bucket", "bucket", &[("arn", "arn:{P}:s3:::{N}"), ("id", "{N}")]),
    known(
        "aws_secretsmanager_secret",
        "name",
        &[
            ("arn", "arn:{P}:secretsmanager:{R}:{A}:secret:{N}-??????"),
            ("id", "arn:{P}:secretsmanager:{R}:{A}:secret:{N}-??????"),
        ],
    ),
    known(
        "aws_sns_topic",
        "name",
        &[("arn", "arn:{P}:sns:{R}:{A}:{N}"), ("id", "arn:{P}:sns:{R}:{A}:{N}")],
    ),
    known("aws_sqs_queue", "name", &[("arn", "arn:{P}:sqs:{R}:{A}:{N}")]),
];

/// The type of that name.
pub(super) fn of(kind: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.kind == kind)
}

impl Known {
    pub(super) fn attribute(&self, name: &str) -> Option<&'static str> {
        self.attributes.iter().find(|(own, _)| *own == name).map(|(_, form)| *form)
    }
}

/// Whether a value is made with the attribute rather than being it: nobody uses it without adding to it.
pub(super) fn is_composed(attribute: &str) -> bool {
    matches!(attribute, "execution_arn" | "invoke_url" | "invoke_arn")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_sorted_and_stand_once() {
        assert!(KNOWN.is_sorted_by(|a, b| a.kind < b.kind));
    }
}
