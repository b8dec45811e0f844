//! Which requests one set of documents allows and another does not.
//!
//! Requests are caller × action × resource × context. Each `Allow` statement is divided into
//! rectangles of one action entry and one resource entry; a rectangle is cut into cells in which
//! every statement of both sides is constant (`cells`), and each cell is left with a question about
//! conditions alone (`conditions`). A cell without a difference is a proof; a cell with one gives a
//! request, which counts only when the evaluator of `decide` confirms it. What can be neither proved
//! nor shown is *unknown*, and says why.
//!
//! Condition keys are taken as independent of each other and of the resource, as AWS does: real
//! correlations (the account in `aws:SourceArn` is `aws:SourceAccount`) can make an answer "differs"
//! that no real request would show. Actions are held to be texts of the form `service:name`,
//! resources ARNs of six parts or `*`.

mod callers;
mod cells;
mod compiled;
mod conditions;
mod conditions_options;
mod witness;

use std::collections::HashMap;
use std::rc::Rc;

use self::callers::Caller;
use self::cells::{Base, Region};
use self::compiled::{Compiled, Side};
use self::conditions::{Atoms, Outcome};
use super::decide::{PolicyKind, StatementRef, granted};
use super::request::{Context, Principal, Request};
use crate::catalog::Catalog;
use crate::iam::ActionName;
use crate::policy::{Effect, PolicyDocument};

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
    let mut atoms = Atoms::default();
    let old_side = Side::compile(old, kind, &mut atoms);
    let new_side = Side::compile(new, kind, &mut atoms);
    let callers = callers::classes(&old_side, &new_side, kind);
    let common = Common { kind, atoms: &atoms, catalog, callers: &callers.classes };
    let (added, mut unknown) = Direction::new(&common, &new_side, &old_side, Doubt::Added).run();
    let (removed, more) = Direction::new(&common, &old_side, &new_side, Doubt::Removed).run();
    unknown.extend(more);
    unknown.extend(callers.unknown);
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

/// What both directions share.
struct Common<'a> {
    kind: PolicyKind,
    atoms: &'a Atoms,
    catalog: &'a Catalog,
    callers: &'a [Caller],
}

/// Statement asked about, statements that match, values forced by the resource.
type SolvedKey = (usize, Vec<usize>, Vec<(String, String)>);

/// "What does `granting` allow that `other` does not?"
struct Direction<'a> {
    common: &'a Common<'a>,
    granting: &'a Side<'a>,
    other: &'a Side<'a>,
    doubt: Doubt,
    /// `Deny`s of the other side that the granting side does not have word for word.
    live_denies: Vec<usize>,
    region: Region,
    solved: HashMap<SolvedKey, Rc<Outcome>>,
    covers: HashMap<(usize, usize), bool>,
}

/// What is known about one rectangle.
enum Verdict {
    Covered,
    Differs(Difference),
    Unknown(String),
}

impl<'a> Direction<'a> {
    fn new(
        common: &'a Common<'a>,
        granting: &'a Side<'a>,
        other: &'a Side<'a>,
        doubt: Doubt,
    ) -> Self {
        let live_denies = (0..other.statements.len())
            .filter(|i| {
                let deny = &other.statements[*i];
                deny.effect == Effect::Deny
                    && !granting.statements.iter().any(|own| own.means_the_same_as(deny))
            })
            .collect();
        Self {
            common,
            granting,
            other,
            doubt,
            live_denies,
            region: Region::new(common.kind),
            solved: HashMap::new(),
            covers: HashMap::new(),
        }
    }

    fn run(mut self) -> (Vec<Difference>, Vec<Unknown>) {
        let (mut differences, mut unknown) = (Vec::new(), Vec::new());
        for caller in self.common.callers {
            for (index, allow) in self.granting.statements.iter().enumerate() {
                let named = self.granting.names(index, caller);
                if allow.effect != Effect::Allow || !named {
                    continue;
                }
                for action in allow.action.bases() {
                    self.row(caller, index, action, &mut differences, &mut unknown);
                }
            }
        }
        differences.sort_by(|a, b| a.statement.cmp(&b.statement));
        differences.dedup();
        (differences, unknown)
    }

    /// One action entry of one `Allow`, over all its resource entries.
    fn row(
        &mut self,
        caller: &Caller,
        index: usize,
        action: Base<'a>,
        differences: &mut Vec<Difference>,
        unknown: &mut Vec<Unknown>,
    ) {
        let granting = self.granting;
        let allow = &granting.statements[index];
        if self.surely_covered(caller, index, action) {
            return;
        }
        // Statements of both sides that can matter: `Allow`s and live `Deny`s of the other side,
        // `Deny`s of this one.
        let relevant = self.relevant(caller, action);
        let statements: Vec<&Compiled<'a>> =
            relevant.iter().map(|id| self.statement(*id)).collect();
        let cells = match self.region.actions(action, &statements) {
            Ok(cells) => cells,
            Err(reason) => {
                let statement = allow.place.clone();
                unknown.push(Unknown { statement, reason, doubt: self.doubt });
                return;
            }
        };
        for (number, resource) in allow.resource.bases().into_iter().enumerate() {
            let mut doubts: Vec<String> = Vec::new();
            let mut found = false;
            for (matches, text) in &cells {
                let live: Vec<usize> =
                    relevant.iter().zip(matches).filter(|(_, m)| **m).map(|(id, _)| *id).collect();
                match self.rectangle(
                    caller,
                    index,
                    (action, text, &statements),
                    &live,
                    number,
                    resource,
                ) {
                    Verdict::Covered => {}
                    Verdict::Differs(difference) => {
                        differences.push(difference);
                        found = true;
                        break;
                    }
                    Verdict::Unknown(reason) => doubts.push(reason),
                }
            }
            if !found && let Some(reason) = doubts.into_iter().next() {
                let statement = allow.place.clone();
                unknown.push(Unknown { statement, reason, doubt: self.doubt });
            }
        }
    }

    /// Statements of both sides have one numbering: the granting side's come first.
    fn statement(&self, id: usize) -> &'a Compiled<'a> {
        let own = self.granting.statements.len();
        if id < own { &self.granting.statements[id] } else { &self.other.statements[id - own] }
    }

    fn relevant(&self, caller: &Caller, action: Base<'a>) -> Vec<usize> {
        let own = self.granting.statements.len();
        let denies = (0..own).filter(|i| {
            self.granting.statements[*i].effect == Effect::Deny && self.granting.names(*i, caller)
        });
        let others = (0..self.other.statements.len())
            .filter(|i| {
                self.other.names(*i, caller)
                    && (self.other.statements[*i].effect == Effect::Allow
                        || self.live_denies.contains(i))
            })
            .map(|i| i + own);
        denies.chain(others).filter(|id| self.statement(*id).action.may_meet(action)).collect()
    }

    /// Cheap and sound: one `Allow` of the other side covers the whole row, and no live `Deny`
    /// of the other side comes near.
    fn surely_covered(&mut self, caller: &Caller, index: usize, action: Base<'a>) -> bool {
        let allow = &self.granting.statements[index];
        let denied = self.live_denies.iter().any(|i| {
            let deny = &self.other.statements[*i];
            self.other.names(*i, caller)
                && deny.action.may_meet(action)
                && deny.resource.may_meet_any(&allow.resource)
        });
        if denied {
            return false;
        }
        (0..self.other.statements.len()).any(|i| {
            let by = &self.other.statements[i];
            by.effect == Effect::Allow
                && self.other.names(i, caller)
                && by.action.surely_contains(action)
                && by.condition.iter().all(|atom| allow.condition.contains(atom))
                && *self
                    .covers
                    .entry((index, i))
                    .or_insert_with(|| by.resource.surely_contains_all(&allow.resource))
        })
    }

    fn rectangle(
        &mut self,
        caller: &Caller,
        index: usize,
        (action, action_text, relevant): (Base<'a>, &str, &[&Compiled<'a>]),
        live: &[usize],
        number: usize,
        resource: Base<'a>,
    ) -> Verdict {
        let granting = self.granting;
        let allow = &granting.statements[index];
        let statements: Vec<&Compiled<'a>> = live.iter().map(|id| self.statement(*id)).collect();
        let cells = match self.region.resources(
            (self.granting.number, index, number),
            resource,
            live,
            &statements,
        ) {
            Ok(cells) => cells,
            Err(reason) => return Verdict::Unknown(reason),
        };
        let mut doubt = None;
        for cell in cells.iter() {
            let here: Vec<usize> =
                live.iter().zip(&cell.matches).filter(|(_, m)| **m).map(|(id, _)| *id).collect();
            let outcome = self.solve(index, &here, &cell.forced);
            match &*outcome {
                Outcome::Covered => {}
                Outcome::Unknown(reason) => doubt = doubt.or(Some(reason.clone())),
                Outcome::Witness(context) => {
                    let ask = witness::Ask {
                        catalog: self.common.catalog,
                        kind: self.common.kind,
                        action,
                        action_text,
                        resource,
                        resource_text: &cell.text,
                        relevant,
                        live: &statements,
                    };
                    let confirmed = ask.candidates().into_iter().find_map(|(action, resource)| {
                        let request = Request {
                            principal: caller.principal.clone(),
                            action,
                            resource,
                            context: context.clone(),
                        };
                        let kind = self.common.kind;
                        let differs = granted(&request, kind, self.granting.documents)
                            && !granted(&request, kind, self.other.documents);
                        differs.then_some(request)
                    });
                    let Some(request) = confirmed else {
                        doubt = doubt.or(Some(
                            "it differs for some values of a policy variable, but no request that \
                             shows it was found"
                                .into(),
                        ));
                        continue;
                    };
                    return Verdict::Differs(Difference {
                        principal: caller.shown.then(|| caller.principal.clone()),
                        action: request.action,
                        resource: request.resource,
                        context: request.context,
                        statement: allow.place.clone(),
                    });
                }
            }
        }
        if doubt.is_none() {
            doubt = self.hazard(live).or_else(|| self.hazard_of_base(live, resource));
        }
        doubt.map_or(Verdict::Covered, Verdict::Unknown)
    }

    /// Statements whose policy variables could make a proof by opaque constants wrong: they match
    /// less, or refuse more, for some value of the variable than for an opaque one.
    fn hazard(&self, live: &[usize]) -> Option<String> {
        let own = self.granting.statements.len();
        live.iter().find_map(|id| {
            let statement = self.statement(*id);
            let negated = statement.resource.negated;
            let wrong = match (statement.effect, *id < own) {
                (Effect::Deny, true) | (Effect::Allow, false) => negated,
                (Effect::Deny, false) => !negated,
                (Effect::Allow, true) => false,
            };
            (wrong && statement.resource.has_variables()).then(|| {
                format!(
                    "`{}` with a policy variable, whose value decides",
                    if negated { "NotResource" } else { "Deny" }
                )
            })
        })
    }

    /// Statements that, for some value of the variable in the piece asked about, match a resource of
    /// it that they do not match for an opaque one: a `Deny` of the other side on a name that the
    /// variable may spell, or an exception that it may.
    fn hazard_of_base(&self, live: &[usize], base: Base<'_>) -> Option<String> {
        let Base::Pattern(pattern) = base else { return None };
        if !pattern.has_variables() {
            return None;
        }
        let own = self.granting.statements.len();
        let wrong = live.iter().any(|id| {
            let statement = self.statement(*id);
            let resource = &statement.resource;
            let meets = || {
                let mut patterns = resource.patterns.iter();
                patterns.any(|p| p.may_meet(pattern) && !p.surely_contains(pattern))
            };
            match (statement.effect, *id < own) {
                (Effect::Deny, false) => !resource.negated && meets(),
                (Effect::Deny, true) | (Effect::Allow, false) => resource.negated && meets(),
                (Effect::Allow, true) => false,
            }
        });
        wrong.then(|| {
            "its resource has a policy variable, whose value decides whether another statement matches"
                .to_owned()
        })
    }

    fn solve(&mut self, index: usize, here: &[usize], forced: &[(String, String)]) -> Rc<Outcome> {
        let key = (index, here.to_vec(), forced.to_vec());
        if let Some(known) = self.solved.get(&key) {
            return known.clone();
        }
        let own = self.granting.statements.len();
        let (mut refusing, mut allowing, mut denying) = (Vec::new(), Vec::new(), Vec::new());
        for id in here {
            let statement = self.statement(*id);
            match (*id < own, statement.effect) {
                (true, _) => refusing.push(statement.condition.as_slice()),
                (false, Effect::Allow) => allowing.push(statement.condition.as_slice()),
                (false, Effect::Deny) => denying.push(statement.condition.as_slice()),
            }
        }
        let question = conditions::Question {
            must: &self.granting.statements[index].condition,
            refusing: &refusing,
            allowing: &allowing,
            denying: &denying,
            forced,
        };
        let outcome = Rc::new(self.common.atoms.solve(&question));
        self.solved.insert(key, outcome.clone());
        outcome
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

#[cfg(test)]
mod laws;
