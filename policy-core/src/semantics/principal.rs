//! Whether a `Principal` element names the caller, and how.

use super::request::Principal;
use crate::iam::{AccountId, Arn};
use crate::policy::{PrincipalElement, PrincipalKind, Principals};

/// How an element names the caller; the strongest way counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// Not at all.
    No,
    /// By its account: the account's own identity policies must allow too.
    ByAccount,
    /// Itself, or everyone.
    Directly,
}

/// How `element` names `principal`.
///
/// # Source
/// IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
pub(super) fn named(element: &PrincipalElement, principal: &Principal) -> Named {
    match element {
        PrincipalElement::Principal(principals) => listed(principals, principal),
        PrincipalElement::NotPrincipal(principals) => match listed(principals, principal) {
            Named::No => Named::Directly,
            _ => Named::No,
        },
    }
}

fn listed(principals: &Principals, principal: &Principal) -> Named {
    let map = match principals {
        Principals::Any => return Named::Directly,
        Principals::Map(map) => map,
    };
    map.iter()
        .flat_map(|(kind, values)| values.iter().map(|value| (*kind, value.as_str())))
        .map(|(kind, value)| one(kind, value, principal))
        .max()
        .unwrap_or(Named::No)
}

fn one(kind: PrincipalKind, value: &str, principal: &Principal) -> Named {
    let directly = |yes: bool| if yes { Named::Directly } else { Named::No };
    match (kind, principal) {
        // `{"AWS": "*"}` is `"*"`.
        (PrincipalKind::Aws, _) if value == "*" => Named::Directly,
        (PrincipalKind::Aws, Principal::Role { arn, session }) => {
            if value == arn.as_str() || session.is_some() && value == principal.to_string() {
                return Named::Directly;
            }
            by_account(value, principal)
        }
        (PrincipalKind::Aws, Principal::Iam(arn)) => {
            if value == arn.as_str() && arn.resource() != "root" {
                return Named::Directly;
            }
            by_account(value, principal)
        }
        (PrincipalKind::Service, Principal::Service(service)) => {
            directly(value == "*" || value.eq_ignore_ascii_case(service.as_str()))
        }
        (PrincipalKind::Federated, Principal::Federated(provider)) => {
            directly(value == "*" || value == provider)
        }
        (PrincipalKind::CanonicalUser, Principal::CanonicalUser(id)) => directly(value == id),
        _ => Named::No,
    }
}

/// `111122223333` or `arn:aws:iam::111122223333:root`.
fn by_account(value: &str, principal: &Principal) -> Named {
    let account = value.parse::<AccountId>().ok().or_else(|| {
        let arn = value.parse::<Arn>().ok()?;
        (arn.service() == "iam" && arn.resource() == "root")
            .then(|| arn.account().parse().ok())
            .flatten()
    });
    match account {
        Some(account) if principal.account().as_ref() == Some(&account) => Named::ByAccount,
        _ => Named::No,
    }
}
