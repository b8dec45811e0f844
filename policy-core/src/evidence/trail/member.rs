//! Members of a record, read leniently: a wrong type is kept as a fault that names the member, so
//! that the message can say more than a JSON parser would.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::any::{Any, Found, Take};
use crate::finding::one_line;

/// The first thing wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The path of the member: `userIdentity.sessionContext.sessionIssuer.arn`.
    pub(super) member: Cow<'static, str>,
    /// What stands there, as it reads in a sentence: "`5`", `an object`.
    pub(super) found: String,
    /// What should, as a noun phrase.
    pub(super) expected: &'static str,
}

/// What went wrong in a record; only the first is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Faults(Option<Fault>);

impl Faults {
    /// Notes a fault unless there is one already.
    pub(super) fn note(
        &mut self,
        member: impl Into<Cow<'static, str>>,
        found: String,
        expected: &'static str,
    ) {
        if self.0.is_none() {
            self.0 = Some(Fault { member: member.into(), found, expected });
        }
    }

    /// The first fault.
    pub(super) fn take(&mut self) -> Option<Fault> {
        self.0.take()
    }
}

/// `text` in backticks, on one line, cut at 120 characters.
pub(super) fn quoted(text: &str) -> String {
    one_line(match text.char_indices().nth(120) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    })
}

/// A value of which only text matters.
pub(super) enum Value<'a> {
    /// `null`.
    Null,
    /// A string.
    Text(Cow<'a, str>),
    /// Anything else, as it reads in a sentence.
    Other(String),
}

struct ReadValue;

impl<'de> Take<'de> for ReadValue {
    type Value = Value<'de>;

    fn null<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn text<E>(self, text: Cow<'de, str>) -> Result<Value<'de>, E> {
        Ok(Value::Text(text))
    }

    fn other<E>(self, found: Found<'_>) -> Result<Value<'de>, E> {
        Ok(Value::Other(found.to_string()))
    }
}

/// Reads the value of a member of which only text matters.
pub(super) fn read_value<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Value<'de>, A::Error> {
    map.next_value_seed(Any(ReadValue))
}

/// Reads the value of `member` into `slot`; `null` leaves it empty.
pub(super) fn read_text<'de, A: MapAccess<'de>>(
    map: &mut A,
    member: &'static str,
    expected: &'static str,
    slot: &mut Option<Cow<'de, str>>,
    faults: &mut Faults,
) -> Result<(), A::Error> {
    match read_value(map)? {
        Value::Null => {}
        Value::Text(_) if slot.is_some() => {
            faults.note(member, "written twice".into(), "one value");
        }
        Value::Text(text) => *slot = Some(text),
        Value::Other(found) => faults.note(member, found, expected),
    }
    Ok(())
}

/// Reads a key without allocating: the text goes through `choose`.
pub(super) struct KeySeed<F>(pub(super) F);

impl<'de, K, F: FnOnce(&str) -> K> DeserializeSeed<'de> for KeySeed<F> {
    type Value = K;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, K, F: FnOnce(&str) -> K> Visitor<'de> for KeySeed<F> {
    type Value = K;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<K, E> {
        Ok((self.0)(key))
    }
}

/// Reads an object member by member; any other value but `null` is a fault of `member`.
pub(super) struct ObjectOf<'f, F> {
    pub(super) member: &'static str,
    pub(super) faults: &'f mut Faults,
    /// Reads all members.
    pub(super) read: F,
}

/// What [`ObjectOf`] calls for an object.
pub(super) trait ReadMembers<'de> {
    /// Reads every member of `map`.
    fn read_members<A: MapAccess<'de>>(
        self,
        map: &mut A,
        faults: &mut Faults,
    ) -> Result<(), A::Error>;
}

impl<'de, F: ReadMembers<'de>> Take<'de> for ObjectOf<'_, F> {
    type Value = ();

    fn null<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn text<E>(self, text: Cow<'de, str>) -> Result<(), E> {
        self.faults.note(self.member, quoted(&text), "an object");
        Ok(())
    }

    fn other<E>(self, found: Found<'_>) -> Result<(), E> {
        self.faults.note(self.member, found.to_string(), "an object");
        Ok(())
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        self.read.read_members(&mut object, self.faults)
    }
}

/// A member that is text.
pub(super) struct TextOf<'r, 'a> {
    /// Its key, and another way to write it.
    pub(super) keys: [&'static str; 2],
    /// Its path, for messages.
    pub(super) member: &'static str,
    pub(super) expected: &'static str,
    pub(super) slot: &'r mut Option<Cow<'a, str>>,
}

/// Reads the members of an object that are text, and passes over the others.
impl<'de, const N: usize> ReadMembers<'de> for [TextOf<'_, 'de>; N] {
    fn read_members<A: MapAccess<'de>>(
        mut self,
        map: &mut A,
        faults: &mut Faults,
    ) -> Result<(), A::Error> {
        loop {
            let which = |key: &str| self.iter().position(|text| text.keys.contains(&key));
            match map.next_key_seed(KeySeed(which))? {
                None => return Ok(()),
                Some(None) => drop(map.next_value::<IgnoredAny>()?),
                Some(Some(at)) => {
                    let text = &mut self[at];
                    read_text(map, text.member, text.expected, text.slot, faults)?;
                }
            }
        }
    }
}

/// An error that only stops the parser; what is wrong was noted elsewhere.
pub(super) fn stop<E: serde::de::Error>() -> E {
    E::custom("stopped")
}
