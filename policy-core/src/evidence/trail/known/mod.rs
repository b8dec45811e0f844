//! Records that look like one that was read before.
//!
//! CloudTrail writes the same members in the same order for the same kind of call: what changes from record to record is
//! what stands between quotes, and numbers. So a record that the complete reader accepted leaves its *shape* here: its text
//! with holes for strings and for whole numbers. A record that has a known shape is read by comparing the text between
//! the holes, byte for byte, and by looking whether each hole holds a string or a whole number.
//!
//! Why this gives what the complete reader would give: the text is that of an accepted record in which strings stand for
//! strings and numbers for numbers; keys, types, nesting and white space are the same. So it is JSON, no member is missing,
//! doubled or of another type, and the members that matter are found where they were found then. Whatever is not a known
//! shape is read by the complete reader, and so is the whole document when that meets a mistake: a mistake is told as if
//! shapes did not exist. What is learnt is tried at once on the record that it was learnt from ([`Shapes::learn`]), and is
//! forgotten if anything differs.
//!
//! Shapes share their beginnings, as a tree; below the name of the event each name has a tree of its own. What was last in a
//! hole is tried first, since most values repeat. Memory is bounded: past a bound all is forgotten and learnt anew.
//!
//! What the complete reader makes of a text must not depend on the text, nor what it makes of a number on the number: that
//! is what the rooms `record`, `parameters` and `response` promise, and what meaning starts from comes later.
//!
//! The room does not know what members mean. Of records with members that are kept whole (lists of tables and the like) it only
//! finds the values, by which such a record is known again; records with addenda or envelopes have no shape.

mod learn;
mod slot;
mod value;

use std::borrow::Cow;

use super::record::Record;
pub(super) use slot::Slot;

/// A value that matters, in the text of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) slot: Slot,
    start: usize,
    end: usize,
    is_plain: bool,
}

impl Found {
    /// The value as it is written in `text`, the record.
    pub(super) fn raw<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.start..self.end]
    }

    /// The value; `None` never happens for a value that was found.
    pub(super) fn value<'t>(&self, text: &'t [u8]) -> Option<Cow<'t, str>> {
        let raw = self.raw(text);
        if self.is_plain {
            return std::str::from_utf8(raw).ok().map(Cow::Borrowed);
        }
        value::decoded(raw).map(Cow::Owned)
    }
}

/// A record whose shape is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// Its length in bytes.
    pub(super) length: usize,
    /// The number of its shape among those with the same event name.
    pub(super) shape: u32,
}

/// What follows a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hole {
    Text(Slot),
    Number(Slot),
    /// Nothing: the record ends. The number of the shape.
    End(u32),
}

/// A piece of text up to a hole, with what was last in the hole.
#[derive(Debug)]
struct Edge {
    /// The text, then what was last in the hole with its closing quote.
    expected: Vec<u8>,
    /// Length of the text alone.
    text_length: usize,
    hole: Hole,
    /// How often the last value came again, less how often it did not.
    luck: i8,
    then: Then,
}

/// Where to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Node(u32),
    /// By the name of the event, which was in the hole.
    Names(u32),
}

/// What an edge found.
struct Step {
    /// The value, from the beginning of the edge's text.
    value: std::ops::Range<usize>,
    is_plain: bool,
    /// Bytes that the edge took.
    length: usize,
}

/// The longest value that is expected to come again.
const EXPECTED_BYTES: usize = 256;

/// Luck is counted from here to there.
const LUCK: std::ops::RangeInclusive<i8> = -8..=16;

impl Edge {
    fn new(text: &[u8], hole: Hole, then: Then) -> Self {
        Self { expected: text.to_vec(), text_length: text.len(), hole, luck: 0, then }
    }

    /// The edge taken at the beginning of `rest`.
    fn step(&mut self, rest: &[u8]) -> Option<Step> {
        let before = self.text_length;
        let Hole::Text(_) = self.hole else {
            if !value::begins(rest, &self.expected) {
                return None;
            }
            let digits = match self.hole {
                Hole::Number(_) => value::number(&rest[before..])?,
                _ => 0,
            };
            let end = before + digits;
            return Some(Step { value: before..end, is_plain: true, length: end });
        };
        let expects = self.luck > *LUCK.start();
        let (text, last) = self.expected.split_at(before);
        if expects && !last.is_empty() && value::begins(rest, &self.expected) {
            self.luck = self.luck.saturating_add(1).min(*LUCK.end());
            let length = self.expected.len();
            return Some(Step { value: before..length - 1, is_plain: true, length });
        }
        if !value::begins(rest, text) {
            return None;
        }
        let found = value::string(&rest[before..], last.len().saturating_sub(1))?;
        let end = before + found.length;
        let is_worth = expects || found.length + 1 != last.len();
        if is_worth && found.is_plain && found.length <= EXPECTED_BYTES {
            // What is expected was found to be plain, quote and all.
            self.luck = (self.luck - 2).max(*LUCK.start());
            self.expected.truncate(before);
            self.expected.extend_from_slice(&rest[before..=end]);
        }
        Some(Step { value: before..end, is_plain: found.is_plain, length: end + 1 })
    }
}

#[derive(Debug, Default)]
struct Node {
    edges: Vec<Edge>,
}

/// The trees below names.
type Names = std::collections::HashMap<Box<[u8]>, u32, foldhash::fast::RandomState>;

/// The shapes learnt so far.
#[derive(Debug)]
pub(super) struct Shapes {
    /// The first is the root; there is none before anything is learnt.
    nodes: Vec<Node>,
    names: Vec<Names>,
    /// Names of request parameters, by number.
    keys: Vec<Box<str>>,
    /// Shapes so far.
    count: u32,
    /// Bytes of text in all edges.
    size_bytes: usize,
}

impl Default for Shapes {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            names: Vec::new(),
            // The first is that of `Slot::OBJECT_KEY`.
            keys: vec!["key".into()],
            count: 0,
            size_bytes: 0,
        }
    }
}

/// Where all is forgotten.
const NODES: usize = 1 << 14;
/// Where all is forgotten, in bytes of text.
const SIZE_BYTES: usize = 1 << 20;

impl Shapes {
    /// The record at the beginning of `text`, if its shape is known; what matters of it goes into `found`.
    pub(super) fn find(&mut self, text: &[u8], found: &mut Vec<Found>) -> Option<Known> {
        found.clear();
        let (mut at, mut node) = (0, 0);
        loop {
            let edges = &mut self.nodes.get_mut(node)?.edges;
            let rest = text.get(at..)?;
            let (index, step) = edges
                .iter_mut()
                .enumerate()
                .find_map(|(index, edge)| Some((index, edge.step(rest)?)))?;
            let (hole, then) = (edges[index].hole, edges[index].then);
            if index > 0 {
                // What comes often comes to the front.
                edges.swap(index - 1, index);
            }
            let value = at + step.value.start..at + step.value.end;
            at += step.length;
            match hole {
                Hole::End(shape) => return Some(Known { length: at, shape }),
                Hole::Text(slot) | Hole::Number(slot) if slot != Slot::Nothing => {
                    let (start, end) = (value.start, value.end);
                    found.push(Found { slot, start, end, is_plain: step.is_plain });
                }
                Hole::Text(_) | Hole::Number(_) => {}
            }
            node = match then {
                Then::Node(node) => node,
                Then::Names(names) => *self.names[names as usize].get(&text[value])?,
            } as usize;
        }
    }

    /// The record whose values were found in `text`; `None` when it has parameters that are kept whole.
    pub(super) fn record<'t>(&'t self, text: &'t [u8], found: &[Found]) -> Option<Record<'t>> {
        let is_nested = found.iter().any(|one| one.slot == Slot::Nested);
        if is_nested { None } else { self.outline(text, found) }
    }

    /// The record without the parameters that are kept whole.
    fn outline<'t>(&'t self, text: &'t [u8], found: &[Found]) -> Option<Record<'t>> {
        let mut record = Record::default();
        for one in found {
            let value = one.value(text)?;
            match one.slot {
                Slot::Nothing | Slot::Nested => {}
                Slot::Text(member) => record.put_text(member, value),
                Slot::Identity(member) => *member.of(&mut record.identity) = Some(value),
                Slot::Parameter(key) => {
                    let key = self.keys.get(key as usize)?;
                    record.parameters.put(Cow::Borrowed(key), value);
                }
                Slot::ErrorCode => record.response.code = Some(value),
                Slot::ErrorMessage => record.response.message = Some(value),
                Slot::Resource { entry, is_arn } => {
                    record.put_resource(entry as usize, is_arn, value);
                }
            }
        }
        Some(record)
    }

    fn is_full(&self) -> bool {
        self.nodes.len() > NODES || self.size_bytes > SIZE_BYTES
    }

    fn add_node(&mut self) -> u32 {
        let number = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node::default());
        number
    }
}

#[cfg(test)]
mod tests;
