//! One way through the names of a container: part by part of their paths, from names to patterns.
//!
//! Parts that look alike go together ([`template`]). Where more than a cap of parts differ, they are words that
//! vary: they become one `*` between what all of them begin and end with, and what follows them goes on as one. Parts that
//! tell tenants apart, and the labels before them, stay as they are.
//!
//! The room makes no choice between ways; that is `generalise`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::iam::{Pattern, Token};
use crate::names::shape::{extension, fixed_template, template};

use crate::names::spaces::Spaces;

/// Parts deeper than this become one `*`.
pub(super) const DEPTH: usize = 8;

/// How many different parts may stay beside each other; 0: not even a name beside what is below it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caps {
    /// At depths from `from`.
    pub(super) deep: usize,
    /// Above.
    pub(super) shallow: usize,
    /// Counted in parts.
    pub(super) from: usize,
}

impl Caps {
    fn at(self, depth: usize) -> usize {
        if depth >= self.from { self.deep } else { self.shallow }
    }
}

/// A pattern for names inside the container, and the names.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pub(super) pattern: Pattern,
    pub(super) names: Vec<&'a str>,
}

impl<'a> Found<'a> {
    /// A name, as the text of a pattern, by itself.
    pub(super) fn name(name: &'a str) -> Self {
        Self { pattern: Pattern::parse(name, true), names: vec![name] }
    }
}

/// One way through the names.
pub(super) struct Walk<'a> {
    /// Whether a pattern covers what was only refused.
    pub(super) is_refused: &'a dyn Fn(&Pattern) -> bool,
    /// What belongs to other tenants.
    pub(super) spaces: &'a Spaces,
    pub(super) shapes: &'a Shapes<'a>,
    pub(super) caps: Caps,
}

/// A name, as the text of a pattern, and what of it is below the place at hand.
#[derive(Debug, Clone, Copy)]
struct Rest<'a> {
    name: &'a str,
    rest: &'a str,
}

impl<'a> Rest<'a> {
    fn part(&self) -> &'a str {
        self.rest.split('/').next().unwrap_or_default()
    }

    fn goes_on(&self) -> bool {
        self.rest.contains('/')
    }
}

/// What the parts of all names look like.
pub(super) struct Shapes<'a>(BTreeMap<&'a str, Pattern>);

impl<'a> Shapes<'a> {
    pub(super) fn of(names: impl Iterator<Item = &'a str>) -> Self {
        let mut shapes = BTreeMap::new();
        for part in names.flat_map(|name| name.split('/')) {
            shapes.entry(part).or_insert_with(|| shape(part, template));
        }
        Self(shapes)
    }
}

/// The part with what varies in it as wildcards; one of which only a pattern is known is such already.
fn shape(part: &str, template: fn(&str) -> Cow<'_, str>) -> Pattern {
    let known = Pattern::parse(part, true);
    match known.as_literal() {
        Some(text) => Pattern::parse(&template(text), true),
        None => known,
    }
}

/// Where in the paths the walk is.
#[derive(Clone)]
struct Place<'a> {
    /// What covers the parts so far, each with its `/`.
    prefix: Pattern,
    /// The last part, when it is the same in all names.
    before: Option<&'a str>,
    depth: usize,
    /// Parts so far that tell tenants apart.
    tenants: usize,
}

impl Walk<'_> {
    /// Patterns for all names; `None` when each way covers what it must not.
    pub(super) fn patterns<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Option<Vec<Found<'a>>> {
        let rests: Vec<Rest<'a>> =
            names.into_iter().map(|name| Rest { name, rest: name }).collect();
        let place = Place { prefix: Pattern::default(), before: None, depth: 0, tenants: 0 };
        self.below(&rests, &place)
    }

    /// Patterns for names that share a place; always some where its prefix is literal.
    fn below<'a>(&self, names: &[Rest<'a>], place: &Place<'a>) -> Option<Vec<Found<'a>>> {
        let mut kept: Vec<Rest<'a>> = Vec::new();
        let mut free: Vec<Rest<'a>> = Vec::new();
        for name in names {
            let part = name.part();
            let stays = self.spaces.keep(place.before, part)
                || name.goes_on() && self.spaces.are_named_by(part);
            if stays { kept.push(*name) } else { free.push(*name) }
        }
        let mut groups: BTreeMap<&Pattern, Vec<Rest<'a>>> = BTreeMap::new();
        for name in &free {
            let shape = self.shapes.0.get(name.part())?;
            groups.entry(shape).or_default().push(*name);
        }
        let cap = self.caps.at(place.depth);
        let mut found = self.apart(&kept, place)?;
        let is_fork = groups.len() > 1 || ends_and_goes_on(&free);
        if cap == 0 && is_fork || place.depth >= DEPTH && !free.is_empty() {
            let mut any = place.prefix.clone();
            any.push(Token::Run);
            match self.write(any, &free, place.tenants) {
                Some(one) => {
                    found.push(one);
                    return Some(found);
                }
                // Divided by what the prefix leaves open the names may do better.
                None if place.prefix.as_literal().is_none() => return None,
                None => {}
            }
        } else if groups.len() > cap.max(1)
            && let Some(words) = self.words(&free, place, cap)
        {
            found.extend(words);
            return Some(found);
        }
        for (shape, members) in &groups {
            // One name shows nothing that varies.
            let varies = shape.as_literal().is_none() && members.len() > 1;
            let together = varies.then(|| self.step(members, shape, None, place)).flatten();
            found.extend(match together {
                Some(patterns) => patterns,
                None if varies => self.by_length(members, place)?,
                None => self.apart(members, place)?,
            });
        }
        Some(found)
    }

    /// Patterns for names whose next part varies as words do.
    fn words<'a>(
        &self,
        names: &[Rest<'a>],
        place: &Place<'a>,
        cap: usize,
    ) -> Option<Vec<Found<'a>>> {
        let (on, ending): (Vec<Rest<'a>>, Vec<Rest<'a>>) =
            names.iter().copied().partition(Rest::goes_on);
        let mut kinds: BTreeMap<&str, Vec<Rest<'a>>> = BTreeMap::new();
        for name in &ending {
            kinds.entry(extension(name.part())).or_default().push(*name);
        }
        if kinds.len() > cap {
            kinds = BTreeMap::from([("", ending)]);
        }
        let mut found = Vec::new();
        for members in kinds.into_values().chain([on]) {
            let parts: BTreeSet<&str> = members.iter().map(Rest::part).collect();
            let one = (parts.len() == 1).then(|| parts.first().copied()).flatten();
            let part = match one {
                Some(part) => Pattern::parse(part, true),
                None => varying(&parts),
            };
            if !members.is_empty() {
                found.extend(self.step(&members, &part, one, place)?);
            }
        }
        Some(found)
    }

    /// Patterns for names that look alike but for a `*` that covers too much: by the lengths of what
    /// varies; where that covers too much still, each part by itself.
    fn by_length<'a>(&self, names: &[Rest<'a>], place: &Place<'a>) -> Option<Vec<Found<'a>>> {
        let mut groups: BTreeMap<Pattern, Vec<Rest<'a>>> = BTreeMap::new();
        for name in names {
            groups.entry(shape(name.part(), fixed_template)).or_default().push(*name);
        }
        let mut found = Vec::new();
        for (shape, members) in groups {
            let together = match members.len() > 1 {
                true => self.step(&members, &shape, None, place),
                false => None,
            };
            found.extend(match together {
                Some(patterns) => patterns,
                None => self.apart(&members, place)?,
            });
        }
        Some(found)
    }

    /// Patterns for names that go on from each of their parts by itself.
    fn apart<'a>(&self, names: &[Rest<'a>], place: &Place<'a>) -> Option<Vec<Found<'a>>> {
        let mut parts: BTreeMap<&'a str, Vec<Rest<'a>>> = BTreeMap::new();
        for name in names {
            parts.entry(name.part()).or_default().push(*name);
        }
        let mut found = Vec::new();
        for (part, members) in parts {
            found.extend(self.step(&members, &Pattern::parse(part, true), Some(part), place)?);
        }
        Some(found)
    }

    /// Patterns for names whose next part `part` covers: those that end with it, and those that go on.
    fn step<'a>(
        &self,
        names: &[Rest<'a>],
        part: &Pattern,
        same: Option<&'a str>,
        place: &Place<'a>,
    ) -> Option<Vec<Found<'a>>> {
        let mut prefix = place.prefix.clone();
        part.tokens().iter().for_each(|token| prefix.push(token.clone()));
        let is_tenant = same.is_some_and(|part| self.spaces.keep(place.before, part));
        let tenants = place.tenants + usize::from(is_tenant);
        let (on, ending): (Vec<Rest<'a>>, Vec<Rest<'a>>) =
            names.iter().copied().partition(Rest::goes_on);
        let mut found = Vec::new();
        if !ending.is_empty() {
            found.push(self.write(prefix.clone(), &ending, tenants)?);
        }
        if !on.is_empty() {
            prefix.push_text("/");
            let place = Place { prefix, before: same, depth: place.depth + 1, tenants };
            let on: Vec<Rest<'a>> = on
                .iter()
                .filter_map(|n| Some(Rest { name: n.name, rest: n.rest.split_once('/')?.1 }))
                .collect();
            found.extend(self.below(&on, &place)?);
        }
        Some(found)
    }

    /// The pattern, unless it covers what was only refused or what may be another tenant's.
    fn write<'a>(&self, pattern: Pattern, names: &[Rest<'a>], tenants: usize) -> Option<Found<'a>> {
        // What was used is granted, also where only a pattern of it is known.
        let is_name = || matches!(names, [one] if Pattern::parse(one.name, true) == pattern);
        let covers = (self.is_refused)(&pattern)
            || self.spaces.are_reached_by(&pattern, tenants) && !is_name();
        (!covers).then(|| Found { pattern, names: names.iter().map(|n| n.name).collect() })
    }
}

/// Whether some of the names end with the next part and others go on.
fn ends_and_goes_on(names: &[Rest<'_>]) -> bool {
    let on = names.iter().filter(|name| name.goes_on()).count();
    on > 0 && on < names.len()
}

/// More words than this of the same length are taken as ids of that length.
const SAME_LENGTH: usize = 16;

/// One `*` between what all parts begin and end with, as far as it ends at a separator and does not vary; or as many `?` as
/// all of very many words have characters there, unless they count.
///
/// `parts` are texts of patterns, at least two.
fn varying(parts: &BTreeSet<&str>) -> Pattern {
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
        return Pattern::default();
    };
    let shortest = parts.iter().map(|part| part.len()).min().unwrap_or_default();
    // Sorted, so that the first and the last differ where any differ.
    let same = first.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
    let begin = first.as_bytes()[..same.min(shortest)]
        .iter()
        .rposition(|b| is_border(*b))
        .map_or(0, |at| at + 1);
    let alike = |back: usize| {
        let byte = |part: &str| part.as_bytes()[part.len() - back];
        parts.iter().all(|part| byte(part) == byte(first))
    };
    let alike = (1..=shortest - begin).take_while(|&back| alike(back)).count();
    let end = (1..=alike).rev().find(|&back| is_border(first.as_bytes()[first.len() - back]));
    let end = end.unwrap_or(0);
    let length = shortest - begin - end;
    let is_id = |part: &&str| {
        let middle = &part[begin..part.len() - end];
        middle.len() == length && middle.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let counts = |part: &&str| {
        part[same.min(part.len())..part.len() - end].bytes().all(|b| b.is_ascii_digit())
    };
    let are_ids = parts.len() > SAME_LENGTH && parts.iter().all(is_id) && !parts.iter().all(counts);
    let mut pattern = shape(&first[..begin], template);
    match are_ids {
        true => (0..length).for_each(|_| pattern.push(Token::One)),
        false => pattern.push(Token::Run),
    }
    let tail = shape(&first[first.len() - end..], template);
    tail.tokens().iter().for_each(|token| pattern.push(token.clone()));
    pattern
}

/// Separators inside a part; none that a pattern writes otherwise.
fn is_border(byte: u8) -> bool {
    b"-_.=+@:,~ ".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_parts_begin_and_end_with_stays_as_far_as_a_separator() {
        for (parts, expected) in [
            (&["alice.md", "bob.md"][..], "*.md"),
            (&["report-alice.csv", "report-bob.csv"], "report-*.csv"),
            (&["report-al.csv", "report-ally.csv"], "report-*.csv"),
            (&["ab", "abc"], "*"),
            (&["a-", "a-b"], "a-*"),
            (&["x-x", "x-x-x"], "x-*"),
            (&["x-a-x", "x-a-b-x"], "x-a-*"),
            (&["x-a-x", "x-b-c-x"], "x-*-x"),
            (&["en", "en-GB"], "*"),
            (&["a.b.gz", "a.c.gz"], "a.*.gz"),
            (&["a${*}-x", "a${*}-y"], "a${*}-*"),
            (&["2026-a-7", "2026-b-7"], "*-*-*"),
            (&["naïve-ä", "naïve-ö"], "naïve-*"),
            (&["ä.txt", "ö.txt"], "*.txt"),
        ] {
            let parts: BTreeSet<&str> = parts.iter().copied().collect();
            let pattern = varying(&parts);
            assert_eq!(pattern.to_string(), expected);
            for part in parts {
                let name = Pattern::parse(part, true);
                assert!(pattern.matches(name.as_literal().unwrap()), "{part}");
            }
        }
    }

    #[test]
    fn very_many_words_of_one_length_are_ids_unless_they_count() {
        let pattern = |make: &dyn Fn(u8) -> String, count: u8| {
            let parts: Vec<String> = (0..count).map(make).collect();
            varying(&parts.iter().map(String::as_str).collect()).to_string()
        };
        let code =
            |i: u8| format!("rate-{}{}x.csv", char::from(b'a' + i / 5), char::from(b'p' + i % 5));
        assert_eq!(pattern(&code, 17), "rate-???.csv");
        assert_eq!(pattern(&code, 16), "rate-*.csv");
        assert_eq!(pattern(&|i| format!("p{:02}", i + 10), 80), "*");
        assert_eq!(pattern(&|i| "x".repeat(usize::from(i) + 1), 20), "*");
        assert_eq!(pattern(&|i| format!("{}-b", char::from(b'a' + i)), 20), "?-b");
        assert_eq!(pattern(&|i| format!("{}{}", char::from(b'a' + i), "${?}"), 20), "*");
    }
}
