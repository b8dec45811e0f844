//! Duties hold what they are for and nothing that is another's; no two of them can change the same.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::iam::{AccessLevel, ActionName};
use crate::policy::{Effect, PolicyDocument, ResourceElement, Statement};
use crate::semantics::{
    Context, Member, Policies, PolicyKind, Principal, Region, Request, grants_any, principal_side,
};

use super::super::error::SynthesisError;
use super::super::proof::{fail, name, outside, shown};
use super::Duty;

/// A role that holds the duty.
const HOLDER: &str = "arn:aws:iam::000000000007:role/holder";

/// Proves one duty: each action of each statement is allowed, no longer without or with another value of what it asks for, and
/// nothing is granted that the duty must not hold.
pub(super) fn holds(
    duty: Duty,
    document: &PolicyDocument,
    catalog: &Catalog,
) -> Result<(), SynthesisError> {
    let policies = Policies::identity(vec![document.clone()]);
    for statement in document.statements.iter().filter(|it| it.effect == Effect::Allow) {
        for request in requests(statement)? {
            if !principal_side(&request, &policies) {
                fail(format!("{} of `{}` is not allowed", shown(&request), duty.as_str()))?;
            }
            for (_, key, _) in statement.condition.iter() {
                for other in outside(&request, key) {
                    if principal_side(&other, &policies) {
                        fail(format!("{} of `{}` is allowed", shown(&other), name(statement)))?;
                    }
                }
            }
        }
    }
    let never: Vec<String> = duty.must_not_hold().iter().map(|it| (*it).to_owned()).collect();
    let granted = grants_any(&policies, &never, &[], catalog);
    if let Some(found) = granted.found.first() {
        fail(format!("the duty `{}` holds `{}`", duty.as_str(), found.action))?;
    }
    if !granted.unknown.is_empty() {
        fail(format!("what the duty `{}` holds cannot be told", duty.as_str()))?;
    }
    Ok(())
}

fn requests(statement: &Statement) -> Result<Vec<Request>, SynthesisError> {
    let mut context = Context::default();
    for (_, key, values) in statement.condition.iter() {
        context.set(key.clone(), values.iter().take(1).cloned().collect());
    }
    let mut requests = Vec::new();
    for action in statement.action.values() {
        for resource in statement.resource.as_ref().map_or(&[][..], ResourceElement::values) {
            let resource = match resource.as_str() {
                "*" => "*".to_owned(),
                resource => resource.replace('*', "x"),
            };
            requests.push(Request {
                principal: Principal::role(HOLDER.parse()?),
                action: action.parse()?,
                resource,
                context: context.clone(),
            });
        }
    }
    Ok(requests)
}

/// What two duties could both change, in a sentence each: there must be no request for an action that changes anything in the
/// intersection of what two of them allow. What cannot be decided counts as an overlap.
pub(super) fn overlaps(documents: &[(Duty, PolicyDocument)], catalog: &Catalog) -> Vec<String> {
    let mut found = Vec::new();
    for (i, (one, a)) in documents.iter().enumerate() {
        for (other, b) in &documents[i + 1..] {
            for action in changing(a, catalog).intersection(&changing(b, catalog)) {
                let asked = [PolicyDocument::new(vec![Statement::allow([*action], ["*"])])];
                let (a, b) = (std::slice::from_ref(a), std::slice::from_ref(b));
                let both = Region::documents(PolicyKind::Identity, a)
                    .intersection(&Region::documents(PolicyKind::Identity, b))
                    .intersection(&Region::documents(PolicyKind::Identity, &asked));
                let (one, other) = (one.as_str(), other.as_str());
                match both.member(catalog) {
                    Member::None => {}
                    Member::Some(request) => found.push(format!(
                        "the duties `{one}` and `{other}` could both do `{action}` on `{}`",
                        request.resource
                    )),
                    Member::Unknown(reason) => found.push(format!(
                        "whether the duties `{one}` and `{other}` could both do `{action}` cannot be told: {reason}"
                    )),
                }
            }
        }
    }
    found
}

/// The actions of a document that change something; one that the catalog does not know counts as such.
fn changing<'d>(document: &'d PolicyDocument, catalog: &Catalog) -> BTreeSet<&'d str> {
    let reads = [AccessLevel::List, AccessLevel::Read];
    let is_changing = |action: &str| {
        let known = action.parse::<ActionName>().ok();
        let known = known.as_ref().and_then(|action| catalog.action(action));
        known.is_none_or(|action| action.levels().iter().any(|level| !reads.contains(level)))
    };
    document
        .statements
        .iter()
        .filter(|statement| statement.effect == Effect::Allow)
        .flat_map(|statement| statement.action.values())
        .map(String::as_str)
        .filter(|action| is_changing(action))
        .collect()
}
