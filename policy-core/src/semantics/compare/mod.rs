//! Which requests one set of documents allows and another does not.
//!
//! Each side is a region of requests; what one has and the other has not is their difference, and
//! the statements that allow are where its members are looked for. Everything about how that is
//! decided, and which requests there are, is in `region`. A request that is found counts only when
//! the evaluator of `decide` confirms it; what can be neither proved nor shown is *unknown*, and
//! says why.

mod effective;
mod side;

pub use self::effective::{Blocked, Blocker, Granted, Ineffective, grants_any, ineffective};
use self::side::Side;
use super::decide::{Policies, PolicyKind, StatementRef};
use super::region::{Atoms, BUDGET, Budget, Caller, Problem, Search, Verdict, classes};
use super::request::{Context, Principal, Request};
use crate::catalog::Catalog;
use crate::iam::ActionName;
use crate::policy::PolicyDocument;

/// How the new documents relate to the old ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// They allow the same requests.
    Equivalent,
    /// The new ones allow all that the old ones do, and more.
    Wider,
    /// The old ones allow all that the new ones do, and more.
    Narrower,
    /// Each allows a request that the other does not.
    Incomparable,
    /// It could not be decided; the reasons are in [`Comparison::unknown`].
    CannotTell,
}

impl Relation {
    /// Every relation.
    pub const ALL: [Self; 5] =
        [Self::Equivalent, Self::Wider, Self::Narrower, Self::Incomparable, Self::CannotTell];

    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equivalent => "equivalent",
            Self::Wider => "wider",
            Self::Narrower => "narrower",
            Self::Incomparable => "incomparable",
            Self::CannotTell => "cannot-tell",
        }
    }
}

/// One request that one side allows and the other does not: the witness. `decide` confirms it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Difference {
    /// Who makes the request; only for documents that name principals.
    pub principal: Option<Principal>,
    /// What it does.
    pub action: ActionName,
    /// On what.
    pub resource: String,
    /// With which condition keys.
    pub context: Context,
    /// The `Allow` statement that grants it, in the documents that do.
    pub statement: StatementRef,
}

/// Which side grants what is in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// The new documents may allow more.
    Added,
    /// The old documents may allow more.
    Removed,
}

/// A statement of which it could not be decided whether the other side allows all of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unknown {
    /// The statement, in the documents that have it.
    pub statement: StatementRef,
    /// Why, as a clause.
    pub reason: String,
    /// What is in doubt.
    pub doubt: Doubt,
}

/// The answer of [`compare`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The relation. Differences on both sides are `Incomparable` whatever is unknown; differences
    /// on one side decide only when nothing is unknown on the other; else `CannotTell`.
    pub relation: Relation,
    /// What only the new documents allow: one witness for each action entry and resource entry.
    pub added: Vec<Difference>,
    /// What only the old documents allow.
    pub removed: Vec<Difference>,
    /// What could not be decided.
    pub unknown: Vec<Unknown>,
}

/// Compares what two sets of documents of one kind allow.
///
/// Documents in which a statement names a principal are resource policies or, when no statement has
/// a resource, trust policies; all others are identity policies. The kinds of the two sides should
/// agree; sets that mix kinds are compared as resource policies.
///
/// Shape: differences in the order of the statements that grant them. Same inputs, same answer.
///
/// # Source
/// IAM User Guide, "Policy evaluation logic"; IAM JSON policy elements.
#[must_use]
pub fn compare(old: &[PolicyDocument], new: &[PolicyDocument], catalog: &Catalog) -> Comparison {
    let kind = kind_of(old, new);
    compared(&Side::of_documents(kind, old), &Side::of_documents(kind, new), catalog)
}

/// Compares what the caller's own documents of two sets of policies allow together: identity
/// policies within boundary, session policy and every SCP level, less what any of them denies.
/// The other documents are not looked at.
///
/// Shape: as [`compare`]. A difference is found at the identity statement that grants it; what only
/// a limit takes away or gives is found at the identity statement it concerns.
#[must_use]
pub fn compare_effective(old: &Policies, new: &Policies, catalog: &Catalog) -> Comparison {
    compared(&Side::of_policies(old), &Side::of_policies(new), catalog)
}

fn compared(old: &Side<'_>, new: &Side<'_>, catalog: &Catalog) -> Comparison {
    let atoms = Atoms::default();
    let budget = Budget::new(BUDGET);
    let ask = |granting, other, doubt| direction(granting, other, doubt, &atoms, &budget, catalog);
    let (added, mut unknown) = ask(new, old, Doubt::Added);
    let (removed, more) = ask(old, new, Doubt::Removed);
    unknown.extend(more);
    unknown.sort();
    unknown.dedup();
    let in_doubt = |doubt: Doubt| unknown.iter().any(|u| u.doubt == doubt);
    let relation = match (added.is_empty(), removed.is_empty()) {
        (false, false) => Relation::Incomparable,
        (false, true) if !in_doubt(Doubt::Removed) => Relation::Wider,
        (true, false) if !in_doubt(Doubt::Added) => Relation::Narrower,
        (true, true) if unknown.is_empty() => Relation::Equivalent,
        _ => Relation::CannotTell,
    };
    Comparison { relation, added, removed, unknown }
}

/// What does `granting` allow that `other` does not?
fn direction<'d>(
    granting: &Side<'d>,
    other: &Side<'d>,
    doubt: Doubt,
    atoms: &Atoms<'d>,
    budget: &Budget,
    catalog: &Catalog,
) -> (Vec<Difference>, Vec<Unknown>) {
    let (mut differences, mut unknown) = (Vec::new(), Vec::new());
    let other = other.without_what_both_have(granting);
    if granting.allows_nothing() || other.allows_all_of(granting) {
        return (differences, unknown);
    }
    let region = granting.region().difference(&other.region());
    let problem = Problem::new(&region, atoms);
    for caller in &classes(&problem) {
        let mut search = Search::new(&problem, atoms, budget, catalog, caller);
        // INVARIANT: the granting side's first layer is the first leaf.
        for drive in search.drives_of(0) {
            let Some(statement) = drive.place().cloned() else { continue };
            if other.has_twin_of(&drive) {
                continue;
            }
            search.run(&drive, &mut |verdict| {
                let statement = statement.clone();
                match verdict {
                    Verdict::Member(request) => {
                        differences.push(difference(request, statement, caller));
                    }
                    Verdict::Unknown(reason) => {
                        unknown.push(Unknown { statement, reason, doubt });
                    }
                }
                false
            });
        }
    }
    differences.sort_by(|a, b| a.statement.cmp(&b.statement));
    differences.dedup();
    (differences, unknown)
}

fn difference(request: Request, statement: StatementRef, caller: &Caller) -> Difference {
    Difference {
        principal: caller.shown.then(|| caller.principal.clone()),
        action: request.action,
        resource: request.resource,
        context: request.context,
        statement,
    }
}

fn kind_of(old: &[PolicyDocument], new: &[PolicyDocument]) -> PolicyKind {
    let mut statements = old.iter().chain(new).flat_map(|d| &d.statements).peekable();
    let any = statements.peek().is_some();
    let (mut principal, mut resource) = (false, false);
    for statement in statements {
        principal |= statement.principal.is_some();
        resource |= statement.resource.is_some();
    }
    match (principal, resource) {
        (true, false) if any => PolicyKind::Trust,
        (true, _) => PolicyKind::Resource,
        (false, _) => PolicyKind::Identity,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

#[cfg(test)]
pub(super) mod laws;
