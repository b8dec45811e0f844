//! Actions as IAM spells them: `s3:GetObject`.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use super::{Pattern, WordError};

/// The part of an action before the colon, in lower case: `s3`, `execute-api`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServicePrefix(Arc<str>);

impl ServicePrefix {
    /// The prefix as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ServicePrefix {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !fits {
            return Err(WordError::new(text, "a service prefix such as `s3` or `execute-api`"));
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }
}

impl fmt::Display for ServicePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One action, without wildcards: `s3:GetObject`.
///
/// Keeps the spelling it was made with; compares without regard to case, as IAM does.
///
/// # Source
/// IAM User Guide, "IAM JSON policy elements: Action".
#[derive(Debug, Clone)]
pub struct ActionName {
    text: Arc<str>,
    colon: usize,
}

impl ActionName {
    /// Joins two parts that are known to be well formed.
    pub(crate) fn joined(service: &str, name: &str) -> Self {
        Self { text: format!("{service}:{name}").into(), colon: service.len() }
    }

    /// The whole action, `s3:GetObject`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The service prefix as written, `s3`.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.text[..self.colon]
    }

    /// The name after the colon, `GetObject`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.text[self.colon + 1..]
    }

    fn folded(&self) -> impl Iterator<Item = u8> + '_ {
        self.text.bytes().map(|b| b.to_ascii_lowercase())
    }
}

impl FromStr for ActionName {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        let refused = || WordError::new(text, "an action such as `s3:GetObject`");
        let (service, name) = text.split_once(':').ok_or_else(refused)?;
        service.parse::<ServicePrefix>().map_err(|_| refused())?;
        if name.is_empty()
            || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        {
            return Err(refused());
        }
        Ok(Self { text: text.into(), colon: service.len() })
    }
}

impl fmt::Display for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for ActionName {
    fn eq(&self, other: &Self) -> bool {
        self.text.eq_ignore_ascii_case(&other.text)
    }
}

impl Eq for ActionName {}

impl PartialOrd for ActionName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ActionName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl Hash for ActionName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.folded() {
            state.write_u8(byte);
        }
    }
}

/// An `Action` entry of a document, wildcards included: `s3:Get*`, `*`.
///
/// # Source
/// IAM User Guide, "IAM JSON policy elements: Action": `*` and `?` anywhere, case ignored in both parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionPattern {
    folded: Pattern,
}

impl ActionPattern {
    /// Reads an entry; any text is a pattern, since the universe of actions is open.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { folded: Pattern::parse(&text.to_ascii_lowercase(), false) }
    }

    /// Whether the entry covers `action`.
    #[must_use]
    pub fn matches(&self, action: &ActionName) -> bool {
        self.folded.matches(&action.as_str().to_ascii_lowercase())
    }

    /// The pattern over lower-case text.
    #[must_use]
    pub fn folded(&self) -> &Pattern {
        &self.folded
    }
}

/// What kind of access an action is, as the Service Authorization Reference classes it.
///
/// An action may carry several (AWS marks most tagging actions as writing too).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AccessLevel {
    /// Sees that resources exist.
    List,
    /// Sees their content.
    Read,
    /// Creates, changes or deletes them.
    Write,
    /// Changes their tags.
    Tagging,
    /// Changes who may do what.
    PermissionsManagement,
}

impl AccessLevel {
    /// Every level, weakest first.
    pub const ALL: [Self; 5] =
        [Self::List, Self::Read, Self::Write, Self::Tagging, Self::PermissionsManagement];

    /// The name as AWS writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "List",
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Tagging => "Tagging",
            Self::PermissionsManagement => "Permissions management",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_compare_without_case_and_keep_their_spelling() {
        let a: ActionName = "s3:GetObject".parse().unwrap();
        let b: ActionName = "S3:getobject".parse().unwrap();
        assert_eq!(a, b);
        assert_eq!(a.as_str(), "s3:GetObject");
        assert_eq!((b.service(), b.name()), ("S3", "getobject"));
    }

    #[test]
    fn an_action_has_two_parts_and_no_wildcard() {
        for bad in ["", "s3", "s3:", ":GetObject", "s3:Get*", "s3:Get Object", "s3:a:b"] {
            assert!(bad.parse::<ActionName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn action_patterns_ignore_case_in_both_parts() {
        let action: ActionName = "s3:GetObject".parse().unwrap();
        for pattern in ["*", "s3:*", "S3:GET*", "s?:getobjec?", "*:*Object"] {
            assert!(ActionPattern::new(pattern).matches(&action), "{pattern}");
        }
        for pattern in ["s3:GetObject?", "s3:PutObject", "sqs:*", "s3"] {
            assert!(!ActionPattern::new(pattern).matches(&action), "{pattern}");
        }
    }
}
