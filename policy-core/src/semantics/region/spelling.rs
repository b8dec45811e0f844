//! A rectangle whose patterns have policy variables, once variables as opaque text gave no member.
//!
//! First the proof: each key that a variable names is missing or has a value, and variables may spell
//! anything. Where that leaves a doubt, values are tried that patterns and conditions ask for; with
//! them nothing is open, and a member that is found is one.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::cell::Cells;
use super::cells::{self, Base, Class, Variables};
use super::conditions::Atom;
use super::key;
use super::options::{Allowed, Bound};
use super::rectangle::{Found, Grouped};
use super::search::{Drive, Search, Seen};
use super::statements::Globs;
use super::text::{self, Filled, Source};
use super::variables;
use crate::iam::pattern::explore::Exhausted;
use crate::iam::{ConditionKey, Pattern};
use crate::semantics::request::Context;

/// Ways in which keys are missing, have several values, one that is told or another.
const MAX_STATES: usize = 81;
/// Patterns for which spellings are looked for.
const MAX_PATTERNS: usize = 32;
/// Texts at which there was a doubt that patterns are held against.
const MAX_TEXTS: usize = 48;
/// Values that are tried of one key, and of all keys together.
const MAX_VALUES: usize = 24;
const MAX_SPELLINGS: usize = 96;
/// Values of one key that others are fitted to.
const MAX_LED: usize = 12;

/// What is known of each key that a variable names.
type Sources = BTreeMap<ConditionKey, Source>;

impl<'d> Search<'_, 'd> {
    /// A member of a rectangle, or a proof that there is none.
    pub(super) fn spelled(
        &self,
        drive: &Drive<'d>,
        seen: &Seen<'_, 'd>,
        live: &[Vec<usize>],
        base: Base<'_>,
        classes: &[Grouped<'_>],
    ) -> Result<Found, Exhausted> {
        let mut keys: Vec<ConditionKey> =
            patterns(base, classes).into_iter().flat_map(variables::keys).collect();
        keys.sort();
        keys.dedup();
        let at = Place { search: self, drive, seen, live, base, classes };
        let mut doubts = Doubts::default();
        let states = self.states(&keys);
        for sources in states.as_deref().unwrap_or(&[Sources::new()]) {
            if let Some(found) = at.proof(sources, states.is_some(), &mut doubts)? {
                return Ok(found);
            }
        }
        let Some(doubt) = doubts.reason else { return Ok(Found::Empty) };
        for sources in at.spellings(&keys, &doubts.texts) {
            let taken = Taken { sources: &sources, told: true, relaxed: false };
            if let found @ Found::Member { .. } = at.found(taken, &mut Doubts::default())? {
                return Ok(found);
            }
        }
        Ok(Found::Unknown(doubt))
    }

    /// What may be known of the keys that variables name, all together; `None` when that is too much
    /// to look at.
    fn states(&self, keys: &[ConditionKey]) -> Option<Vec<Sources>> {
        let told: Vec<Vec<String>> = keys
            .iter()
            .map(|key| {
                let mut texts: Vec<String> =
                    self.atoms.on(key).iter().flat_map(Atom::literals).collect();
                texts.sort();
                texts.dedup();
                texts
            })
            .collect();
        let untold = |key: &ConditionKey| {
            let several = self.atoms.may_be_set(key).then_some(Source::Several);
            [Source::Missing].into_iter().chain(several)
        };
        let list = |key: &ConditionKey, told: Vec<String>| -> Vec<Source> {
            let other = Source::Other(told.clone());
            untold(key).chain([other]).chain(told.into_iter().map(Source::Text)).collect()
        };
        let with = keys.iter().zip(told).map(|(key, told)| list(key, told));
        let without = keys.iter().map(|key| list(key, Vec::new()));
        [with.collect::<Vec<Vec<Source>>>(), without.collect()].into_iter().find_map(|lists| {
            let sizes: Vec<usize> = lists.iter().map(Vec::len).collect();
            if sizes.iter().product::<usize>() > MAX_STATES {
                return None;
            }
            let of = |choice: Vec<usize>| -> Sources {
                let chosen = keys.iter().zip(&lists).zip(choice);
                chosen.map(|((key, list), at)| (key.clone(), list[at].clone())).collect()
            };
            Some(choices(&sizes, MAX_STATES).into_iter().map(of).collect())
        })
    }
}

/// The patterns of a rectangle.
fn patterns<'a>(base: Base<'a>, classes: &[Grouped<'a>]) -> Vec<&'a Pattern> {
    let own: &[Pattern] = match base {
        Base::Pattern(pattern) => std::slice::from_ref(pattern),
        Base::Except(patterns) => patterns,
    };
    let lists = classes.iter().flat_map(|class| class.resources.iter().copied());
    let mut all: Vec<&Pattern> =
        own.iter().chain(lists.flat_map(|globs| &globs.patterns)).collect();
    all.sort();
    all.dedup();
    all
}

/// One rectangle.
struct Place<'s, 'p, 'd> {
    search: &'s Search<'p, 'd>,
    drive: &'s Drive<'d>,
    seen: &'s Seen<'s, 'd>,
    live: &'s [Vec<usize>],
    base: Base<'s>,
    classes: &'s [Grouped<'s>],
}

/// What was left open, and where.
#[derive(Default)]
struct Doubts {
    reason: Option<String>,
    texts: Vec<String>,
}

/// How variables are taken.
#[derive(Clone, Copy)]
struct Taken<'t> {
    /// What is known of the keys.
    sources: &'t Sources,
    /// Whether that is known at all.
    told: bool,
    /// Whether those of the piece itself are any text, and the piece one more pattern that must match.
    relaxed: bool,
}

impl Place<'_, '_, '_> {
    /// A member that is found by the way; else a doubt is remembered unless there is a proof.
    fn proof(
        &self,
        sources: &Sources,
        told: bool,
        doubts: &mut Doubts,
    ) -> Result<Option<Found>, Exhausted> {
        let mut own = Doubts::default();
        for relaxed in [false, true] {
            own.reason = None;
            match self.found(Taken { sources, told, relaxed }, &mut own)? {
                Found::Empty => return Ok(None),
                Found::Unknown(_) => {}
                found @ Found::Member { .. } => return Ok(Some(found)),
            }
        }
        doubts.reason = doubts.reason.take().or(own.reason);
        doubts.texts.extend(own.texts);
        Ok(None)
    }

    /// A member when variables are taken so.
    fn found(&self, taken: Taken<'_>, doubts: &mut Doubts) -> Result<Found, Exhausted> {
        let Taken { sources, told, relaxed } = taken;
        let source =
            |key: &ConditionKey| sources.get(key).cloned().unwrap_or(Source::Other(Vec::new()));
        let fill = |pattern: &Pattern| match text::fill(pattern, &source) {
            // Whether a key is missing is not known, so defaults stay.
            _ if !told => Some(pattern.clone()),
            Filled::Never => None,
            Filled::Known(pattern) | Filled::Open(pattern) => Some(pattern),
        };
        let fill_all = |patterns: &[Pattern]| patterns.iter().filter_map(fill).collect::<Vec<_>>();
        let (one, many, wide);
        let mut base = match self.base {
            Base::Pattern(pattern) => match fill(pattern) {
                None => return Ok(Found::Empty),
                Some(filled) => {
                    one = filled;
                    Base::Pattern(&one)
                }
            },
            Base::Except(patterns) => {
                many = fill_all(patterns);
                Base::Except(&many)
            }
        };
        let filled: Vec<Vec<Globs>> = self
            .classes
            .iter()
            .map(|class| {
                let of = |globs: &&Globs| Globs::new(fill_all(&globs.patterns), globs.negated);
                class.resources.iter().map(of).collect()
            })
            .collect();
        let mut classes: Vec<Grouped<'_>> = self
            .classes
            .iter()
            .zip(&filled)
            .map(|(class, globs)| Grouped { resources: globs.iter().collect(), ..*class })
            .collect();
        let itself;
        if let Base::Pattern(pattern) = base
            && relaxed
        {
            itself = Globs::new(vec![pattern.clone()], false);
            wide = variables::relaxed(pattern);
            base = Base::Pattern(&wide);
            classes.push(self.search.itself(self.drive, &itself));
        }
        let shapes: Vec<Class<'_>> = classes.iter().map(Grouped::shape).collect();
        let bound: Vec<Bound> = if told { sources.iter().map(bound).collect() } else { Vec::new() };
        let mut walk = Cells {
            search: self.search,
            drive: self.drive,
            seen: self.seen,
            live: self.live,
            base,
            classes: &classes,
            solved: HashMap::new(),
            bound: Some(&bound),
            patterns: Vec::new(),
            apart: RefCell::default(),
            found: None,
            doubt: None,
            doubted: Vec::new(),
        };
        cells::resources(base, &shapes, Variables::Spelled, self.search.budget, &mut walk)?;
        let texts = walk.doubted.iter().filter_map(Pattern::as_literal);
        doubts.texts.extend(texts.map(ToOwned::to_owned));
        doubts.reason.clone_from(&walk.doubt);
        Ok(match (walk.found, walk.doubt) {
            (Some((resource, context)), _) => Found::Member { resource, context },
            (None, Some(reason)) => Found::Unknown(reason),
            (None, None) => Found::Empty,
        })
    }

    /// Values to try for the keys, a bounded number of them.
    fn spellings(&self, keys: &[ConditionKey], texts: &[String]) -> Vec<Sources> {
        let mut values: BTreeMap<&ConditionKey, BTreeSet<String>> =
            keys.iter().map(|key| (key, BTreeSet::new())).collect();
        let mut all = patterns(self.base, self.classes);
        all.truncate(MAX_PATTERNS);
        let mut texts: Vec<String> = texts.iter().take(MAX_TEXTS).cloned().collect();
        for (at, one) in all.iter().enumerate() {
            let relaxed = variables::relaxed(one);
            texts.extend(all[at..].iter().filter_map(|other| {
                let wanted = variables::relaxed(other);
                cells::meeting(Base::Pattern(&relaxed), &wanted, self.search.budget)
            }));
        }
        texts.sort();
        texts.dedup();
        for one in all {
            for (key, value) in texts.iter().flat_map(|t| variables::loose_alignments(one, t)) {
                if let Some(values) = values.get_mut(&key) {
                    values.insert(value);
                }
            }
            for default in variables::defaults(one) {
                values.values_mut().for_each(|values| _ = values.insert(default.to_owned()));
            }
        }
        for (key, values) in &mut values {
            let cut = key::singles(key, &self.search.atoms.on(key), &Context::default());
            values.extend(cut.values.into_iter().take(MAX_VALUES));
        }
        // The shortest of each first.
        let lists: Vec<(&ConditionKey, Vec<Source>)> = values
            .into_iter()
            .map(|(key, values)| {
                let mut values: Vec<String> = values.into_iter().collect();
                values.sort_by_key(|value| value.chars().count());
                values.truncate(MAX_VALUES);
                let texts = values.into_iter().map(Source::Text);
                (key, texts.chain([Source::Missing]).collect())
            })
            .collect();
        let sizes: Vec<usize> = lists.iter().map(|(_, list)| list.len()).collect();
        let of = |choice: Vec<usize>| {
            let chosen = lists.iter().zip(choice);
            chosen.map(|((key, list), at)| ((*key).clone(), list[at].clone())).collect()
        };
        // Two variables often have to be the same, or the one what the other leaves.
        let same = lists.iter().flat_map(|(_, list)| list).take(MAX_SPELLINGS);
        let same = same.map(|value| keys.iter().map(|key| (key.clone(), value.clone())).collect());
        let mut out: Vec<Sources> = same.collect();
        for (key, list) in &lists {
            let texts = list.iter().filter(|source| matches!(source, Source::Text(_)));
            out.extend(texts.take(MAX_LED).flat_map(|value| self.led_by(key, value, keys)));
        }
        out.extend(choices(&sizes, MAX_SPELLINGS).into_iter().map(of));
        let mut seen = HashSet::new();
        out.retain(|sources| seen.insert(format!("{sources:?}")));
        out
    }

    /// Values of the other keys that fit one value of one key.
    fn led_by(&self, key: &ConditionKey, value: &Source, keys: &[ConditionKey]) -> Vec<Sources> {
        if keys.len() < 2 {
            return Vec::new();
        }
        let known: Sources = [(key.clone(), value.clone())].into();
        let source =
            |key: &ConditionKey| known.get(key).cloned().unwrap_or(Source::Other(Vec::new()));
        let patterns = patterns(self.base, self.classes);
        let filled: Vec<Pattern> = patterns
            .into_iter()
            .take(MAX_PATTERNS)
            .filter_map(|pattern| match text::fill(pattern, &source) {
                Filled::Never => None,
                Filled::Known(pattern) | Filled::Open(pattern) => Some(pattern),
            })
            .collect();
        let mut out = Vec::new();
        for literal in filled.iter().filter_map(Pattern::as_literal) {
            for pattern in filled.iter().filter(|pattern| pattern.has_variables()) {
                for spelling in variables::alignments(pattern, literal) {
                    let mut sources = known.clone();
                    sources.extend(spelling.into_iter().map(|(k, v)| (k, Source::Text(v))));
                    for key in keys
                        .iter()
                        .filter(|key| !sources.contains_key(key))
                        .cloned()
                        .collect::<Vec<_>>()
                    {
                        sources.insert(key, Source::Missing);
                    }
                    out.push(sources);
                }
            }
        }
        out
    }
}

/// Places in lists of these lengths, those first that add up to little; a bounded number of them.
fn choices(sizes: &[usize], most: usize) -> Vec<Vec<usize>> {
    let mut out: Vec<Vec<usize>> = vec![Vec::new()];
    for size in sizes {
        out = out
            .iter()
            .flat_map(|before| (0..*size).map(|at| [&before[..], &[at]].concat()))
            .collect();
        out.sort_by_key(|choice| choice.iter().sum::<usize>());
        out.truncate(most);
    }
    out
}

fn bound((key, source): (&ConditionKey, &Source)) -> Bound {
    let allowed = match source {
        Source::Missing => Allowed::Missing,
        Source::Several => Allowed::Several,
        Source::Other(texts) => Allowed::Other(texts.clone()),
        Source::Text(text) => Allowed::Text(text.clone()),
    };
    Bound { key: key.clone(), allowed }
}
