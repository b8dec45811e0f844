//! The values and the sets of values of one key that are kept: one for each way in which the atoms on
//! it come out.

use std::collections::BTreeMap;

use super::conditions::Atom;
use super::options::Bound;
use crate::iam::ConditionKey;
use crate::semantics::request::Context;

/// Sets of values of one key that are looked at.
const MAX_SETS: usize = 256;

/// Values of a key, one for each way its atoms can hold.
pub(super) struct Chosen<'c, 'd> {
    key: &'c ConditionKey,
    atoms: &'c [Atom<'d>],
    context: &'c Context,
    /// What is asked of the key besides.
    bound: &'c [&'c Bound],
    seen: Vec<Vec<bool>>,
    pub(super) values: Vec<Vec<String>>,
}

impl<'c, 'd> Chosen<'c, 'd> {
    pub(super) fn new(
        key: &'c ConditionKey,
        atoms: &'c [Atom<'d>],
        context: &'c Context,
        bound: &'c [&'c Bound],
    ) -> Self {
        Self { key, atoms, context, bound, seen: Vec::new(), values: Vec::new() }
    }

    fn truth(&self, values: Vec<String>) -> Vec<bool> {
        let mut context = self.context.clone();
        context.set(self.key.clone(), values);
        self.atoms.iter().map(|atom| atom.holds(&context)).collect()
    }

    pub(super) fn add(&mut self, values: Vec<String>) {
        if !self.bound.iter().all(|bound| bound.admits(&values)) {
            return;
        }
        let truth = self.truth(values.clone());
        // A variable in the resource may need the key where the atoms do not tell, so the missing
        // key never stands for a value.
        if values.is_empty() || !self.seen.contains(&truth) {
            if !values.is_empty() {
                self.seen.push(truth);
            }
            self.values.push(values);
        }
    }

    /// Sets of values: a set operator holds or not by which members match, so sets are told apart
    /// by the union of what their members do. With `several` only sets of more than one member are
    /// looked for. `false` when there are too many.
    pub(super) fn add_sets(&mut self, singles: &[String], several: bool) -> bool {
        // For a member, whether it matches each atom's positive form: the truth of a set with that
        // one member says so for every operator.
        let mut members: BTreeMap<Vec<bool>, &String> = BTreeMap::new();
        let mut pairs: BTreeMap<Vec<bool>, [&String; 2]> = BTreeMap::new();
        for value in singles {
            let truth = self.truth(vec![value.clone()]);
            let first = *members.entry(truth.clone()).or_insert(value);
            if first != value {
                pairs.entry(truth).or_insert([first, value]);
            }
        }
        let single: BTreeMap<Signature, Vec<String>> = members
            .iter()
            .map(|(truth, value)| (signature(truth), vec![(*value).clone()]))
            .collect();
        let Some(mut known) = unions(&single, |set, one| [&set[..], one].concat()) else {
            return false;
        };
        if several {
            for (truth, pair) in pairs {
                known.insert(signature(&truth), pair.map(ToOwned::to_owned).to_vec());
            }
        }
        let mut sets: Vec<Vec<String>> = known.into_values().collect();
        sets.sort_by_key(|set| (set.len(), set.clone()));
        for mut set in sets {
            set.sort();
            self.add(set);
        }
        true
    }
}

/// What a set of values makes of each atom: whether some member makes it hold, and whether some does
/// not.
pub(super) type Signature = Vec<(bool, bool)>;

/// The signature of a set with one member.
pub(super) fn signature(way: &[bool]) -> Signature {
    way.iter().map(|holds| (*holds, !*holds)).collect()
}

/// Every signature of a set of these members, with what `join` makes of their values; `None` when there
/// are too many.
pub(super) fn unions<T: Clone>(
    members: &BTreeMap<Signature, T>,
    join: impl Fn(&T, &T) -> T,
) -> Option<BTreeMap<Signature, T>> {
    let mut known = members.clone();
    let mut queue: Vec<Signature> = known.keys().cloned().collect();
    while let Some(from) = queue.pop() {
        for (one, value) in members {
            let joined: Signature =
                from.iter().zip(one).map(|(x, y)| (x.0 || y.0, x.1 || y.1)).collect();
            if known.contains_key(&joined) {
                continue;
            }
            if known.len() >= MAX_SETS {
                return None;
            }
            let set = join(known.get(&from)?, value);
            known.insert(joined.clone(), set);
            queue.push(joined);
        }
    }
    Some(known)
}
