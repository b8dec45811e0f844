//! Whose the resource is, and whether its own policy must allow.

use std::sync::LazyLock;

use crate::iam::arn::{after_colons, before_colon};
use crate::iam::{AccountId, ActionName, ConditionKey};
use crate::semantics::request::Request;

static RESOURCE_ACCOUNT: LazyLock<ConditionKey> =
    LazyLock::new(|| ConditionKey::new("aws:ResourceAccount"));

/// Whether caller and resource are known to be of different accounts. The resource's account is
/// `aws:ResourceAccount`, else the one in its ARN; when neither tells, it is the caller's.
pub(super) fn is_another(request: &Request) -> bool {
    let told = match request.context.values(&RESOURCE_ACCOUNT) {
        [one] => Some(one.as_str()),
        _ => None,
    };
    let fits = |account: &&str| AccountId::fits(account);
    let in_arn = || after_colons(&request.resource, 4).map(before_colon).filter(fits);
    match (request.principal.account_digits(), told.filter(fits).or_else(in_arn)) {
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
    let in_kms = request.action.service().eq_ignore_ascii_case("kms");
    assumes_role(request) || in_kms && is_a(&request.resource, "kms", "key/")
}

/// Whether the request is for a role to be assumed, so that the policy of its resource is a trust policy.
#[must_use]
pub fn assumes_role(request: &Request) -> bool {
    assumes(&request.action) && is_a(&request.resource, "iam", "role/")
}

/// Whether an ARN is of this service and its resource begins so.
fn is_a(resource: &str, service: &str, kind: &str) -> bool {
    let mut parts = resource.splitn(6, ':').skip(2);
    parts.next() == Some(service) && parts.nth(2).is_some_and(|name| name.starts_with(kind))
}

/// `sts:AssumeRole…`, and what may be asked for together with it.
fn assumes(action: &ActionName) -> bool {
    let begins = |with: &str| {
        action.name().get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    action.service().eq_ignore_ascii_case("sts")
        && (begins("AssumeRole")
            || ["TagSession", "SetSourceIdentity", "SetContext"]
                .iter()
                .any(|name| action.name().eq_ignore_ascii_case(name)))
}
