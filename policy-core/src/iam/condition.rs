//! Condition blocks: operator → key → values.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::WordError;

/// A condition key such as `aws:SourceArn`; keeps its spelling, compares without case.
///
/// # Source
/// IAM User Guide, "IAM JSON policy elements: Condition": key names are not case-sensitive.
#[derive(Debug, Clone)]
pub struct ConditionKey {
    written: Box<str>,
    /// In lower case, where that differs: the keys of a request are looked up all the time.
    folded: Option<Box<str>>,
}

impl ConditionKey {
    /// Wraps a key; the list of keys is open.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let differs = text.bytes().any(|b| b.is_ascii_uppercase());
        Self {
            written: text.into(),
            folded: differs.then(|| text.to_ascii_lowercase().into_boxed_str()),
        }
    }

    /// The key as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    fn folded(&self) -> &str {
        self.folded.as_deref().unwrap_or(&self.written)
    }
}

impl PartialEq for ConditionKey {
    fn eq(&self, other: &Self) -> bool {
        self.folded() == other.folded()
    }
}

impl Eq for ConditionKey {}

impl PartialOrd for ConditionKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ConditionKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl Hash for ConditionKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().hash(state);
    }
}

impl fmt::Display for ConditionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// A condition operator less its prefix and suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are AWS's own")]
pub enum BaseOperator {
    ArnEquals,
    ArnLike,
    ArnNotEquals,
    ArnNotLike,
    BinaryEquals,
    Bool,
    DateEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    DateLessThan,
    DateLessThanEquals,
    DateNotEquals,
    IpAddress,
    NotIpAddress,
    Null,
    NumericEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericNotEquals,
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    StringNotEquals,
    StringNotEqualsIgnoreCase,
    StringNotLike,
}

impl BaseOperator {
    /// Every operator, in alphabetical order.
    pub const ALL: [Self; 27] = [
        Self::ArnEquals,
        Self::ArnLike,
        Self::ArnNotEquals,
        Self::ArnNotLike,
        Self::BinaryEquals,
        Self::Bool,
        Self::DateEquals,
        Self::DateGreaterThan,
        Self::DateGreaterThanEquals,
        Self::DateLessThan,
        Self::DateLessThanEquals,
        Self::DateNotEquals,
        Self::IpAddress,
        Self::NotIpAddress,
        Self::Null,
        Self::NumericEquals,
        Self::NumericGreaterThan,
        Self::NumericGreaterThanEquals,
        Self::NumericLessThan,
        Self::NumericLessThanEquals,
        Self::NumericNotEquals,
        Self::StringEquals,
        Self::StringEqualsIgnoreCase,
        Self::StringLike,
        Self::StringNotEquals,
        Self::StringNotEqualsIgnoreCase,
        Self::StringNotLike,
    ];

    /// The name as AWS writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ArnEquals => "ArnEquals",
            Self::ArnLike => "ArnLike",
            Self::ArnNotEquals => "ArnNotEquals",
            Self::ArnNotLike => "ArnNotLike",
            Self::BinaryEquals => "BinaryEquals",
            Self::Bool => "Bool",
            Self::DateEquals => "DateEquals",
            Self::DateGreaterThan => "DateGreaterThan",
            Self::DateGreaterThanEquals => "DateGreaterThanEquals",
            Self::DateLessThan => "DateLessThan",
            Self::DateLessThanEquals => "DateLessThanEquals",
            Self::DateNotEquals => "DateNotEquals",
            Self::IpAddress => "IpAddress",
            Self::NotIpAddress => "NotIpAddress",
            Self::Null => "Null",
            Self::NumericEquals => "NumericEquals",
            Self::NumericGreaterThan => "NumericGreaterThan",
            Self::NumericGreaterThanEquals => "NumericGreaterThanEquals",
            Self::NumericLessThan => "NumericLessThan",
            Self::NumericLessThanEquals => "NumericLessThanEquals",
            Self::NumericNotEquals => "NumericNotEquals",
            Self::StringEquals => "StringEquals",
            Self::StringEqualsIgnoreCase => "StringEqualsIgnoreCase",
            Self::StringLike => "StringLike",
            Self::StringNotEquals => "StringNotEquals",
            Self::StringNotEqualsIgnoreCase => "StringNotEqualsIgnoreCase",
            Self::StringNotLike => "StringNotLike",
        }
    }

    /// Whether a missing key makes the operator true (`StringNotEquals` and its kin).
    #[must_use]
    pub fn is_negated(self) -> bool {
        matches!(
            self,
            Self::ArnNotEquals
                | Self::ArnNotLike
                | Self::DateNotEquals
                | Self::NotIpAddress
                | Self::NumericNotEquals
                | Self::StringNotEquals
                | Self::StringNotEqualsIgnoreCase
                | Self::StringNotLike
        )
    }
}

/// The prefix for keys with several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetQuantifier {
    /// `ForAllValues:`, true when there is no value at all.
    ForAllValues,
    /// `ForAnyValue:`, false when there is no value at all.
    ForAnyValue,
}

/// A whole condition operator: `ForAnyValue:StringLikeIfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub quantifier: Option<SetQuantifier>,
    /// The comparison.
    pub base: BaseOperator,
    /// `IfExists`: true when the key is missing. Never with [`BaseOperator::Null`].
    pub if_exists: bool,
}

impl From<BaseOperator> for Operator {
    fn from(base: BaseOperator) -> Self {
        Self { quantifier: None, base, if_exists: false }
    }
}

impl FromStr for Operator {
    type Err = WordError;

    /// Reads an operator without regard to case, as IAM evaluates them.
    fn from_str(text: &str) -> Result<Self, WordError> {
        let refused = || WordError::new(text, "a condition operator such as `StringEquals`");
        let (quantifier, rest) = match text.split_once(':') {
            None => (None, text),
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAllValues") => {
                (Some(SetQuantifier::ForAllValues), rest)
            }
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAnyValue") => {
                (Some(SetQuantifier::ForAnyValue), rest)
            }
            Some(_) => return Err(refused()),
        };
        let named = |name: &str| {
            BaseOperator::ALL.into_iter().find(|o| o.as_str().eq_ignore_ascii_case(name))
        };
        if let Some(base) = named(rest) {
            return Ok(Self { quantifier, base, if_exists: false });
        }
        let cut = rest.len().checked_sub("IfExists".len()).ok_or_else(refused)?;
        let (head, tail) = rest.split_at_checked(cut).ok_or_else(refused)?;
        match named(head) {
            Some(base) if base != BaseOperator::Null && tail.eq_ignore_ascii_case("IfExists") => {
                Ok(Self { quantifier, base, if_exists: true })
            }
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.quantifier {
            None => "",
            Some(SetQuantifier::ForAllValues) => "ForAllValues:",
            Some(SetQuantifier::ForAnyValue) => "ForAnyValue:",
        })?;
        f.write_str(self.base.as_str())?;
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

/// The `Condition` element: every operator and key must hold; of a key's values one must (or, for
/// a negated operator, none may).
///
/// Shape: sorted; values sorted, without duplicates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ConditionBlock {
    entries: BTreeMap<(Operator, ConditionKey), Vec<String>>,
}

impl ConditionBlock {
    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds values of a key under an operator. An entry without values is kept: it matches nothing.
    pub fn insert(
        &mut self,
        operator: Operator,
        key: ConditionKey,
        values: impl IntoIterator<Item = String>,
    ) {
        let entry = self.entries.entry((operator, key)).or_default();
        entry.extend(values);
        entry.sort();
        entry.dedup();
    }

    /// The same, as a value: `ConditionBlock::default().with(StringEquals, "aws:SourceAccount", …)`.
    #[must_use]
    pub fn with(mut self, operator: impl Into<Operator>, key: &str, value: &str) -> Self {
        self.insert(operator.into(), ConditionKey::new(key), [value.to_owned()]);
        self
    }

    /// Operator, key and values, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (Operator, &ConditionKey, &[String])> {
        self.entries.iter().map(|((operator, key), values)| (*operator, key, values.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_reads_back_in_every_form() {
        for base in BaseOperator::ALL {
            for quantifier in
                [None, Some(SetQuantifier::ForAllValues), Some(SetQuantifier::ForAnyValue)]
            {
                for if_exists in [false, true] {
                    if if_exists && base == BaseOperator::Null {
                        continue;
                    }
                    let operator = Operator { quantifier, base, if_exists };
                    assert_eq!(operator.to_string().parse(), Ok(operator));
                    assert_eq!(operator.to_string().to_uppercase().parse(), Ok(operator));
                }
            }
        }
    }

    #[test]
    fn unknown_operators_are_refused() {
        for bad in ["", "StringEqual", "NullIfExists", "ForSome:StringEquals", "IfExists", "é"] {
            assert!(bad.parse::<Operator>().is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_compare_without_case() {
        let mut block =
            ConditionBlock::default().with(BaseOperator::StringEquals, "aws:SourceAccount", "1");
        block.insert(
            BaseOperator::StringEquals.into(),
            ConditionKey::new("AWS:SourceAccount"),
            ["2".into()],
        );
        assert_eq!(block.iter().count(), 1);
    }
}
