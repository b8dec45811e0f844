//! The question that is left of a cell: is there a context under which the region has a request?
//!
//! Every (operator, key, values) is an atom. Keys are independent but where a policy variable ties
//! one to another, so each group of tied keys is cut by itself into the choices that its atoms can
//! tell apart (`options`), the missing key among them; then choices are made group by group. Where
//! a group's cut is not known to be complete, a context that is found still counts, but none found
//! is a proof only if none would help.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::choosing::Search;
use super::expression::Expression;
use super::options::{Allowed, Bound, Options, options};
use super::{text, values};
use crate::iam::{BaseOperator, ConditionKey, Operator, Pattern, Token};
use crate::policy::Effect;
use crate::semantics::condition;
use crate::semantics::request::Context;

/// Choices looked at for one cell.
const MAX_CHOICES: usize = 50_000;
/// Choices looked at in a whole question.
const MAX_CHOICES_IN_ALL: usize = 1_000_000;

/// One operator on one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Atom<'d> {
    pub(super) key: &'d ConditionKey,
    pub(super) operator: Operator,
    pub(super) values: &'d [String],
    /// Doubtful operators are read by the effect of their statement.
    pub(super) effect: Effect,
    pub(super) variables: bool,
    /// Whether some condition of the whole question compares its key with a set operator, so that
    /// the key may have several values here too. Known once all are numbered.
    set: bool,
}

impl<'d> Atom<'d> {
    /// `variables` is whether the document has policy variables.
    pub(super) fn new(
        effect: Effect,
        variables: bool,
        operator: Operator,
        key: &'d ConditionKey,
        values: &'d [String],
    ) -> Self {
        // Where no value has a variable, the version of the document makes no difference.
        let variables = variables && values.iter().any(|v| v.contains("${"));
        Self { key, operator, values, effect, variables, set: false }
    }

    /// Whether its key may have several values.
    pub(super) fn may_be_set(&self) -> bool {
        self.set || self.operator.quantifier.is_some()
    }

    /// The texts that it compares a value with as they stand.
    pub(super) fn literals(&self) -> Vec<String> {
        use BaseOperator as Op;
        let exact = [Op::StringEquals, Op::StringNotEquals, Op::StringLike, Op::StringNotLike];
        let values = self.values.iter().filter(|_| exact.contains(&self.operator.base));
        values.filter_map(|v| text::parse(self, v).as_literal().map(ToOwned::to_owned)).collect()
    }

    /// Whether it holds, by the evaluator of `decide`.
    pub(super) fn holds(&self, context: &Context) -> bool {
        condition::entry(self.operator, self.key, self.values, context, self.variables, self.effect)
    }

    /// The keys whose values its own values are made of.
    pub(super) fn variable_keys(&self) -> Vec<ConditionKey> {
        if !self.variables {
            return Vec::new();
        }
        let mut keys = Vec::new();
        for value in self.values {
            for token in Pattern::parse(value, true).tokens() {
                if let Token::Variable(name) = token {
                    keys.push(ConditionKey::new(values::variable(name).0));
                }
            }
        }
        keys
    }
}

/// Atoms held against values in a whole question, about.
const MAX_EVALUATIONS: usize = 3_000_000;
/// Contexts guessed for one cell.
const MAX_GUESSES: usize = 8;

/// Groups of choices that have been worked out, by the atoms of the group and what is bound.
type Known = HashMap<(Vec<usize>, Vec<Bound>), Rc<Options>>;

/// All atoms of a question, numbered.
#[derive(Debug, Default)]
pub(crate) struct Atoms<'d> {
    list: RefCell<Vec<Atom<'d>>>,
    /// Keys that some atom compares with a set operator.
    sets: RefCell<BTreeSet<&'d ConditionKey>>,
    numbers: RefCell<HashMap<Atom<'d>, usize>>,
    choices: Cell<usize>,
    evaluations: Cell<usize>,
    known: RefCell<Known>,
}

/// Which classes of statements match in a cell, and what is asked of their conditions.
pub(super) struct Ask<'q> {
    pub(super) expression: &'q Expression,
    /// For each leaf of the expression, the conditions of its statements that match here: each a
    /// list of atoms that all must hold. `None`: the leaf holds whatever the context is.
    pub(super) leaves: &'q [Option<Vec<&'q [usize]>>],
    /// Atoms that must hold besides.
    pub(super) must: &'q [usize],
    /// Keys that the resource ties down.
    pub(super) bound: &'q [Bound],
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Under no context.
    Never,
    /// Under this one.
    When(Context),
    /// Not decided, and why.
    Unknown(String),
}

impl Ask<'_> {
    /// Whether the request is in the region, when atoms are true, false or not chosen yet.
    pub(super) fn holds(&self, truth: &[Option<bool>]) -> Option<bool> {
        let all = |atoms: &[usize]| -> Option<bool> {
            let mut open = false;
            for atom in atoms {
                match truth.get(*atom).copied().flatten() {
                    Some(false) => return Some(false),
                    Some(true) => {}
                    None => open = true,
                }
            }
            if open { None } else { Some(true) }
        };
        let must = all(self.must);
        if must == Some(false) {
            return must;
        }
        let value = self.expression.value(&|leaf| {
            let Some(classes) = &self.leaves[leaf] else { return Some(true) };
            let mut open = false;
            for class in classes {
                match all(class) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => open = true,
                }
            }
            if open { None } else { Some(false) }
        });
        match (value, must) {
            (Some(true), None) => None,
            (value, _) => value,
        }
    }

    fn atoms(&self) -> Vec<usize> {
        let classes = self.leaves.iter().flatten().flatten().copied();
        let mut atoms: Vec<usize> = classes.chain([self.must]).flatten().copied().collect();
        atoms.sort_unstable();
        atoms.dedup();
        atoms
    }
}

impl<'d> Atoms<'d> {
    /// The number of an atom, the same for the same atom.
    pub(super) fn number(&self, atom: Atom<'d>) -> usize {
        if atom.operator.quantifier.is_some() {
            self.sets.borrow_mut().insert(atom.key);
        }
        let mut list = self.list.borrow_mut();
        let next = list.len();
        *self.numbers.borrow_mut().entry(atom).or_insert_with(|| {
            list.push(atom);
            next
        })
    }

    /// Whether some condition of the whole question takes a key as a set.
    pub(super) fn may_be_set(&self, key: &ConditionKey) -> bool {
        self.sets.borrow().contains(key)
    }

    /// All atoms on one key.
    pub(super) fn on(&self, key: &ConditionKey) -> Vec<Atom<'d>> {
        self.list.borrow().iter().filter(|atom| atom.key == key).copied().collect()
    }

    /// Looks for a context.
    pub(super) fn solve(&self, ask: &Ask<'_>) -> Outcome {
        if ask.holds(&[]) == Some(false) {
            return Outcome::Never;
        }
        if let Some(context) = self.guess(ask) {
            return Outcome::When(context);
        }
        let Some(groups) = self.groups(&ask.atoms(), ask.bound) else {
            return Outcome::Unknown("there are too many conditions to compare".into());
        };
        let (chosen, gave_up) = self.search(ask, &groups, false);
        if let Some(chosen) = chosen {
            return Outcome::When(self.context(ask, &groups, &chosen));
        }
        if gave_up {
            return Outcome::Unknown("its conditions have too many combinations to try".into());
        }
        if groups.iter().all(|group| group.incomplete.is_none()) {
            return Outcome::Never;
        }
        if self.search(ask, &groups, true) == (None, false) {
            return Outcome::Never;
        }
        let reason = groups.iter().find_map(|group| group.incomplete.clone());
        Outcome::Unknown(reason.unwrap_or_default())
    }

    /// Takes work off what a whole question may cost; `false` when nothing is left.
    fn may_evaluate(&self, evaluations: usize) -> bool {
        let total = self.evaluations.get().saturating_add(evaluations);
        self.evaluations.set(total);
        total <= MAX_EVALUATIONS
    }

    /// A context made of the values that the conditions that must hold name themselves: in most
    /// cells with a request it shows one.
    fn guess(&self, ask: &Ask<'_>) -> Option<Context> {
        if !ask.bound.is_empty() {
            return None;
        }
        let list = self.list.borrow();
        let must: Vec<Atom<'_>> = ask.must.iter().map(|atom| list[*atom]).collect();
        let mut keys: Vec<&ConditionKey> = must.iter().map(|atom| atom.key).collect();
        keys.sort();
        keys.dedup();
        let longest = must.iter().map(|atom| atom.values.len()).max().unwrap_or(0);
        for nth in 0..longest.clamp(1, MAX_GUESSES) {
            let mut context = Context::default();
            for key in &keys {
                let own: Vec<&Atom<'_>> = must.iter().filter(|atom| atom.key == *key).collect();
                if own.iter().all(|atom| atom.holds(&context)) {
                    continue;
                }
                let named = own.iter().flat_map(|atom| atom.values);
                let value = named.clone().nth(nth).or(named.clone().next())?;
                context.set((*key).clone(), vec![value.clone()]);
            }
            let atoms = ask.atoms();
            if !self.may_evaluate(atoms.len()) {
                return None;
            }
            let mut truth = vec![None; list.len()];
            for atom in atoms {
                truth[atom] = Some(list[atom].holds(&context));
            }
            if ask.holds(&truth) == Some(true) {
                return Some(context);
            }
        }
        None
    }

    /// The option of each group that makes a request, and whether the search was given up.
    fn search(
        &self,
        ask: &Ask<'_>,
        groups: &[Rc<Options>],
        imagined: bool,
    ) -> (Option<Vec<usize>>, bool) {
        let given = MAX_CHOICES.min(MAX_CHOICES_IN_ALL - self.choices.get());
        let truth = vec![None; self.list.borrow().len()];
        let mut search = Search { ask, groups, truth, left: given };
        let found = search.find(0, imagined);
        self.choices.set(self.choices.get() + given - search.left);
        (found, search.left == 0)
    }

    /// The context of the choices made; keys that are only bound get an example value.
    fn context(&self, ask: &Ask<'_>, groups: &[Rc<Options>], chosen: &[usize]) -> Context {
        let list = self.list.borrow();
        let atoms = ask.atoms();
        let is_chosen = |key: &ConditionKey| {
            atoms.iter().any(|a| list[*a].key == key || list[*a].variable_keys().contains(key))
        };
        let mut context = Context::default();
        for bound in ask.bound.iter().filter(|bound| !is_chosen(&bound.key)) {
            let value = match &bound.allowed {
                Allowed::Missing => continue,
                Allowed::Text(text) => vec![text.clone()],
                Allowed::Other(_) | Allowed::OneOrMissing => {
                    vec![values::example(bound.key.as_str())]
                }
                Allowed::Several => ["a", "b"].map(ToOwned::to_owned).to_vec(),
            };
            context.set(bound.key.clone(), value);
        }
        for (group, option) in groups.iter().zip(chosen) {
            for (name, values) in &group.options[*option].set {
                context.set(name.clone(), values.clone());
            }
        }
        context
    }

    /// The atoms by groups of keys that variables tie together, with the options of each; `None`
    /// when there are too many.
    fn groups(&self, atoms: &[usize], bound: &[Bound]) -> Option<Vec<Rc<Options>>> {
        let list = self.list.borrow();
        let mut by_key: BTreeMap<&ConditionKey, Vec<usize>> = BTreeMap::new();
        for atom in atoms {
            by_key.entry(list[*atom].key).or_default().push(*atom);
        }
        // A group is named by one of its keys.
        let mut group_of: BTreeMap<ConditionKey, ConditionKey> = BTreeMap::new();
        let find = |group_of: &BTreeMap<ConditionKey, ConditionKey>, key: &ConditionKey| {
            let mut at = key.clone();
            while let Some(next) = group_of.get(&at).filter(|next| **next != at) {
                at = next.clone();
            }
            at
        };
        for atom in atoms {
            for tied in list[*atom].variable_keys() {
                let (a, b) = (find(&group_of, list[*atom].key), find(&group_of, &tied));
                let (low, high) = if a <= b { (a, b) } else { (b, a) };
                group_of.insert(high, low);
            }
        }
        let mut groups: BTreeMap<ConditionKey, Vec<usize>> = BTreeMap::new();
        for (key, atoms) in by_key {
            groups.entry(find(&group_of, key)).or_default().extend(atoms);
        }
        groups
            .into_values()
            .map(|mut atoms| {
                // By content, not by number: which side is called old makes no difference.
                atoms.sort_by_key(|atom| list[*atom]);
                let concerns = |bound: &&Bound| {
                    let key = &bound.key;
                    atoms
                        .iter()
                        .any(|a| list[*a].key == key || list[*a].variable_keys().contains(key))
                };
                let bound: Vec<Bound> = bound.iter().filter(concerns).cloned().collect();
                let of = (atoms, bound);
                if let Some(known) = self.known.borrow().get(&of) {
                    return Some(known.clone());
                }
                let sets = self.sets.borrow();
                let atom = |number: &usize| {
                    let atom = list[*number];
                    Atom { set: sets.contains(atom.key), ..atom }
                };
                let group: Vec<Atom<'_>> = of.0.iter().map(atom).collect();
                // Each value named is tried, with something before and after it.
                let values: usize = group.iter().map(|atom| atom.values.len()).sum();
                if !self.may_evaluate(group.len() * (2 * values + 16)) {
                    return None;
                }
                let made = Rc::new(options(&of.0, &group, &of.1));
                self.known.borrow_mut().insert(of, made.clone());
                Some(made)
            })
            .collect()
    }
}
