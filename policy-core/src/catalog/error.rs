//! Why bytes are no catalog.

/// Why a catalog file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// The file does not start as a catalog does.
    #[error("not a catalog file")]
    Foreign,
    /// A format of another version of this tool.
    #[error("catalog format {found} is unknown; format {} is understood", super::layout::FORMAT)]
    UnknownFormat {
        /// The number in the file.
        found: u16,
    },
    /// The bytes end early or refer outside themselves.
    #[error("catalog file is damaged: {what}")]
    Damaged {
        /// The part that is wrong.
        what: &'static str,
    },
}
