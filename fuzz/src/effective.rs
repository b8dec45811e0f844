//! Laws of comparing what callers can do within their limits.
//!
//! - Comparison of effective access keeps the laws of `compare`, with the caller's own side of
//!   `decide` as the judge.
//! - What is said to be granted is; where nothing is said to be, no request is.
//! - A grant that a limit is said to block has an example which its statement allows and the limits
//!   do not.

use arbitrary::{Result, Unstructured};
use policy_core::catalog::Catalog;
use policy_core::policy::{PolicyDocument, Statement};
use policy_core::semantics::{
    Doubt, Policies, Principal, Relation, Request, compare_effective, grants_any, ineffective,
    principal_side,
};

use super::compare::{asked, is_real, mirrors, the_relation_says_what_is_found};
use super::requests;
use super::vocabulary::{self, Attached};

/// Two sets of policies, of which the second one is an edit of the first, and the questions about them.
pub(super) fn chosen(u: &mut Unstructured<'_>) -> Result<()> {
    let old = vocabulary::limits(u)?;
    let mut new = old.clone();
    match u.int_in_range(0..=4)? {
        0 => new = vocabulary::limits(u)?,
        1 => new.boundary = vocabulary::limits(u)?.boundary,
        2 => new.session = vocabulary::limits(u)?.session,
        3 => new.scp = vocabulary::limits(u)?.scp,
        _ => new.identity.push(vocabulary::document(u, Attached::Caller)?),
    }
    let patterns = (vocabulary::action(u)?, vocabulary::resource(u)?);
    let more = (0..8).map(|_| vocabulary::request(u)).collect::<Result<Vec<_>>>()?;
    laws(&old, &new, &more);
    questions(&old, patterns.0, patterns.1, &more);
    Ok(())
}

/// Every document of the caller.
fn documents(policies: &Policies) -> impl Iterator<Item = &PolicyDocument> {
    let limits = [&policies.boundary, &policies.session].into_iter().flatten().flatten();
    policies.identity.iter().chain(limits).chain(policies.scp.iter().flatten())
}

/// What a role can ask: SCPs and boundaries hold for all of them.
fn sampled<'r>(
    policies: impl Iterator<Item = &'r PolicyDocument>,
    more: &[Request],
) -> Vec<Request> {
    let mut out = requests::of_documents(policies);
    out.extend(more.iter().cloned());
    out.retain(is_real);
    if let Ok(role) = "arn:aws:iam::111122223333:role/r".parse::<Principal>() {
        out.iter_mut().for_each(|request| request.principal = role.clone());
    }
    out
}

fn laws(old: &Policies, new: &Policies, more: &[Request]) {
    let catalog = Catalog::embedded();
    let answer = compare_effective(old, new, catalog);
    let shown = || format!("{answer:?}\nold {old:?}\nnew {new:?}");
    the_relation_says_what_is_found(&answer);
    mirrors(&answer, &compare_effective(new, old, catalog), &shown);
    for policies in [old, new] {
        let same = compare_effective(policies, policies, catalog);
        assert_eq!(same.relation, Relation::Equivalent, "with itself: {same:?}\n{policies:?}");
    }
    for (differences, on, off) in [(&answer.added, new, old), (&answer.removed, old, new)] {
        for request in differences.iter().filter_map(asked) {
            assert!(principal_side(&request, on), "not allowed: {request:?}\n{}", shown());
            assert!(!principal_side(&request, off), "allowed: {request:?}\n{}", shown());
        }
    }
    let doubts = |doubt| answer.unknown.iter().any(|u| u.doubt == doubt);
    let may_add = !answer.added.is_empty() || doubts(Doubt::Added);
    let may_remove = !answer.removed.is_empty() || doubts(Doubt::Removed);
    if may_add && may_remove {
        return;
    }
    for request in sampled(documents(old).chain(documents(new)), more) {
        let (before, after) = (principal_side(&request, old), principal_side(&request, new));
        assert!(may_add || before || !after, "it adds {request:?}\n{}", shown());
        assert!(may_remove || after || !before, "it takes away {request:?}\n{}", shown());
    }
}

fn questions(policies: &Policies, action: &str, resource: &str, more: &[Request]) {
    let catalog = Catalog::embedded();
    let (actions, resources) = ([action.to_owned()], [resource.to_owned()]);
    let granted = grants_any(policies, &actions, &resources, catalog);
    // What is asked about, as a policy: `decide` says what its patterns match.
    let mut pattern = PolicyDocument::new(vec![Statement::allow(actions, resources)]);
    pattern.version = None;
    let pattern = Policies::identity(vec![pattern]);
    let shown = || format!("`{action}` on `{resource}`: {granted:?}\n{policies:?}");
    for request in granted.found.iter().filter_map(asked) {
        assert!(principal_side(&request, policies), "not granted: {request:?}\n{}", shown());
        assert!(principal_side(&request, &pattern), "not asked: {request:?}\n{}", shown());
    }
    let none = granted.found.is_empty() && granted.unknown.is_empty();
    let blocked = ineffective(policies, catalog);
    let sampled = sampled(documents(policies), more);
    for request in sampled.iter().filter(|_| none) {
        let granted = principal_side(request, policies) && principal_side(request, &pattern);
        assert!(!granted, "it grants {request:?}\n{}", shown());
    }
    for grant in &blocked.grants {
        let place = &grant.statement;
        let document = policies.identity.get(place.document);
        let document = document.unwrap_or_else(|| panic!("no document: {grant:?}\n{policies:?}"));
        let statement = document.statements.get(place.index);
        let statements = statement.cloned().into_iter().collect();
        let alone = Policies::identity(vec![PolicyDocument { statements, ..document.clone() }]);
        assert!(principal_side(&grant.example, &alone), "not its grant: {grant:?}\n{policies:?}");
        let mut limited = policies.clone();
        limited.identity = alone.identity;
        assert!(!principal_side(&grant.example, &limited), "not blocked: {grant:?}\n{policies:?}");
        assert!(!grant.blocked_by.is_empty(), "blocked by nothing: {grant:?}\n{policies:?}");
    }
}
