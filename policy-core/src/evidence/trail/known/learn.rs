//! The shape of a record that was accepted.
//!
//! The text is known to be JSON: it was read completely. So this only divides it, and gives up wherever something is
//! unusual, which costs time and nothing else.

use std::ops::Range;

use super::super::parameters::is_nested;
use super::super::record::{Record, TextMember};
use super::slot::{Place, Slot};
use super::{Edge, Found, Hole, Node, Shapes, Then, value};

/// The longest record that leaves a shape.
const RECORD_BYTES: usize = 1 << 14;
/// The most values of a record that leaves a shape.
const HOLES: usize = 400;
/// The most shapes that part at one place.
const EDGES: usize = 64;
/// How deep a record may be nested.
const DEPTH: usize = 48;

/// A piece of text and what follows it.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    text: Range<usize>,
    hole: Hole,
}

impl Shapes {
    /// Learns the shape of `text`, which the complete reader read as `record`.
    pub(in crate::evidence::trail) fn learn(&mut self, text: &[u8], record: &Record<'_>) {
        if text.len() > RECORD_BYTES || record.is_addendum {
            return;
        }
        if self.is_full() {
            *self = Self { count: self.count, ..Self::default() };
        }
        let mut divider =
            Divider { text, at: 0, begun: 0, entries: 0, pieces: Vec::new(), shapes: self };
        if divider.value(Place::Record, Slot::Nothing, DEPTH).is_none() || divider.at != text.len()
        {
            return;
        }
        let Divider { pieces, begun, .. } = divider;
        let Some(end) = self.grow(text, &pieces, begun) else { return };
        let mut found: Vec<Found> = Vec::new();
        let again = self.find(text, &mut found).is_some_and(|known| known.length == text.len());
        let is_right = self.outline(text, &found).is_some_and(|own| own.is_outline_of(record));
        if !again || !is_right {
            // The shape stays without its end, so that nothing is ever taken for it.
            self.nodes[end as usize].edges.retain(|edge| !matches!(edge.hole, Hole::End(_)));
        }
    }

    /// Adds what is new of a shape; gives the node at which it ends.
    fn grow(&mut self, text: &[u8], pieces: &[Piece], last: usize) -> Option<u32> {
        if self.nodes.is_empty() {
            self.add_node();
        }
        let mut node = 0_u32;
        for Piece { text: piece, hole } in pieces {
            let then = self.edge(node, &text[piece.clone()], *hole)?;
            node = match then {
                Then::Node(node) => node,
                Then::Names(names) => {
                    let length = value::string(&text[piece.end..], 0)?.length;
                    let name = &text[piece.end..piece.end + length];
                    match self.names[names as usize].get(name) {
                        Some(&node) => node,
                        None => {
                            let node = self.add_node();
                            self.size_bytes += name.len();
                            self.names[names as usize].insert(name.into(), node);
                            node
                        }
                    }
                }
            };
        }
        self.count += 1;
        self.edge(node, &text[last..], Hole::End(self.count))?;
        Some(node)
    }

    /// Where the edge leads that has this text and hole; it is added if it is new.
    fn edge(&mut self, node: u32, text: &[u8], hole: Hole) -> Option<Then> {
        let is_end = matches!(hole, Hole::End(_));
        let is_same = |edge: &&Edge| {
            edge.expected[..edge.text_length] == *text
                && (edge.hole == hole || is_end && matches!(edge.hole, Hole::End(_)))
        };
        let Node { edges } = &self.nodes[node as usize];
        if let Some(edge) = edges.iter().find(is_same) {
            return Some(edge.then);
        }
        if edges.len() >= EDGES {
            return None;
        }
        let then = match hole {
            Hole::Text(Slot::Text(TextMember::EventName)) => {
                self.names.push(super::Names::default());
                Then::Names(u32::try_from(self.names.len() - 1).ok()?)
            }
            Hole::End(_) => Then::Node(node),
            _ => Then::Node(self.add_node()),
        };
        self.size_bytes += text.len();
        self.nodes[node as usize].edges.push(Edge::new(text, hole, then));
        Some(then)
    }

    /// The number of a key of `requestParameters`.
    fn key(&mut self, key: &str) -> Option<u32> {
        let at = self.keys.iter().position(|known| **known == *key).or_else(|| {
            self.size_bytes += key.len();
            self.keys.push(key.into());
            self.keys.len().checked_sub(1)
        });
        u32::try_from(at?).ok()
    }
}

/// Divides the text of a record.
struct Divider<'t> {
    text: &'t [u8],
    at: usize,
    /// Where the piece begins that is not yet complete.
    begun: usize,
    /// Entries of `resources[]` so far that have something that matters.
    entries: u32,
    pieces: Vec<Piece>,
    shapes: &'t mut Shapes,
}

impl Divider<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        let is_there = self.byte() == Some(byte);
        self.at += usize::from(is_there);
        is_there.then_some(())
    }

    fn blank(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn hole(&mut self, hole: Hole, length: usize) -> Option<()> {
        self.pieces.push(Piece { text: self.begun..self.at, hole });
        self.at += length;
        self.begun = self.at;
        (self.pieces.len() <= HOLES).then_some(())
    }

    fn value(&mut self, place: Place, slot: Slot, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match self.byte()? {
            b'{' => self.object(place, depth),
            b'[' => self.list(place, depth),
            b'"' => {
                self.at += 1;
                let length = value::string(&self.text[self.at..], 0)?.length;
                self.hole(Hole::Text(slot), length)?;
                // The closing quote goes with the value.
                self.at += 1;
                self.begun = self.at;
                Some(())
            }
            _ => {
                if let Some(length) = value::number(&self.text[self.at..]) {
                    // Of numbers only those in parameters can be part of a name.
                    let slot = match slot {
                        Slot::Parameter(_) | Slot::Nested => slot,
                        _ => Slot::Nothing,
                    };
                    return self.hole(Hole::Number(slot), length);
                }
                // `true`, `false`, `null`, another number: part of the shape.
                while !matches!(self.byte()?, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') {
                    self.at += 1;
                }
                Some(())
            }
        }
    }

    fn object(&mut self, place: Place, depth: usize) -> Option<()> {
        self.take(b'{')?;
        self.blank();
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            self.blank();
            self.take(b'"')?;
            let end = value::string(&self.text[self.at..], 0).filter(|end| end.is_plain)?;
            let key = std::str::from_utf8(&self.text[self.at..self.at + end.length]).ok()?;
            if place == Place::Nested {
                // Tables are keys: each other name would be another shape.
                self.hole(Hole::Text(Slot::Nested), end.length)?;
                self.at += 1;
                self.begun = self.at;
            } else {
                self.at += end.length + 1;
            }
            self.blank();
            self.take(b':')?;
            self.blank();
            let (under, slot) = match place {
                // A record around a record, or one that corrects another.
                Place::Record if matches!(key, "addendum" | "CloudTrailEvent" | "detail") => {
                    return None;
                }
                Place::Parameters if is_nested(key) => (Place::Nested, Slot::Nested),
                Place::Parameters => (place.under(key), Slot::Parameter(self.shapes.key(key)?)),
                _ => (place.under(key), place.slot(key)),
            };
            self.value(under, slot, depth)?;
            self.blank();
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    fn list(&mut self, place: Place, depth: usize) -> Option<()> {
        self.take(b'[')?;
        self.blank();
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            self.blank();
            let before = self.pieces.len();
            let (inner, slot) = match place {
                Place::Resources => (Place::Entry(self.entries), Slot::Nothing),
                Place::Nested => (Place::Nested, Slot::Nested),
                _ => (Place::Elsewhere, Slot::Nothing),
            };
            self.value(inner, slot, depth)?;
            let has_more = self.pieces[before..]
                .iter()
                .any(|piece| matches!(piece.hole, Hole::Text(Slot::Resource { .. })));
            self.entries += u32::from(has_more);
            self.blank();
            if self.take(b',').is_none() {
                return self.take(b']');
            }
        }
    }
}
