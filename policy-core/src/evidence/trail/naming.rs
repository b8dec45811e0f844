//! What a value in a request gives to the ARN: a name, the part of an ARN or URL, or nothing.
//!
//! Whatever is not surely the part that the placeholder stands for gives nothing, so that the resource is
//! unknown and not a wrong one. Whether the whole is a resource of the action is checked elsewhere.

use crate::iam::AccountId;

use super::resource::without_selector;

/// The member that names the bus of a rule.
pub(super) const EVENT_BUS: &str = "EventBusName";

/// The part of a request value that a placeholder takes; `None` when the value is of another kind.
/// `before` is the ARN up to the placeholder.
pub(super) fn named<'v>(
    placeholder: &str,
    member: &str,
    before: &str,
    value: &'v str,
) -> Option<&'v str> {
    if let Some(queue) = QueueUrl::parse(value) {
        return Some(queue.name);
    }
    // A name without its path does not tell the ARN.
    if placeholder.ends_with("WithPath") || value.contains("://") {
        return None;
    }
    let service = before.split(':').nth(2).unwrap_or_default();
    // Nor does a name where the ARN has an id; a secret's id is its name.
    let is_name = member.ends_with("Name") || member.ends_with("Names");
    if placeholder.ends_with("Id") && is_name && service != "secretsmanager" {
        return None;
    }
    match service {
        "kms" if value.contains(':') => None,
        // The key behind an alias is not in the name.
        "kms" if placeholder == "Alias" => value.strip_prefix("alias/"),
        "kms" if value.starts_with("alias/") => None,
        "kms" => Some(value),
        "lambda" if ["FunctionName", "LayerName"].contains(&placeholder) => {
            Some(ArnParts::parse(value).name)
        }
        "ecs" if placeholder == "ClusterName" => {
            Some(value.split_once(":cluster/").map_or(value, |(_, name)| name))
                .filter(|name| !name.contains(':'))
        }
        // The bus of a rule, by its ARN.
        "events" if placeholder == EVENT_BUS => {
            Some(value.split_once(":event-bus/").map_or(value, |(_, name)| name))
        }
        // `/hostedzone/Z1`, as the answers of the service write it.
        "route53" => {
            let kind = before.rsplit(':').next().unwrap_or_default();
            let id = value.strip_prefix('/').and_then(|text| text.strip_prefix(kind));
            Some(id.unwrap_or(value))
        }
        // A selector such as `:3` is no part of the name.
        "ssm" if placeholder == "ParameterNameWithoutLeadingSlash" => {
            let name = without_selector(value);
            Some(name.strip_prefix('/').unwrap_or(name)).filter(|name| !name.is_empty())
        }
        "s3" if placeholder == "ObjectName" => Some(value),
        // A directory bucket, which is no resource of `s3`.
        "s3" if value.ends_with("--x-s3") => None,
        // IAM checks the access point behind an alias, which the name does not tell.
        "s3" if ["-s3alias", "--ol-s3"].iter().any(|end| value.ends_with(end)) => None,
        _ if value.contains(':') && service != "logs" => None,
        _ => Some(value),
    }
}

/// A bucket by its name; nothing for the ARN of an access point, and for what is no bucket of `s3`.
pub(super) fn bucket(value: &str) -> Option<&str> {
    named("BucketName", "Bucket", "arn:aws:s3:::", value)
        .filter(|name| !name.is_empty() && !name.contains('/'))
}

/// What stands for a placeholder that the request leaves out, where the service has a rule for that.
///
/// # Source
/// Amazon ECS API Reference, `cluster`; EventBridge Scheduler API Reference, "CreateSchedule", `GroupName`.
pub(super) fn when_absent(service: &str, placeholder: &str) -> Option<&'static str> {
    match (service, placeholder) {
        ("ecs", "ClusterName") | ("scheduler", "GroupName") => Some("default"),
        _ => None,
    }
}

/// `jobs`, `jobs:live`, `function:jobs`, `111122223333:function:jobs`, an ARN; or a layer in one of the
/// same ways.
///
/// # Source
/// AWS Lambda API Reference, "Invoke": the pattern of `FunctionName`, of which each part before the
/// name may be left out; "GetLayerVersion", `LayerName`.
pub(super) struct ArnParts<'v> {
    pub(super) region: Option<&'v str>,
    pub(super) account: Option<&'v str>,
    /// With the version or alias, if there is one.
    pub(super) name: &'v str,
}

impl<'v> ArnParts<'v> {
    pub(super) fn parse(text: &'v str) -> Self {
        let of_arn = text.starts_with("arn:").then(|| text.splitn(4, ':').nth(3)).flatten();
        let mut called = Self { region: None, account: None, name: of_arn.unwrap_or(text) };
        if let Some((region, rest)) = called.name.split_once(':')
            && region.parse::<crate::iam::Region>().is_ok()
            && rest.contains(':')
        {
            (called.region, called.name) = (Some(region), rest);
        }
        if let Some((account, rest)) = called.name.split_once(':')
            && account.parse::<AccountId>().is_ok()
        {
            (called.account, called.name) = (Some(account), rest);
        }
        for kind in ["function:", "layer:"] {
            called.name = called.name.strip_prefix(kind).unwrap_or(called.name);
        }
        called
    }
}

/// `https://sqs.eu-west-1.amazonaws.com/111122223333/jobs`.
pub(super) struct QueueUrl<'v> {
    pub(super) region: Option<&'v str>,
    pub(super) account: &'v str,
    pub(super) name: &'v str,
}

impl<'v> QueueUrl<'v> {
    pub(super) fn parse(text: &'v str) -> Option<Self> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let (host, path) = rest.split_once('/')?;
        let (account, name) = path.trim_end_matches('/').split_once('/')?;
        account.parse::<AccountId>().ok()?;
        if name.is_empty() || name.contains('/') {
            return None;
        }
        // `sqs.REGION.amazonaws.com`, `REGION.queue.amazonaws.com`, `vpce-….sqs.REGION.vpce.amazonaws.com`.
        let region = host.split('.').find(|label| label.parse::<crate::iam::Region>().is_ok());
        Some(Self { region, account, name })
    }
}
