//! What a role has room for: one inline policy, and managed policies up to what its account may attach.

use crate::policy::PolicyDocument;
use crate::policy::quota::{INLINE_ROLE_CHARS, MANAGED_CHARS, MANAGED_PER_ROLE, Quota, size_chars};

use super::error::OverQuota;

/// How an identity policy is given to a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RolePolicyKind {
    /// Written into the role (`PutRolePolicy`).
    Inline,
    /// A customer managed policy, attached to the role (`CreatePolicy`, `AttachRolePolicy`).
    Managed,
}

impl RolePolicyKind {
    /// AWS's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::Managed => "managed",
        }
    }

    /// What a policy of the kind is held against.
    #[must_use]
    pub fn quota(self) -> Quota {
        match self {
            Self::Inline => Quota::InlineRole,
            Self::Managed => Quota::Managed,
        }
    }
}

/// Which of a role's identity policies one is.
///
/// INVARIANT: the first is inline, and each further one managed; nothing is managed while there is room inline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleDocument(usize);

impl RoleDocument {
    /// The policy at an index of `execution_role`.
    #[must_use]
    pub fn at(index: usize) -> Self {
        Self(index)
    }

    /// Inline or managed.
    #[must_use]
    pub fn kind(self) -> RolePolicyKind {
        match self.0 {
            0 => RolePolicyKind::Inline,
            _ => RolePolicyKind::Managed,
        }
    }

    /// `execution-role`, `execution-role-2`, `execution-role-3` …
    #[must_use]
    pub fn name(self) -> String {
        match self.0 {
            0 => "execution-role".to_owned(),
            index => format!("execution-role-{}", index + 1),
        }
    }

    /// The name of its file.
    #[must_use]
    pub fn file_name(self) -> String {
        format!("{}.json", self.name())
    }
}

/// How many managed policies a role of the account may carry, and how many it carries that are not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttachQuota {
    /// `AttachedPoliciesPerRoleQuota` of the account.
    pub quota: usize,
    /// Policies that are attached beside the generated ones.
    pub others: usize,
}

impl Default for AttachQuota {
    fn default() -> Self {
        Self { quota: MANAGED_PER_ROLE, others: 0 }
    }
}

impl AttachQuota {
    /// How many more the role may carry.
    #[must_use]
    pub fn free(self) -> usize {
        self.quota.saturating_sub(self.others)
    }

    /// What the role has room for in all.
    ///
    /// Units: characters without white space.
    pub(super) fn room_chars(self) -> usize {
        INLINE_ROLE_CHARS + self.free() * MANAGED_CHARS
    }
}

/// How large a document is and how much room is left.
///
/// Units: characters without white space, as IAM counts them; bytes for a Lambda resource policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DocumentSize {
    /// Which document: `execution-role`, `execution-role-2`, `trust-policy`, `resource-policy.live`.
    pub document: String,
    /// How the role gets it; `None` for what is no identity policy of a role.
    pub kind: Option<RolePolicyKind>,
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

/// The sizes of execution-role documents, each against the quota of its kind.
pub(super) fn role_sizes(documents: &[PolicyDocument]) -> Vec<DocumentSize> {
    let sized = documents.iter().enumerate().map(|(index, document)| {
        let which = RoleDocument::at(index);
        DocumentSize {
            document: which.name(),
            kind: Some(which.kind()),
            size: size_chars(document),
            quota: which.kind().quota().limit(),
        }
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
        kind: None,
        size: quota.size(document),
        quota: quota.limit(),
    };
    if size.size > size.quota {
        return Err(OverQuota::of_document(name, &size, quota));
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_policy_of_a_role_is_inline_and_the_others_are_managed() {
        let names: Vec<_> = (0..3)
            .map(RoleDocument::at)
            .map(|it| (it.file_name(), it.kind().as_str(), it.kind().quota().limit()))
            .collect();
        let expected = [
            ("execution-role.json", "inline", 10_240),
            ("execution-role-2.json", "managed", 6_144),
            ("execution-role-3.json", "managed", 6_144),
        ];
        assert_eq!(names, expected.map(|(name, kind, quota)| (name.to_owned(), kind, quota)));
    }

    #[test]
    fn more_attached_policies_than_the_quota_leave_no_room() {
        assert_eq!(AttachQuota::default().free(), 10);
        assert_eq!(AttachQuota { quota: 10, others: 12 }.free(), 0);
        assert_eq!(AttachQuota { quota: 20, others: 3 }.room_chars(), 10_240 + 17 * 6_144);
    }
}
