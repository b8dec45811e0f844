//! A JSON value of whatever type, given to what takes it: the one visitor of records.
//!
//! What a value should be is not decided here. [`Take`] says what to do with each type that matters; those that do not
//! matter are told apart only in words, for messages.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What a value is given to, by its type.
pub(super) trait Take<'de>: Sized {
    /// What becomes of it.
    type Value;

    /// `null`.
    fn null<E: Error>(self) -> Result<Self::Value, E>;

    /// A string, borrowed where the input allows.
    fn text<E: Error>(self, text: Cow<'de, str>) -> Result<Self::Value, E>;

    /// A value of a type that is not taken.
    fn other<E: Error>(self, found: Found<'_>) -> Result<Self::Value, E>;

    /// A whole number that is not negative.
    fn number<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        self.other(Found::Written(&number))
    }

    /// A list.
    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        self.other(Found::List)
    }

    /// An object.
    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.other(Found::Object)
    }
}

/// A value of another type, as it reads in a sentence.
#[derive(Clone, Copy)]
pub(super) enum Found<'v> {
    /// A number or a boolean.
    Written(&'v dyn fmt::Display),
    List,
    Object,
}

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written(value) => write!(f, "`{value}`"),
            Self::List => f.write_str("a list"),
            Self::Object => f.write_str("an object"),
        }
    }
}

/// Reads a value, and gives it to what it holds.
pub(super) struct Any<T>(pub(super) T);

impl<'de, T: Take<'de>> DeserializeSeed<'de> for Any<T> {
    type Value = T::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Take<'de>> Visitor<'de> for Any<T> {
    type Value = T::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<T::Value, E> {
        self.0.null()
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T::Value, E> {
        self.0.other(Found::Written(&value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T::Value, E> {
        self.0.other(Found::Written(&value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T::Value, E> {
        self.0.number(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<T::Value, E> {
        self.0.other(Found::Written(&value))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<T::Value, E> {
        self.0.text(Cow::Borrowed(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<T::Value, E> {
        self.0.text(Cow::Owned(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<T::Value, E> {
        self.0.text(Cow::Owned(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T::Value, A::Error> {
        self.0.list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T::Value, A::Error> {
        self.0.object(object)
    }
}
