//! The texts that are looked at: which ones are actions, which ones ARNs.

use super::automaton::Symbol;

/// The texts that are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Universe {
    /// Every text.
    Any,
    /// Actions in lower case: a service prefix, a colon, a name.
    Action,
    /// ARNs of six parts.
    Arn,
}

const LOWER: &str = "xyzabcdefghijklmnopqrstuvw0123456789-_";

impl Universe {
    /// Whether a text is one of them.
    pub(crate) fn holds(self, text: &str) -> bool {
        let end = text.chars().try_fold(0, |state, c| self.step(state, c.into()));
        end.is_some_and(|state| self.accepts(state))
    }

    /// Where a text stands after one more symbol; `None` when no text of the universe goes on so.
    pub(super) fn step(self, state: u8, symbol: Symbol) -> Option<u8> {
        let c = char::from_u32(symbol);
        match self {
            Self::Any => Some(0),
            Self::Action => {
                let c = c?;
                let letter = c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                match state {
                    0 | 1 if letter => Some(1),
                    1 if c == ':' => Some(2),
                    2 | 3 if letter || c == '_' => Some(3),
                    _ => None,
                }
            }
            Self::Arn => match (state, c) {
                (0, Some('a')) => Some(1),
                (1, Some('r')) => Some(2),
                (2, Some('n')) => Some(3),
                (3, Some(':')) => Some(4),
                (0..=3, _) => None,
                // Partition and service are never empty; Region and account may be.
                (4 | 6, Some(':')) => None,
                (5, Some(':')) => Some(6),
                (7, Some(':')) => Some(8),
                (8, Some(':')) => Some(9),
                (9, Some(':')) => Some(10),
                (4 | 5, _) => Some(5),
                (6 | 7, _) => Some(7),
                (8, _) => Some(8),
                (9, _) => Some(9),
                _ => Some(11),
            },
        }
    }

    pub(super) fn accepts(self, state: u8) -> bool {
        match self {
            Self::Any => true,
            Self::Action => state == 3,
            Self::Arn => state == 11,
        }
    }

    /// Symbols that matter to the universe itself.
    pub(super) fn structure(self, state: u8) -> &'static str {
        match (self, state) {
            (Self::Any, _) => "",
            (Self::Action, _) => ":",
            (Self::Arn, 0) => "a",
            (Self::Arn, 1) => "r",
            (Self::Arn, 2) => "n",
            (Self::Arn, _) => ":",
        }
    }

    /// A character that is none of `taken` and so stands for all that are none of them.
    pub(super) fn other(self, state: u8, taken: &[Symbol]) -> Option<Symbol> {
        let free = |symbol: &Symbol| taken.binary_search(symbol).is_err();
        let mut letters = LOWER.chars().map(Symbol::from);
        match (self, state) {
            (Self::Arn, 0..=3) => None,
            (Self::Action, 0 | 1) => letters.find(|s| free(s) && *s != u32::from('_')),
            (Self::Action, _) => letters.find(free),
            _ => letters.find(free).or_else(|| (0x100..0x2000).find(free)),
        }
    }
}
