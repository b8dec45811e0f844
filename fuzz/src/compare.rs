//! Laws of comparing two sets of documents.
//!
//! - Documents are equivalent to themselves; split into one document a statement, too.
//! - The other way round, the answer is the mirror image.
//! - The relation says what the differences and the doubts say.
//! - Each witness separates: `decide` allows it on the one side and not on the other.
//! - No request contradicts the relation.

use arbitrary::{Result, Unstructured};
use policy_core::catalog::Catalog;
use policy_core::policy::{
    ActionElement, Effect, PolicyDocument, ResourceElement, Statement, Version,
};
use policy_core::semantics::{
    Comparison, Difference, Doubt, Policies, Principal, Relation, Request, compare, decide,
    principal_side,
};

use super::requests;
use super::vocabulary::{self, Attached};

/// Holds the laws against one input: two JSON documents with a NUL between them, or bytes that choose
/// documents from the vocabulary.
pub fn check(data: &[u8]) {
    if data.first() == Some(&b'{') {
        let documents = super::decide::read(data);
        if let [old, new, ..] = documents.as_slice() {
            laws(std::slice::from_ref(old), std::slice::from_ref(new), &[]);
        }
        return;
    }
    let mut u = Unstructured::new(data);
    let _ = chosen(&mut u);
}

fn chosen(u: &mut Unstructured<'_>) -> Result<()> {
    if u.ratio(1, 3)? {
        return super::effective::chosen(u);
    }
    let attached = *u.choose(&[
        Attached::Caller,
        Attached::Caller,
        Attached::Caller,
        Attached::Resource,
        Attached::Role,
    ])?;
    // Resources and roles have one policy.
    let most = if attached == Attached::Caller { 2 } else { 1 };
    let old = (0..u.int_in_range(1..=most)?)
        .map(|_| vocabulary::document(u, attached))
        .collect::<Result<Vec<_>>>()?;
    let mut new = old.clone();
    if u.ratio(1, 3)? {
        new = vec![vocabulary::document(u, attached)?];
    } else {
        for _ in 0..u.int_in_range(1..=3)? {
            edit(u, &mut new, attached)?;
        }
    }
    let asked = (0..8).map(|_| vocabulary::request(u)).collect::<Result<Vec<_>>>()?;
    laws(&old, &new, &asked);
    Ok(())
}

/// A change such as people make.
fn edit(
    u: &mut Unstructured<'_>,
    documents: &mut [PolicyDocument],
    attached: Attached,
) -> Result<()> {
    let which = u.choose_index(documents.len())?;
    let document = &mut documents[which];
    let more = vocabulary::statement(u, attached)?;
    if document.statements.is_empty() || u.ratio(1, 5)? {
        document.statements.push(more);
        return Ok(());
    }
    let index = u.choose_index(document.statements.len())?;
    let statement = &mut document.statements[index];
    match u.int_in_range(0..=8)? {
        0 => drop(document.statements.remove(index)),
        1 => statement.condition = more.condition,
        2 => statement.action = more.action,
        3 => statement.resource = more.resource,
        4 => statement.principal = more.principal,
        5 => statement.effect = more.effect,
        6 => {
            let Statement { action, resource, .. } = statement;
            let values = match (action, resource, u.arbitrary()?) {
                (
                    _,
                    Some(ResourceElement::Resource(of) | ResourceElement::NotResource(of)),
                    true,
                )
                | (ActionElement::Action(of) | ActionElement::NotAction(of), _, _) => of,
            };
            if values.len() > 1 {
                values.pop();
            }
        }
        7 => document.version = *u.choose(&[Some(Version::V2012), Some(Version::V2008), None])?,
        _ => document.statements.reverse(),
    }
    Ok(())
}

/// Whether any statement names principals: then the documents are of a resource or a role.
fn name_principals(documents: &[PolicyDocument]) -> bool {
    documents.iter().flat_map(|d| &d.statements).any(|s| s.principal.is_some())
}

/// Whether documents by themselves allow a request, as `decide` sees it.
fn allows(documents: &[PolicyDocument], named: bool, request: &Request) -> bool {
    if !named {
        return principal_side(request, &Policies::identity(documents.to_vec()));
    }
    // A trust policy must itself allow; the caller's own side allows everything here, so that the
    // answer is that of the documents. They are one document, or two of the same version.
    let mut all = PolicyDocument { statements: Vec::new(), ..documents[0].clone() };
    all.statements.extend(documents.iter().flat_map(|d| d.statements.iter().cloned()));
    let mut policies = Policies::trust(all);
    policies.identity = vec![PolicyDocument::new(vec![Statement::allow(["*"], ["*"])])];
    decide(request, &policies).is_allowed()
}

pub(super) fn asked(difference: &Difference) -> Option<Request> {
    let principal = match &difference.principal {
        Some(principal) => principal.clone(),
        None => "arn:aws:iam::444455556666:role/other".parse::<Principal>().ok()?,
    };
    Some(Request {
        principal,
        action: difference.action.clone(),
        resource: difference.resource.clone(),
        context: difference.context.clone(),
    })
}

fn laws(old: &[PolicyDocument], new: &[PolicyDocument], asked: &[Request]) {
    let catalog = Catalog::embedded();
    let named = name_principals(old) || name_principals(new);
    let answer = compare(old, new, catalog);
    let shown = || format!("{answer:?}\nold {old:?}\nnew {new:?}");
    the_relation_says_what_is_found(&answer);
    mirrors(&answer, &compare(new, old, catalog), &shown);

    for documents in [old, new] {
        let same = compare(documents, documents, catalog);
        assert_eq!(same.relation, Relation::Equivalent, "with itself: {same:?}\n{documents:?}");
        let split: Vec<PolicyDocument> = documents
            .iter()
            .flat_map(|document| {
                let one = |s: &Statement| PolicyDocument {
                    statements: vec![s.clone()],
                    ..document.clone()
                };
                document.statements.iter().rev().map(one)
            })
            .collect();
        let same = compare(documents, &split, catalog);
        assert_eq!(same.relation, Relation::Equivalent, "when split: {same:?}\n{documents:?}");
    }

    for (differences, on, off) in [(&answer.added, new, old), (&answer.removed, old, new)] {
        for difference in differences {
            let Some(request) = self::asked(difference) else { continue };
            assert!(allows(on, named, &request), "not allowed: {request:?}\n{}", shown());
            assert!(!allows(off, named, &request), "allowed: {request:?}\n{}", shown());
            let place = &difference.statement;
            let statement = on.get(place.document).and_then(|d| d.statements.get(place.index));
            let effect = statement.map(|s| s.effect);
            assert_eq!(effect, Some(Effect::Allow), "{place:?}\n{}", shown());
        }
    }

    let doubts = |doubt| answer.unknown.iter().any(|u| u.doubt == doubt);
    let may_add = !answer.added.is_empty() || doubts(Doubt::Added);
    let may_remove = !answer.removed.is_empty() || doubts(Doubt::Removed);
    if may_add && may_remove {
        return;
    }
    let found = requests::of_documents(old.iter().chain(new));
    for request in asked.iter().chain(found.iter().filter(|r| is_real(r))) {
        let (before, after) = (allows(old, named, request), allows(new, named, request));
        assert!(may_add || before || !after, "it adds {request:?}\n{}", shown());
        assert!(may_remove || after || !before, "it takes away {request:?}\n{}", shown());
    }
}

/// What the comparison is about: resources are ARNs of six parts or `*`.
pub(super) fn is_real(request: &Request) -> bool {
    let parts = request.resource.splitn(6, ':').collect::<Vec<_>>();
    request.resource == "*" || parts.len() == 6 && parts[0] == "arn"
}

pub(super) fn the_relation_says_what_is_found(answer: &Comparison) {
    let doubts = |doubt| answer.unknown.iter().any(|u| u.doubt == doubt);
    let fits = match answer.relation {
        Relation::Equivalent => {
            answer.added.is_empty() && answer.removed.is_empty() && answer.unknown.is_empty()
        }
        Relation::Wider => {
            !answer.added.is_empty() && answer.removed.is_empty() && !doubts(Doubt::Removed)
        }
        Relation::Narrower => {
            !answer.removed.is_empty() && answer.added.is_empty() && !doubts(Doubt::Added)
        }
        Relation::Incomparable => !answer.added.is_empty() && !answer.removed.is_empty(),
        Relation::CannotTell => !answer.unknown.is_empty(),
    };
    assert!(fits, "{answer:?}");
}

pub(super) fn mirrors(forth: &Comparison, back: &Comparison, shown: &dyn Fn() -> String) {
    let mirrored = match forth.relation {
        Relation::Wider => Relation::Narrower,
        Relation::Narrower => Relation::Wider,
        same => same,
    };
    assert_eq!(back.relation, mirrored, "no mirror image: {back:?}\n{}", shown());
    assert_eq!(forth.added, back.removed, "no mirror image: {}", shown());
    assert_eq!(forth.removed, back.added, "no mirror image: {}", shown());
    assert_eq!(forth.unknown.len(), back.unknown.len(), "no mirror image: {}", shown());
}
