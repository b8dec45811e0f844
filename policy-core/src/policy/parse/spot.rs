//! Places in the text of a document.

use std::collections::BTreeMap;

/// A place in the text. Units: from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Spot {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// Where a statement and its elements stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatementSpots {
    /// The opening brace.
    pub start: Spot,
    pub(super) elements: BTreeMap<&'static str, (Spot, Vec<Spot>)>,
}

impl Spot {
    /// The first character of a text.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl StatementSpots {
    /// The key of an element, named as AWS writes it (`Action`, `NotResource`).
    #[must_use]
    pub fn element(&self, name: &str) -> Option<Spot> {
        self.elements.get(name).map(|(spot, _)| *spot)
    }

    /// The values of an element, in the order of its values; empty for `Condition` and `Principal`.
    #[must_use]
    pub fn values(&self, name: &str) -> &[Spot] {
        self.elements.get(name).map_or(&[], |(_, values)| values)
    }
}
