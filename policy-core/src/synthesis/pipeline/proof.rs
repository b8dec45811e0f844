//! Duties hold what they are for and nothing that is another's; no two of them can change the same.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::iam::{AccessLevel, ActionName};
use crate::policy::{ActionElement, Effect, PolicyDocument, ResourceElement, Statement};
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
    let (exempt, rest) = exempted(duty, document);
    if let Some((action, on)) = &exempt {
        only_on(duty, document, action, on, catalog)?;
    }
    let granted = grants_any(&Policies::identity(vec![rest]), &never, &[], catalog);
    if let Some(found) = granted.found.first() {
        fail(format!("the duty `{}` holds `{}`", duty.as_str(), found.action))?;
    }
    if !granted.unknown.is_empty() {
        fail(format!("what the duty `{}` holds cannot be told", duty.as_str()))?;
    }
    Ok(())
}

/// What the duty may hold on some resources of what it must not hold else, and the document without the statements of that action alone.
fn exempted(
    duty: Duty,
    document: &PolicyDocument,
) -> (Option<(&'static str, Vec<String>)>, PolicyDocument) {
    let exempt = duty.may_hold_on();
    let mut rest = document.clone();
    if let Some((action, _)) = &exempt {
        let is_exempt = |it: &Statement| {
            it.effect == Effect::Allow
                && it.action == ActionElement::Action(vec![(*action).to_owned()])
        };
        rest.statements.retain(|statement| !is_exempt(statement));
    }
    (exempt, rest)
}

/// Proves that no request for the action on another resource is allowed.
fn only_on(
    duty: Duty,
    document: &PolicyDocument,
    action: &str,
    resources: &[String],
    catalog: &Catalog,
) -> Result<(), SynthesisError> {
    let elsewhere = Statement {
        resource: Some(ResourceElement::NotResource(resources.to_vec())),
        ..Statement::allow([action], ["*"])
    };
    let elsewhere = [PolicyDocument::new(vec![elsewhere])];
    let both = Region::documents(PolicyKind::Identity, std::slice::from_ref(document))
        .intersection(&Region::documents(PolicyKind::Identity, &elsewhere));
    match both.member(catalog) {
        Member::None => {}
        Member::Some(found) => {
            fail(format!("the duty `{}` holds {}", duty.as_str(), shown(&found)))?;
        }
        Member::Unknown(reason) => fail(format!(
            "on what the duty `{}` holds `{action}` cannot be told: {reason}",
            duty.as_str()
        ))?,
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
                // An asterisk that belongs to the name of an action stands for nothing.
                action: action.trim_end_matches('*').parse()?,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthesis::pipeline::edge::{LINKED_ROLES, linked_role};

    #[test]
    fn deployers_may_make_the_two_roles_of_the_edge_and_no_other() {
        let held = |action: &str, resource: &str| {
            let sid = Some("Make".to_owned());
            let statement = Statement { sid, ..Statement::allow([action], [resource]) };
            let document = PolicyDocument::new(vec![statement]);
            holds(Duty::Deploy, &document, Catalog::embedded()).map_err(|error| error.to_string())
        };
        let make = "iam:CreateServiceLinkedRole";
        for linked in LINKED_ROLES {
            assert_eq!(held(make, &linked_role("aws", "111122223333", linked)), Ok(()));
        }
        for other in [
            "*",
            "arn:aws:iam::111122223333:role/aws-service-role/*",
            "arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        ] {
            let refused = held(make, other).unwrap_err();
            assert!(refused.contains("the duty `deploy` holds"), "{refused}");
        }
        let role = linked_role("aws", "111122223333", LINKED_ROLES[0]);
        assert!(held("iam:CreateRole", &role).is_err());
        assert!(held("iam:Create*", &role).is_err());
    }
}
