//! Which statements can be about an action, without looking at the others.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use super::action::Action;
use super::text::Glob;
use crate::policy::ActionElement;

/// Statements as they are added.
#[derive(Debug, Default)]
pub(super) struct Builder {
    exact: HashMap<Box<str>, Vec<usize>>,
    by_start: BTreeMap<Box<str>, Vec<(Glob, usize)>>,
    negated: Vec<(Vec<Glob>, usize)>,
}

impl Builder {
    /// Adds a statement by its number.
    pub(super) fn add(&mut self, number: usize, element: &ActionElement) {
        let entries = element.values().iter().map(|entry| entry.to_ascii_lowercase());
        if element.is_negated() {
            self.negated.push((entries.map(|entry| Glob::plain(&entry)).collect(), number));
            return;
        }
        for entry in entries {
            match entry.find(['*', '?']) {
                None => self.exact.entry(entry.into()).or_default().push(number),
                Some(wildcard) => {
                    let start = self.by_start.entry(entry[..wildcard].into()).or_default();
                    start.push((Glob::plain(&entry), number));
                }
            }
        }
    }

    pub(super) fn finish(self) -> Index {
        let mut starts: Vec<Start> = Vec::with_capacity(self.by_start.len());
        for (text, entries) in self.by_start {
            // Sorted, so whatever this text begins with is the last one or begins that.
            let mut shorter = starts.len().checked_sub(1);
            while let Some(at) = shorter.filter(|at| !text.starts_with(&*starts[*at].text)) {
                shorter = starts[at].shorter;
            }
            starts.push(Start { text, shorter, entries });
        }
        Index { exact: self.exact, starts, negated: self.negated }
    }
}

/// The statements of one effect by what their `Action` names.
#[derive(Debug, Clone)]
pub(super) struct Index {
    /// Entries without a wildcard, in lower case.
    exact: HashMap<Box<str>, Vec<usize>>,
    /// Entries with one, by the text before it; sorted by that text.
    starts: Vec<Start>,
    /// Statements with `NotAction`, and what it names.
    negated: Vec<(Vec<Glob>, usize)>,
}

/// Entries that begin with the same text.
#[derive(Debug, Clone)]
struct Start {
    text: Box<str>,
    /// The longest other text that this one begins with.
    shorter: Option<usize>,
    entries: Vec<(Glob, usize)>,
}

impl Index {
    /// Calls `visit` with every statement that is about the action, until it breaks off. A statement
    /// may come twice, and in any order.
    pub(super) fn visit<B>(
        &self,
        action: &Action,
        mut visit: impl FnMut(usize) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let action = action.as_str();
        if !self.exact.is_empty() {
            for number in self.exact.get(action).into_iter().flatten() {
                visit(*number)?;
            }
        }
        // INVARIANT: between a text and an action that begins with it, in their order, stand only
        // texts that begin with it too. So all that matter are the last one before and its `shorter`s.
        let mut next = self.starts.partition_point(|start| &*start.text <= action).checked_sub(1);
        while let Some(at) = next {
            let start = &self.starts[at];
            if action.starts_with(&*start.text) {
                for (glob, number) in &start.entries {
                    if glob.matches_plain(action) {
                        visit(*number)?;
                    }
                }
            }
            next = start.shorter;
        }
        for (globs, number) in &self.negated {
            if !globs.iter().any(|glob| glob.matches_plain(action)) {
                visit(*number)?;
            }
        }
        ControlFlow::Continue(())
    }
}
