//! The error that some services put into `responseElements` in place of the record's own members.
//!
//! What else an answer holds does not matter, and no shape of it is a fault.
//!
//! # Source
//! AWS CloudTrail User Guide, "CloudTrail record contents", `errorCode`.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess};

use super::any::{Found, Take};
use super::member::{KeySeed, Value, read_value};

/// The error in an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ResponseError<'a> {
    pub(super) code: Option<Cow<'a, str>>,
    pub(super) message: Option<Cow<'a, str>>,
}

/// Takes `responseElements` into a record.
pub(super) struct ResponseMembers<'r, 'a>(pub(super) &'r mut ResponseError<'a>);

impl<'de> Take<'de> for ResponseMembers<'_, 'de> {
    type Value = ();

    fn null<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn text<E>(self, _: Cow<'de, str>) -> Result<(), E> {
        Ok(())
    }

    fn other<E>(self, _: Found<'_>) -> Result<(), E> {
        Ok(())
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let choose = |key: &str| match key {
            "errorCode" => 0,
            "errorMessage" => 1,
            _ => 2,
        };
        while let Some(key) = object.next_key_seed(KeySeed(choose))? {
            let slot = match key {
                0 => &mut self.0.code,
                1 => &mut self.0.message,
                _ => {
                    object.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if let Value::Text(text) = read_value(&mut object)? {
                *slot = Some(text);
            }
        }
        Ok(())
    }
}
