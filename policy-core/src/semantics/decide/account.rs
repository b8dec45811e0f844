//! Whose the resource is, and whether its own policy must allow.

use crate::iam::{AccountId, ConditionKey};
use crate::semantics::request::Request;

/// Whether caller and resource are known to be of different accounts. The resource's account is
/// `aws:ResourceAccount`, else the one in its ARN; when neither tells, it is the caller's.
pub(super) fn is_another(request: &Request) -> bool {
    let told = match request.context.values(&ConditionKey::new("aws:ResourceAccount")) {
        [one] => one.parse::<AccountId>().ok(),
        _ => None,
    };
    let in_arn = || request.resource.split(':').nth(4)?.parse::<AccountId>().ok();
    match (request.principal.account(), told.or_else(in_arn)) {
        (Some(caller), Some(owner)) => caller != owner,
        _ => false,
    }
}

/// Whether the request is for a role to be assumed or for a KMS key: their own policies must allow,
/// identity policies alone never suffice.
///
/// # Source
/// IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access"; KMS
/// Developer Guide, "Key policies in AWS KMS".
pub(super) fn must_allow(request: &Request) -> bool {
    let action = request.action.as_str().to_ascii_lowercase();
    let parts: Vec<&str> = request.resource.splitn(6, ':').collect();
    let &[_, _, service, _, _, resource] = parts.as_slice() else { return false };
    let assumes = action.starts_with("sts:assumerole")
        || matches!(action.as_str(), "sts:tagsession" | "sts:setsourceidentity");
    (service == "iam" && resource.starts_with("role/") && assumes)
        || (service == "kms" && resource.starts_with("key/") && action.starts_with("kms:"))
}
