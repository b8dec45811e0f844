//! The choices for a group of condition keys that its atoms can tell apart.
//!
//! A group is one key, or the keys that policy variables in condition values tie together. For tied
//! keys the values of those that variables name are chosen first; the others are then cut as if the
//! variables were text. Each choice found is judged by the evaluator of `decide`, so a cut can be
//! incomplete but never wrong.

use super::conditions::Atom;
use super::key::{self, Cut};
use super::{possible, values};
use crate::iam::{BaseOperator, ConditionKey, Pattern, Token};
use crate::semantics::request::Context;

/// Choices that are made for one group.
const MAX_CHOICES: usize = 20_000;
/// Times that keys are cut for one group.
const MAX_CUTS: usize = 400;
/// Keys named by variables in one group whose values are chosen together.
const MAX_SOURCES: usize = 3;

/// A key whose value stands in the resource, by a policy variable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Bound {
    /// It has one value.
    pub(super) key: ConditionKey,
    /// Or none, when the variable has a default.
    pub(super) default: Option<String>,
    /// The value it must have, when that is settled.
    pub(super) value: Option<String>,
}

impl Bound {
    fn admits(&self, values: &[String]) -> bool {
        match (values, &self.value) {
            ([], None) => self.default.is_some(),
            ([one], Some(wanted)) => one == wanted,
            ([_], None) => true,
            _ => false,
        }
    }
}

/// One choice for a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// The keys it sets; a key that is not here is missing.
    pub(super) set: Vec<(ConditionKey, Vec<String>)>,
    /// For each atom whether it holds.
    pub(super) truth: Vec<bool>,
}

/// All choices for a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    /// Numbers of the atoms.
    pub(super) atoms: Vec<usize>,
    /// One choice for each way the atoms can come out, as far as known.
    pub(super) options: Vec<Choice>,
    /// Why there may be others; `None` is a proof that there are none.
    pub(super) incomplete: Option<String>,
    /// Where there may be others: ways among which all of them are, if any are known.
    pub(super) possible: Option<Vec<Vec<bool>>>,
}

/// The choices for a group of atoms. `numbers` are theirs.
pub(super) fn options(numbers: &[usize], atoms: &[Atom<'_>], bound: &[Bound]) -> Options {
    let mut sources: Vec<ConditionKey> = atoms.iter().flat_map(Atom::variable_keys).collect();
    sources.sort();
    sources.dedup();
    let mut keys: Vec<&ConditionKey> =
        atoms.iter().map(|atom| atom.key).filter(|key| !sources.contains(key)).collect();
    keys.sort();
    keys.dedup();
    let mut group = Group {
        atoms,
        bound,
        sources: &sources,
        keys: &keys,
        out: Options {
            atoms: numbers.to_vec(),
            options: Vec::new(),
            incomplete: None,
            possible: None,
        },
        made: 0,
        cuts: 0,
    };
    group.fill();
    if group.is_full() {
        group.out.incomplete = None;
    }
    if group.out.incomplete.is_some() {
        group.out.possible = possible(atoms);
    }
    group.out
}

/// Ways in which the atoms may come out, among which all that do are: what is known of each key by
/// itself. `None` when there are too many.
fn possible(atoms: &[Atom<'_>]) -> Option<Vec<Vec<bool>>> {
    let mut keys: Vec<&ConditionKey> = atoms.iter().map(|atom| atom.key).collect();
    keys.sort();
    keys.dedup();
    let mut all: Vec<Vec<bool>> = vec![vec![false; atoms.len()]];
    for key in keys {
        let places: Vec<usize> = (0..atoms.len()).filter(|i| atoms[*i].key == key).collect();
        let own: Vec<Atom<'_>> = places.iter().map(|i| atoms[*i]).collect();
        let ways = possible::of(key, &own)?;
        if all.len() * ways.len() > MAX_POSSIBLE {
            return None;
        }
        let mut next = Vec::with_capacity(all.len() * ways.len());
        for before in &all {
            for way in &ways {
                let mut truth = before.clone();
                for (place, holds) in places.iter().zip(way) {
                    truth[*place] = *holds;
                }
                next.push(truth);
            }
        }
        all = next;
    }
    Some(all)
}

/// Ways that are kept for one group.
const MAX_POSSIBLE: usize = 8_192;

struct Group<'g, 'd> {
    atoms: &'g [Atom<'d>],
    bound: &'g [Bound],
    /// Keys that variables name, and the others.
    sources: &'g [ConditionKey],
    keys: &'g [&'d ConditionKey],
    out: Options,
    made: usize,
    cuts: usize,
}

impl Group<'_, '_> {
    fn fill(&mut self) {
        if self.sources.is_empty() {
            self.choose_keys(0, Vec::new());
            return;
        }
        if let Some(key) = self.impure() {
            self.incomplete(format!("a condition on `{key}` has a policy variable inside a text"));
        }
        if self.sources.len() > MAX_SOURCES {
            self.incomplete("conditions are tied together by many policy variables".to_owned());
        }
        let values = self.source_values();
        self.choose_sources(0, &values, Vec::new());
    }

    /// Whether every way in which the atoms may come out is among the choices.
    fn is_full(&self) -> bool {
        let count = u32::try_from(self.atoms.len()).unwrap_or(u32::MAX);
        1_usize.checked_shl(count).is_some_and(|ways| self.out.options.len() >= ways)
    }

    fn incomplete(&mut self, reason: String) {
        self.out.incomplete.get_or_insert(reason);
    }

    /// A key with a condition for which the values of its variables are more than equal to its own
    /// or not.
    fn impure(&self) -> Option<&ConditionKey> {
        use BaseOperator as Op;
        let pure = |value: &String| {
            !value.contains("${")
                || matches!(Pattern::parse(value, true).tokens(), [Token::Variable(_)])
        };
        let impure = |atom: &&Atom<'_>| {
            atom.variables
                && (!atom.values.iter().all(pure)
                    || matches!(
                        atom.operator.base,
                        Op::StringEqualsIgnoreCase | Op::StringNotEqualsIgnoreCase
                    ))
        };
        self.atoms.iter().find(impure).map(|atom| atom.key)
    }

    /// Values for the keys that variables name: a value of each cell that all the atoms of the
    /// group cut together, as many as there are such keys.
    fn source_values(&mut self) -> Vec<String> {
        let mut cut = key::joint(self.atoms, self.sources.len().min(MAX_SOURCES));
        if let Some(reason) = cut.incomplete {
            self.incomplete(reason);
        }
        // What a variable inside a text would have to be for a value that the group names.
        let literal = |value: &&String| !value.contains("${");
        for atom in self.atoms.iter().filter(|atom| atom.variables) {
            for value in atom.values.iter().filter(|v| v.contains("${")) {
                let (Some(from), Some(to)) = (value.find("${"), value.rfind('}')) else { continue };
                let (before, after) = (&value[..from], &value[(to + 1).max(from)..]);
                let other = self.atoms.iter().filter(|other| other.key == atom.key);
                for text in other.flat_map(|other| other.values.iter().filter(literal)) {
                    let inner = text.strip_prefix(before).and_then(|t| t.strip_suffix(after));
                    cut.values.extend(inner.map(ToOwned::to_owned));
                }
            }
        }
        let names = self.sources.iter().map(|key| values::example(key.as_str()));
        let mut all: Vec<String> = names.chain(cut.values).collect();
        all.extend(self.bound.iter().filter_map(|bound| bound.value.clone()));
        let mut seen = std::collections::BTreeSet::new();
        all.retain(|value| seen.insert(value.clone()));
        all
    }

    fn choose_sources(&mut self, at: usize, all: &[String], set: Vec<(ConditionKey, Vec<String>)>) {
        if self.is_full() {
            return;
        }
        let Some(key) = self.sources.get(at).cloned() else {
            self.choose_keys(0, set);
            return;
        };
        let own: Vec<Atom<'_>> = self.atoms.iter().filter(|a| *a.key == key).copied().collect();
        let has_sets = own.iter().any(|atom| atom.may_be_set());
        let mut choices: Vec<Vec<String>> = vec![Vec::new()];
        choices.extend(all.iter().map(|value| vec![value.clone()]));
        if has_sets {
            // A variable of several values has none; two of each are tried.
            let pairs = all.iter().zip(all.iter().skip(1));
            choices.extend(pairs.map(|(a, b)| vec![a.clone(), b.clone()]));
            self.incomplete(format!("`{key}` is a set and the value of a policy variable"));
        }
        for values in choices {
            if !self.admits(&key, &values) {
                continue;
            }
            let mut set = set.clone();
            if !values.is_empty() {
                set.push((key.clone(), values));
            }
            self.choose_sources(at + 1, all, set);
        }
    }

    fn admits(&self, key: &ConditionKey, values: &[String]) -> bool {
        self.bound.iter().filter(|bound| bound.key == *key).all(|bound| bound.admits(values))
    }

    /// Chooses the keys that no variable names, each by itself.
    fn choose_keys(&mut self, at: usize, set: Vec<(ConditionKey, Vec<String>)>) {
        if self.is_full() {
            return;
        }
        if self.made >= MAX_CHOICES || self.cuts >= MAX_CUTS {
            self.incomplete("conditions have too many combinations of values to try".to_owned());
            return;
        }
        let Some(key) = self.keys.get(at).copied() else {
            self.add(set);
            return;
        };
        let own: Vec<Atom<'_>> = self.atoms.iter().filter(|a| a.key == key).copied().collect();
        let context: Context = set.iter().cloned().collect();
        let settled: Vec<String> = self
            .bound
            .iter()
            .filter(|bound| bound.key == *key)
            .filter_map(|bound| bound.value.clone())
            .collect();
        self.cuts += 1;
        let Cut { values, incomplete } = key::cut(key, &own, &context, settled);
        if let Some(reason) = incomplete {
            self.incomplete(reason);
        }
        for values in values {
            if !self.admits(key, &values) {
                continue;
            }
            let mut set = set.clone();
            if !values.is_empty() {
                set.push((key.clone(), values));
            }
            self.choose_keys(at + 1, set);
        }
    }

    /// Adds a choice unless another already makes the same atoms hold.
    fn add(&mut self, set: Vec<(ConditionKey, Vec<String>)>) {
        self.made += 1;
        let context: Context = set.iter().cloned().collect();
        let truth: Vec<bool> = self.atoms.iter().map(|atom| atom.holds(&context)).collect();
        if !self.out.options.iter().any(|o| o.truth == truth) {
            self.out.options.push(Choice { set, truth });
        }
    }
}
