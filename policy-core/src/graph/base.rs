//! The state before a change: what an earlier run granted because it was declared.

use std::collections::BTreeSet;

use crate::iam::{ActionName, ArnPattern};

/// Accesses that were declared before.
///
/// An access that was only just declared cannot have been seen for long; so nothing is proved unused that is not
/// among these.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Base {
    accesses: BTreeSet<(ActionName, ArnPattern)>,
}

impl Base {
    /// Of actions on patterns.
    #[must_use]
    pub fn new(accesses: impl IntoIterator<Item = (ActionName, ArnPattern)>) -> Self {
        Self { accesses: accesses.into_iter().collect() }
    }

    /// Whether every request of `action` on `resource` was declared.
    pub(super) fn declares(&self, action: &ActionName, resource: &ArnPattern) -> bool {
        self.accesses
            .iter()
            .any(|(own, pattern)| own == action && pattern.pattern().contains(resource.pattern()))
    }
}
