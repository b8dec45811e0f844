//! From the bytes of one document to entries of an [`Aggregate`], all or nothing.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;
use std::sync::Arc;

use crate::catalog::Catalog;

use super::aggregate::Aggregate;
use super::document::{Document, Staged};
use super::error::TrailError;
use super::express::Stopped;
use super::given::Held;
use super::known::{Found, Shapes};
use super::pending::Pending;
use super::plan::Plans;
use super::remembered::Remembered;
use super::text::Window;

/// The longest record that is read from a stream.
///
/// Units: bytes.
///
/// # Source
/// AWS CloudTrail User Guide, "Quotas in AWS CloudTrail": an event has at most 256 KB, in event data
/// stores 1 MB. The rest is room for escapes and layout.
pub const RECORD_LIMIT_BYTES: u64 = 8 * 1024 * 1024;

/// Reads documents, remembering what event names stand for.
///
/// One per thread; several give to one aggregate.
pub struct Reader<'c> {
    plans: Plans<'c>,
    memory: Memory,
    is_thorough: bool,
}

/// What a reader remembers between documents, to be quick.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) shapes: Shapes,
    pub(super) remembered: Remembered,
    /// Room for the values of a record.
    pub(super) found: Vec<Found>,
    /// Records of all documents that were right.
    records: u64,
    /// Records whose shape was known.
    pub(super) known_records: u64,
    /// Events of the document that is read.
    pub(super) pending: Pending,
    /// What documents showed that were read and not yet given.
    pub(super) held: Held,
    /// The same, of documents before a stream.
    aside: Option<Aggregate>,
}

/// Events that a reader holds before they should be given.
pub(super) const HELD_EVENTS: u64 = 1 << 13;

impl<'c> Reader<'c> {
    /// A reader that knows the names of `catalog`.
    #[must_use]
    pub fn new(catalog: &'c Catalog) -> Self {
        Self { plans: Plans::new(catalog), memory: Memory::default(), is_thorough: false }
    }

    /// A reader that reads every record completely. It gives the same, more slowly: tests hold the other against it.
    #[must_use]
    pub fn thorough(catalog: &'c Catalog) -> Self {
        Self { is_thorough: true, ..Self::new(catalog) }
    }

    /// Reads a document in memory and holds what it shows, until it is [given](Self::give). On an error nothing of the
    /// document is held.
    ///
    /// # Errors
    /// [`TrailError`]: what is wrong with the document, and where.
    pub fn hold(&mut self, bytes: &[u8], file: &str) -> Result<(), TrailError> {
        self.memory.held.aim_as_before(&mut self.memory.remembered);
        self.read(bytes, file)
    }

    fn read(&mut self, bytes: &[u8], file: &str) -> Result<(), TrailError> {
        let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
        let held = std::mem::replace(&mut self.memory.held.aggregate, Aggregate::raw());
        let mut document = Document::new(&mut self.plans, &mut self.memory, file, held);
        let read = if !self.is_thorough && document.express(&mut &*bytes).is_ok() {
            Ok(())
        } else {
            document.begin_again();
            document.complete(&mut serde_json::Deserializer::from_slice(bytes))
        };
        let Document { mut scratch, read: records, .. } = document;
        match read {
            Ok(()) => {
                self.memory.records += records;
                self.memory.pending.commit(&mut scratch);
                scratch.count_file();
            }
            Err(_) => self.memory.pending.clear(),
        }
        self.memory.held.aggregate = scratch;
        read
    }

    /// How many records were read so far, in documents that were right.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.memory.records
    }

    /// How many records so far had a shape that was known, and needed no complete reading. If it is far from all, reading
    /// is slow.
    #[must_use]
    pub fn known_records(&self) -> u64 {
        self.memory.known_records
    }

    /// Whether so much is held that it should be given now.
    #[must_use]
    pub fn is_laden(&self) -> bool {
        self.memory.aside.is_some() || self.memory.held.aggregate.records() >= HELD_EVENTS
    }

    /// Moves what the documents showed that were held to `aggregate`: the same one each time, because names are held as coarse
    /// as the one given to before needed them. [`Reader::document`] takes any.
    pub fn give(&mut self, aggregate: &mut Aggregate) {
        self.memory.held.given_to = Some(Arc::clone(aggregate.identity()));
        self.give_all(aggregate);
    }

    fn give_all(&mut self, aggregate: &mut Aggregate) {
        self.memory.held.give(aggregate, &mut self.memory.remembered);
        if let Some(aside) = self.memory.aside.take() {
            // INVARIANT: what is raw has moved nothing out of memory, so this does not fail.
            let _ = aggregate.merge(aside);
        }
    }

    /// Reads a document in memory; what was held goes along. On an error `aggregate` is as it was.
    ///
    /// # Errors
    /// [`TrailError`]: what is wrong with the document, and where.
    pub fn document(
        &mut self,
        bytes: &[u8],
        file: &str,
        aggregate: &mut Aggregate,
    ) -> Result<(), TrailError> {
        self.memory.held.aim(aggregate, &mut self.memory.remembered);
        self.read(bytes, file)?;
        self.give_all(aggregate);
        Ok(())
    }

    /// Reads a document as it comes: memory holds a window of it, longer than a record.
    ///
    /// # Errors
    /// [`TrailError`]: what is wrong with the document, and where; also when a record is longer than
    /// [`RECORD_LIMIT_BYTES`], and when `source` fails.
    pub fn stream(
        &mut self,
        source: impl Read,
        file: &str,
        aggregate: &mut Aggregate,
    ) -> Result<(), TrailError> {
        let without_mark = match skip_bom(source) {
            Ok(source) => source,
            Err(source) => return Err(TrailError::Read { file: file.into(), source }),
        };
        self.set_aside();
        let staged =
            Staged { aggregate: aggregate.part(), limits: aggregate.limits().unwrap_or_default() };
        self.memory.held.aim(&staged.aggregate, &mut self.memory.remembered);
        let scratch = std::mem::replace(&mut self.memory.held.aggregate, Aggregate::raw());
        let mut document = Document::new(&mut self.plans, &mut self.memory, file, scratch);
        document.staged = Some(staged);
        let mut window = Window::new(without_mark);
        let express = match self.is_thorough {
            true => Err(Stopped::Beginning),
            // A source that fails after the last record has failed.
            false => document.express(&mut window).and_then(|()| match window.has_failed() {
                true => Err(Stopped::AfterObject),
                false => Ok(()),
            }),
        };
        let outcome = express.or_else(|stopped| document.go_on(window, stopped));
        if outcome.is_ok() {
            document.flush(0);
        }
        let Document { mut scratch, staged, read, .. } = document;
        scratch.forget_events();
        self.memory.held.aggregate = scratch;
        outcome?;
        self.memory.records += read;
        let Some(mut staged) = staged else { return Ok(()) };
        staged.aggregate.count_file();
        let merged = aggregate.merge(staged.aggregate);
        merged.map_err(|source| TrailError::Overflow { file: file.into(), source })
    }

    /// Parts what is held from the document that comes.
    fn set_aside(&mut self) {
        let Memory { held, remembered, aside, .. } = &mut self.memory;
        if held.aggregate.files() > 0 {
            held.give(aside.get_or_insert_with(Aggregate::raw), remembered);
        }
    }
}

/// Reads one document into `aggregate`; see [`Reader`] for many.
///
/// # Errors
/// As [`Reader::document`].
pub fn read_document(
    bytes: &[u8],
    file: &str,
    aggregate: &mut Aggregate,
    catalog: &Catalog,
) -> Result<(), TrailError> {
    Reader::new(catalog).document(bytes, file, aggregate)
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// `source` without a byte order mark, which may come a byte at a time.
fn skip_bom(mut source: impl Read) -> io::Result<impl Read> {
    let mut head = Vec::with_capacity(BOM.len());
    Read::by_ref(&mut source).take(BOM.len() as u64).read_to_end(&mut head)?;
    if head == BOM {
        head.clear();
    }
    Ok(io::Cursor::new(head).chain(source))
}

/// Stops a record that goes on for longer than any record does.
pub(super) struct Limited<R> {
    pub(super) source: R,
    pub(super) budget: Rc<Cell<u64>>,
}

/// The message by which the stop is known again.
const TOO_LONG: &str = "record too long";

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let budget = self.budget.get();
        if budget == 0 {
            return Err(io::Error::other(TOO_LONG));
        }
        let read = self.source.read(buffer)?;
        self.budget.set(budget.saturating_sub(read as u64));
        Ok(read)
    }
}

pub(super) fn of_json(
    error: serde_json::Error,
    file: &str,
    begun: u64,
    records: u64,
) -> TrailError {
    let file: Box<str> = file.into();
    if error.is_io() {
        let source = io::Error::from(error);
        if source.to_string() == TOO_LONG {
            return TrailError::RecordTooLong {
                file,
                record: begun.max(1),
                limit: RECORD_LIMIT_BYTES,
            };
        }
        return TrailError::Read { file, source };
    }
    if error.is_eof() {
        return TrailError::Truncated { file, records };
    }
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let (line, column) = (count(error.line()), count(error.column()));
    let text = error.to_string();
    let problem = text.split(" at line ").next().unwrap_or(&text).to_owned();
    TrailError::Syntax { file, line, column, problem }
}
