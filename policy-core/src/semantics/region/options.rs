//! The choices for a group of condition keys that its atoms can tell apart.
//!
//! A group is one key, or the keys that policy variables in condition values tie together. For tied
//! keys the values of those that variables name are chosen first; the others are then cut as if the
//! variables were text. Each choice found is judged by the evaluator of `decide`, so a cut can be
//! incomplete but never wrong.

use std::collections::{BTreeMap, BTreeSet};

use super::conditions::Atom;
use super::key::{self, Cut};
use super::{possible, text, values, variables};
use crate::iam::pattern::automaton::Automaton;
use crate::iam::pattern::universe::Universe;
use crate::iam::{BaseOperator, ConditionKey, Pattern, Token};
use crate::semantics::request::Context;

/// Choices that are made for one group.
const MAX_CHOICES: usize = 20_000;
/// Times that keys are cut for one group.
const MAX_CUTS: usize = 400;
/// Keys named by variables in one group whose values are chosen together.
const MAX_SOURCES: usize = 3;
/// Positions looked at, and values taken, for the variables of one value.
const SPELLINGS: usize = 100_000;
const MAX_SPELLINGS: usize = 24;

/// What a variable in the resource asks of the key it names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Bound {
    pub(super) key: ConditionKey,
    pub(super) allowed: Allowed,
}

/// The values that a key may have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Allowed {
    /// None: the variable takes its default.
    Missing,
    /// One that is none of these.
    Other(Vec<String>),
    /// One or none.
    OneOrMissing,
    /// Several: a variable of it has no value.
    Several,
    /// This one.
    Text(String),
}

impl Bound {
    pub(super) fn admits(&self, values: &[String]) -> bool {
        match (values, &self.allowed) {
            ([], Allowed::Missing | Allowed::OneOrMissing)
            | ([_], Allowed::OneOrMissing)
            | ([_, _, ..], Allowed::Several) => true,
            ([one], Allowed::Text(wanted)) => one == wanted,
            ([one], Allowed::Other(others)) => !others.contains(one),
            _ => false,
        }
    }

    /// Values that the key must not have.
    pub(super) fn left_out(&self) -> &[String] {
        match &self.allowed {
            Allowed::Other(texts) => texts,
            _ => &[],
        }
    }

    /// The value that the key must have.
    pub(super) fn text(&self) -> Option<&String> {
        match &self.allowed {
            Allowed::Text(text) => Some(text),
            _ => None,
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
        group.out.possible = possible::of(atoms, &sources, bound);
    }
    group.out
}

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
            let pattern = Pattern::parse(value, true);
            !pattern.has_variables() || matches!(pattern.tokens(), [Token::Variable(_)])
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
        cut.values.extend(self.spellings());
        let names = self.sources.iter().map(|key| values::example(key.as_str()));
        let mut all: Vec<String> = names.chain(cut.values).collect();
        all.extend(self.bound.iter().filter_map(|bound| bound.text().cloned()));
        let mut seen = BTreeSet::new();
        all.retain(|value| seen.insert(value.clone()));
        all
    }

    /// What variables inside texts would have to be for the conditions on one key to come out in each
    /// way that they can.
    fn spellings(&self) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        for atom in self.atoms.iter().filter(|atom| atom.variables) {
            let own: Vec<&Atom<'_>> = self.atoms.iter().filter(|a| a.key == atom.key).collect();
            for value in atom.values.iter().filter(|value| value.contains("${")) {
                let template = text::parse(atom, value);
                let mut automaton = Automaton::default();
                automaton.begin_set();
                text::add_relaxed(&mut automaton, atom, value, &template);
                for other in own.iter().flat_map(|a| a.values.iter().map(move |v| (a, v))) {
                    automaton.begin_set();
                    text::add_relaxed(
                        &mut automaton,
                        other.0,
                        other.1,
                        &text::parse(other.0, other.1),
                    );
                }
                let Ok(cells) =
                    automaton.cells(Universe::Any, Some((0, false)), &mut { SPELLINGS })
                else {
                    continue;
                };
                // Operators that pass over case find their texts in any.
                let texts = cells.iter().map(|cell| automaton.text(&cell.witness));
                let spelled = texts.flat_map(|text| {
                    let lower = text.to_lowercase();
                    let folded = variables::alignments(&text::lower(&template), &lower);
                    variables::alignments(&template, &text).into_iter().chain(folded)
                });
                out.extend(spelled.flat_map(BTreeMap::into_values).take(MAX_SPELLINGS));
            }
        }
        out
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
                // Another text of its cell might do.
                if values.len() == 1 && self.bound.iter().any(|b| b.left_out().contains(&values[0]))
                {
                    self.incomplete(format!("not every value of `{key}` could be tried"));
                }
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
        let bound: Vec<&Bound> = self.bound.iter().filter(|bound| bound.key == *key).collect();
        self.cuts += 1;
        let Cut { values, incomplete } = key::cut(key, &own, &context, &bound);
        if let Some(reason) = incomplete {
            self.incomplete(reason);
        }
        for values in values {
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
