//! One document on its way into an aggregate: record after record, all or nothing.
//!
//! What a record shows is worked out in `shown`; which documents there are is the business of `reader`.

use std::cell::Cell;
use std::io::{BufReader, Read};
use std::rc::Rc;

use serde::de::DeserializeSeed;

use crate::finding::one_line;

use super::aggregate::{Aggregate, Identified};
use super::any::Any;
use super::container::{Item, Position, Sink, Stop};
use super::contributions::NameLimits;
use super::error::TrailError;
use super::event::Part;
use super::express::Stopped;
use super::member::{Fault, quoted};
use super::plan::Plans;
use super::reader::{HELD_EVENTS, Limited, Memory, RECORD_LIMIT_BYTES, of_json};
use super::record::{Record, TextMember};
use super::text::Window;
use super::time::EventTime;

/// The events of a stream, until it is known to be right.
pub(super) struct Staged {
    pub(super) aggregate: Aggregate,
    /// What it keeps to once it is large.
    pub(super) limits: NameLimits,
}

/// One document on its way into the aggregate.
pub(super) struct Document<'r, 'c> {
    pub(super) plans: &'r mut Plans<'c>,
    pub(super) memory: &'r mut Memory,
    pub(super) scratch: Aggregate,
    /// Where the events of a stream go from `scratch`, again and again. Without it they wait for the end of the document,
    /// because `scratch` holds those of other documents.
    pub(super) staged: Option<Staged>,
    /// The next record stands for others that were taken: it is none.
    pub(super) stands_in: bool,
    pub(super) parts: Vec<Part>,
    /// Records read.
    pub(super) read: u64,
    /// Objects begun, to number a record that never ends.
    begun: u64,
    file: &'r str,
    pub(super) budget: Option<Rc<Cell<u64>>>,
    failure: Option<TrailError>,
    /// The text of the next record, if its shape should be learnt.
    pub(super) to_learn: Option<Box<[u8]>>,
}

impl Sink for Document<'_, '_> {
    fn begin(&mut self) {
        self.begun = self.read + 1;
        self.flush(HELD_EVENTS);
        if let Some(budget) = &self.budget {
            budget.set(RECORD_LIMIT_BYTES);
        }
    }

    fn record(&mut self, mut record: Record<'_>) -> Result<(), Stop> {
        if std::mem::take(&mut self.stands_in) {
            return Ok(());
        }
        if let Some(fault) = record.take_fault() {
            self.fault(fault);
            return Err(Stop);
        }
        self.accept(&record)?;
        if let Some(text) = self.to_learn.take() {
            self.memory.shapes.learn(&text, &record);
        }
        Ok(())
    }

    fn fault(&mut self, fault: Fault) {
        let record = self.read + 1;
        self.failure.get_or_insert_with(|| TrailError::Malformed {
            file: self.file.into(),
            record,
            member: fault.member.into(),
            found: fault.found,
            expected: fault.expected,
        });
    }

    fn no_trail(&mut self, found: String) {
        let found = one_line(found);
        self.failure.get_or_insert_with(|| TrailError::NotATrail { file: self.file.into(), found });
    }

    fn digest(&mut self) {
        self.other("digest file");
    }

    fn other_event(&mut self) {
        self.other("event without an API call");
    }
}

impl<'r, 'c> Document<'r, 'c> {
    pub(super) fn new(
        plans: &'r mut Plans<'c>,
        memory: &'r mut Memory,
        file: &'r str,
        scratch: Aggregate,
    ) -> Self {
        Self {
            plans,
            memory,
            scratch,
            staged: None,
            stands_in: false,
            parts: Vec::new(),
            read: 0,
            begun: 0,
            file,
            budget: None,
            failure: None,
            to_learn: None,
        }
    }

    /// As before the first record.
    pub(super) fn begin_again(&mut self) {
        self.memory.pending.clear();
        (self.read, self.begun, self.failure, self.to_learn) = (0, 0, None, None);
    }

    /// The complete reader.
    pub(super) fn complete<'de, R: serde_json::de::Read<'de>>(
        &mut self,
        json: &mut serde_json::Deserializer<R>,
    ) -> Result<(), TrailError> {
        let mut items = 0_u64;
        let outcome = loop {
            match json.end() {
                Ok(()) => break Ok(()),
                Err(error) if error.is_io() => break Err(error),
                Err(_) => {}
            }
            if let Some(budget) = &self.budget {
                budget.set(RECORD_LIMIT_BYTES);
            }
            let item = Item { sink: &mut *self, position: Position::Top };
            if let Err(error) = Any(item).deserialize(&mut *json) {
                break Err(error);
            }
            items += 1;
        };
        if let Err(error) = outcome {
            let failure = self.failure.take();
            return Err(failure.unwrap_or_else(|| of_json(error, self.file, self.begun, self.read)));
        }
        if items == 0 {
            return Err(TrailError::Empty { file: self.file.into() });
        }
        Ok(())
    }

    /// The complete reader, for what is left of a stream.
    pub(super) fn go_on<R: Read>(
        &mut self,
        mut window: Window<R>,
        stopped: Stopped,
    ) -> Result<(), TrailError> {
        let (words, stands_in) = stopped.words();
        let place = window.place();
        let budget = Rc::new(Cell::new(RECORD_LIMIT_BYTES));
        self.budget = Some(Rc::clone(&budget));
        self.stands_in = stands_in;
        let source = Limited { source: words.as_bytes().chain(window.into_rest()), budget };
        let buffered = BufReader::with_capacity(64 * 1024, source);
        let read = self.complete(&mut serde_json::Deserializer::from_reader(buffered));
        read.map_err(|error| error.moved(place, words.len()))
    }
}

impl Document<'_, '_> {
    fn other(&mut self, kind: &str) {
        let kind = self.scratch.text_id(kind);
        self.parts.clear();
        self.parts.push(Part::NotACall { kind });
        self.add_unnamed();
    }

    /// Adds a record that has no id: its place stands in, so that it is never taken for a copy.
    fn add_unnamed(&mut self) {
        let identified = Identified {
            id: "",
            shared_id: None,
            time: EventTime::default(),
            is_addendum: false,
            corrects: None,
        };
        let meaning = self.meaning();
        self.add(identified, meaning);
    }

    /// The number of what a record shows, which is in `parts`.
    pub(super) fn meaning(&mut self) -> u32 {
        self.scratch.meaning(&self.parts)
    }

    /// Adds a record. One without an id gets its place for one, so that it is never taken for a copy.
    pub(super) fn add(&mut self, identified: Identified<'_>, meaning: u32) {
        let place;
        let id = if identified.id.is_empty() {
            place = format!("{}, record {}", self.file, self.read + 1);
            &*place
        } else {
            identified.id
        };
        let identified = Identified { id, ..identified };
        self.read += 1;
        match self.staged {
            Some(_) => self.scratch.add(&identified, meaning),
            None => self.memory.pending.push(&identified, meaning),
        }
    }

    /// Moves the events of a stream on if there are so many. The numbers of what they show may change, so this is between
    /// records.
    pub(super) fn flush(&mut self, events: u64) {
        let Some(staged) = &mut self.staged else { return };
        if self.scratch.records() >= events {
            let Memory { held, remembered, .. } = &mut *self.memory;
            std::mem::swap(&mut self.scratch, &mut held.aggregate);
            held.give(&mut staged.aggregate, remembered);
            staged.aggregate.limit_if_large(staged.limits);
            std::mem::swap(&mut self.scratch, &mut held.aggregate);
        }
    }

    pub(super) fn malformed(&mut self, member: TextMember, found: String) -> Stop {
        self.fault(Fault { member: member.key().into(), found, expected: member.expected() });
        Stop
    }

    fn accept(&mut self, record: &Record<'_>) -> Result<(), Stop> {
        use TextMember as M;
        let time = match record.text(M::EventTime) {
            None => None,
            Some(text) => match EventTime::parse(text) {
                Some(time) => Some(time),
                None => return Err(self.malformed(M::EventTime, quoted(text))),
            },
        };
        self.shows(record, time.is_some())?;
        let identified = Identified {
            id: record.text(M::EventId).unwrap_or_default(),
            shared_id: record.text(M::SharedEventId),
            time: time.unwrap_or_default(),
            is_addendum: record.is_addendum,
            corrects: record.original_event_id.as_deref(),
        };
        let meaning = self.meaning();
        self.add(identified, meaning);
        Ok(())
    }
}
