//! Cutting a piece of actions or resources into cells in which every class of statements is
//! constant.

use std::collections::{HashMap, HashSet};

use super::budget::Budget;
use super::statements::{Compiled, Globs};
use crate::iam::Pattern;
use crate::iam::pattern::automaton::{Automaton, Reading};
use crate::iam::pattern::explore::{Exhausted, Known, Walk, all_seen};
use crate::iam::pattern::universe::Universe;

/// A piece of actions or resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base<'a> {
    /// What one pattern matches.
    Pattern(&'a Pattern),
    /// What none of these matches.
    Except(&'a [Pattern]),
}

impl<'a> Base<'a> {
    /// Whether a text without variables is in the piece.
    pub(super) fn matches(self, text: &str) -> bool {
        match self {
            Self::Pattern(pattern) => pattern.matches(text),
            Self::Except(patterns) => !patterns.iter().any(|p| p.matches(text)),
        }
    }

    fn has_variables(self) -> bool {
        match self {
            Self::Pattern(pattern) => pattern.has_variables(),
            Self::Except(patterns) => patterns.iter().any(Pattern::has_variables),
        }
    }

    /// `false` is a proof that no text of the piece is matched by the pattern.
    fn may_meet(self, pattern: &Pattern) -> bool {
        match self {
            Self::Pattern(own) => pattern.may_meet(own),
            Self::Except(_) => true,
        }
    }

    /// The one text that the piece is, if it is one.
    pub(super) fn literal(self) -> Option<&'a str> {
        match self {
            Self::Pattern(pattern) => pattern.as_literal(),
            Self::Except(_) => None,
        }
    }
}

/// The cells of a piece of actions: for each statement whether it matches, and an action.
pub(super) fn actions(
    base: Base<'_>,
    statements: &[&Compiled<'_>],
    budget: &Budget,
) -> Result<Vec<(Vec<bool>, String)>, Exhausted> {
    if let Some(text) = base.literal() {
        let matches = statements.iter().map(|s| s.action.matches(text)).collect();
        return Ok(vec![(matches, text.to_owned())]);
    }
    // Statements with the same actions are one set.
    let mut sets: Vec<&Globs> = Vec::new();
    let mut numbers: HashMap<&Globs, usize> = HashMap::new();
    let mut set_of: Vec<usize> = Vec::new();
    for statement in statements {
        let number = *numbers.entry(&statement.action).or_insert_with(|| {
            sets.push(&statement.action);
            sets.len() - 1
        });
        set_of.push(number);
    }
    budget.spend(sets.iter().map(|globs| globs.work()).sum::<usize>())?;
    let mut automaton = Automaton::default();
    begin(&mut automaton, base);
    for globs in &sets {
        automaton.begin_set();
        add(&mut automaton, base, &globs.patterns);
    }
    let inside = Some((0, matches!(base, Base::Except(_))));
    let base_matches = !matches!(base, Base::Except(_));
    let mut walk = Cells { base_matches, cells: Vec::new(), seen: HashSet::new() };
    budget.explore(&automaton, Universe::Action, inside, &mut walk)?;
    Ok(walk
        .cells
        .into_iter()
        .map(|(matches, text)| {
            let of = |set: &usize| matches[set + 1] != sets[*set].negated;
            (set_of.iter().map(of).collect(), automaton.text(&text))
        })
        .collect())
}

struct Cells {
    /// How set 0 comes out in every text that is looked at.
    base_matches: bool,
    cells: Vec<(Vec<bool>, Vec<u32>)>,
    seen: HashSet<Vec<bool>>,
}

impl Walk for Cells {
    fn is_pointless(&mut self, known: &[Known]) -> bool {
        let mut known = known.to_vec();
        known[0] = Some(self.base_matches);
        all_seen(&known, &self.seen)
    }

    fn visit(&mut self, matches: &[bool], text: &dyn Fn() -> Vec<u32>) -> bool {
        if self.seen.insert(matches.to_vec()) {
            self.cells.push((matches.to_vec(), text()));
        }
        false
    }
}

/// Statements that differ, in what is asked, only by their resources.
#[derive(Debug)]
pub(super) struct Class<'a> {
    /// Lists whose patterns together make the class; one list when it is negated.
    pub(super) resources: Vec<&'a Globs>,
    pub(super) negated: bool,
}

/// Whether a class matches in a cell.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Match {
    No,
    Yes,
    /// It lists the resource if one of these patterns does (or, when it is negated, does not match
    /// it then): patterns by number, the same number wherever the same pattern stands. Whether they
    /// do depends on what policy variables spell.
    Open(Vec<usize>),
}

/// What is asked about the cells of resources.
pub(super) trait Questions {
    /// Whether no cell can matter, by what is known of each class (`Some` when every text that may
    /// follow is matched by it, or none).
    fn is_pointless(&mut self, known: &[Known]) -> bool;

    /// The patterns that may be open, by number; once, before any cell.
    fn patterns(&mut self, patterns: &[&Pattern]);

    /// A cell: for each class whether it matches, the patterns that may be open but match surely here,
    /// and a resource, variables included. Returns whether to stop.
    fn cell(&mut self, matches: &[Match], sure: &[usize], resource: Pattern) -> bool;
}

/// Whether the patterns of classes, or of the piece itself, have policy variables.
pub(super) fn has_variables(base: Base<'_>, classes: &[Class<'_>]) -> bool {
    base.has_variables() || classes.iter().flat_map(|c| &c.resources).any(|g| g.has_variables())
}

/// How policy variables are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variables {
    /// As opaque text: what matches does for every value; nothing is open.
    Opaque,
    /// As any text: what may match for some value is open.
    Spelled,
}

/// Walks the cells of a piece of resources.
pub(super) fn resources(
    base: Base<'_>,
    classes: &[Class<'_>],
    variables: Variables,
    budget: &Budget,
    questions: &mut dyn Questions,
) -> Result<(), Exhausted> {
    let mut automaton = Automaton::default();
    begin(&mut automaton, base);
    let is_open = |pattern: &Pattern| {
        variables == Variables::Spelled && (base.has_variables() || pattern.has_variables())
    };
    // Sets of each class, and patterns that may be open with the numbers of their two sets.
    let mut layout: Vec<Layout> = Vec::new();
    let mut open: Vec<&Pattern> = Vec::new();
    for class in classes {
        let plain = automaton.begin_set();
        let mut numbers = Vec::new();
        for globs in &class.resources {
            // Most classes that have all of the piece have it word for word.
            if let Base::Pattern(one) = base
                && !is_open(one)
                && globs.patterns.binary_search(one).is_ok()
            {
                automaton.add(one);
                continue;
            }
            budget.spend(globs.work())?;
            let (maybe, sure): (Vec<&Pattern>, Vec<&Pattern>) =
                globs.patterns.iter().partition(|p| is_open(p));
            add(&mut automaton, base, sure);
            for pattern in maybe.into_iter().filter(|p| base.may_meet(p)) {
                let known = open.iter().position(|other| *other == pattern);
                numbers.push(known.unwrap_or(open.len()));
                if known.is_none() {
                    open.push(pattern);
                }
            }
        }
        layout.push(Layout { plain, open: numbers, negated: class.negated });
    }
    questions.patterns(&open);
    let mut open_sets = Vec::new();
    for pattern in open {
        let surely = automaton.begin_set();
        automaton.add(pattern);
        let maybe = automaton.begin_set_as(Reading::Anything);
        automaton.add(pattern);
        open_sets.push((surely, maybe));
    }
    let mut walk = Classes {
        automaton: &automaton,
        base_matches: !matches!(base, Base::Except(_)),
        pointless: HashMap::new(),
        layout,
        open_sets,
        seen: HashSet::new(),
        questions,
    };
    let inside = Some((0, matches!(base, Base::Except(_))));
    budget.explore(&automaton, Universe::Arn, inside, &mut walk)
}

/// Where the patterns of a class are.
struct Layout {
    plain: usize,
    open: Vec<usize>,
    negated: bool,
}

/// Hands on what classes match, rather than sets.
struct Classes<'a> {
    automaton: &'a Automaton,
    base_matches: bool,
    /// Answers of the questions.
    pointless: HashMap<Vec<Known>, bool>,
    layout: Vec<Layout>,
    /// The set that matches surely and the one that may match.
    open_sets: Vec<(usize, usize)>,
    seen: HashSet<Vec<bool>>,
    questions: &'a mut dyn Questions,
}

impl Walk for Classes<'_> {
    fn is_pointless(&mut self, known: &[Known]) -> bool {
        let mut sets = known.to_vec();
        sets[0] = Some(self.base_matches);
        if all_seen(&sets, &self.seen) {
            return true;
        }
        let of = |layout: &Layout| {
            let sets = |of: &usize| self.open_sets[*of];
            let surely = known[layout.plain] == Some(true)
                || layout.open.iter().any(|of| known[sets(of).0] == Some(true));
            let never = known[layout.plain] == Some(false)
                && layout.open.iter().all(|of| known[sets(of).1] == Some(false));
            match (surely, never) {
                (true, _) => Some(!layout.negated),
                (_, true) => Some(layout.negated),
                _ => None,
            }
        };
        let known: Vec<Known> = self.layout.iter().map(of).collect();
        if let Some(answer) = self.pointless.get(&known) {
            return *answer;
        }
        let answer = self.questions.is_pointless(&known);
        self.pointless.insert(known, answer);
        answer
    }

    fn visit(&mut self, matches: &[bool], text: &dyn Fn() -> Vec<u32>) -> bool {
        if !self.seen.insert(matches.to_vec()) {
            return false;
        }
        let of = |layout: &Layout| {
            let surely = matches[layout.plain]
                || layout.open.iter().any(|of| matches[self.open_sets[*of].0]);
            let maybe = layout.open.iter().filter(|of| matches[self.open_sets[**of].1]);
            let maybe: Vec<usize> = maybe.copied().collect();
            match (surely != layout.negated, surely || maybe.is_empty()) {
                (_, false) => Match::Open(maybe),
                (true, true) => Match::Yes,
                (false, true) => Match::No,
            }
        };
        let known = matches;
        let matches: Vec<Match> = self.layout.iter().map(of).collect();
        let sure: Vec<usize> =
            (0..self.open_sets.len()).filter(|of| known[self.open_sets[*of].0]).collect();
        self.questions.cell(&matches, &sure, self.automaton.pattern(&text()))
    }
}

/// Positions looked at for a text of two patterns.
const MEETING_BUDGET: usize = 20_000;

/// A short text of the piece that a pattern matches, as far as one is easily found.
pub(super) fn meeting(base: Base<'_>, pattern: &Pattern, budget: &Budget) -> Option<String> {
    struct First {
        found: Option<Vec<u32>>,
    }
    impl Walk for First {
        fn is_pointless(&mut self, known: &[Known]) -> bool {
            known[1] == Some(false)
        }

        fn visit(&mut self, matches: &[bool], text: &dyn Fn() -> Vec<u32>) -> bool {
            if matches[1] {
                self.found = Some(text());
            }
            self.found.is_some()
        }
    }
    let mut automaton = Automaton::default();
    begin(&mut automaton, base);
    automaton.begin_set();
    automaton.add(pattern);
    let mut left = MEETING_BUDGET;
    let mut walk = First { found: None };
    let inside = Some((0, matches!(base, Base::Except(_))));
    let result = automaton.explore(Universe::Arn, inside, &mut left, &mut walk);
    budget.spend(MEETING_BUDGET - left).ok()?;
    result.ok()?;
    walk.found.map(|text| automaton.text(&text))
}

/// Set 0 is the piece.
fn begin(automaton: &mut Automaton, base: Base<'_>) {
    automaton.begin_set();
    match base {
        Base::Pattern(pattern) => automaton.add(pattern),
        Base::Except(patterns) => patterns.iter().for_each(|p| automaton.add(p)),
    }
}

/// Adds the patterns that can matter to a piece.
fn add<'p>(
    automaton: &mut Automaton,
    base: Base<'_>,
    patterns: impl IntoIterator<Item = &'p Pattern> + Clone,
) {
    let Base::Pattern(one) = base else {
        patterns.into_iter().for_each(|p| automaton.add(p));
        return;
    };
    match patterns.clone().into_iter().find(|p| p.surely_contains(one)) {
        Some(all) => automaton.add(all),
        None => {
            patterns.into_iter().filter(|p| p.may_meet(one)).for_each(|p| automaton.add(p));
        }
    }
}
