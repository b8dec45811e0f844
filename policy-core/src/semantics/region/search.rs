//! The search for members, rectangle by rectangle.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::budget::Budget;
use super::callers::Caller;
use super::cells::{self, Base};
use super::conditions::Atoms;
use super::problem::Problem;
use super::rectangle::Found;
use super::statements::{Compiled, Globs};
use super::witness;
use crate::catalog::Catalog;
use crate::iam::Pattern;
use crate::iam::pattern::explore::Exhausted;
use crate::iam::pattern::universe::Universe;
use crate::semantics::decide::StatementRef;
use crate::semantics::request::Request;

/// A statement in whose requests members are looked for, or all requests.
#[derive(Debug, Clone)]
pub(crate) struct Drive<'d> {
    /// Its leaf and its number in it.
    pub(super) of: Option<(usize, usize)>,
    pub(super) statement: Option<Arc<Compiled<'d>>>,
}

impl<'d> Drive<'d> {
    /// The statement, unless all requests are looked at.
    pub(crate) fn statement(&self) -> Option<&Arc<Compiled<'d>>> {
        self.statement.as_ref()
    }

    /// Where the statement stands.
    pub(crate) fn place(&self) -> Option<&StatementRef> {
        self.statement.as_ref().map(|statement| &statement.place)
    }
}

/// What was found out about one rectangle that is not proved empty.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    Member(Request),
    Unknown(String),
}

/// What the work budget leaves to say.
pub(super) const TOO_MUCH: &str = "its wildcards are too entangled to compare within the budget";

/// Statement, resource entry, statements of each leaf that match the action.
type RectangleKey = (Option<(usize, usize)>, usize, Vec<Vec<usize>>);

/// Statement asked about, leaf and number of another.
type CoverKey = (Option<(usize, usize)>, usize, usize);

/// The search for one caller.
pub(crate) struct Search<'p, 'd> {
    pub(super) problem: &'p Problem<'d>,
    pub(super) atoms: &'p Atoms<'d>,
    pub(super) budget: &'p Budget,
    pub(super) catalog: &'p Catalog,
    pub(super) caller: &'p Caller,
    rectangles: HashMap<RectangleKey, Rc<Found>>,
    /// For a driving statement and another of a leaf: whether the other surely covers all its
    /// resources, and whether it may meet any.
    covers: HashMap<CoverKey, (bool, bool)>,
    anything: Globs,
}

impl<'p, 'd> Search<'p, 'd> {
    pub(crate) fn new(
        problem: &'p Problem<'d>,
        atoms: &'p Atoms<'d>,
        budget: &'p Budget,
        catalog: &'p Catalog,
        caller: &'p Caller,
    ) -> Self {
        Self {
            problem,
            atoms,
            budget,
            catalog,
            caller,
            rectangles: HashMap::new(),
            covers: HashMap::new(),
            anything: Globs::new(vec![Pattern::parse("*", false)], false),
        }
    }

    /// Statements whose requests together contain the region.
    pub(crate) fn drives(&self) -> Vec<Drive<'d>> {
        match self.problem.expression.drivers() {
            Some(leaves) => leaves.into_iter().flat_map(|leaf| self.drives_of(leaf)).collect(),
            None => vec![Drive { of: None, statement: None }],
        }
    }

    /// The statements of one leaf that are about the caller.
    pub(crate) fn drives_of(&self, leaf: usize) -> Vec<Drive<'d>> {
        let list = &self.problem.leaves[leaf].statements.list;
        (0..list.len())
            .filter(|number| list[*number].names(&self.caller.principal))
            .map(|number| Drive { of: Some((leaf, number)), statement: Some(list[number].clone()) })
            .collect()
    }

    /// Hands out what is found for each rectangle of a statement, until told to stop.
    pub(crate) fn run(&mut self, drive: &Drive<'d>, sink: &mut dyn FnMut(Verdict) -> bool) {
        let statement = drive.statement.clone();
        let anything = self.anything.clone();
        let (actions, resources) = match &statement {
            Some(statement) => (&statement.action, &statement.resource),
            None => (&anything, &anything),
        };
        // Actions and resources of the members found.
        let mut shown: Vec<(String, String)> = Vec::new();
        for action in actions.bases() {
            // `s3:` is the name of no action: nothing is asked of it, and what its rectangles would
            // lack is not what those of other entries lack.
            if action.literal().is_some_and(|text| !Universe::Action.holds(text)) {
                continue;
            }
            let stopped = self.row(drive, action, resources, &mut shown, sink);
            if stopped {
                return;
            }
        }
    }

    pub(super) fn must(&self, drive: &Drive<'d>) -> &'p [usize] {
        match drive.of {
            Some((leaf, number)) => &self.problem.leaves[leaf].conditions[number],
            None => &[],
        }
    }

    /// One action entry over all resource entries. Returns whether to stop.
    fn row(
        &mut self,
        drive: &Drive<'d>,
        action: Base<'_>,
        resources: &Globs,
        shown: &mut Vec<(String, String)>,
        sink: &mut dyn FnMut(Verdict) -> bool,
    ) -> bool {
        let problem = self.problem;
        let caller = &self.caller.principal;
        if self.budget.is_used_up() {
            return sink(Verdict::Unknown(TOO_MUCH.to_owned()));
        }
        let relevant: Vec<Vec<usize>> = (0..problem.leaves.len())
            .map(|leaf| {
                let statements = &problem.leaves[leaf].statements;
                let mut relevant = match drive.of {
                    Some((own, number)) if own == leaf => vec![number],
                    _ => statements.relevant(action),
                };
                relevant.retain(|number| statements.list[*number].names(caller));
                relevant
            })
            .collect();
        let work = relevant.iter().map(Vec::len).sum::<usize>() + 1;
        if self.budget.spend(work).is_err() {
            return sink(Verdict::Unknown(TOO_MUCH.to_owned()));
        }
        match self.is_surely_empty(drive, action, resources, &relevant) {
            Ok(true) => return false,
            Ok(false) => {}
            Err(Exhausted) => return sink(Verdict::Unknown(TOO_MUCH.to_owned())),
        }
        let flat: Vec<(usize, usize)> = relevant
            .iter()
            .enumerate()
            .flat_map(|(leaf, numbers)| numbers.iter().map(move |number| (leaf, *number)))
            .collect();
        let statements: Vec<&Compiled<'d>> = flat
            .iter()
            .map(|(leaf, number)| &*problem.leaves[*leaf].statements.list[*number])
            .collect();
        let mut open: Vec<(usize, Base<'_>)> = resources.bases().into_iter().enumerate().collect();
        // Every entry that adds something is shown once, not every pair of them.
        let is_shown = |shown: &[(String, String)], resource: Base<'_>| {
            shown.iter().any(|(a, _)| action.matches(a))
                && shown.iter().any(|(_, r)| resource.matches(r))
        };
        // An action that is easily guessed spares the cutting where it shows a member.
        let mut guesses: Vec<String> = Vec::new();
        if let (Base::Pattern(pattern), None) = (action, action.literal()) {
            guesses.extend(["x", ""].map(|filler| witness::filled(pattern, filler)));
            guesses.retain(|text| Universe::Action.holds(text));
        }
        let work = statements.iter().map(|s| s.action.work()).sum::<usize>();
        for text in guesses {
            if self.budget.spend(work).is_err() {
                break;
            }
            let matches: Vec<bool> = statements.iter().map(|s| s.action.matches(&text)).collect();
            let seen = Seen { action, text: &text, statements: &statements, relevant: &relevant };
            let mut rest = Vec::new();
            for (place, resource) in open {
                if is_shown(shown, resource) {
                    continue;
                }
                let live = live(&flat, &matches, problem.leaves.len());
                match self.rectangle(drive, &seen, live, place, resource) {
                    Ok(Some(request)) => {
                        shown.push(told(&request));
                        if sink(Verdict::Member(request)) {
                            return true;
                        }
                    }
                    _ => rest.push((place, resource)),
                }
            }
            open = rest;
        }
        if open.is_empty() {
            return false;
        }
        let Ok(cells) = cells::actions(action, &statements, self.budget) else {
            return sink(Verdict::Unknown(TOO_MUCH.to_owned()));
        };
        for (place, resource) in open {
            if is_shown(shown, resource) {
                continue;
            }
            let mut doubt = None;
            let mut member = None;
            for (matches, text) in &cells {
                let live = live(&flat, matches, problem.leaves.len());
                let seen = Seen { action, text, statements: &statements, relevant: &relevant };
                match self.rectangle(drive, &seen, live, place, resource) {
                    Ok(None) => {}
                    Ok(Some(request)) => {
                        member = Some(request);
                        break;
                    }
                    Err(reason) => doubt = doubt.or(Some(reason)),
                }
            }
            shown.extend(member.as_ref().map(told));
            let verdict = member.map(Verdict::Member).or(doubt.map(Verdict::Unknown));
            if verdict.is_some_and(&mut *sink) {
                return true;
            }
        }
        false
    }

    /// Cheap and sound: what single statements surely cover, or surely do not meet, settles it.
    fn is_surely_empty(
        &mut self,
        drive: &Drive<'d>,
        action: Base<'_>,
        resources: &Globs,
        relevant: &[Vec<usize>],
    ) -> Result<bool, Exhausted> {
        let problem = self.problem;
        let must = self.must(drive);
        let mut known: Vec<Option<bool>> = Vec::with_capacity(relevant.len());
        for (leaf, numbers) in relevant.iter().enumerate() {
            if drive.of.is_some_and(|(own, _)| own == leaf) {
                known.push(Some(true));
                continue;
            }
            let of = &problem.leaves[leaf];
            let mut meets = false;
            let mut covered = false;
            for number in numbers {
                let statement = &of.statements.list[*number];
                let (all, some) =
                    *self.covers.entry((drive.of, leaf, *number)).or_insert_with(|| {
                        let all = statement.resource.surely_contains_all(resources);
                        (all, all || statement.resource.may_meet_any(resources))
                    });
                meets |= some;
                covered = all
                    && of.conditions[*number].iter().all(|atom| must.contains(atom))
                    && statement.action.surely_contains(action);
                if covered {
                    break;
                }
            }
            known.push(match (covered, meets) {
                (true, _) => Some(true),
                (false, false) => Some(false),
                (false, true) => None,
            });
        }
        Ok(problem.expression.value(&|leaf| known[leaf]) == Some(false))
    }

    /// A member in one action cell of one rectangle; `Err` says why none could be told.
    fn rectangle(
        &mut self,
        drive: &Drive<'d>,
        seen: &Seen<'_, 'd>,
        live: Vec<Vec<usize>>,
        place: usize,
        resource: Base<'_>,
    ) -> Result<Option<Request>, String> {
        let key = (drive.of, place, live);
        let found = match self.rectangles.get(&key) {
            Some(known) => known.clone(),
            None => {
                let found = Rc::new(self.cut(drive, seen, &key.2, resource));
                self.rectangles.insert(key.clone(), found.clone());
                found
            }
        };
        match &*found {
            Found::Empty => Ok(None),
            Found::Unknown(reason) => Err(reason.clone()),
            Found::Member { resource: cell, context } => self
                .confirmed(drive, seen, &key.2, resource, cell, context)
                .map(Some)
                .ok_or_else(|| "no request was found that shows what the rules allow".to_owned()),
        }
    }
}

/// The statements of each leaf that match, of all that are looked at.
fn live(flat: &[(usize, usize)], matches: &[bool], leaves: usize) -> Vec<Vec<usize>> {
    let mut live: Vec<Vec<usize>> = vec![Vec::new(); leaves];
    for ((leaf, number), matched) in flat.iter().zip(matches) {
        if *matched {
            live[*leaf].push(*number);
        }
    }
    live
}

/// Action, in lower case, and resource of a member.
fn told(request: &Request) -> (String, String) {
    (request.action.as_str().to_ascii_lowercase(), request.resource.clone())
}

/// An action cell, and the statements that can matter to it.
pub(super) struct Seen<'s, 'd> {
    pub(super) action: Base<'s>,
    pub(super) text: &'s str,
    pub(super) statements: &'s [&'s Compiled<'d>],
    pub(super) relevant: &'s [Vec<usize>],
}
