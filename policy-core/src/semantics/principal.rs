//! Whether a `Principal` element names the caller, and how.

use super::choice;
use super::request::Principal;
use crate::iam::{AccountId, Arn, RoleArn};
use crate::policy::{Effect, PrincipalElement, PrincipalKind, Principals};

/// How an element names the caller; the strongest way counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// Not at all.
    No,
    /// By its account: the account's own identity policies must allow too.
    ByAccount,
    /// By its role: what limits the session still does.
    ByRole,
    /// Itself (a role session, a user, a service), or everyone.
    Itself,
}

/// How a statement's element names `principal`. `bounded` is whether it has a permissions boundary:
/// a `Deny` with `NotPrincipal` always denies those.
///
/// # Source
/// IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
pub(crate) fn named_by(
    effect: Effect,
    element: &PrincipalElement,
    principal: &Principal,
    bounded: bool,
) -> Named {
    if bounded && effect == Effect::Deny && element.is_negated() {
        return Named::Itself;
    }
    named(element, principal)
}

/// How `element` names `principal`, of which nothing else is known.
pub(crate) fn named(element: &PrincipalElement, principal: &Principal) -> Named {
    match element {
        PrincipalElement::Principal(principals) => listed(principals, principal),
        PrincipalElement::NotPrincipal(principals) => {
            if choice::not_principal_exempts(listed(principals, principal)) {
                Named::No
            } else {
                Named::Itself
            }
        }
    }
}

fn listed(principals: &Principals, principal: &Principal) -> Named {
    let map = match principals {
        Principals::Any => return Named::Itself,
        Principals::Map(map) => map,
    };
    map.iter()
        .flat_map(|(kind, values)| values.iter().map(|value| (*kind, value.as_str())))
        .map(|(kind, value)| one(kind, value, principal))
        .max()
        .unwrap_or(Named::No)
}

fn one(kind: PrincipalKind, value: &str, principal: &Principal) -> Named {
    let itself = |yes: bool| if yes { Named::Itself } else { Named::No };
    match (kind, principal) {
        // `{"AWS": "*"}` is `"*"`.
        (PrincipalKind::Aws, _) if value == "*" => Named::Itself,
        (_, Principal::Opaque(text)) => itself(value == text),
        (PrincipalKind::Aws, Principal::Role { arn, session }) => {
            if session.is_some() && value == principal.to_string() {
                Named::Itself
            } else if value == arn.as_str()
                || session.is_some()
                    && value.parse().is_ok_and(|named| is_with_its_path(&named, arn))
            {
                Named::ByRole
            } else {
                by_account(value, principal)
            }
        }
        (PrincipalKind::Aws, Principal::Iam(arn)) => {
            if value == arn.as_str() && arn.resource() != "root" {
                return Named::Itself;
            }
            by_account(value, principal)
        }
        (PrincipalKind::Service, Principal::Service(service)) => {
            itself(value == "*" || value.eq_ignore_ascii_case(service.as_str()))
        }
        (PrincipalKind::Federated, Principal::Federated(provider)) => {
            itself(value == "*" || value == provider)
        }
        (PrincipalKind::CanonicalUser, Principal::CanonicalUser(id)) => itself(value == id),
        _ => Named::No,
    }
}

/// Whether `named` is the role, of which only the name is known, with its path.
pub(super) fn is_with_its_path(named: &RoleArn, role: &RoleArn) -> bool {
    let path_unknown = role.arn().resource().matches('/').count() == 1;
    choice::SESSION_IS_OF_THE_ROLE_WITH_A_PATH
        && path_unknown
        && named.name() == role.name()
        && named.arn().account() == role.arn().account()
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
