//! The walk through the cells of one rectangle: the question each leaves, and its answer.

use std::collections::HashMap;

use super::cells::{self, Base, Match, Questions};
use super::conditions::{Ask, Outcome};
use super::options::Bound;
use super::rectangle::Grouped;
use super::search::{Drive, Search, Seen};
use super::variables;
use crate::iam::Pattern;
use crate::semantics::request::Context;

/// Patterns that may be open in one cell for every way they may come out to be looked at.
const MAX_OPEN: usize = 8;

/// What is left to say when variables could be neither ruled out nor given values.
const UNSPELLED: &str =
    "a policy variable, whose value decides, could be neither ruled out nor spelled";

/// The walk through the cells of one rectangle.
pub(super) struct Cells<'w, 'p, 'd> {
    pub(super) search: &'w Search<'p, 'd>,
    pub(super) drive: &'w Drive<'d>,
    pub(super) seen: &'w Seen<'w, 'd>,
    pub(super) live: &'w [Vec<usize>],
    pub(super) base: Base<'w>,
    pub(super) classes: &'w [Grouped<'w>],
    pub(super) solved: HashMap<(Vec<bool>, Vec<Bound>), Outcome>,
    /// Variables are taken as any text: a cell is a possibility that must be spelled out.
    pub(super) spelled: bool,
    pub(super) found: Option<(Pattern, Context)>,
    pub(super) doubt: Option<String>,
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

    /// Tries texts that the piece and another pattern both match for some value of their variables.
    fn is_spelled_out(&mut self, resource: &Pattern) -> bool {
        let patterns: Vec<&Pattern> = self
            .classes
            .iter()
            .flat_map(|class| &class.resources)
            .flat_map(|globs| &globs.patterns)
            .take(MAX_SPELLED)
            .collect();
        let mut bases = vec![resource];
        if let Base::Pattern(base) = self.base {
            bases.push(base);
        }
        for base in bases {
            let relaxed = variables::relaxed(base);
            for pattern in &patterns {
                let other = variables::relaxed(pattern);
                let budget = self.search.budget;
                let Some(text) = cells::meeting(Base::Pattern(&relaxed), &other, budget) else {
                    continue;
                };
                if self.is_spelled(base, pattern, &text) {
                    return true;
                }
            }
        }
        false
    }

    /// Tries one text with the values that its variables must have then.
    fn is_spelled(&mut self, base: &Pattern, pattern: &Pattern, text: &str) -> bool {
        let others = variables::alignments(pattern, text);
        for own in variables::alignments(base, text) {
            let joined = others.iter().filter_map(|other| variables::joined(&own, other));
            for spelling in joined.chain([own.clone()]) {
                let matches: Vec<bool> = self
                    .classes
                    .iter()
                    .map(|class| {
                        let mut patterns = class.resources.iter().flat_map(|globs| &globs.patterns);
                        let listed =
                            patterns.any(|p| variables::with_pattern(p, &spelling).matches(text));
                        listed != class.negated
                    })
                    .collect();
                let settled = variables::settled(&spelling);
                if let Outcome::When(context) = self.solve(&matches, &settled)
                    && self.take(Pattern::literal(text), context)
                {
                    return true;
                }
            }
        }
        false
    }
}

/// Patterns for which spellings are looked for in one cell.
const MAX_SPELLED: usize = 32;

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

pub(super) fn yes(matched: bool) -> Match {
    if matched { Match::Yes } else { Match::No }
}
