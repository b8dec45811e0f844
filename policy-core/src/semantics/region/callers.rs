//! The callers that the statements of a region can tell apart, one example of each.

use std::collections::BTreeSet;

use super::problem::Problem;
use super::statements::Compiled;
use crate::iam::{AccountId, Arn, RoleArn};
use crate::policy::{Effect, PrincipalKind, Principals};
use crate::semantics::decide::StatementRef;
use crate::semantics::request::Principal;

/// An example of a class of callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    /// Whether reports name it: documents without principals are about whoever holds them.
    pub(crate) shown: bool,
}

/// One caller for each class, and the statements about callers that no example can be made of.
#[derive(Debug)]
pub(crate) struct Callers {
    pub(crate) classes: Vec<Caller>,
    /// The statement, and why as a clause.
    pub(crate) unknown: Vec<(StatementRef, String)>,
}

/// One example of each class of callers that the principal elements tell apart.
pub(crate) fn classes(problem: &Problem<'_>) -> Callers {
    let strangers = strangers(problem);
    if problem.kind.is_of_the_caller() {
        let classes = strangers
            .into_iter()
            .take(1)
            .map(|principal| Caller { principal, shown: false })
            .collect();
        return Callers { classes, unknown: Vec::new() };
    }
    let mut examples: Vec<Principal> = Vec::new();
    let mut unknown = Vec::new();
    let fresh = fresh(problem);
    for (number, leaf) in problem.leaves.iter().enumerate() {
        for statement in &leaf.statements.list {
            let negated = statement.statement.principal.as_ref().is_some_and(|p| p.is_negated());
            for (kind, value) in values(statement) {
                match example(kind, value, &fresh) {
                    Some(found) => examples.extend(found),
                    // What is taken away from callers that are not looked at, or not given to them,
                    // adds nothing; and what both sides say word for word is no difference.
                    None if leaf.adds == negated => {}
                    None if !negated && has_twin(problem, number, statement) => {}
                    None => unknown.push((
                        statement.place.clone(),
                        format!("no caller is known for the principal `{value}`"),
                    )),
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
        let named: Vec<bool> = problem.statements().map(|s| s.names(&principal)).collect();
        if seen.insert(named) {
            classes.push(Caller { principal, shown: true });
        }
    }
    Callers { classes, unknown }
}

/// Whether a leaf that takes away has the same statement, and nothing else could set the two apart.
fn has_twin(problem: &Problem<'_>, of: usize, statement: &Compiled<'_>) -> bool {
    let refused = problem.leaves.iter().filter(|leaf| leaf.adds);
    if refused.flat_map(|leaf| &leaf.statements.list).any(|s| s.statement.effect == Effect::Deny) {
        return false;
    }
    problem
        .leaves
        .iter()
        .enumerate()
        .filter(|(number, leaf)| *number != of && !leaf.adds)
        .flat_map(|(_, leaf)| &leaf.statements.list)
        .any(|other| other.means_the_same_as(statement))
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

/// Callers that a principal value names; `None` when it is of a shape we know no caller for.
fn example(kind: PrincipalKind, value: &str, fresh: &str) -> Option<Vec<Principal>> {
    if value == "*" {
        return Some(Vec::new());
    }
    match kind {
        PrincipalKind::Service => Some(vec![Principal::Service(value.parse().ok()?)]),
        PrincipalKind::Federated => Some(vec![Principal::Federated(value.to_owned())]),
        PrincipalKind::CanonicalUser => Some(vec![Principal::CanonicalUser(value.to_owned())]),
        PrincipalKind::Aws => {
            if let Ok(account) = value.parse::<AccountId>() {
                return Some(vec![some_role(account.as_str(), fresh)?]);
            }
            if let Ok(role) = value.parse::<RoleArn>() {
                return Some(vec![Principal::role(role)]);
            }
            let arn: Arn = value.parse().ok()?;
            match (arn.service(), arn.resource()) {
                ("iam", "root") => Some(vec![some_role(arn.account(), fresh)?]),
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
