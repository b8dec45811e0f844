//! The callers that two sets of documents can tell apart, one example of each.

use std::collections::BTreeSet;

use super::compiled::Side;
use super::{Doubt, Unknown};
use crate::iam::{AccountId, Arn, RoleArn};
use crate::policy::{PrincipalKind, Principals};
use crate::semantics::decide::PolicyKind;
use crate::semantics::request::Principal;

/// An example of a class of callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) principal: Principal,
    /// Whether reports name it: documents without principals are about whoever holds them.
    pub(super) shown: bool,
}

/// One caller for each class, and what could not be made an example of.
pub(super) struct Callers {
    pub(super) classes: Vec<Caller>,
    pub(super) unknown: Vec<Unknown>,
}

/// One example of each class of callers that the principal elements of both sides tell apart.
pub(super) fn classes(old: &Side<'_>, new: &Side<'_>, kind: PolicyKind) -> Callers {
    let strangers = strangers();
    if kind == PolicyKind::Identity {
        let classes = strangers
            .into_iter()
            .take(1)
            .map(|principal| Caller { principal, shown: false })
            .collect();
        return Callers { classes, unknown: Vec::new() };
    }
    let mut examples: Vec<Principal> = Vec::new();
    let mut unknown = Vec::new();
    let opaque = [old, new].map(|side| {
        let mut opaque: BTreeSet<&str> = BTreeSet::new();
        for (kind, value) in values(side) {
            match example(kind, value) {
                Some(found) => examples.extend(found),
                None => {
                    opaque.insert(value);
                }
            }
        }
        opaque
    });
    for (side, other, doubt) in [(old, &opaque[1], Doubt::Removed), (new, &opaque[0], Doubt::Added)]
    {
        for statement in &side.statements {
            let Some(element) = statement.principal else { continue };
            let Principals::Map(map) = element.principals() else { continue };
            for value in map.values().flatten() {
                let own = &opaque[usize::from(doubt == Doubt::Added)];
                if own.contains(value.as_str()) && !other.contains(value.as_str()) {
                    unknown.push(Unknown {
                        statement: statement.place.clone(),
                        reason: format!("no caller is known for the principal `{value}`"),
                        doubt,
                    });
                }
            }
        }
    }
    examples.sort();
    examples.dedup();
    examples.extend(strangers);
    let mut classes = Vec::new();
    let mut seen: BTreeSet<Vec<bool>> = BTreeSet::new();
    for principal in examples {
        let caller = Caller { principal, shown: true };
        let named: Vec<bool> = [old, new]
            .into_iter()
            .flat_map(|side| {
                let caller = &caller;
                (0..side.statements.len()).map(move |i| side.names(i, caller))
            })
            .collect();
        if named.contains(&true) && seen.insert(named) {
            classes.push(caller);
        }
    }
    Callers { classes, unknown }
}

fn values<'d>(side: &Side<'d>) -> Vec<(PrincipalKind, &'d str)> {
    side.statements
        .iter()
        .filter_map(|s| match s.principal?.principals() {
            Principals::Any => None,
            Principals::Map(map) => Some(map),
        })
        .flatten()
        .flat_map(|(kind, values)| values.iter().map(|v| (*kind, v.as_str())))
        .collect()
}

/// Callers that a principal value names; `None` when it is of a shape we know no caller for.
fn example(kind: PrincipalKind, value: &str) -> Option<Vec<Principal>> {
    if value == "*" {
        return Some(Vec::new());
    }
    match kind {
        PrincipalKind::Service => Some(vec![Principal::Service(value.parse().ok()?)]),
        PrincipalKind::Federated => Some(vec![Principal::Federated(value.to_owned())]),
        PrincipalKind::CanonicalUser => Some(vec![Principal::CanonicalUser(value.to_owned())]),
        PrincipalKind::Aws => {
            if let Ok(account) = value.parse::<AccountId>() {
                return Some(vec![some_role(account.as_str())?]);
            }
            if let Ok(role) = value.parse::<RoleArn>() {
                return Some(vec![Principal::role(role)]);
            }
            let arn: Arn = value.parse().ok()?;
            match (arn.service(), arn.resource()) {
                ("iam", "root") => Some(vec![some_role(arn.account())?]),
                ("iam", resource) if resource.starts_with("user/") => {
                    Some(vec![Principal::Iam(arn)])
                }
                ("sts", resource) => {
                    let (role, session) =
                        resource.strip_prefix("assumed-role/")?.split_once('/')?;
                    let text =
                        format!("arn:{}:iam::{}:role/{role}", arn.partition(), arn.account());
                    let arn = text.parse().ok()?;
                    Some(vec![Principal::Role { arn, session: Some(session.to_owned()) }])
                }
                _ => None,
            }
        }
    }
}

fn some_role(account: &str) -> Option<Principal> {
    format!("arn:aws:iam::{account}:role/example").parse().ok().map(Principal::role)
}

/// Callers that no document is likely to name.
fn strangers() -> Vec<Principal> {
    let mut out = Vec::new();
    out.extend(some_role("999900001111"));
    out.extend("example.amazonaws.com".parse().ok().map(Principal::Service));
    out.push(Principal::Federated("example".to_owned()));
    out.push(Principal::CanonicalUser("example".to_owned()));
    out.push(Principal::Anonymous);
    out
}
