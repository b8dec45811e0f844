//! Whether a condition has to say who owns a resource, because its ARN does not.

use crate::iam::ActionName;

/// What an ARN leaves open about its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    /// Nothing, or `aws:ResourceAccount` is of no use.
    No,
    /// The service leaves the account out, so that the name alone may be anyone's.
    Unnamed,
    /// A wildcard stands there.
    Wildcard,
}

/// Whether the owner of what `arn` names has to be said by a condition.
///
/// # Source
/// IAM User Guide, "AWS global condition context keys", `aws:ResourceAccount`: present for most
/// actions on one resource, absent where something is listed or made.
pub(super) fn open_account(action: &ActionName, arn: &str) -> Open {
    let is_s3 = action.service().eq_ignore_ascii_case("s3");
    if is_s3 && action.name().eq_ignore_ascii_case("CreateBucket") {
        return Open::No;
    }
    if arn == "*" {
        return if is_s3 { Open::Unnamed } else { Open::Wildcard };
    }
    match arn.split(':').nth(4) {
        Some("") if is_s3 => Open::Unnamed,
        Some(account) if account.contains(['*', '?']) => Open::Wildcard,
        _ => Open::No,
    }
}
