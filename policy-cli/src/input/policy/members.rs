//! One level of JSON: the members of an object or the items of an array, as slices of the text.
//!
//! Nothing inside a slice is looked at, so nesting costs nothing here; how many are kept is bounded. What the members
//! mean is not known here.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The most members of an object that is not a policy document. AWS writes a dozen.
const MAX_MEMBERS: usize = 1_000;

/// The most items of an array that are read. An account has some thousands of roles and policies.
pub(super) const MAX_ITEMS: usize = 200_000;

/// The members of an object in the order of the text, each name as often as it stands there.
pub(super) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// The value of a member.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(of, _)| of == name).map(|(_, value)| *value)
    }

    /// The names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The first member whose name stood before, in whatever case.
    pub(super) fn twice(&self) -> Option<(&str, &'a RawValue)> {
        let mut seen = std::collections::BTreeSet::new();
        let second = self.0.iter().find(|(name, _)| !seen.insert(name.to_ascii_lowercase()));
        second.map(|(name, value)| (name.as_str(), *value))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    if members.len() == MAX_MEMBERS {
                        return Err(A::Error::custom("too many members"));
                    }
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Each).map(Self)
    }
}

/// The items of an array, or that there are too many.
pub(super) struct Items<'a>(Option<Vec<&'a RawValue>>);

impl<'a> Items<'a> {
    /// The items; nothing when there are more than [`MAX_ITEMS`].
    pub(super) fn all(self) -> Option<Vec<&'a RawValue>> {
        self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Items<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Option<Vec<&'de RawValue>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    if items.len() == MAX_ITEMS {
                        while seq.next_element::<IgnoredAny>()?.is_some() {}
                        return Ok(None);
                    }
                    items.push(item);
                }
                Ok(Some(items))
            }
        }
        deserializer.deserialize_seq(Each).map(Self)
    }
}
