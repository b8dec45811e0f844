//! The search for members, rectangle by rectangle.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::callers::Caller;
use super::cells::{self, Base, Budget, Class, Match, PATTERN, Questions, Variables};
use super::conditions::{Ask, Atoms, Outcome};
use super::options::Bound;
use super::problem::Problem;
use super::statements::{Compiled, Globs};
use super::{variables, witness};
use crate::catalog::Catalog;
use crate::iam::Pattern;
use crate::iam::pattern::explore::Exhausted;
use crate::iam::pattern::universe::Universe;
use crate::semantics::decide::{PolicyKind, StatementRef};
use crate::semantics::request::{Context, Request};

/// A statement in whose requests members are looked for, or all requests.
#[derive(Debug, Clone)]
pub(crate) struct Drive<'d> {
    /// Its leaf and its number in it.
    of: Option<(usize, usize)>,
    statement: Option<Arc<Compiled<'d>>>,
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
const TOO_MUCH: &str = "its wildcards are too entangled to compare within the budget";

/// What is known of a rectangle, whatever the action is called.
#[derive(Debug)]
enum Found {
    Empty,
    /// A resource, which may have variables, and a context.
    Member {
        resource: Pattern,
        context: Context,
    },
    Unknown(String),
}

/// Statement, resource entry, statements of each leaf that match the action.
type RectangleKey = (Option<(usize, usize)>, usize, Vec<Vec<usize>>);

/// Statement asked about, leaf and number of another.
type CoverKey = (Option<(usize, usize)>, usize, usize);

/// The search for one caller.
pub(crate) struct Search<'p, 'd> {
    problem: &'p Problem<'d>,
    atoms: &'p Atoms<'d>,
    budget: &'p Budget,
    catalog: &'p Catalog,
    caller: &'p Caller,
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
        // Rectangles that a member found earlier already shows.
        let mut shown: Vec<(String, String)> = Vec::new();
        for action in actions.bases() {
            let stopped = self.row(drive, action, resources, &mut shown, sink);
            if stopped {
                return;
            }
        }
    }

    fn must(&self, drive: &Drive<'d>) -> &'p [usize] {
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
        let is_shown = |shown: &[(String, String)], resource: Base<'_>| {
            shown.iter().any(|(a, r)| action.matches(a) && resource.matches(r))
        };
        // An action that is easily guessed spares the cutting where it shows a member.
        let mut guesses: Vec<String> = Vec::new();
        if let (Base::Pattern(pattern), None) = (action, action.literal()) {
            guesses.extend(["x", ""].map(|filler| witness::filled(pattern, filler)));
            guesses.retain(|text| Universe::Action.holds(text));
        }
        for text in guesses {
            if self.budget.spend(statements.len() * PATTERN).is_err() {
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

    fn cut(
        &self,
        drive: &Drive<'d>,
        seen: &Seen<'_, 'd>,
        live: &[Vec<usize>],
        resource: Base<'_>,
    ) -> Found {
        match self.cut_within(drive, seen, live, resource) {
            Ok(found) => found,
            Err(Exhausted) => Found::Unknown(TOO_MUCH.to_owned()),
        }
    }

    fn cut_within(
        &self,
        drive: &Drive<'d>,
        seen: &Seen<'_, 'd>,
        live: &[Vec<usize>],
        resource: Base<'_>,
    ) -> Result<Found, Exhausted> {
        let classes = self.classes(drive, live, resource)?;
        let shapes: Vec<Class<'_>> = classes.iter().map(Grouped::shape).collect();
        let with_variables = cells::has_variables(resource, &shapes);
        let mut walk = Cells {
            search: self,
            drive,
            seen,
            live,
            base: resource,
            classes: &classes,
            solved: HashMap::new(),
            spelled: false,
            found: None,
            doubt: None,
        };
        let literal = resource.literal().filter(|_| !with_variables);
        let mut texts: Vec<String> = Vec::new();
        if !with_variables {
            texts.extend(literal.map(ToOwned::to_owned));
            // Texts that are easily guessed spare most of the cutting where there is a member.
            if let Base::Pattern(pattern) = resource {
                texts.extend(["", "x", "example"].map(|filler| witness::filled(pattern, filler)));
            }
            texts.retain(|text| resource.matches(text) && Universe::Arn.holds(text));
        }
        texts.extend(resource.matches("*").then(|| "*".to_owned()));
        texts.dedup();
        let patterns: usize = shapes
            .iter()
            .flat_map(|class| &class.resources)
            .map(|globs| globs.patterns.len())
            .sum();
        let guess = |text: &str, walk: &mut Cells<'_, 'p, 'd>| {
            self.budget.spend(patterns * PATTERN)?;
            let listed = |class: &Class<'_>| class.resources.iter().any(|g| g.matches(text));
            let matches: Vec<Match> = shapes.iter().map(|class| yes(listed(class))).collect();
            Ok::<bool, Exhausted>(walk.cell(&matches, Pattern::literal(text)))
        };
        for text in texts {
            if guess(&text, &mut walk)? {
                break;
            }
        }
        if walk.found.is_none() && literal.is_none() && !with_variables {
            // Where something else must match too, a text that both match.
            let adds = classes.iter().filter(|class| {
                !class.negated && !class.own && self.problem.leaves[class.leaf].adds
            });
            let wanted = adds.flat_map(|class| &class.resources).flat_map(|globs| &globs.patterns);
            for pattern in wanted.take(MAX_MEETINGS) {
                if let Some(text) = cells::meeting(resource, pattern, self.budget)
                    && guess(&text, &mut walk)?
                {
                    break;
                }
            }
        }
        if literal.is_none() && walk.found.is_none() && self.problem.kind != PolicyKind::Trust {
            cells::resources(resource, &shapes, Variables::Opaque, self.budget, &mut walk)?;
            if walk.found.is_none() && with_variables {
                // Opaque variables prove nothing where a variable may spell what another pattern
                // wants. Taken as any text they do.
                walk.spelled = true;
                walk.doubt = None;
                cells::resources(resource, &shapes, Variables::Spelled, self.budget, &mut walk)?;
            }
        }
        Ok(match (walk.found, walk.doubt) {
            (Some((resource, context)), _) => Found::Member { resource, context },
            (None, Some(reason)) => Found::Unknown(reason),
            (None, None) => Found::Empty,
        })
    }

    /// The live statements by what tells them apart: leaf, conditions, and each negated list.
    fn classes<'s>(
        &'s self,
        drive: &Drive<'d>,
        live: &[Vec<usize>],
        resource: Base<'_>,
    ) -> Result<Vec<Grouped<'s>>, Exhausted> {
        let mut out: Vec<Grouped<'s>> = Vec::new();
        let mut at: HashMap<(usize, &[usize]), usize> = HashMap::new();
        for (leaf, numbers) in live.iter().enumerate() {
            if drive.of.is_some_and(|(own, _)| own == leaf) {
                continue;
            }
            let of = &self.problem.leaves[leaf];
            for number in numbers {
                let globs = &of.statements.list[*number].resource;
                self.budget.spend(globs.patterns.len())?;
                if !globs.may_meet(resource) {
                    continue;
                }
                let condition = of.conditions[*number].as_slice();
                let known = if globs.negated { None } else { at.get(&(leaf, condition)) };
                match known {
                    Some(class) => out[*class].resources.push(globs),
                    None => {
                        if !globs.negated {
                            at.insert((leaf, condition), out.len());
                        }
                        let negated = globs.negated;
                        let resources = vec![globs];
                        out.push(Grouped { leaf, condition, negated, resources, own: false });
                    }
                }
            }
        }
        // What a complement leaves out may be what a variable spells, for it as for the others.
        if let (Base::Except(_), Some((leaf, number)), Some(statement)) =
            (resource, drive.of, &drive.statement)
            && statement.resource.has_variables()
        {
            let of = &self.problem.leaves[leaf];
            let globs = &of.statements.list[number].resource;
            let (condition, resources) = (of.conditions[number].as_slice(), vec![globs]);
            out.push(Grouped { leaf, condition, negated: true, resources, own: true });
        }
        Ok(out)
    }

    /// A request of the cell that reads well and that the evaluator confirms.
    fn confirmed(
        &self,
        drive: &Drive<'d>,
        seen: &Seen<'_, 'd>,
        live: &[Vec<usize>],
        base: Base<'_>,
        cell: &Pattern,
        context: &Context,
    ) -> Option<Request> {
        let text = variables::filled(cell, context)?;
        let matching: Vec<&Globs> = live
            .iter()
            .enumerate()
            .flat_map(|(leaf, of)| of.iter().map(move |number| (leaf, *number)))
            .map(|(leaf, n)| &self.problem.leaves[leaf].statements.list[n].resource)
            .collect();
        let ask = witness::Ask {
            catalog: self.catalog,
            kind: self.problem.kind,
            action: seen.action,
            action_text: seen.text,
            resource: base,
            resource_text: &text,
            relevant: seen.statements,
            live: &matching,
        };
        ask.candidates().into_iter().find_map(|(action, resource)| {
            let request = Request {
                principal: self.caller.principal.clone(),
                action,
                resource,
                context: context.clone(),
            };
            self.budget.spend(seen.statements.len()).ok()?;
            let own = drive.statement.as_ref().is_none_or(|s| s.matches(&request));
            (own && self.problem.contains(&request, seen.relevant)).then_some(request)
        })
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
struct Seen<'s, 'd> {
    action: Base<'s>,
    text: &'s str,
    statements: &'s [&'s Compiled<'d>],
    relevant: &'s [Vec<usize>],
}

/// Live statements of one leaf with the same conditions, or the statement asked about itself.
struct Grouped<'s> {
    /// It must match.
    own: bool,
    leaf: usize,
    condition: &'s [usize],
    negated: bool,
    resources: Vec<&'s Globs>,
}

impl<'s> Grouped<'s> {
    fn shape(&self) -> Class<'s> {
        Class { resources: self.resources.clone(), negated: self.negated }
    }
}

/// The walk through the cells of one rectangle.
struct Cells<'w, 'p, 'd> {
    search: &'w Search<'p, 'd>,
    drive: &'w Drive<'d>,
    seen: &'w Seen<'w, 'd>,
    live: &'w [Vec<usize>],
    base: Base<'w>,
    classes: &'w [Grouped<'w>],
    solved: HashMap<(Vec<bool>, Vec<Bound>), Outcome>,
    /// Variables are taken as any text: a cell is a possibility that must be spelled out.
    spelled: bool,
    found: Option<(Pattern, Context)>,
    doubt: Option<String>,
}

impl Cells<'_, '_, '_> {
    /// The question of conditions that is left when these classes match.
    fn solve(&self, matches: &[bool], bound: &[Bound]) -> Outcome {
        let problem = self.search.problem;
        let mut leaves: Vec<Option<Vec<&[usize]>>> = vec![Some(Vec::new()); problem.leaves.len()];
        if let Some((own, _)) = self.drive.of {
            leaves[own] = None;
        }
        for (class, matched) in self.classes.iter().zip(matches) {
            if class.own && !matched {
                return Outcome::Never;
            }
            if let (true, Some(conditions)) = (*matched, &mut leaves[class.leaf]) {
                conditions.push(class.condition);
            }
        }
        self.search.atoms.solve(&Ask {
            expression: &problem.expression,
            leaves: &leaves,
            must: self.search.must(self.drive),
            bound,
        })
    }

    fn take(&mut self, resource: Pattern, context: Context) -> bool {
        let confirmed = self
            .search
            .confirmed(self.drive, self.seen, self.live, self.base, &resource, &context)
            .is_some();
        if confirmed {
            self.found = Some((resource, context));
        }
        confirmed
    }
}

impl Cells<'_, '_, '_> {
    /// Whether a context under which these classes match makes a member; remembers what it was not.
    fn is_member(&mut self, matches: Vec<bool>, resource: &Pattern) -> bool {
        let key = (matches, variables::bound(resource));
        let outcome = match self.solved.get(&key) {
            Some(known) => known.clone(),
            None => {
                let outcome = self.solve(&key.0, &key.1);
                self.solved.insert(key, outcome.clone());
                outcome
            }
        };
        match outcome {
            Outcome::Never => false,
            Outcome::Unknown(reason) => {
                self.doubt.get_or_insert(reason);
                false
            }
            Outcome::When(context) => {
                let found = self.take(resource.clone(), context);
                if !found {
                    self.doubt.get_or_insert_with(|| UNSPELLED.to_owned());
                }
                found
            }
        }
    }

    /// Tries what policy variables may spell, for the resource to be what some pattern wants.
    fn is_spelled_out(&mut self, resource: &Pattern) -> bool {
        let lists: Vec<&[Pattern]> = self
            .classes
            .iter()
            .flat_map(|class| &class.resources)
            .map(|globs| globs.patterns.as_slice())
            .collect();
        for spelling in variables::spellings(resource, &lists) {
            let text = variables::with(resource, &spelling);
            let Some(literal) = text.as_literal() else { continue };
            let matches: Vec<bool> = self
                .classes
                .iter()
                .map(|class| {
                    let mut patterns = class.resources.iter().flat_map(|globs| &globs.patterns);
                    let listed =
                        patterns.any(|p| variables::with_pattern(p, &spelling).matches(literal));
                    listed != class.negated
                })
                .collect();
            if let Outcome::When(context) = self.solve(&matches, &variables::settled(&spelling))
                && self.take(text, context)
            {
                return true;
            }
        }
        false
    }
}

/// Patterns with which a text in common is looked for before all are cut together.
const MAX_MEETINGS: usize = 24;

/// Patterns that may be open in one cell for every way they may come out to be looked at.
const MAX_OPEN: usize = 8;

impl Questions for Cells<'_, '_, '_> {
    fn is_pointless(&mut self, known: &[Option<bool>]) -> bool {
        if self.classes.iter().zip(known).any(|(class, known)| class.own && *known == Some(false)) {
            return true;
        }
        let must = self.search.must(self.drive);
        let value = self.search.problem.expression.value(&|leaf| {
            if self.drive.of.is_some_and(|(own, _)| own == leaf) {
                return Some(true);
            }
            let mut open = false;
            for (class, known) in self.classes.iter().zip(known) {
                if class.leaf != leaf || *known == Some(false) {
                    continue;
                }
                if *known == Some(true) && class.condition.iter().all(|a| must.contains(a)) {
                    return Some(true);
                }
                open = true;
            }
            if open { None } else { Some(false) }
        });
        value == Some(false)
    }

    fn cell(&mut self, matches: &[Match], resource: Pattern) -> bool {
        let mut open: Vec<usize> = Vec::new();
        for matched in matches {
            if let Match::Open(patterns) = matched {
                open.extend(patterns);
            }
        }
        open.sort_unstable();
        open.dedup();
        if open.len() > MAX_OPEN {
            self.doubt.get_or_insert_with(|| UNSPELLED.to_owned());
            return false;
        }
        let before = self.doubt.take();
        for way in 0..1_usize << open.len() {
            let holds = |pattern: &usize| {
                open.binary_search(pattern).is_ok_and(|place| way >> place & 1 == 1)
            };
            let matches: Vec<bool> = matches
                .iter()
                .zip(self.classes)
                .map(|(matched, class)| match matched {
                    Match::No => false,
                    Match::Yes => true,
                    Match::Open(patterns) => patterns.iter().any(holds) != class.negated,
                })
                .collect();
            if self.is_member(matches, &resource) {
                return true;
            }
        }
        if self.doubt.is_some() && self.spelled && self.is_spelled_out(&resource) {
            return true;
        }
        if before.is_some() {
            self.doubt = before;
        }
        false
    }
}

fn yes(matched: bool) -> Match {
    if matched { Match::Yes } else { Match::No }
}

/// What is left to say when variables could be neither ruled out nor given values.
const UNSPELLED: &str =
    "a policy variable, whose value decides, could be neither ruled out nor spelled";
