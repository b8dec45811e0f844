//! Fewest statements that mean the same.
//!
//! A statement allows every action of it on every resource of it, so that a statement is a rectangle
//! in the table of actions and resources. The table is covered by rectangles that never leave it: no
//! pair of action and resource is allowed that no grant asks for.

use std::collections::{BTreeMap, BTreeSet};

use crate::iam::{ActionName, ArnPattern, ConditionBlock};
use crate::policy::write as json;

use super::conditions::{implies, joined};
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
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pair {
    action: ActionName,
    resource: ArnPattern,
    condition: ConditionBlock,
}

/// Statements that allow exactly what `atoms` ask for.
///
/// Shape: sorted; one service and one condition block each; no statement, action or resource that the
/// others make superfluous. Same atoms in any order give the same bundles.
pub(super) fn minimize(atoms: &[Atom]) -> Vec<Bundle> {
    let pairs = atoms.iter().map(|atom| Pair {
        action: atom.action.clone(),
        resource: atom.resource.clone(),
        condition: atom.condition.clone(),
    });
    // Before values are joined, so that no value stays that another pair allows.
    let pairs = without_covered(pairs.collect());
    let pairs = without_covered(with_joined_conditions(&pairs));
    let mut tables: BTreeMap<(String, ConditionBlock), Table> = BTreeMap::new();
    for pair in pairs {
        let service = pair.action.service().to_ascii_lowercase();
        let table = tables.entry((service, pair.condition)).or_default();
        table.rows.entry(pair.action).or_default().insert(pair.resource.to_string());
    }
    let mut bundles = Vec::new();
    for ((_, condition), table) in tables {
        let rectangles = table.cheapest(&condition);
        bundles.extend(rectangles.into_iter().map(|Rectangle { actions, resources }| Bundle {
            actions,
            resources,
            condition: condition.clone(),
        }));
    }
    bundles.sort();
    bundles
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
        if pair.resource.pattern().as_literal().is_none() {
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

/// The resources of each action, under one condition block.
#[derive(Default)]
struct Table {
    rows: BTreeMap<ActionName, BTreeSet<String>>,
}

/// Actions and resources all of whose pairs are in the table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rectangle {
    actions: BTreeSet<ActionName>,
    resources: BTreeSet<String>,
}

impl Rectangle {
    /// Units: characters of the statement without its Sid and condition.
    fn size(&self) -> usize {
        let list = |lengths: Vec<usize>| {
            let brackets = if lengths.len() > 1 { 2 } else { 0 };
            lengths.iter().map(|length| length + 3).sum::<usize>() + brackets
        };
        list(self.actions.iter().map(|a| a.as_str().len()).collect())
            + list(self.resources.iter().map(|r| r.chars().count()).collect())
    }

    fn pairs(&self) -> impl Iterator<Item = (&ActionName, &str)> {
        self.actions.iter().flat_map(|a| self.resources.iter().map(move |r| (a, r.as_str())))
    }
}

impl Table {
    /// The cover with the fewest characters among: one statement per set of resources, one per set of
    /// actions, and a greedy choice of rectangles that cannot be extended.
    fn cheapest(&self, condition: &ConditionBlock) -> Vec<Rectangle> {
        let fixed = r#"{"Sid":"","Effect":"Allow","Action":,"Resource":},"#.len()
            + 24
            + json::condition_value(condition).to_string().len();
        let size = |cover: &[Rectangle]| cover.iter().map(|r| r.size() + fixed).sum::<usize>();
        let candidates = [self.by_resources(), self.by_actions(), self.greedy(fixed)];
        let sized = candidates.into_iter().map(|cover| (size(&cover), cover.len(), cover));
        sized.min().map(|(_, _, cover)| cover).unwrap_or_default()
    }

    fn columns(&self) -> BTreeMap<&str, BTreeSet<ActionName>> {
        let mut columns: BTreeMap<&str, BTreeSet<ActionName>> = BTreeMap::new();
        for (action, resources) in &self.rows {
            for resource in resources {
                columns.entry(resource).or_default().insert(action.clone());
            }
        }
        columns
    }

    fn by_resources(&self) -> Vec<Rectangle> {
        let mut sets: BTreeMap<&BTreeSet<String>, BTreeSet<ActionName>> = BTreeMap::new();
        for (action, resources) in &self.rows {
            sets.entry(resources).or_default().insert(action.clone());
        }
        let rectangle = |(resources, actions): (&BTreeSet<String>, _)| Rectangle {
            actions,
            resources: resources.clone(),
        };
        let mut cover: Vec<Rectangle> = sets.into_iter().map(rectangle).collect();
        cover.sort();
        cover
    }

    fn by_actions(&self) -> Vec<Rectangle> {
        let mut sets: BTreeMap<BTreeSet<ActionName>, BTreeSet<String>> = BTreeMap::new();
        for (resource, actions) in self.columns() {
            sets.entry(actions).or_default().insert(resource.to_owned());
        }
        sets.into_iter().map(|(actions, resources)| Rectangle { actions, resources }).collect()
    }

    /// Takes the rectangle with the fewest characters per pair not yet covered, again and again.
    fn greedy(&self, fixed: usize) -> Vec<Rectangle> {
        let mut candidates: BTreeSet<Rectangle> = BTreeSet::new();
        for rectangle in self.by_resources() {
            let fits = |resources: &BTreeSet<String>| rectangle.resources.is_subset(resources);
            let actions = self.rows.iter().filter(|(_, r)| fits(r)).map(|(a, _)| a.clone());
            candidates.insert(Rectangle {
                actions: actions.collect(),
                resources: rectangle.resources.clone(),
            });
        }
        let columns = self.columns();
        for rectangle in self.by_actions() {
            let fits = |actions: &BTreeSet<ActionName>| rectangle.actions.is_subset(actions);
            let resources = columns.iter().filter(|(_, a)| fits(a)).map(|(r, _)| (*r).to_owned());
            candidates.insert(Rectangle {
                resources: resources.collect(),
                actions: rectangle.actions.clone(),
            });
        }
        let mut open: BTreeSet<(&ActionName, &str)> = self
            .rows
            .iter()
            .flat_map(|(action, resources)| resources.iter().map(move |r| (action, r.as_str())))
            .collect();
        let mut cover: Vec<Rectangle> = Vec::new();
        while !open.is_empty() {
            let worth = |r: &Rectangle| {
                let new = r.pairs().filter(|pair| open.contains(pair)).count();
                // Characters per new pair, without floating point.
                (new > 0).then(|| (r.size() + fixed) * 1024 / new)
            };
            let best = candidates.iter().filter_map(|r| Some((worth(r)?, r))).min();
            let Some((_, best)) = best else { break };
            for pair in best.pairs() {
                open.remove(&pair);
            }
            cover.push(best.clone());
        }
        trim(&mut cover);
        cover.sort();
        cover
    }
}

/// Takes out what the other rectangles allow: whole rectangles, then actions, then resources.
fn trim(cover: &mut Vec<Rectangle>) {
    let mut counts: BTreeMap<(ActionName, String), usize> = BTreeMap::new();
    for (action, resource) in cover.iter().flat_map(Rectangle::pairs) {
        *counts.entry((action.clone(), resource.to_owned())).or_default() += 1;
    }
    for rectangle in cover.iter_mut().rev() {
        for action in rectangle.actions.clone() {
            let keys: Vec<_> =
                rectangle.resources.iter().map(|r| (action.clone(), r.clone())).collect();
            if keys.iter().all(|key| counts[key] > 1) {
                rectangle.actions.remove(&action);
                keys.iter().for_each(|key| *counts.entry(key.clone()).or_default() -= 1);
            }
        }
        for resource in rectangle.resources.clone() {
            let keys: Vec<_> =
                rectangle.actions.iter().map(|a| (a.clone(), resource.clone())).collect();
            if keys.iter().all(|key| counts[key] > 1) {
                rectangle.resources.remove(&resource);
                keys.iter().for_each(|key| *counts.entry(key.clone()).or_default() -= 1);
            }
        }
    }
    cover.retain(|rectangle| !rectangle.actions.is_empty() && !rectangle.resources.is_empty());
}

#[cfg(test)]
#[path = "minimize_tests.rs"]
mod tests;
