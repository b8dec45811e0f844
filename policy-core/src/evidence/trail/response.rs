//! The error that some services put into `responseElements` in place of the record's own members.
//!
//! What else an answer holds does not matter, and no shape of it is a fault.
//!
//! # Source
//! AWS CloudTrail User Guide, "CloudTrail record contents", `errorCode`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::member::{KeySeed, Value};

/// The error in an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ResponseError<'a> {
    pub(super) code: Option<Cow<'a, str>>,
    pub(super) message: Option<Cow<'a, str>>,
}

/// Reads `responseElements` into a record.
pub(super) struct ResponseSeed<'r, 'a>(pub(super) &'r mut ResponseError<'a>);

impl<'de> DeserializeSeed<'de> for ResponseSeed<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ResponseSeed<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let choose = |key: &str| match key {
            "errorCode" => 0,
            "errorMessage" => 1,
            _ => 2,
        };
        while let Some(key) = map.next_key_seed(KeySeed(choose))? {
            let slot = match key {
                0 => &mut self.0.code,
                1 => &mut self.0.message,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if let Value::Text(text) = map.next_value()? {
                *slot = Some(text);
            }
        }
        Ok(())
    }
}
