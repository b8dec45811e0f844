//! Where a fact entered. Attached once and never dropped.

use crate::finding::Place;

/// A place in Rust source.
///
/// Units: lines and columns from 1, as compilers print them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceOrigin {
    /// The cargo package.
    pub package: Box<str>,
    /// The file, relative to its workspace, with `/` on every platform.
    pub file: Box<str>,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    /// The Rust item: `Access::orders`, `handler`.
    pub item: Box<str>,
}

/// Where a setting of the function was read: `policy.toml`, a template, a flag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SettingOrigin {
    /// The file as the user named it, or the flag (`--function-name`).
    pub source: Box<str>,
    /// The path inside it: `functions.order-api.tracing`.
    pub path: Box<str>,
    /// The line, from 1; of a file whose values have lines.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
}

impl SettingOrigin {
    /// The place to point at.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { file: self.source.clone(), line: self.line, column: self.column, record: None }
    }
}
