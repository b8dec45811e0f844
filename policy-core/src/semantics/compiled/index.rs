//! Which statements can be about an action: by the whole action, by its service, else all the rest.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::action::Action;
use super::text::Glob;
use crate::policy::ActionElement;

/// The statements of one effect by what their `Action` names.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// Entries without a wildcard, in lower case.
    exact: HashMap<Box<str>, Vec<usize>>,
    /// Entries whose service has no wildcard, by service.
    by_service: HashMap<Box<str>, Vec<(Glob, usize)>>,
    /// All other entries.
    open: Vec<(Glob, usize)>,
    /// Statements with `NotAction`, and what it names.
    negated: Vec<(Vec<Glob>, usize)>,
}

impl Index {
    /// Adds a statement by its number.
    pub(super) fn add(&mut self, number: usize, element: &ActionElement) {
        let entries = element.values().iter().map(|entry| entry.to_ascii_lowercase());
        if element.is_negated() {
            self.negated.push((entries.map(|entry| Glob::plain(&entry)).collect(), number));
            return;
        }
        for entry in entries {
            let Some(wildcard) = entry.find(['*', '?']) else {
                self.exact.entry(entry.into()).or_default().push(number);
                continue;
            };
            let glob = (Glob::plain(&entry), number);
            match entry[..wildcard].split_once(':') {
                Some((service, _)) => self.by_service.entry(service.into()).or_default().push(glob),
                None => self.open.push(glob),
            }
        }
    }

    /// Calls `visit` with every statement that is about the action, until it breaks off. A statement
    /// may come twice, and in any order.
    pub(super) fn visit<B>(
        &self,
        action: &Action,
        mut visit: impl FnMut(usize) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let text = action.as_str();
        if !self.exact.is_empty() {
            for number in self.exact.get(text).into_iter().flatten() {
                visit(*number)?;
            }
        }
        if !self.by_service.is_empty() {
            for (glob, number) in self.by_service.get(action.service()).into_iter().flatten() {
                if glob.matches_plain(text) {
                    visit(*number)?;
                }
            }
        }
        for (glob, number) in &self.open {
            if glob.matches_plain(text) {
                visit(*number)?;
            }
        }
        for (globs, number) in &self.negated {
            if !globs.iter().any(|glob| glob.matches_plain(text)) {
                visit(*number)?;
            }
        }
        ControlFlow::Continue(())
    }
}
