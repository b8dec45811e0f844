//! Statements → documents that fit the quotas.

use crate::policy::quota::{INLINE_ROLE_CHARS, MANAGED_CHARS, MANAGED_PER_ROLE, Quota, size_chars};
use crate::policy::{PolicyDocument, Statement};

use super::error::OverQuota;

/// How large a document is and how much room is left.
///
/// Units: characters without white space, as IAM counts them; bytes for a Lambda resource policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DocumentSize {
    /// Which document: `execution-role`, `execution-role-2`, `trust-policy`, `resource-policy.live`.
    pub document: String,
    /// Its size.
    pub size: usize,
    /// The quota it was held against.
    pub quota: usize,
}

impl DocumentSize {
    /// Room left.
    #[must_use]
    pub fn headroom(&self) -> usize {
        self.quota.saturating_sub(self.size)
    }
}

/// One document when it fits the inline quota, else several managed policies.
///
/// Shape: statements keep their order, first fit; never an empty document but a lone one.
///
/// # Errors
/// [`OverQuota`] when one statement alone is larger than a managed policy, or when more policies
/// would be needed than a role may carry.
pub(super) fn split(statements: Vec<Statement>) -> Result<Vec<PolicyDocument>, OverQuota> {
    let whole = PolicyDocument::new(statements);
    if size_chars(&whole) <= INLINE_ROLE_CHARS {
        return Ok(vec![whole]);
    }
    let total = size_chars(&whole);
    let mut documents: Vec<PolicyDocument> = Vec::new();
    for statement in whole.statements {
        let alone = PolicyDocument::new(vec![statement.clone()]);
        let size = size_chars(&alone);
        if size > MANAGED_CHARS {
            return Err(OverQuota {
                document: "one statement of the execution role".into(),
                size,
                quota: MANAGED_CHARS,
                largest: format!(": `{}`", statement.sid.as_deref().unwrap_or_default()).into(),
            });
        }
        let fitting = documents.iter_mut().find(|document| {
            let mut with = (**document).clone();
            with.statements.push(statement.clone());
            size_chars(&with) <= MANAGED_CHARS
        });
        match fitting {
            Some(document) => document.statements.push(statement),
            None => documents.push(alone),
        }
    }
    if documents.len() > MANAGED_PER_ROLE {
        return Err(OverQuota {
            document: "the execution role".into(),
            size: total,
            quota: INLINE_ROLE_CHARS,
            largest: format!(
                ", and {} managed policies of at most {MANAGED_CHARS} would be needed where a role may carry {MANAGED_PER_ROLE}",
                documents.len()
            )
            .into(),
        });
    }
    Ok(documents)
}

/// The sizes of execution-role documents, each against the quota it must fit.
pub(super) fn role_sizes(documents: &[PolicyDocument]) -> Vec<DocumentSize> {
    let quota = if documents.len() > 1 { MANAGED_CHARS } else { INLINE_ROLE_CHARS };
    let sized = documents.iter().enumerate().map(|(i, document)| DocumentSize {
        document: match i {
            0 => "execution-role".to_owned(),
            n => format!("execution-role-{}", n + 1),
        },
        size: size_chars(document),
        quota,
    });
    sized.collect()
}

/// The size of one other document.
///
/// # Errors
/// [`OverQuota`] when it does not fit.
pub(super) fn measured(
    name: &str,
    document: &PolicyDocument,
    quota: Quota,
) -> Result<DocumentSize, OverQuota> {
    let size = DocumentSize {
        document: name.to_owned(),
        size: quota.size(document),
        quota: quota.limit(),
    };
    if size.size > size.quota {
        return Err(OverQuota {
            document: format!("`{name}`").into(),
            size: size.size,
            quota: size.quota,
            largest: "".into(),
        });
    }
    Ok(size)
}
