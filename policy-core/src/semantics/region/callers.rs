//! The callers that the statements of a region can tell apart, one example of each.

use std::collections::BTreeSet;

use super::problem::Problem;
use super::statements::Compiled;
use crate::iam::{AccountId, Arn};
use crate::policy::{PrincipalKind, Principals};
use crate::semantics::request::Principal;

/// An example of a class of callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    /// Whether reports name it: documents without principals are about whoever holds them.
    pub(crate) shown: bool,
}

/// One example of each class of callers that the principal elements tell apart.
pub(crate) fn classes(problem: &Problem<'_>) -> Vec<Caller> {
    let strangers = strangers(problem);
    if problem.kind.is_of_the_caller() {
        let one = strangers.into_iter().take(1);
        return one.map(|principal| Caller { principal, shown: false }).collect();
    }
    let fresh = fresh(problem);
    let named = problem.statements().flat_map(|statement| values(statement));
    let mut examples: Vec<Principal> =
        named.filter_map(|(kind, value)| example(kind, value, &fresh)).collect();
    examples.sort();
    examples.dedup();
    examples.extend(strangers);
    let mut classes = Vec::new();
    let mut seen: BTreeSet<Vec<bool>> = BTreeSet::new();
    for principal in examples {
        let named: Vec<bool> = problem.statements().map(|s| s.names(&principal)).collect();
        if seen.insert(named) {
            classes.push(Caller { principal, shown: true });
        }
    }
    classes
}

fn values<'d>(statement: &Compiled<'d>) -> Vec<(PrincipalKind, &'d str)> {
    match statement.statement.principal.as_ref().map(|element| element.principals()) {
        None | Some(Principals::Any) => Vec::new(),
        Some(Principals::Map(map)) => map
            .iter()
            .flat_map(|(kind, values)| values.iter().map(|v| (*kind, v.as_str())))
            .collect(),
    }
}

/// A caller that a principal value names; `None` for everyone.
fn example(kind: PrincipalKind, value: &str, fresh: &str) -> Option<Principal> {
    if value == "*" {
        return None;
    }
    let known = match kind {
        PrincipalKind::Service => value.parse().ok().map(Principal::Service),
        PrincipalKind::Federated => Some(Principal::Federated(value.to_owned())),
        PrincipalKind::CanonicalUser => Some(Principal::CanonicalUser(value.to_owned())),
        PrincipalKind::Aws => match value.parse::<AccountId>() {
            Ok(account) => some_role(account.as_str(), fresh),
            Err(_) => caller(value, fresh),
        },
    };
    // What is no caller that we know is one that nothing else names.
    Some(known.unwrap_or_else(|| Principal::Opaque(value.to_owned())))
}

/// The caller of an ARN, for a whole account one of its roles.
fn caller(value: &str, fresh: &str) -> Option<Principal> {
    let arn: Arn = value.parse().ok()?;
    if (arn.service(), arn.resource()) == ("iam", "root") {
        return some_role(arn.account(), fresh);
    }
    let known: Principal = value.parse().ok()?;
    matches!(known, Principal::Role { .. } | Principal::Iam(_)).then_some(known)
}

fn some_role(account: &str, name: &str) -> Option<Principal> {
    format!("arn:aws:iam::{account}:role/{name}").parse().ok().map(Principal::role)
}

/// `example`, or a word like it that no principal value has.
fn fresh(problem: &Problem<'_>) -> String {
    let taken = |word: &str| {
        problem.statements().any(|statement| {
            values(statement).iter().any(|(_, value)| value.to_ascii_lowercase().contains(word))
        })
    };
    let mut word = "example".to_owned();
    let mut number = 1;
    while taken(&word) {
        number += 1;
        word = format!("example-{number}-x");
    }
    word
}

/// An account that no principal value has.
fn fresh_account(problem: &Problem<'_>) -> String {
    let taken = |account: &str| {
        problem
            .statements()
            .any(|statement| values(statement).iter().any(|(_, value)| value.contains(account)))
    };
    let mut number = 999_900_001_111_u64;
    while taken(&number.to_string()) {
        number -= 1;
    }
    number.to_string()
}

/// Callers that no document names.
fn strangers(problem: &Problem<'_>) -> Vec<Principal> {
    let name = fresh(problem);
    let mut out = Vec::new();
    out.extend(some_role(&fresh_account(problem), &name));
    out.extend(format!("{name}.amazonaws.com").parse().ok().map(Principal::Service));
    out.push(Principal::Federated(name.clone()));
    out.push(Principal::CanonicalUser(name));
    out.push(Principal::Anonymous);
    out
}
