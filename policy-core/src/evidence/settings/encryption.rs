//! How the resources of a whole deployment are encrypted, as all its functions share it.
//!
//! A deployment has thousands of resources and hundreds of functions, each of which uses a few; so there is one table, made once, in
//! which a resource is found by how its ARN begins. Values are complete: nothing in them is filled in.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::{SettingEncryption, SettingOrigin};

/// Resources with how they are encrypted, found by name or by a pattern that may mean them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EncryptionTable {
    named: BTreeMap<Box<str>, SettingEncryption>,
    /// Those with wildcards, by what stands before the first one.
    patterns: BTreeMap<Box<str>, BTreeMap<Box<str>, SettingEncryption>>,
    /// Where that is written, by resource.
    origins: BTreeMap<Box<str>, SettingOrigin>,
}

impl EncryptionTable {
    /// The resources of which `resource`, a name or a pattern, may mean one; others may be among them, but few.
    ///
    /// Shape: names in their order, then patterns.
    pub fn near<'t>(
        &'t self,
        resource: &'t str,
    ) -> impl Iterator<Item = (&'t str, &'t SettingEncryption)> {
        let beginning = beginning(resource);
        let is_name = beginning.len() == resource.len();
        let from = (Bound::Included(beginning), Bound::Unbounded);
        let named = self.named.range::<str, _>(from);
        let named = named.take_while(move |(name, _)| match is_name {
            true => &***name == beginning,
            false => name.starts_with(beginning),
        });
        // A pattern meets another only where one of them begins as the other does.
        let longer = self.patterns.range::<str, _>(from);
        let longer = longer.take_while(move |(begins, _)| match is_name {
            true => &***begins == beginning,
            false => begins.starts_with(beginning),
        });
        let ends = beginning.char_indices().map(|(end, _)| end);
        let ends = ends.filter(|_| !self.patterns.is_empty());
        let shorter = ends.filter_map(|end| self.patterns.get(&beginning[..end]));
        let patterns = shorter.chain(longer.map(|(_, all)| all)).flatten();
        named.chain(patterns).map(|(resource, encryption)| (&**resource, encryption))
    }

    /// The same table, with where it is written what is said of a resource.
    #[must_use]
    pub fn written_at(self, origins: BTreeMap<Box<str>, SettingOrigin>) -> Self {
        Self { origins, ..self }
    }

    /// Where it is written how this resource, a name or pattern of the table, is encrypted.
    #[must_use]
    pub fn origin(&self, resource: &str) -> Option<&SettingOrigin> {
        self.origins.get(resource)
    }

    /// All of it: names in their order, then patterns.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SettingEncryption)> {
        let all = self.named.iter().chain(self.patterns.values().flatten());
        all.map(|(resource, encryption)| (&**resource, encryption))
    }

    /// Whether nothing is told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named.is_empty() && self.patterns.is_empty()
    }
}

impl FromIterator<(Box<str>, SettingEncryption)> for EncryptionTable {
    fn from_iter<I: IntoIterator<Item = (Box<str>, SettingEncryption)>>(all: I) -> Self {
        let mut table = Self::default();
        for (resource, encryption) in all {
            let begins = beginning(&resource);
            if begins.len() == resource.len() {
                table.named.insert(resource, encryption);
            } else {
                let alike = table.patterns.entry(begins.into()).or_default();
                alike.insert(resource, encryption);
            }
        }
        table
    }
}

/// What stands before the first wildcard or policy variable.
fn beginning(resource: &str) -> &str {
    resource.split(['*', '?', '$']).next().unwrap_or(resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> EncryptionTable {
        let all = ["a:jobs", "a:jobs-old", "a:jo*", "a:jobs-??", "b:*", "a:k"];
        all.into_iter().map(|name| (name.into(), SettingEncryption::ByAws)).collect()
    }

    #[test]
    fn a_name_is_near_itself_and_the_patterns_that_begin_it() {
        let table = table();
        let near =
            |name: &'static str| table.near(name).map(|(found, _)| found).collect::<Vec<_>>();
        assert_eq!(near("a:jobs"), ["a:jobs", "a:jo*"]);
        assert_eq!(near("a:jobs-"), ["a:jo*", "a:jobs-??"]);
        assert_eq!(near("a:jobs-old"), ["a:jobs-old", "a:jo*", "a:jobs-??"]);
        assert_eq!(near("b:any"), ["b:*"]);
        assert_eq!(near("c"), [""; 0]);
    }

    #[test]
    fn a_pattern_is_near_all_that_begins_as_it_does_and_what_begins_it() {
        let table = table();
        let near =
            |name: &'static str| table.near(name).map(|(found, _)| found).collect::<Vec<_>>();
        assert_eq!(near("a:jobs*"), ["a:jobs", "a:jobs-old", "a:jo*", "a:jobs-??"]);
        assert_eq!(near("a:j?bs"), ["a:jobs", "a:jobs-old", "a:jo*", "a:jobs-??"]);
        assert_eq!(near("*").len(), table.iter().count());
        assert_eq!(near("a:jobs-o$x"), ["a:jobs-old", "a:jo*", "a:jobs-??"]);
    }
}
