//! The quick way through a document in memory: record after record by its known shape, the others by the complete reader.
//!
//! Whatever is not as CloudTrail delivers it (`{"Records":[…]}`), and whatever is wrong, is left to the complete reader, which
//! then reads the document from its beginning; nothing was counted until then.

use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use super::aggregate::Identified;
use super::container::{Item, Position, Sink};
use super::document::Document;
use super::known::{Found, Known, Slot};
use super::record::TextMember;
use super::time::EventTime;

impl Document<'_, '_> {
    /// Reads the whole of `bytes`; `None` when the complete reader has to.
    pub(super) fn express(&mut self, bytes: &[u8]) -> Option<()> {
        let mut rest = token(bytes, b"{")?;
        rest = token(rest, b"\"Records\"")?;
        rest = token(rest, b":")?;
        rest = token(rest, b"[")?;
        let mut found = std::mem::take(&mut self.memory.found);
        if let Some(after) = token(rest, b"]") {
            rest = after;
        } else {
            loop {
                rest = blank(rest);
                let length = match self.memory.shapes.find(rest, &mut found) {
                    Some(known) => {
                        self.known(&rest[..known.length], known, &found)?;
                        known.length
                    }
                    None => self.unknown(rest)?,
                };
                rest = blank(&rest[length..]);
                let (&end, after) = rest.split_first()?;
                rest = after;
                match end {
                    b',' => {}
                    b']' => break,
                    _ => return None,
                }
            }
        }
        self.memory.found = found;
        let rest = blank(token(rest, b"}")?);
        rest.is_empty().then_some(())
    }

    /// Takes a record whose shape is known.
    fn known(&mut self, text: &[u8], known: Known, found: &[Found]) -> Option<()> {
        let (mut time, mut id, mut shared_id) = (None, None, None);
        for one in found {
            match one.slot {
                Slot::Text(TextMember::EventTime) => {
                    time = Some(EventTime::parse(&one.value(text)?)?);
                }
                Slot::Text(TextMember::EventId) => id = one.value(text),
                Slot::Text(TextMember::SharedEventId) => shared_id = one.value(text),
                _ => {}
            }
        }
        let remembered = self.memory.remembered.meaning(text, known, found, &mut self.scratch);
        let meaning = match remembered {
            Ok(meaning) => meaning,
            Err(new) if found.iter().any(|one| one.slot == Slot::Nested) => {
                self.one(std::str::from_utf8(text).ok()?)?;
                let meaning = self.meaning();
                let remembered = &mut self.memory.remembered;
                remembered.keep(new, known, meaning, &self.parts, &mut self.scratch);
                return Some(());
            }
            Err(new) => {
                let shapes = std::mem::take(&mut self.memory.shapes);
                let shown = shapes
                    .record(text, found)
                    .and_then(|record| self.shows(&record, time.is_some()).ok());
                self.memory.shapes = shapes;
                shown?;
                let meaning = self.meaning();
                let remembered = &mut self.memory.remembered;
                remembered.keep(new, known, meaning, &self.parts, &mut self.scratch);
                meaning
            }
        };
        self.begin();
        self.memory.known_records += 1;
        self.add(
            Identified {
                id: id.as_deref().unwrap_or_default(),
                shared_id: shared_id.as_deref(),
                time: time.unwrap_or_default(),
                is_addendum: false,
                corrects: None,
            },
            meaning,
        );
        Some(())
    }

    /// Takes a record by the complete reader, and learns its shape; gives its length.
    fn unknown(&mut self, rest: &[u8]) -> Option<usize> {
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<&RawValue>();
        let text = values.next()?.ok()?.get();
        self.to_learn = Some(text.as_bytes().into());
        let read = self.one(text);
        self.to_learn = None;
        read.map(|()| text.len())
    }

    /// Takes a record by the complete reader.
    fn one(&mut self, text: &str) -> Option<()> {
        let mut json = serde_json::Deserializer::from_str(text);
        let item = Item { sink: &mut *self, position: Position::Element };
        item.deserialize(&mut json).ok()
    }
}

fn blank(bytes: &[u8]) -> &[u8] {
    let blanks = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
    &bytes[blanks.count()..]
}

/// What follows `token`, which may have white space before it.
fn token<'b>(bytes: &'b [u8], token: &[u8]) -> Option<&'b [u8]> {
    blank(bytes).strip_prefix(token)
}
