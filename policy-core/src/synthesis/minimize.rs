//! Fewest characters that mean the same.
//!
//! What is allowed already by another grant goes first, conditions and several grants together taken
//! into account. A statement allows every action of it on every resource of it, so that what is left
//! is a table of actions and resources for each service and condition, and statements are rectangles
//! that cover it (`cover`). No rectangle leaves its table: no combination of action, resource and
//! condition is written that no grant asks for.

use std::collections::{BTreeMap, BTreeSet};

use crate::iam::{ActionName, ArnPattern, ConditionBlock, Cover, patterns_cover};
use crate::policy::write as json;

use super::blocks::{implies, joined, singles};
use super::cover::{self, Table};
use super::grants::Atom;

/// A statement to be: actions of one service on resources under conditions.
///
/// Shape: actions and resources sorted, not empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bundle {
    pub(super) actions: BTreeSet<ActionName>,
    pub(super) resources: BTreeSet<String>,
    pub(super) condition: ConditionBlock,
}

/// A pair that must be allowed, less what another pair already allows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    action: ActionName,
    resource: ArnPattern,
    condition: ConditionBlock,
}

/// Statements that allow exactly what `atoms` ask for.
///
/// Shape: sorted; one service and one condition block each; no statement, action, resource or value
/// that the others make superfluous. Same atoms in any order give the same bundles.
pub(super) fn minimize(atoms: &[Atom]) -> Vec<Bundle> {
    let mut pairs = BTreeSet::new();
    for atom in atoms {
        // Each value by itself, so that none stays that another pair allows.
        for condition in singles(&atom.condition) {
            let (action, resource) = (atom.action.clone(), atom.resource.clone());
            pairs.insert(Pair { action, resource, condition });
        }
    }
    let pairs = without_covered(pairs.into_iter().collect());
    let pairs = with_joined_conditions(&without_covered_together(pairs));
    let mut tables: BTreeMap<(String, ConditionBlock), Table> = BTreeMap::new();
    for pair in pairs {
        let service = pair.action.service().to_ascii_lowercase();
        let table = tables.entry((service, pair.condition)).or_default();
        table.entry(pair.action).or_default().insert(pair.resource.to_string());
    }
    let mut bundles = Vec::new();
    for ((_, condition), table) in tables {
        let rectangles = cover::cheapest(&table, statement_chars(&condition));
        bundles.extend(rectangles.into_iter().map(|(actions, resources)| Bundle {
            actions,
            resources,
            condition: condition.clone(),
        }));
    }
    bundles.sort();
    bundles
}

/// Characters of a Sid that a statement is reckoned with; its own follows from what is in it.
const SID_CHARS: usize = 24;

/// Characters of a statement under `condition` less its actions and resources.
fn statement_chars(condition: &ConditionBlock) -> usize {
    let condition = match condition.is_empty() {
        true => 0,
        false => {
            let text = json::condition_value(condition).to_string();
            r#","Condition":"#.len() + text.chars().count()
        }
    };
    r#"{"Sid":"","Effect":"Allow","Action":,"Resource":},"#.len() + SID_CHARS + condition
}

/// Pairs whose conditions differ in the values of one key only become one pair.
fn with_joined_conditions(pairs: &[Pair]) -> Vec<Pair> {
    let mut by_pair: BTreeMap<(&ActionName, &ArnPattern), BTreeSet<ConditionBlock>> =
        BTreeMap::new();
    for pair in pairs {
        let blocks = by_pair.entry((&pair.action, &pair.resource)).or_default();
        blocks.insert(pair.condition.clone());
    }
    let mut pairs = Vec::new();
    for ((action, resource), mut blocks) in by_pair {
        while let Some((a, b, both)) = first_joined(&blocks) {
            blocks.remove(&a);
            blocks.remove(&b);
            blocks.insert(both);
        }
        pairs.extend(blocks.into_iter().map(|condition| Pair {
            action: action.clone(),
            resource: resource.clone(),
            condition,
        }));
    }
    pairs
}

fn first_joined(
    blocks: &BTreeSet<ConditionBlock>,
) -> Option<(ConditionBlock, ConditionBlock, ConditionBlock)> {
    blocks.iter().enumerate().find_map(|(i, a)| {
        let found = blocks.iter().skip(i + 1).find_map(|b| Some((b, joined(a, b)?)));
        found.map(|(b, both)| (a.clone(), b.clone(), both))
    })
}

/// Drops pairs that another pair of the same action allows.
fn without_covered(pairs: Vec<Pair>) -> Vec<Pair> {
    let mut wide: BTreeMap<ActionName, Vec<usize>> = BTreeMap::new();
    let mut by_text: BTreeMap<(ActionName, String), Vec<usize>> = BTreeMap::new();
    for (i, pair) in pairs.iter().enumerate() {
        if is_wide(pair) {
            wide.entry(pair.action.clone()).or_default().push(i);
        }
        let key = (pair.action.clone(), pair.resource.to_string());
        by_text.entry(key).or_default().push(i);
    }
    let covers = |a: usize, b: usize| {
        a != b
            && implies(&pairs[b].condition, &pairs[a].condition)
            && pairs[a].resource.pattern().contains(pairs[b].resource.pattern())
    };
    let dropped: Vec<bool> = (0..pairs.len())
        .map(|i| {
            let same = &by_text[&(pairs[i].action.clone(), pairs[i].resource.to_string())];
            let others = wide.get(&pairs[i].action).into_iter().flatten();
            others.chain(same).any(|&other| {
                // Of two that cover each other the first stays.
                covers(other, i) && (!covers(i, other) || other < i)
            })
        })
        .collect();
    let kept = pairs.into_iter().zip(dropped);
    kept.filter_map(|(pair, dropped)| (!dropped).then_some(pair)).collect()
}

fn is_wide(pair: &Pair) -> bool {
    pair.resource.pattern().as_literal().is_none()
}

/// Positions of patterns that are looked at to see whether several cover one. Patterns as people write
/// them need some hundreds.
const TOGETHER_BUDGET: usize = 200_000;

/// Drops pairs that several other pairs of the same action allow together: `in/*` beside `in/a*`,
/// `in/?` and what else there is of it. A name is covered by several only where one covers it.
fn without_covered_together(pairs: Vec<Pair>) -> Vec<Pair> {
    let mut by_action: BTreeMap<&ActionName, Vec<usize>> = BTreeMap::new();
    for (i, pair) in pairs.iter().enumerate() {
        by_action.entry(&pair.action).or_default().push(i);
    }
    let mut dropped = vec![false; pairs.len()];
    for indices in by_action.values() {
        // One after the other, so that two do not vouch for each other.
        for &i in indices.iter().filter(|&&i| is_wide(&pairs[i])) {
            let pattern = pairs[i].resource.pattern();
            let others = indices.iter().filter(|&&other| {
                other != i
                    && !dropped[other]
                    && implies(&pairs[i].condition, &pairs[other].condition)
                    && pairs[other].resource.pattern().may_meet(pattern)
            });
            let others: Vec<_> =
                others.map(|&other| pairs[other].resource.pattern().clone()).collect();
            dropped[i] =
                others.len() > 1 && patterns_cover(&others, pattern, TOGETHER_BUDGET) == Cover::Yes;
        }
    }
    let kept = pairs.into_iter().zip(dropped);
    kept.filter_map(|(pair, dropped)| (!dropped).then_some(pair)).collect()
}

#[cfg(test)]
#[path = "minimize_tests.rs"]
mod tests;
