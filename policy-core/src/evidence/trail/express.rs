//! The quick way through a document: record after record by its known shape, the others by the complete reader.
//!
//! Whatever is not as CloudTrail delivers it (`{"Records":[…]}`), and whatever is wrong, is left to the complete reader. A
//! document in memory it reads from the beginning; nothing was counted until then. Of a stream it reads what is left, with
//! words before it that bring it to where the quick way stopped ([`Stopped`]). So a mistake is told alike.

use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use super::aggregate::Identified;
use super::any::Any;
use super::caller::caller;
use super::container::{Item, Position, Sink};
use super::document::Document;
use super::known::{Found, Known, Slot};
use super::record::TextMember;
use super::text::Text;
use super::time::EventTime;

/// Where the quick way stopped. What it took was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    /// Nothing was taken.
    Beginning,
    /// No record yet.
    InList,
    AfterRecord,
    AfterComma,
    AfterList,
    AfterObject,
}

impl Stopped {
    /// What brings a reader to this place, and whether it holds a record that [stands in](Document::stands_in) for those taken.
    pub(super) fn words(self) -> (&'static str, bool) {
        match self {
            Self::Beginning => ("", false),
            Self::InList => (r#"{"Records":["#, false),
            Self::AfterRecord => (r#"{"Records":[{"eventVersion":""}"#, true),
            Self::AfterComma => (r#"{"Records":[{"eventVersion":""},"#, true),
            Self::AfterList => (r#"{"Records":[]"#, false),
            Self::AfterObject => (r#"{"Records":[]}"#, false),
        }
    }
}

impl Document<'_, '_> {
    /// Reads the whole of `text`; else the complete reader has to go on from where this stopped.
    pub(super) fn express(&mut self, text: &mut impl Text) -> Result<(), Stopped> {
        let mut found = std::mem::take(&mut self.memory.found);
        let outcome = self.records(text, &mut found);
        self.memory.found = found;
        outcome
    }

    fn records(&mut self, text: &mut impl Text, found: &mut Vec<Found>) -> Result<(), Stopped> {
        text.refill();
        let rest = text.rest();
        let list = [&b"{"[..], b"\"Records\"", b":", b"["].into_iter().try_fold(rest, token);
        let after = list.ok_or(Stopped::Beginning)?;
        text.take(text.rest().len() - after.len());
        if next(text) == Some(b']') {
            text.take(1);
        } else {
            let mut stopped = Stopped::InList;
            loop {
                next(text);
                text.refill();
                while self.one_of(text, found).is_none() {
                    if !text.more() {
                        return Err(stopped);
                    }
                }
                let end = next(text);
                if !matches!(end, Some(b',' | b']')) {
                    return Err(Stopped::AfterRecord);
                }
                text.take(1);
                if end == Some(b']') {
                    break;
                }
                stopped = Stopped::AfterComma;
            }
        }
        if next(text) != Some(b'}') {
            return Err(Stopped::AfterList);
        }
        text.take(1);
        if next(text).is_some() { Err(Stopped::AfterObject) } else { Ok(()) }
    }

    /// Takes the record at the beginning of `text`; `None` when it is wrong, or not whole.
    fn one_of(&mut self, text: &mut impl Text, found: &mut Vec<Found>) -> Option<()> {
        let rest = text.rest();
        let length = match self.memory.shapes.find(rest, found) {
            Some(known) => {
                self.known(&rest[..known.length], known, found)?;
                known.length
            }
            None => self.unknown(rest)?,
        };
        text.take(length);
        Some(())
    }

    /// Takes a record whose shape is known.
    fn known(&mut self, text: &[u8], known: Known, found: &[Found]) -> Option<()> {
        self.begin();
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
                let remembered = &mut self.memory.remembered;
                remembered.keep(new, known, &self.parts, &mut self.scratch);
                return Some(());
            }
            Err(new) => {
                let shapes = std::mem::take(&mut self.memory.shapes);
                let shown = shapes.record(text, found).and_then(|record| {
                    let remembered = &mut self.memory.remembered;
                    if remembered.is_new_caller() {
                        remembered.called(&caller(&record), &mut self.scratch);
                    }
                    self.shows(&record, time.is_some()).ok()
                });
                self.memory.shapes = shapes;
                shown?;
                let remembered = &mut self.memory.remembered;
                remembered.keep(new, known, &self.parts, &mut self.scratch);
                self.meaning()
            }
        };
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
        Any(item).deserialize(&mut json).ok()
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

/// Takes white space; gives the byte that follows, which is not taken.
fn next(text: &mut impl Text) -> Option<u8> {
    loop {
        let rest = text.rest();
        let after = blank(rest);
        let (blanks, byte) = (rest.len() - after.len(), after.first().copied());
        text.take(blanks);
        if byte.is_some() || !text.more() {
            return byte;
        }
    }
}
