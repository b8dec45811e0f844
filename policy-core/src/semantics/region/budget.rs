//! The work that one question may make.

use std::cell::Cell;

use crate::iam::pattern::automaton::Automaton;
use crate::iam::pattern::explore::{Exhausted, Walk};
use crate::iam::pattern::universe::Universe;

/// Positions of patterns that one cut may look at.
const CUT_BUDGET: usize = 8_000_000;
/// Work of one whole question. A unit is one position of a pattern looked at.
pub(crate) const BUDGET: usize = 60_000_000;
/// Units of work to hold one pattern against a text or another pattern.
pub(super) const PATTERN: usize = 32;
/// Units of work to hold one text without wildcards against another: most differ soon.
pub(super) const LITERAL: usize = 4;

/// What is left of the work that a question may make.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Cell<usize>,
}

impl Budget {
    pub(crate) fn new(work: usize) -> Self {
        Self { left: Cell::new(work) }
    }

    /// Takes `work` off.
    pub(super) fn spend(&self, work: usize) -> Result<(), Exhausted> {
        match self.left.get().checked_sub(work) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => {
                self.left.set(0);
                Err(Exhausted)
            }
        }
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.left.get() == 0
    }

    /// Explores within what is left.
    pub(super) fn explore(
        &self,
        automaton: &Automaton,
        universe: Universe,
        inside: Option<(usize, bool)>,
        walk: &mut dyn Walk,
    ) -> Result<(), Exhausted> {
        let given = CUT_BUDGET.min(self.left.get());
        let mut left = given;
        let result = automaton.explore(universe, inside, &mut left, walk);
        self.left.set(self.left.get() - (given - left));
        result
    }
}
