//! Amazon Resource Names and the words in them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::{Pattern, WordError};

/// A 12-digit account id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(Arc<str>);

impl AccountId {
    /// The twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a text is an account id.
    pub(crate) fn fits(text: &str) -> bool {
        text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
    }
}

impl FromStr for AccountId {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        if !Self::fits(text) {
            return Err(WordError::new(text, "an account id of 12 digits"));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A Region code such as `eu-west-1`. The list of Regions is open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(Arc<str>);

impl Region {
    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a text is a Region code.
    pub(crate) fn fits(text: &str) -> bool {
        let fits = |part: &[u8]| {
            !part.is_empty() && part.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        let mut parts = 0;
        let all = text.as_bytes().split(|b| *b == b'-').all(|part| {
            parts += 1;
            fits(part)
        });
        all && parts >= 3 && text.as_bytes().last().is_some_and(u8::is_ascii_digit)
    }
}

impl FromStr for Region {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        if !Self::fits(text) {
            return Err(WordError::new(text, "a Region code such as `eu-west-1`"));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The partition that an ARN names: `aws`, `aws-cn`, `aws-us-gov` and others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(Arc<str>);

impl Partition {
    /// Whether a text is a partition.
    fn fits(text: &str) -> bool {
        text.strip_prefix("aws").is_some_and(|rest| {
            rest.is_empty()
                || rest.strip_prefix('-').is_some_and(|tail| {
                    !tail.is_empty() && tail.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
                })
        })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Partition {
    fn default() -> Self {
        Self("aws".into())
    }
}

impl FromStr for Partition {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        if !Self::fits(text) {
            return Err(WordError::new(text, "a partition such as `aws` or `aws-cn`"));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What follows the first `count` colons; `None` when there are fewer.
///
/// A plain loop: the parts of an ARN are too short for a clever search to pay.
pub(crate) fn after_colons(text: &str, count: usize) -> Option<&str> {
    let mut rest = text;
    for _ in 0..count {
        let at = rest.bytes().position(|b| b == b':')?;
        rest = &rest[at + 1..];
    }
    Some(rest)
}

/// What stands before the first colon; all of it when there is none.
pub(crate) fn before_colon(text: &str) -> &str {
    text.bytes().position(|b| b == b':').map_or(text, |at| &text[..at])
}

/// The name of one resource: `arn:partition:service:region:account:resource`.
///
/// Shape: six parts divided by the first five colons; the sixth keeps its colons and slashes.
/// Characters such as `*` in it are characters, not wildcards.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    text: Arc<str>,
}

impl Arn {
    /// Whether a text is an ARN.
    pub(crate) fn fits(text: &str) -> bool {
        ArnText::of(text).is_some()
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn part(&self, index: usize) -> &str {
        let rest = after_colons(&self.text, index).unwrap_or_default();
        if index == 5 { rest } else { before_colon(rest) }
    }

    /// `aws`, `aws-cn` …
    #[must_use]
    pub fn partition(&self) -> &str {
        self.part(1)
    }

    /// The service of the ARN, which is not always the prefix of the actions on it.
    #[must_use]
    pub fn service(&self) -> &str {
        self.part(2)
    }

    /// Empty where the service leaves it out (S3, IAM).
    #[must_use]
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// Empty where the service leaves it out (S3); `aws` for resources of AWS.
    #[must_use]
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// All after the fifth colon.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.part(5)
    }
}

/// An ARN that is only looked at, as a text that belongs to somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ArnText<'a> {
    pub(crate) partition: &'a str,
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    pub(crate) resource: &'a str,
}

impl<'a> ArnText<'a> {
    /// `None` when the text is no ARN.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("arn:")?;
        let partition = before_colon(rest);
        let rest = after_colons(rest, 1)?;
        let service = before_colon(rest);
        let rest = after_colons(rest, 1)?;
        let region = before_colon(rest);
        let rest = after_colons(rest, 1)?;
        let account = before_colon(rest);
        let resource = after_colons(rest, 1)?;
        let is_account = account.is_empty() || account == "aws" || AccountId::fits(account);
        let fits =
            Partition::fits(partition) && is_account && !service.is_empty() && !resource.is_empty();
        fits.then_some(Self { partition, service, region, account, resource })
    }
}

impl FromStr for Arn {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        let refused = || {
            WordError::new(
                text,
                "an ARN of six parts such as `arn:aws:sqs:eu-west-1:111122223333:jobs`",
            )
        };
        if !Self::fits(text) {
            return Err(refused());
        }
        Ok(Self { text: text.into() })
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A `Resource` entry: one pattern over the whole ARN, or `*` for everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArnPattern(Pattern);

impl ArnPattern {
    /// Wraps a pattern; any pattern is legal on reading.
    #[must_use]
    pub fn new(pattern: Pattern) -> Self {
        Self(pattern)
    }

    /// The pattern that matches exactly `arn`.
    #[must_use]
    pub fn exactly(arn: &Arn) -> Self {
        Self(Pattern::literal(arn.as_str()))
    }

    /// `*`.
    #[must_use]
    pub fn any() -> Self {
        Self(Pattern::parse("*", false))
    }

    /// The pattern.
    #[must_use]
    pub fn pattern(&self) -> &Pattern {
        &self.0
    }

    /// Whether the entry covers `arn`.
    #[must_use]
    pub fn matches(&self, arn: &str) -> bool {
        self.0.matches(arn)
    }
}

impl fmt::Display for ArnPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_keeps_the_colons_of_its_resource() {
        let arn: Arn =
            "arn:aws:lambda:eu-west-1:111122223333:function:orders:live".parse().unwrap();
        assert_eq!(arn.resource(), "function:orders:live");
        assert_eq!(
            (arn.service(), arn.region(), arn.account()),
            ("lambda", "eu-west-1", "111122223333")
        );
    }

    #[test]
    fn redacted_and_short_arns_are_refused() {
        for bad in [
            "arn:aws:sqs:eu-west-1:111122223333",
            "arn:aws:iam::REDACTED:role/x",
            "arn:aws:s3:::",
            "aws:s3:::b",
            "arn:amazon:s3:::b",
            "",
        ] {
            assert!(bad.parse::<Arn>().is_err(), "{bad}");
        }
    }

    #[test]
    fn account_ids_have_twelve_digits() {
        assert!("111122223333".parse::<AccountId>().is_ok());
        for bad in ["11112222333", "1111222233334", "11112222333a", "１１１１２２２２３３３３"]
        {
            assert!(bad.parse::<AccountId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn region_codes_have_three_parts() {
        for good in ["eu-west-1", "us-gov-east-1", "ap-southeast-7", "us-iso-east-1"] {
            assert!(good.parse::<Region>().is_ok(), "{good}");
        }
        for bad in ["", "eu-west", "EU-WEST-1", "eu-west-x", "*"] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }
}
