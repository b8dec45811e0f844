//! Cutting a piece of actions or resources into cells in which every statement is constant.

use std::collections::HashMap;
use std::rc::Rc;

use super::compiled::{Compiled, Globs};
use super::conditions_options::variable_value;
use crate::iam::Pattern;
use crate::iam::pattern::automaton::{Automaton, Cell, Universe};
use crate::semantics::decide::PolicyKind;

/// States that one cut may make.
const BUDGET: usize = 200_000;
/// States that all cuts of one direction of a comparison may make together.
const TOTAL_BUDGET: usize = 1_000_000;

/// A piece of actions or resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base<'a> {
    /// What one pattern matches.
    Pattern(&'a Pattern),
    /// What none of these matches.
    Except(&'a [Pattern]),
}

impl Base<'_> {
    /// Whether a text without variables is in the piece.
    pub(super) fn matches(self, text: &str) -> bool {
        match self {
            Self::Pattern(pattern) => pattern.matches(text),
            Self::Except(patterns) => !patterns.iter().any(|p| p.matches(text)),
        }
    }
}

/// A cell of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResourceCell {
    /// For each statement asked about, whether it matches.
    pub(super) matches: Vec<bool>,
    /// A resource of the cell.
    pub(super) text: String,
    /// The values that policy variables have in it: key and value.
    pub(super) forced: Vec<(String, String)>,
}

type ResourceKey = ((usize, usize, usize), Vec<usize>);

/// The cutter, with what it has cut before.
pub(super) struct Region {
    kind: PolicyKind,
    resources: HashMap<ResourceKey, Rc<Vec<ResourceCell>>>,
    left: usize,
}

impl Region {
    pub(super) fn new(kind: PolicyKind) -> Self {
        Self { kind, resources: HashMap::new(), left: TOTAL_BUDGET }
    }

    /// The cells of a piece of actions: which statements match, and an action.
    pub(super) fn actions(
        &mut self,
        base: Base<'_>,
        statements: &[&Compiled<'_>],
    ) -> Result<Vec<(Vec<bool>, String)>, String> {
        if let Base::Pattern(pattern) = base
            && let Some(text) = pattern.as_literal()
        {
            let matches = statements.iter().map(|s| s.action.matches(text)).collect();
            return Ok(vec![(matches, text.to_owned())]);
        }
        let globs: Vec<&Globs> = statements.iter().map(|s| &s.action).collect();
        let (automaton, negated) = automaton(base, &globs);
        let inside = Some((0, matches!(base, Base::Except(_))));
        let cells = self.cut(&automaton, Universe::Action, inside, "actions")?;
        Ok(cells
            .into_iter()
            .map(|cell| {
                let text = automaton.text(&cell.witness, |_| String::new());
                (flip(&cell.matches[1..], &negated), text)
            })
            .collect())
    }

    /// Explores within what is left of the budget.
    fn cut(
        &mut self,
        automaton: &Automaton,
        universe: Universe,
        inside: Option<(usize, bool)>,
        what: &str,
    ) -> Result<Vec<Cell>, String> {
        let given = BUDGET.min(self.left);
        let mut left = given;
        let cells = automaton.cells(universe, inside, &mut left);
        self.left -= given - left;
        cells.map_err(|_| {
            format!("the wildcards of its {what} are too entangled to compare within the budget")
        })
    }

    /// The cells of a piece of resources; `of` names the piece (side, statement, entry) and `ids`
    /// the statements, for the cache.
    pub(super) fn resources(
        &mut self,
        of: (usize, usize, usize),
        base: Base<'_>,
        ids: &[usize],
        statements: &[&Compiled<'_>],
    ) -> Result<Rc<Vec<ResourceCell>>, String> {
        let key = (of, ids.to_vec());
        if let Some(known) = self.resources.get(&key) {
            return Ok(known.clone());
        }
        let globs: Vec<&Globs> = statements.iter().map(|s| &s.resource).collect();
        let plain = |text: &str| ResourceCell {
            matches: globs.iter().map(|g| g.matches(text)).collect(),
            text: text.to_owned(),
            forced: Vec::new(),
        };
        let mut cells = Vec::new();
        let literal = match base {
            Base::Pattern(pattern) => pattern.as_literal(),
            Base::Except(_) => None,
        };
        if let Some(text) = literal {
            cells.push(plain(text));
        } else if self.kind != PolicyKind::Trust {
            let (automaton, negated) = automaton(base, &globs);
            let inside = Some((0, matches!(base, Base::Except(_))));
            let found = self.cut(&automaton, Universe::Arn, inside, "resources")?;
            for cell in found {
                let mut forced: Vec<(String, String)> = Vec::new();
                let text = automaton.text(&cell.witness, |name| {
                    let key = name.split(',').next().unwrap_or(name).trim().to_owned();
                    let value = variable_value(&key);
                    forced.push((key, value.clone()));
                    value
                });
                forced.sort();
                forced.dedup();
                cells.push(ResourceCell {
                    matches: flip(&cell.matches[1..], &negated),
                    text,
                    forced,
                });
            }
        }
        // Actions without a resource type are asked about `*`.
        if literal.is_none() && base.matches("*") {
            cells.push(plain("*"));
        }
        let cells = Rc::new(cells);
        self.resources.insert(key, cells.clone());
        Ok(cells)
    }
}

fn flip(matches: &[bool], negated: &[bool]) -> Vec<bool> {
    matches.iter().zip(negated).map(|(m, n)| m != n).collect()
}

/// Set 0 is the piece, one more set for each list; only patterns that can matter are added.
fn automaton(base: Base<'_>, globs: &[&Globs]) -> (Automaton, Vec<bool>) {
    let mut automaton = Automaton::default();
    automaton.begin_set();
    match base {
        Base::Pattern(pattern) => automaton.add(pattern),
        Base::Except(patterns) => patterns.iter().for_each(|p| automaton.add(p)),
    }
    for glob in globs {
        automaton.begin_set();
        let Base::Pattern(one) = base else {
            glob.patterns.iter().for_each(|p| automaton.add(p));
            continue;
        };
        match glob.patterns.iter().find(|p| p.surely_contains(one)) {
            Some(all) => automaton.add(all),
            None => glob.patterns.iter().filter(|p| p.may_meet(one)).for_each(|p| automaton.add(p)),
        }
    }
    (automaton, globs.iter().map(|g| g.negated).collect())
}
