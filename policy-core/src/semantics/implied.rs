//! Condition keys that follow from who calls and what the resource is.
//!
//! AWS puts them into every request, so whoever states a request need not repeat them. Only what is
//! certain is here: no unique ids, no organization, no tags, nothing of the network or the clock.

use super::request::{Context, Principal};
use crate::iam::{AccountId, Arn, ConditionKey};

/// The keys that AWS fills in for a request of `principal`, if that is known, on `resource`, which
/// belongs to `resource_account` or, where that is not told, to the account in its ARN.
///
/// | key | for |
/// |---|---|
/// | `aws:PrincipalArn` | roles (of a session, its role), users, root users, federated users |
/// | `aws:PrincipalAccount` | the same; `anonymous` for an unsigned request |
/// | `aws:PrincipalType` | the same; `Anonymous` for an unsigned request |
/// | `aws:PrincipalIsAWSService` | the same: `false`; services: `true` |
/// | `aws:PrincipalServiceName` | services |
/// | `aws:username` | users |
/// | `aws:ResourceAccount` | every request whose resource has a known account |
///
/// # Source
/// IAM User Guide, "AWS global condition context keys" and "IAM policy elements: Variables and tags"
/// (the table of principal key values), read 2026-11-22.
#[must_use]
pub fn implied(
    principal: Option<&Principal>,
    resource: &str,
    resource_account: Option<&AccountId>,
) -> Context {
    let mut context = Context::default();
    let mut set = |key: &str, value: &str| {
        context.set(ConditionKey::new(key), vec![value.to_owned()]);
    };
    let mut signed = |arn: &Arn, of_type: &str| {
        set("aws:PrincipalArn", arn.as_str());
        set("aws:PrincipalAccount", arn.account());
        set("aws:PrincipalType", of_type);
        set("aws:PrincipalIsAWSService", "false");
    };
    match principal {
        Some(Principal::Role { arn, .. }) => signed(arn.arn(), "AssumedRole"),
        Some(Principal::Iam(arn)) => {
            let (kind, name) = arn.resource().split_once('/').unwrap_or((arn.resource(), ""));
            match kind {
                "root" => signed(arn, "Account"),
                "federated-user" => signed(arn, "FederatedUser"),
                _ => {
                    signed(arn, "User");
                    set("aws:username", name.rsplit('/').next().unwrap_or(name));
                }
            }
        }
        Some(Principal::Service(service)) => {
            set("aws:PrincipalIsAWSService", "true");
            set("aws:PrincipalServiceName", service.as_str());
        }
        Some(Principal::Anonymous) => {
            set("aws:PrincipalAccount", "anonymous");
            set("aws:PrincipalType", "Anonymous");
        }
        // A provider's user is no principal of AWS yet: the request is for becoming one.
        Some(Principal::Federated(_) | Principal::CanonicalUser(_) | Principal::Opaque(_))
        | None => {}
    }
    let in_arn = || resource.split(':').nth(4)?.parse::<AccountId>().ok();
    if let Some(account) = resource_account.cloned().or_else(in_arn) {
        set("aws:ResourceAccount", account.as_str());
    }
    context
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(principal: &str, resource: &str, account: Option<&str>) -> String {
        let account = account.map(|account| account.parse().unwrap());
        implied(Some(&principal.parse().unwrap()), resource, account.as_ref())
            .iter()
            .map(|(key, values)| format!("{}={}", key.as_str().replace("aws:", ""), values[0]))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn each_caller_brings_its_keys() {
        let cases = [
            (
                "arn:aws:sts::111122223333:assumed-role/orders/orders-prod",
                "PrincipalAccount=111122223333 PrincipalArn=arn:aws:iam::111122223333:role/orders PrincipalIsAWSService=false PrincipalType=AssumedRole",
            ),
            (
                "arn:aws:iam::111122223333:role/lambda/orders",
                "PrincipalAccount=111122223333 PrincipalArn=arn:aws:iam::111122223333:role/lambda/orders PrincipalIsAWSService=false PrincipalType=AssumedRole",
            ),
            (
                "arn:aws:iam::111122223333:user/staff/ann",
                "PrincipalAccount=111122223333 PrincipalArn=arn:aws:iam::111122223333:user/staff/ann PrincipalIsAWSService=false PrincipalType=User username=ann",
            ),
            (
                "arn:aws:iam::111122223333:root",
                "PrincipalAccount=111122223333 PrincipalArn=arn:aws:iam::111122223333:root PrincipalIsAWSService=false PrincipalType=Account",
            ),
            (
                "arn:aws:sts::111122223333:federated-user/ann",
                "PrincipalAccount=111122223333 PrincipalArn=arn:aws:sts::111122223333:federated-user/ann PrincipalIsAWSService=false PrincipalType=FederatedUser",
            ),
            (
                "lambda.amazonaws.com",
                "PrincipalIsAWSService=true PrincipalServiceName=lambda.amazonaws.com",
            ),
            ("anonymous", "PrincipalAccount=anonymous PrincipalType=Anonymous"),
            ("accounts.google.com", ""),
        ];
        for (principal, expected) in cases {
            assert_eq!(shown(principal, "*", None), expected, "{principal}");
        }
    }

    #[test]
    fn the_account_of_the_resource_is_the_one_told_else_the_one_in_its_arn() {
        let queue = "arn:aws:sqs:eu-west-1:444455556666:jobs";
        let bucket = "arn:aws:s3:::acme-receipts";
        for (resource, told, expected) in [
            (queue, None, "ResourceAccount=444455556666"),
            (queue, Some("111122223333"), "ResourceAccount=111122223333"),
            (bucket, None, ""),
            (bucket, Some("111122223333"), "ResourceAccount=111122223333"),
            ("arn:aws:iam::aws:policy/ReadOnlyAccess", None, ""),
        ] {
            assert_eq!(shown("accounts.google.com", resource, told), expected, "{resource}");
        }
    }
}
