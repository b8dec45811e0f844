//! How large a document may be, counted as AWS counts.

use super::PolicyDocument;
use super::write;

/// Characters of one inline policy set: all inline policies of a role together.
pub const INLINE_ROLE_CHARS: usize = 10_240;
/// Characters of one managed policy.
pub const MANAGED_CHARS: usize = 6_144;
/// Characters of a role trust policy before a raise.
pub const TRUST_CHARS: usize = 2_048;
/// Characters of a role trust policy after the largest raise.
pub const TRUST_CHARS_MAX: usize = 4_096;
/// Characters of an inline session policy.
pub const SESSION_CHARS: usize = 2_048;
/// Bytes of a Lambda resource policy, per function, version or alias.
pub const LAMBDA_RESOURCE_BYTES: usize = 20_480;
/// Characters of a service control policy, white space included.
pub const SCP_CHARS: usize = 10_240;
/// Characters of a resource control policy, white space included.
pub const RCP_CHARS: usize = 5_120;
/// Managed policies attached to one role before a raise.
pub const MANAGED_PER_ROLE: usize = 10;
/// Managed policies attached to one role after the largest raise that AWS documents.
pub const MANAGED_PER_ROLE_MAX: usize = 20;
/// The largest number that is believed of an account: newer pages of others speak of a raise to 25, which AWS's did not confirm when
/// they were read. Who states it has read it off the account.
pub const MANAGED_PER_ROLE_STATED: usize = 25;

/// A quota of AWS on documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Quota {
    /// All inline policies of one role together.
    InlineRole,
    /// One managed policy.
    Managed,
    /// One role trust policy, default quota.
    Trust,
    /// One inline session policy.
    Session,
    /// The resource policy of one function, version or alias.
    LambdaResource,
    /// One service control policy.
    Scp,
    /// One resource control policy.
    Rcp,
}

impl Quota {
    /// Every quota.
    ///
    /// # Source
    /// IAM User Guide, "IAM and AWS STS quotas"; Lambda Developer Guide, "Lambda quotas";
    /// AWS Organizations User Guide, "Quotas" (read 2026-11-22).
    pub const ALL: [Self; 7] = [
        Self::InlineRole,
        Self::Managed,
        Self::Trust,
        Self::Session,
        Self::LambdaResource,
        Self::Scp,
        Self::Rcp,
    ];

    /// The limit, in the unit of [`Quota::size`].
    #[must_use]
    pub fn limit(self) -> usize {
        match self {
            Self::InlineRole => INLINE_ROLE_CHARS,
            Self::Managed => MANAGED_CHARS,
            Self::Trust => TRUST_CHARS,
            Self::Session => SESSION_CHARS,
            Self::LambdaResource => LAMBDA_RESOURCE_BYTES,
            Self::Scp => SCP_CHARS,
            Self::Rcp => RCP_CHARS,
        }
    }

    /// The size of a document under this quota: characters without white space for IAM, bytes or
    /// characters with white space where the service counts it.
    #[must_use]
    pub fn size(self, document: &PolicyDocument) -> usize {
        match self {
            Self::InlineRole | Self::Managed | Self::Trust | Self::Session => size_chars(document),
            Self::LambdaResource => write::minified(document).len(),
            Self::Scp | Self::Rcp => scp_size(document),
        }
    }
}

/// Characters of the document as IAM counts them: minified, no white space between tokens.
///
/// White space inside a string value is counted: AWS does not say that it is not, and counting it
/// errs on the safe side.
#[must_use]
pub fn size_chars(document: &PolicyDocument) -> usize {
    write::minified(document).chars().count()
}

/// Characters of the document as Organizations counts them when the minified text is uploaded.
#[must_use]
pub fn scp_size(document: &PolicyDocument) -> usize {
    write::minified(document).chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Statement;

    #[test]
    fn white_space_between_tokens_is_not_counted_and_inside_values_is() {
        let mut document = PolicyDocument::new(vec![Statement::allow(["s3:GetObject"], ["*"])]);
        let without = size_chars(&document);
        assert_eq!(without, write::minified(&document).len());
        assert!(write::document(&document).len() > without);
        document.id = Some("a b".into());
        assert_eq!(size_chars(&document), without + r#""Id":"a b","#.len());
    }
}
