//! `requestParameters`: the top-level texts, and the few nested members that name resources.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

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

/// Reads `requestParameters` into a record.
pub(super) struct ParametersSeed<'r, 'a> {
    pub(super) parameters: &'r mut Parameters<'a>,
    pub(super) faults: &'r mut Faults,
}

impl ParametersSeed<'_, '_> {
    fn wrong(self, found: String) {
        self.faults.note("requestParameters", found, "an object");
    }
}

impl<'de> DeserializeSeed<'de> for ParametersSeed<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ParametersSeed<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    /// A text stands for parameters that the service withholds (`HIDDEN_DUE_TO_SECURITY_REASONS`).
    fn visit_str<E>(self, _withheld: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.wrong(format!("`{value}`"));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.wrong(format!("`{value}`"));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.wrong(format!("`{value}`"));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.wrong(format!("`{value}`"));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.wrong("a list".into());
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(CowSeed)? {
            if is_nested(&key) {
                let value = map.next_value::<serde_json::Value>()?;
                match value {
                    serde_json::Value::String(text) => {
                        self.parameters.texts.push((key, text.into()));
                    }
                    value => self.parameters.nested.push((key, value)),
                }
            } else if let Some(text) = map.next_value_seed(NameSeed)? {
                self.parameters.texts.push((key, text));
            }
        }
        Ok(())
    }
}

/// A value that can be part of a name: a text, or a whole number such as the version of a layer.
struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(value.to_string())))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
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
