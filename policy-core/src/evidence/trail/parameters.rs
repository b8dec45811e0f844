//! `requestParameters`: the top-level texts, and the few nested members that name resources.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::any::{Any, Found, Take};
use super::member::Faults;

/// What a call was asked, as far as it can name resources.
///
/// Keys are the members of the API's input; CloudTrail writes most of them with a lower first
/// letter, so a look-up ignores the case of that letter.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Parameters<'a> {
    texts: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    nested: Vec<(Cow<'a, str>, serde_json::Value)>,
}

/// Members whose content is kept whole: they name tables, buses, keys, roles or parameters inside.
pub(super) const NESTED: [&str; 22] = [
    "clusters",
    "delete",
    "entries",
    "extendedS3DestinationConfiguration",
    "filters",
    "instancesSet",
    "kinesisStreamSourceConfiguration",
    "logGroupIdentifiers",
    "logGroupNames",
    "names",
    "overrides",
    "requestItems",
    "s3DestinationConfiguration",
    "secretIdList",
    "services",
    "statements",
    "tableCreationParameters",
    "target",
    "targets",
    "tasks",
    "transactItems",
    "transactStatements",
];

impl<'a> Parameters<'a> {
    /// The text under `member`; `None` too when it stands there twice with different values.
    pub(super) fn text(&self, member: &str) -> Option<&str> {
        let mut texts = self.texts.iter().filter(|(key, _)| same_member(key, member));
        let (_, text) = texts.next()?;
        texts.all(|(_, other)| other == text).then_some(text)
    }

    /// The list or object under `member`; only for the members in `NESTED`.
    pub(super) fn nested(&self, member: &str) -> Option<&serde_json::Value> {
        self.nested.iter().find(|(key, _)| same_member(key, member)).map(|(_, value)| value)
    }

    /// The members that are text, in the order of the record.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(key, value)| (&**key, &**value))
    }

    /// The same parameters with `text` under `member`, whatever stood there.
    pub(super) fn with_text<'p>(&'p self, member: &'p str, text: &'p str) -> Parameters<'p> {
        let others = self.texts().filter(|(key, _)| !same_member(key, member));
        let texts = [(member, text)].into_iter().chain(others);
        Parameters {
            texts: texts.map(|(key, value)| (key.into(), value.into())).collect(),
            nested: Vec::new(),
        }
    }

    /// Adds a text.
    pub(super) fn put(&mut self, key: Cow<'a, str>, value: Cow<'a, str>) {
        self.texts.push((key, value));
    }

    /// Whether `other` has the same texts, but for members that are kept whole.
    pub(super) fn is_outline_of(&self, other: &Self) -> bool {
        self.nested.is_empty()
            && self.texts.iter().eq(other.texts.iter().filter(|(key, _)| !is_nested(key)))
    }

    /// Whether anything was kept.
    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.nested.is_empty()
    }
}

/// Whether the content of `member` is kept whole.
pub(super) fn is_nested(member: &str) -> bool {
    NESTED.iter().any(|nested| same_member(nested, member))
}

/// Whether two member names differ at most in the case of their first letter.
pub(super) fn same_member(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    a.len() == b.len()
        && match (a.first(), b.first()) {
            (Some(x), Some(y)) => x.eq_ignore_ascii_case(y) && a[1..] == b[1..],
            _ => true,
        }
}

/// The member of an object, by [`same_member`].
pub(super) fn member_of<'v>(
    value: &'v serde_json::Value,
    member: &str,
) -> Option<&'v serde_json::Value> {
    value.as_object()?.iter().find(|(key, _)| same_member(key, member)).map(|(_, value)| value)
}

/// Takes `requestParameters` into a record.
pub(super) struct ParameterMembers<'r, 'a> {
    pub(super) parameters: &'r mut Parameters<'a>,
    pub(super) faults: &'r mut Faults,
}

impl<'de> Take<'de> for ParameterMembers<'_, 'de> {
    type Value = ();

    fn null<E>(self) -> Result<(), E> {
        Ok(())
    }

    /// A text stands for parameters that the service withholds (`HIDDEN_DUE_TO_SECURITY_REASONS`).
    fn text<E>(self, _withheld: Cow<'de, str>) -> Result<(), E> {
        Ok(())
    }

    fn other<E>(self, found: Found<'_>) -> Result<(), E> {
        self.faults.note("requestParameters", found.to_string(), "an object");
        Ok(())
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key_seed(CowSeed)? {
            if is_nested(&key) {
                let value = object.next_value::<serde_json::Value>()?;
                match value {
                    serde_json::Value::String(text) => {
                        self.parameters.texts.push((key, text.into()));
                    }
                    value => self.parameters.nested.push((key, value)),
                }
            } else if let Some(text) = object.next_value_seed(Any(Name))? {
                self.parameters.texts.push((key, text));
            }
        }
        Ok(())
    }
}

/// A value that can be part of a name: a text, or a whole number such as the version of a layer.
struct Name;

impl<'de> Take<'de> for Name {
    type Value = Option<Cow<'de, str>>;

    fn null<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn text<E>(self, text: Cow<'de, str>) -> Result<Self::Value, E> {
        Ok(Some(text))
    }

    fn number<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }

    fn other<E>(self, _: Found<'_>) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// Text, borrowed where the input allows.
pub(super) struct CowSeed;

impl<'de> DeserializeSeed<'de> for CowSeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for CowSeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
