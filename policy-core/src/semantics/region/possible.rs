//! Ways in which the atoms of a group may come out, where not every value could be tried.
//!
//! A superset: what is not among these ways is impossible, so that they can prove a region empty;
//! that one of them is there shows nothing. The keys that variables name are missing, have several
//! values, a value that is told, or any value; what is known of them is filled in. A value that is
//! still open is a *template*: it may match what it does when its variables are any texts, the same
//! template in all atoms at once. Numbers, dates and addresses are texts of a shape, independent of
//! which text of that shape it is.

use std::collections::{BTreeMap, BTreeSet};

use super::conditions::Atom;
use super::key::is_text;
use super::options::{Allowed, Bound};
use super::sets;
use super::template::{self, Own, Reading, Template};
use super::text::{self, Filled, Source};
use super::typed::{self, Typed, Way};
use crate::iam::pattern::automaton::Automaton;
use crate::iam::pattern::universe::Universe;
use crate::iam::{ConditionKey, Pattern, SetQuantifier};

/// Positions looked at for the texts of one key.
const BUDGET: usize = 400_000;
/// Ways that are kept.
const MAX_WAYS: usize = 8_192;
/// What may be known of all keys that variables name together.
const MAX_ASSIGNMENTS: usize = 128;
/// Templates that one text may match or not.
const MAX_OPEN: usize = 8;

/// What is known of the keys that variables name.
type Sources = BTreeMap<ConditionKey, Source>;

/// All ways of the atoms of a group; `None` when there are too many to say. `sources` are the keys
/// that their variables name, `bound` the keys that the resource ties down.
pub(super) fn of(
    atoms: &[Atom<'_>],
    sources: &[ConditionKey],
    bound: &[Bound],
) -> Option<Vec<Way>> {
    let mut keys: Vec<&ConditionKey> = atoms.iter().map(|atom| atom.key).collect();
    keys.sort();
    keys.dedup();
    let mut all: BTreeSet<Way> = BTreeSet::new();
    for assignment in assignments(atoms, sources, bound)? {
        let mut ways: Vec<Way> = vec![vec![false; atoms.len()]];
        for key in &keys {
            let places: Vec<usize> = (0..atoms.len()).filter(|i| atoms[*i].key == *key).collect();
            let own: Vec<Atom<'_>> = places.iter().map(|i| atoms[*i]).collect();
            let parts = Key { key, atoms: &own, sources: &assignment }.ways()?;
            if ways.len() * parts.len() > MAX_WAYS {
                return None;
            }
            ways = ways
                .iter()
                .flat_map(|before| {
                    parts.iter().map(|part| {
                        let mut way = before.clone();
                        for (place, holds) in places.iter().zip(part) {
                            way[*place] = *holds;
                        }
                        way
                    })
                })
                .collect();
        }
        all.extend(ways);
        if all.len() > MAX_WAYS {
            return None;
        }
    }
    Some(all.into_iter().collect())
}

/// What may be known of the keys that variables name, all together.
fn assignments(
    atoms: &[Atom<'_>],
    sources: &[ConditionKey],
    bound: &[Bound],
) -> Option<Vec<Sources>> {
    let mut keys: Vec<&ConditionKey> = sources.iter().chain(bound.iter().map(|b| &b.key)).collect();
    keys.sort();
    keys.dedup();
    // Values are told one by one unless that makes too many.
    [true, false].into_iter().find_map(|told| {
        let mut out = vec![Sources::new()];
        for key in &keys {
            let list = states(key, atoms, bound, told);
            if out.len() * list.len() > MAX_ASSIGNMENTS {
                return None;
            }
            out = out
                .iter()
                .flat_map(|before| {
                    list.iter().map(|state| {
                        let mut next = before.clone();
                        next.insert((*key).clone(), state.clone());
                        next
                    })
                })
                .collect();
        }
        Some(out)
    })
}

/// What may be known of one key that a variable names.
fn states(key: &ConditionKey, atoms: &[Atom<'_>], bound: &[Bound], told: bool) -> Vec<Source> {
    let own = || atoms.iter().filter(|atom| atom.key == key);
    let mut texts: Vec<String> = own().filter(|_| told).flat_map(Atom::literals).collect();
    let (mut missing, mut several) = (true, own().any(|atom| atom.may_be_set()));
    let mut one = true;
    let mut left_out: Vec<String> = Vec::new();
    for bound in bound.iter().filter(|bound| bound.key == *key) {
        missing &= matches!(bound.allowed, Allowed::Missing | Allowed::OneOrMissing);
        several &= bound.allowed == Allowed::Several;
        match &bound.allowed {
            Allowed::Missing | Allowed::Several => one = false,
            Allowed::OneOrMissing => {}
            Allowed::Text(text) => return vec![Source::Text(text.clone())],
            Allowed::Other(others) => left_out.extend(others.iter().cloned()),
        }
    }
    texts.retain(|text| !left_out.contains(text));
    texts.sort();
    texts.dedup();
    let mut out = Vec::new();
    out.extend(missing.then_some(Source::Missing));
    out.extend(several.then_some(Source::Several));
    if one {
        left_out.extend(texts.iter().cloned());
        out.push(Source::Other(left_out));
        out.extend(texts.into_iter().map(Source::Text));
    }
    out
}

/// One key, under what is known of the keys that variables name.
struct Key<'k, 'd> {
    key: &'k ConditionKey,
    atoms: &'k [Atom<'d>],
    sources: &'k Sources,
}

/// What the values of one atom are.
#[derive(Default)]
struct Values {
    /// Some value matches every text.
    always: bool,
    /// Templates by number.
    open: Vec<usize>,
}

impl Key<'_, '_> {
    fn ways(&self) -> Option<Vec<Way>> {
        let mut ways: BTreeSet<Way> = BTreeSet::new();
        let state = self.sources.get(self.key);
        let sets = self.atoms.iter().any(|atom| atom.may_be_set());
        if matches!(state, None | Some(Source::Missing)) {
            ways.insert(self.truth(&[]));
        }
        if state == Some(&Source::Missing) {
            return Some(ways.into_iter().collect());
        }
        let singles = self.singles()?;
        if matches!(state, None | Some(Source::Several)) && sets {
            ways.extend(self.sets(&singles)?);
        }
        if state != Some(&Source::Several) {
            ways.extend(singles);
        }
        Some(ways.into_iter().collect())
    }

    fn truth(&self, values: &[&str]) -> Way {
        typed::truth(self.key, self.atoms, values)
    }

    /// Ways with one value.
    fn singles(&self) -> Option<Vec<Way>> {
        let mut automaton = Automaton::default();
        let mut templates: Vec<(Template, usize)> = Vec::new();
        let values: Vec<Values> = self
            .atoms
            .iter()
            .map(|atom| {
                automaton.begin_set();
                self.values(atom, &mut automaton, &mut templates)
            })
            .collect();
        for (template, atom) in &templates {
            automaton.begin_set();
            let atom = &self.atoms[*atom];
            text::add_relaxed(&mut automaton, atom, "", &template.pattern);
        }
        let arns = automaton.begin_set();
        automaton.add_by_parts(&text::any_arn());
        let itself = automaton.begin_set();
        let (wanted, told) = self.told();
        told.iter().for_each(|text| automaton.add(&Pattern::literal(text)));
        let shapes = itself + 1;
        let typed = Typed::new(self.key, self.atoms, &mut automaton)?;
        let templates: Vec<Template> =
            templates.into_iter().map(|(template, _)| template).collect();
        let mut ways: BTreeSet<Way> = BTreeSet::new();
        for cell in automaton.cells(Universe::Any, None, &mut { BUDGET }).ok()? {
            if cell.matches[itself] != wanted {
                continue;
            }
            let open: Vec<usize> = (0..templates.len())
                .filter(|t| cell.matches[self.atoms.len() + t])
                .filter(|t| templates[*t].reading != Reading::Arn || cell.matches[arns])
                .collect();
            if open.len() > MAX_OPEN {
                return None;
            }
            let shape = |number: usize| cell.matches[shapes + number];
            let bases = match self.sources.get(self.key) {
                Some(Source::Text(text)) => vec![self.truth(&[text])],
                _ => typed.ways(&shape)?,
            };
            for way in 0..1_usize << open.len() {
                let matched: Vec<usize> = open
                    .iter()
                    .enumerate()
                    .filter(|(bit, _)| way >> bit & 1 == 1)
                    .map(|(_, t)| *t)
                    .collect();
                if !template::may_match_together(&templates, &matched, &open) {
                    continue;
                }
                for base in &bases {
                    let mut truth = base.clone();
                    for (place, atom) in self.atoms.iter().enumerate() {
                        if !is_text(atom) {
                            continue;
                        }
                        let values = &values[place];
                        let holds = values.always
                            || cell.matches[place]
                            || values.open.iter().any(|t| matched.contains(t));
                        truth[place] = holds != atom.operator.base.is_negated();
                    }
                    ways.insert(truth);
                }
                if ways.len() > MAX_WAYS {
                    return None;
                }
            }
        }
        Some(ways.into_iter().collect())
    }

    /// Whether texts that are told of are looked at or left out, and which.
    fn told(&self) -> (bool, &[String]) {
        match self.sources.get(self.key) {
            Some(Source::Text(text)) => (true, std::slice::from_ref(text)),
            Some(Source::Other(texts)) => (false, texts),
            _ => (false, &[]),
        }
    }

    /// Adds the values of an atom that are known, and numbers those that are open.
    fn values(
        &self,
        atom: &Atom<'_>,
        automaton: &mut Automaton,
        templates: &mut Vec<(Template, usize)>,
    ) -> Values {
        let mut out = Values::default();
        if !is_text(atom) {
            return out;
        }
        let place = self.atoms.iter().position(|other| other == atom).unwrap_or(0);
        let source = |key: &ConditionKey| {
            self.sources.get(key).cloned().unwrap_or(Source::Other(Vec::new()))
        };
        for value in atom.values {
            let pattern = match text::fill(&text::parse(atom, value), &source) {
                Filled::Never => continue,
                Filled::Known(pattern) => {
                    text::add(automaton, atom, value, &pattern);
                    continue;
                }
                Filled::Open(pattern) => pattern,
            };
            let reading = Reading::of(atom.operator.base);
            match template::of_itself(&pattern, self.key) {
                Own::Never => continue,
                Own::Always if matches!(reading, Reading::Text | Reading::Folded) => {
                    out.always = true;
                    continue;
                }
                Own::Always | Own::Open => {}
            }
            let template = Template { reading, pattern };
            let known = templates.iter().position(|(other, _)| *other == template);
            out.open.push(known.unwrap_or(templates.len()));
            if known.is_none() {
                templates.push((template, place));
            }
        }
        out
    }

    /// Ways with several values, by what each of them does alone.
    fn sets(&self, singles: &[Way]) -> Option<BTreeSet<Way>> {
        let members = singles.iter().map(|way| (sets::signature(way), ())).collect();
        let known = sets::unions(&members, |(), ()| ())?;
        let holds = |(atom, (some, other)): (&Atom<'_>, &(bool, bool))| {
            let operator = atom.operator;
            let one_will_do = match operator.quantifier {
                Some(SetQuantifier::ForAnyValue) => true,
                Some(SetQuantifier::ForAllValues) => false,
                None => !operator.base.is_negated(),
            };
            if one_will_do { *some } else { !*other }
        };
        Some(
            known
                .keys()
                .map(|signature| self.atoms.iter().zip(signature).map(holds).collect())
                .collect(),
        )
    }
}
