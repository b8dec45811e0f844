//! Why no policies come out.

use super::proof::ProofError;

/// Why no policies come out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SynthesisError {
    /// A document cannot be made small enough (`policy-over-quota`).
    #[error(transparent)]
    OverQuota(#[from] OverQuota),
    /// The documents do not do what the evidence asks for: a fault of this tool.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// Something has no word in IAM's vocabulary; a fault of this tool.
    #[error(transparent)]
    Word(#[from] crate::iam::WordError),
}

impl SynthesisError {
    /// Whether the fault is the tool's, not the input's.
    #[must_use]
    pub fn is_our_fault(&self) -> bool {
        !matches!(self, Self::OverQuota(_))
    }
}

/// A document that cannot be made small enough.
///
/// Units: characters without white space, as IAM counts them; bytes for a Lambda resource policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{document} needs {size} characters without white space; the quota is {quota}{largest}")]
pub struct OverQuota {
    pub(super) document: Box<str>,
    pub(super) size: usize,
    pub(super) quota: usize,
    pub(super) largest: Box<str>,
}

impl OverQuota {
    /// What is too large.
    #[must_use]
    pub fn document(&self) -> &str {
        &self.document
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        if self.document.contains("trust-policy") {
            "give functions roles of their own, or leave out `--trust-source-arn`"
        } else if self.document.contains("resource-policy") {
            "name one source for many, such as `API/STAGE/*/*`"
        } else {
            "declare one pattern for many names, or divide the function"
        }
    }
}
