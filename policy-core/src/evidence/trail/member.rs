//! Members of a record, read leniently: a wrong type is kept as a fault that names the member, so
//! that the message can say more than a JSON parser would.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

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

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Other(format!("`{value}`")))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Other(format!("`{value}`")))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(Value::Other(format!("`{value}`")))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
        Ok(Value::Other(format!("`{value}`")))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other("a list".into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other("an object".into()))
    }
}

impl<'de> serde::Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// Reads the value of `member` into `slot`; `null` leaves it empty.
pub(super) fn read_text<'de, A: MapAccess<'de>>(
    map: &mut A,
    member: &'static str,
    expected: &'static str,
    slot: &mut Option<Cow<'de, str>>,
    faults: &mut Faults,
) -> Result<(), A::Error> {
    match map.next_value::<Value<'de>>()? {
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
pub(super) struct ObjectSeed<'f, F> {
    pub(super) member: &'static str,
    pub(super) faults: &'f mut Faults,
    /// Reads all members.
    pub(super) read: F,
}

/// What [`ObjectSeed`] calls for an object.
pub(super) trait ReadMembers<'de> {
    /// Reads every member of `map`.
    fn read_members<A: MapAccess<'de>>(
        self,
        map: &mut A,
        faults: &mut Faults,
    ) -> Result<(), A::Error>;
}

impl<'de, F: ReadMembers<'de>> DeserializeSeed<'de> for ObjectSeed<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<F> ObjectSeed<'_, F> {
    fn wrong(self, found: String) {
        self.faults.note(self.member, found, "an object");
    }
}

impl<'de, F: ReadMembers<'de>> Visitor<'de> for ObjectSeed<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
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

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.wrong(quoted(value));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.wrong("a list".into());
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.read.read_members(&mut map, self.faults)
    }
}

/// An error that only stops the parser; what is wrong was noted elsewhere.
pub(super) fn stop<E: serde::de::Error>() -> E {
    E::custom("stopped")
}
