//! A whole document.

use super::Statement;

/// The version of the policy language, which is not a version of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `2008-10-17`: `${…}` is plain text. What a document without `Version` is read as.
    V2008,
    /// `2012-10-17`: `${…}` is a policy variable.
    V2012,
}

impl Version {
    /// Every version there is.
    pub const ALL: [Self; 2] = [Self::V2008, Self::V2012];

    /// The date that stands for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }
}

/// One policy document: identity policy, trust policy, resource policy, boundary or SCP.
///
/// Shape: statements in the order written; nothing sorted, nothing dropped.
///
/// # Source
/// IAM User Guide, "Grammar of the IAM JSON policy language".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PolicyDocument {
    /// The `Version` element; without it AWS reads the document as 2008-10-17.
    pub version: Option<Version>,
    /// The `Id` element of resource policies.
    pub id: Option<String>,
    /// The statements.
    pub statements: Vec<Statement>,
}

impl PolicyDocument {
    /// A 2012-10-17 document of these statements.
    #[must_use]
    pub fn new(statements: Vec<Statement>) -> Self {
        Self { version: Some(Version::V2012), id: None, statements }
    }

    /// Whether `${…}` in it is a policy variable.
    #[must_use]
    pub fn has_variables(&self) -> bool {
        self.version == Some(Version::V2012)
    }
}
