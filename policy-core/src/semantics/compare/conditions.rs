//! The question that is left of a cell: is there a context under which one side allows and the
//! other does not?
//!
//! Every (operator, key, values) is an atom. Keys are independent, so each key is cut by itself into
//! the values that its atoms can tell apart (`options`), the missing key among them; then values
//! are chosen key by key. Where a key's cut is not known to be complete, a context that is found
//! still counts, but none found is a proof only if none would help.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::super::condition;
use super::super::request::Context;
use super::conditions_options::{Options, options};
use crate::iam::{ConditionKey, Operator};
use crate::policy::Effect;

/// Choices looked at for one question.
const MAX_CHOICES: usize = 50_000;
/// Choices looked at in a whole comparison.
const MAX_CHOICES_IN_ALL: usize = 1_000_000;

/// One operator on one key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Atom {
    pub(super) key: ConditionKey,
    pub(super) operator: Operator,
    pub(super) values: Vec<String>,
    /// Doubtful operators are read by the effect of their statement.
    pub(super) effect: Effect,
    pub(super) variables: bool,
}

impl Atom {
    /// Whether it holds, by the evaluator of `decide`.
    pub(super) fn holds(&self, context: &Context) -> bool {
        condition::entry(
            self.operator,
            &self.key,
            &self.values,
            context,
            self.variables,
            self.effect,
        )
    }
}

/// The atoms of one key, and the value it must have.
type OptionsKey = (Vec<usize>, Option<String>);

/// All atoms of a comparison, numbered.
#[derive(Debug, Default)]
pub(super) struct Atoms {
    list: Vec<Atom>,
    numbers: BTreeMap<Atom, usize>,
    sides: usize,
    choices: Cell<usize>,
    known: RefCell<HashMap<OptionsKey, Rc<Options>>>,
}

/// May the granting side allow what the other does not? Conditions are lists of atom numbers that
/// all must hold; of `refusing`, `allowing` and `denying` each is one statement.
pub(super) struct Question<'q> {
    /// The condition of the `Allow` asked about.
    pub(super) must: &'q [usize],
    /// `Deny`s of the granting side.
    pub(super) refusing: &'q [&'q [usize]],
    /// `Allow`s of the other side.
    pub(super) allowing: &'q [&'q [usize]],
    /// `Deny`s of the other side.
    pub(super) denying: &'q [&'q [usize]],
    /// Values that keys have because the resource holds them.
    pub(super) forced: &'q [(String, String)],
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Under no context.
    Covered,
    /// Under this one.
    Witness(Context),
    /// Not decided, and why.
    Unknown(String),
}

impl Question<'_> {
    /// Whether the two sides differ, or still may, when atoms are true, false or not chosen yet.
    fn differs(&self, truth: &dyn Fn(usize) -> Option<bool>) -> Option<bool> {
        let all = |atoms: &[usize]| -> Option<bool> {
            let mut open = false;
            for atom in atoms {
                match truth(*atom) {
                    Some(false) => return Some(false),
                    Some(true) => {}
                    None => open = true,
                }
            }
            if open { None } else { Some(true) }
        };
        let any = |statements: &[&[usize]]| -> Option<bool> {
            let mut open = false;
            for statement in statements {
                match all(statement) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => open = true,
                }
            }
            if open { None } else { Some(false) }
        };
        let here = match (all(self.must), any(self.refusing)) {
            (Some(false), _) | (_, Some(true)) => return Some(false),
            (Some(true), Some(false)) => Some(true),
            _ => None,
        };
        let there = match (any(self.denying), any(self.allowing)) {
            (Some(true), _) | (_, Some(false)) => Some(false),
            (Some(false), Some(true)) => Some(true),
            _ => None,
        };
        match (here, there) {
            (_, Some(true)) => Some(false),
            (Some(true), Some(false)) => Some(true),
            _ => None,
        }
    }

    fn atoms(&self) -> Vec<usize> {
        let mut atoms: Vec<usize> = [self.must]
            .into_iter()
            .chain(self.refusing.iter().copied())
            .chain(self.allowing.iter().copied())
            .chain(self.denying.iter().copied())
            .flatten()
            .copied()
            .collect();
        atoms.sort_unstable();
        atoms.dedup();
        atoms
    }
}

impl Atoms {
    pub(super) fn next_side(&mut self) -> usize {
        self.sides += 1;
        self.sides - 1
    }

    pub(super) fn intern(
        &mut self,
        effect: Effect,
        variables: bool,
        operator: Operator,
        key: &ConditionKey,
        values: &[String],
    ) -> usize {
        // Where no value has a variable, the version of the document makes no difference.
        let variables = variables && values.iter().any(|v| v.contains("${"));
        let atom = Atom { key: key.clone(), operator, values: values.to_vec(), effect, variables };
        let next = self.list.len();
        let list = &mut self.list;
        *self.numbers.entry(atom.clone()).or_insert_with(|| {
            list.push(atom);
            next
        })
    }

    /// Looks for a context.
    pub(super) fn solve(&self, question: &Question<'_>) -> Outcome {
        if question.differs(&|_| None) == Some(false) || surely_covered(question) {
            return Outcome::Covered;
        }
        let mut forced = Context::default();
        for (key, value) in question.forced {
            forced.set(ConditionKey::new(key), vec![value.clone()]);
        }
        let keys = self.keys(&question.atoms(), &forced);
        let (chosen, gave_up) = self.search(question, &keys, false);
        if let Some(chosen) = chosen {
            let mut context = forced;
            for (key, option) in keys.iter().zip(chosen) {
                for (name, values) in &key.options[option].set {
                    context.set(name.clone(), values.clone());
                }
            }
            return Outcome::Witness(context);
        }
        if gave_up {
            return Outcome::Unknown("its conditions have too many combinations to try".into());
        }
        if keys.iter().all(|k| k.incomplete.is_none()) {
            return Outcome::Covered;
        }
        if self.search(question, &keys, true) == (None, false) {
            return Outcome::Covered;
        }
        let reason = keys.iter().find_map(|k| k.incomplete.clone());
        Outcome::Unknown(reason.unwrap_or_default())
    }

    /// The option of each key that makes a difference, and whether the search was given up.
    fn search(
        &self,
        question: &Question<'_>,
        keys: &[Rc<Options>],
        imagined: bool,
    ) -> (Option<Vec<usize>>, bool) {
        let given = MAX_CHOICES.min(MAX_CHOICES_IN_ALL - self.choices.get());
        let mut search = Search { question, keys, truth: HashMap::new(), left: given };
        let found = search.find(0, imagined);
        self.choices.set(self.choices.get() + given - search.left);
        (found, search.left == 0)
    }

    /// The options of every key among these atoms.
    fn keys(&self, atoms: &[usize], forced: &Context) -> Vec<Rc<Options>> {
        let mut by_key: BTreeMap<&ConditionKey, Vec<usize>> = BTreeMap::new();
        for atom in atoms {
            by_key.entry(&self.list[*atom].key).or_default().push(*atom);
        }
        by_key
            .into_iter()
            .map(|(key, mut atoms)| {
                // By content, not by number: which side is called old makes no difference.
                atoms.sort_by_key(|atom| &self.list[*atom]);
                let fixed = forced.values(key).first().cloned();
                let of = (atoms, fixed);
                if let Some(known) = self.known.borrow().get(&of) {
                    return known.clone();
                }
                let list: Vec<(usize, &Atom)> = of.0.iter().map(|a| (*a, &self.list[*a])).collect();
                let made = Rc::new(options(key, &list, of.1.as_deref()));
                self.known.borrow_mut().insert(of, made.clone());
                made
            })
            .collect()
    }
}

/// Cheap and sound: some `Allow` of the other side asks no more than ours, and nothing denies.
fn surely_covered(question: &Question<'_>) -> bool {
    let asks_no_more = |atoms: &&[usize]| atoms.iter().all(|a| question.must.contains(a));
    question.refusing.iter().any(asks_no_more)
        || question.denying.is_empty() && question.allowing.iter().any(asks_no_more)
}

/// Chooses an option for one key after the other.
struct Search<'s> {
    question: &'s Question<'s>,
    keys: &'s [Rc<Options>],
    truth: HashMap<usize, bool>,
    left: usize,
}

impl Search<'_> {
    fn find(&mut self, at: usize, imagined: bool) -> Option<Vec<usize>> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let verdict = self.question.differs(&|atom| self.truth.get(&atom).copied());
        if verdict == Some(false) {
            return None;
        }
        let Some(key) = self.keys.get(at) else {
            return (verdict == Some(true)).then(Vec::new);
        };
        let key = key.clone();
        let known = key.options.iter().map(|o| o.truth.clone());
        let all: Vec<Vec<bool>> = if imagined && key.incomplete.is_some() {
            combinations(key.atoms.len())
        } else {
            known.collect()
        };
        for (number, truth) in all.into_iter().enumerate() {
            for (atom, holds) in key.atoms.iter().zip(&truth) {
                self.truth.insert(*atom, *holds);
            }
            if let Some(mut rest) = self.find(at + 1, imagined) {
                rest.insert(0, number);
                return Some(rest);
            }
        }
        for atom in &key.atoms {
            self.truth.remove(atom);
        }
        None
    }
}

/// Every way that `count` atoms can hold or not, up to what is worth trying.
fn combinations(count: usize) -> Vec<Vec<bool>> {
    let count_of = 1_usize << count.min(14);
    (0..count_of).map(|n| (0..count).map(|bit| bit < 14 && n >> bit & 1 == 1).collect()).collect()
}
