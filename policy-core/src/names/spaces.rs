//! What belongs to other tenants: the places in a container where names tell tenants apart.
//!
//! A pattern whose `*` reaches such a place would let one tenant's work read another's, even where no
//! name shows another tenant. `*` crosses `/`, so `*/summary.json` reaches `tenants/acme/summary.json`.

use std::collections::BTreeSet;

use crate::iam::{Pattern, Token};

use super::shape::{is_tenant, other_tenant};

/// Stands for the name of a tenant that nobody has seen: a character of private use.
const OTHER: &str = "\u{e000}";

/// The places, by how many parts before them tell tenants apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spaces {
    places: BTreeSet<(usize, Place)>,
    /// Whether tenants may be put together.
    together: bool,
}

impl Spaces {
    /// Every place that the names, texts of patterns, show.
    pub(crate) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let found: BTreeSet<(usize, String)> = names.flat_map(places).collect();
        let places = found.into_iter().map(|(tenants, text)| (tenants, Place::new(&text)));
        Self { places: places.collect(), together: false }
    }

    /// Adds every place that a name, the text of a pattern, shows.
    pub(crate) fn add(&mut self, name: &str) {
        let found = places(name).into_iter();
        self.places.extend(found.map(|(tenants, text)| (tenants, Place::new(&text))));
    }

    /// Whether what is known of very many names, by the text of its pattern, reaches one of the places.
    pub(crate) fn are_reached_by_many(&self, name: &str) -> bool {
        self.are_reached_by(&Pattern::parse(name, true), places(name).len())
    }

    /// No place: tenants may be put together.
    pub(crate) fn none() -> Self {
        Self { places: BTreeSet::new(), together: true }
    }

    /// Whether a part tells tenants apart.
    pub(crate) fn keep(&self, before: Option<&str>, part: &str) -> bool {
        !self.together && is_tenant(before, part)
    }

    /// Whether what follows a part tells tenants apart.
    pub(crate) fn are_named_by(&self, part: &str) -> bool {
        self.keep(Some(part), "")
    }

    /// Whether a pattern that goes through so many tenants itself reaches one of the places after them.
    pub(crate) fn are_reached_by(&self, pattern: &Pattern, tenants: usize) -> bool {
        pattern.as_literal().is_none()
            && self
                .places
                .iter()
                .any(|(before, place)| *before >= tenants && place.is_reached_by(pattern))
    }
}

/// Whatever begins with this.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Text(Box<str>),
    Pattern(Pattern),
}

impl Place {
    fn new(begin: &str) -> Self {
        let mut pattern = Pattern::parse(begin, true);
        match pattern.as_literal() {
            Some(text) => Self::Text(text.into()),
            None => {
                pattern.push(Token::Run);
                Self::Pattern(pattern)
            }
        }
    }

    fn is_reached_by(&self, pattern: &Pattern) -> bool {
        match self {
            Self::Text(begin) => may_begin_with(pattern, begin),
            Self::Pattern(place) => place.intersects(pattern),
        }
    }
}

/// Whether the pattern matches some text that begins with `begin`.
fn may_begin_with(pattern: &Pattern, begin: &str) -> bool {
    let mut rest = begin;
    for token in pattern.tokens() {
        match token {
            // Nothing before it can leave less to be read, and it reads the rest.
            Token::Run | Token::Variable(_) => return true,
            Token::One => {
                let mut chars = rest.chars();
                chars.next();
                rest = chars.as_str();
            }
            Token::Text(text) => match rest.strip_prefix(&**text) {
                Some(after) => rest = after,
                None => return text.starts_with(rest),
            },
        }
    }
    rest.is_empty()
}

/// The places of one name, by what everything in them begins with, and how many tenants come before.
fn places(name: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut head = String::new();
    let mut before = None;
    for part in name.split('/') {
        if is_tenant(before, part) {
            found.push((found.len(), format!("{head}{}", other_tenant(before, part, OTHER))));
        }
        head.push_str(part);
        head.push('/');
        before = Some(part);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(names: &[&str], pattern: &str, tenants: usize) -> bool {
        Spaces::of(names.iter().copied()).are_reached_by(&Pattern::parse(pattern, true), tenants)
    }

    #[test]
    fn a_wildcard_that_can_be_another_tenant_reaches_its_place() {
        let names =
            ["tenants/acme/in/1", "x/customer-42/2", "AWSLogs/111122223333/3", "7/org/a/4", "b/5"];
        for (pattern, expected) in [
            ("*", true),
            ("*/summary.json", true),
            ("tenants/*", true),
            ("tenants/acme/*", false),
            ("tenants/????/in/*", true),
            ("t*", true),
            ("x/*", true),
            ("x/customer-*", true),
            ("x/customer-42/*", false),
            ("x/client-*", false),
            ("AWSLogs/????????????/x", true),
            ("AWSLogs/1*", false),
            ("?/org/*", true),
            ("9/org/*", false),
            ("9/in/*", false),
            ("????/??/x.csv", false),
            ("b/*", false),
            ("tenants/index.html", false),
        ] {
            assert_eq!(reached(&names, pattern, 0), expected, "{pattern}");
        }
    }

    #[test]
    fn behind_a_tenant_only_the_next_one_counts() {
        let names = ["org-1/customer/a/1", "org-1/b"];
        assert!(reached(&names, "org-1/*", 1), "the customers of the organisation");
        assert!(!reached(&names, "org-1/*", 2));
        assert!(!reached(&["org-1/b"], "org-1/*", 1));
    }
}
