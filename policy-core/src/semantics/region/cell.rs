//! The walk through the cells of one rectangle: the question each leaves, and its answer.

use std::cell::RefCell;
use std::collections::HashMap;

use super::cells::{Base, Match, Questions};
use super::conditions::{Ask, Outcome};
use super::options::Bound;
use super::rectangle::Grouped;
use super::search::{Drive, Search, Seen};
use super::{template, variables};
use crate::iam::Pattern;
use crate::semantics::request::Context;

/// Patterns that may be open in one cell for every way they may come out to be looked at.
const MAX_OPEN: usize = 8;

/// Resources at which there was a doubt that are kept.
const MAX_DOUBTED: usize = 48;

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
    /// What is known of the keys that variables name, where variables are taken as any text: a cell
    /// is a possibility then.
    pub(super) bound: Option<&'w [Bound]>,
    /// The patterns that may be open, by number.
    pub(super) patterns: Vec<Pattern>,
    /// Pairs of them that were found to match no text in common, or not.
    pub(super) apart: RefCell<HashMap<(usize, usize), bool>>,
    pub(super) found: Option<(Pattern, Context)>,
    pub(super) doubt: Option<String>,
    /// Resources at which there was a doubt, a bounded number of them.
    pub(super) doubted: Vec<Pattern>,
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
        let bound = match self.bound {
            Some(bound) => bound.to_vec(),
            None => variables::bound(resource),
        };
        let key = (matches, bound);
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

    /// `false` is a proof that no text of the piece is matched by just these of the open patterns and by
    /// those that match surely, whatever their variables spell.
    fn may_match_together(&self, matched: &[usize], sure: &[usize], open: &[usize]) -> bool {
        let pattern = |number: &usize| &self.patterns[*number];
        let itself = match self.base {
            Base::Pattern(base) => Some(base),
            Base::Except(_) => None,
        };
        // The piece itself comes after the patterns.
        let itself = itself.map(|base| (self.patterns.len(), base));
        matched.iter().enumerate().all(|(at, one)| {
            let others = matched[at + 1..].iter().chain(sure).map(|n| (*n, pattern(n)));
            let mut missing = open.iter().filter(|n| !matched.contains(n)).map(pattern);
            !others.chain(itself).any(|(number, other)| {
                let known = self.apart.borrow().get(&(*one, number)).copied();
                known.unwrap_or_else(|| {
                    let apart = template::are_apart(pattern(one), other);
                    self.apart.borrow_mut().insert((*one, number), apart);
                    apart
                })
            }) && !missing.any(|other| other.surely_contains(pattern(one)))
        })
    }
}

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

    fn patterns(&mut self, patterns: &[&Pattern]) {
        self.patterns = patterns.iter().map(|p| (*p).clone()).collect();
    }

    fn cell(&mut self, matches: &[Match], sure: &[usize], resource: Pattern) -> bool {
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
        for way in 0..1_usize << open.len() {
            let chosen = open.iter().enumerate().filter(|(place, _)| way >> place & 1 == 1);
            let matched: Vec<usize> = chosen.map(|(_, pattern)| *pattern).collect();
            if !self.may_match_together(&matched, sure, &open) {
                continue;
            }
            let matches: Vec<bool> = matches
                .iter()
                .zip(self.classes)
                .map(|(listed, class)| match listed {
                    Match::No => false,
                    Match::Yes => true,
                    Match::Open(of) => of.iter().any(|p| matched.contains(p)) != class.negated,
                })
                .collect();
            if self.is_member(matches, &resource) {
                return true;
            }
        }
        if self.doubt.is_some() && self.doubted.len() < MAX_DOUBTED {
            self.doubted.push(resource);
        }
        false
    }
}

pub(super) fn yes(matched: bool) -> Match {
    if matched { Match::Yes } else { Match::No }
}
