//! From the bytes of one document to entries of an [`Aggregate`], all or nothing.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use serde::de::DeserializeSeed;

use crate::catalog::Catalog;
use crate::evidence::Outcome;
use crate::finding::one_line;
use crate::iam::{Arn, Region};

use super::aggregate::{Aggregate, Identified};
use super::caller::{Caller, Function, RoleSession, caller};
use super::container::{Item, Position, Sink, Stop};
use super::error::TrailError;
use super::event::{CallPart, FunctionPart, Part, ResourcePart};
use super::given::Held;
use super::headers;
use super::inspect::{Need, inspect};
use super::known::{Found, Shapes};
use super::log::OverflowError;
use super::member::{Fault, quoted};
use super::outcome::outcome;
use super::passed::{PASS_ROLE, passed};
use super::pending::Pending;
use super::plan::{Meaning, Plans};
use super::record::{Record, TextMember};
use super::refusal::Refusal;
use super::remembered::Remembered;
use super::resource::{Owned, Place, Target, targets};
use super::time::EventTime;

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
/// One per thread; the aggregates of several are merged at the end.
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
    pending: Pending,
    /// What documents showed that were read and not yet given.
    held: Held,
}

/// Events that a reader holds before they should be given.
const HELD_EVENTS: u64 = 1 << 14;

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
        let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
        let held = std::mem::replace(&mut self.memory.held.aggregate, Aggregate::raw());
        let mut document = Document::new(&mut self.plans, &mut self.memory, file, held);
        let read = if !self.is_thorough && document.express(bytes).is_some() {
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
        self.memory.held.aggregate.records() >= HELD_EVENTS
    }

    /// Moves what the documents showed that were held to `aggregate`. It is quickest where that is the same one each time.
    ///
    /// # Errors
    /// [`OverflowError`] when events cannot be kept.
    pub fn give(&mut self, aggregate: &mut Aggregate) -> Result<(), OverflowError> {
        self.memory.held.give(aggregate, &mut self.memory.remembered)
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
        self.hold(bytes, file)?;
        let given = self.give(aggregate);
        given.map_err(|source| TrailError::Overflow { file: file.into(), source })
    }

    /// Reads a document as it comes: memory holds one record at a time.
    ///
    /// `source` should read in large pieces; it is buffered here no further than 64 KiB.
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
        let budget = Rc::new(Cell::new(RECORD_LIMIT_BYTES));
        let limited = Limited { source, budget: Rc::clone(&budget) };
        let without_mark = match skip_bom(limited) {
            Ok(source) => source,
            Err(source) => return Err(TrailError::Read { file: file.into(), source }),
        };
        let buffered = io::BufReader::with_capacity(64 * 1024, without_mark);
        let mut json = serde_json::Deserializer::from_reader(buffered);
        let mut document = Document::new(&mut self.plans, &mut self.memory, file, Aggregate::raw());
        document.budget = Some(budget);
        document.staged = Some(aggregate.beside());
        document.complete(&mut json)?;
        let Document { mut scratch, staged, read, .. } = document;
        self.memory.records += read;
        scratch.count_file();
        let whole = match staged.filter(|staged| staged.records() > 0) {
            None => Ok(scratch),
            Some(mut staged) => staged.merge(scratch).map(|()| staged),
        };
        let merged = whole.and_then(|whole| aggregate.merge(whole));
        merged.map_err(|source| TrailError::Overflow { file: file.into(), source })
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
struct Limited<R> {
    source: R,
    budget: Rc<Cell<u64>>,
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

fn of_json(error: serde_json::Error, file: &str, begun: u64, records: u64) -> TrailError {
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

/// One document on its way into the aggregate.
pub(super) struct Document<'r, 'c> {
    plans: &'r mut Plans<'c>,
    pub(super) memory: &'r mut Memory,
    pub(super) scratch: Aggregate,
    /// What went before, where the document is a stream and large. Without it events wait for the end of the document, because
    /// `scratch` holds those of other documents.
    staged: Option<Aggregate>,
    pub(super) parts: Vec<Part>,
    /// Records read.
    read: u64,
    /// Objects begun, to number a record that never ends.
    begun: u64,
    file: &'r str,
    budget: Option<Rc<Cell<u64>>>,
    failure: Option<TrailError>,
    /// The text of the next record, if its shape should be learnt.
    pub(super) to_learn: Option<Box<[u8]>>,
}

impl Sink for Document<'_, '_> {
    fn begin(&mut self) {
        self.begun = self.read + 1;
        if let Some(budget) = &self.budget {
            budget.set(RECORD_LIMIT_BYTES);
        }
    }

    fn record(&mut self, mut record: Record<'_>) -> Result<(), Stop> {
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
    fn new(
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
    fn begin_again(&mut self) {
        self.memory.pending.clear();
        (self.read, self.begun, self.failure, self.to_learn) = (0, 0, None, None);
    }

    /// The complete reader.
    fn complete<'de, R: serde_json::de::Read<'de>>(
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
            if let Err(error) = item.deserialize(&mut *json) {
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
        let Some(staged) = &mut self.staged else {
            return self.memory.pending.push(&identified, meaning);
        };
        self.scratch.add(&identified, meaning);
        if self.scratch.is_large() {
            // INVARIANT: what is raw has moved nothing out of memory, so this does not fail.
            let _ = staged.merge(std::mem::replace(&mut self.scratch, Aggregate::raw()));
        }
    }

    fn malformed(&mut self, member: TextMember, found: String) -> Stop {
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

    /// Puts into `parts` what a record shows. That depends on all its members but those that tell which event it is and
    /// when it was (`eventID`, `sharedEventID`, `addendum`, `eventTime`): of these it may only matter whether there is a
    /// time. Records with the same other members are taken to show the same ([`Remembered`]).
    pub(super) fn shows(&mut self, record: &Record<'_>, has_time: bool) -> Result<(), Stop> {
        use TextMember as M;
        self.parts.clear();
        if let Some(kind) = not_a_call(record) {
            let kind = self.scratch.text_id(kind);
            self.parts.push(Part::NotACall { kind });
            return Ok(());
        }
        let Some(source) = record.text(M::EventSource) else {
            return Err(self.malformed(M::EventSource, "missing".into()));
        };
        let Some(name) = record.text(M::EventName) else {
            return Err(self.malformed(M::EventName, "missing".into()));
        };
        self.call(record, source, name, has_time);
        Ok(())
    }

    /// What an API call contributes.
    fn call(&mut self, record: &Record<'_>, source: &str, name: &str, has_time: bool) {
        let session = match caller(record) {
            Caller::Role(session) => session,
            Caller::Service(service) => {
                let service = self.scratch.text_id(service);
                let (source, name) = (self.scratch.text_id(source), self.scratch.text_id(name));
                return self.parts.push(Part::Service { service, source, name });
            }
            Caller::Other(kind) => {
                let kind = self.scratch.text_id(kind);
                return self.parts.push(Part::OtherIdentity { kind });
            }
            Caller::Unattributed { identity, reason } => {
                let identity = self.scratch.text_id(identity);
                let reason = self.scratch.text_id(reason);
                return self.parts.push(Part::Unattributed { identity, reason });
            }
        };
        if let Some(function) = session.unusable_function {
            self.unusable("userIdentity.inScopeOf.credentialsIssuedTo", Some(function));
        }
        if !has_time {
            return self.unusable(TextMember::EventTime.key(), None);
        }
        let region = record.text(TextMember::AwsRegion);
        let Some(region) = region.filter(|code| Region::fits(code)) else {
            return self.unusable(TextMember::AwsRegion.key(), region);
        };
        for entry in &record.resources {
            if let Some(arn) = entry.arn.as_deref()
                && !Arn::fits(arn)
            {
                self.unusable("resources[].ARN", Some(arn));
            }
        }
        self.role_call(record, &session, region, source, name);
    }

    fn unusable(&mut self, member: &str, value: Option<&str>) {
        let member = self.scratch.text_id(member);
        let value = value.map(|value| self.scratch.text_id(value));
        self.parts.push(Part::Unusable { member, value });
    }

    fn role_call(
        &mut self,
        record: &Record<'_>,
        session: &RoleSession<'_>,
        region: &str,
        source: &str,
        name: &str,
    ) {
        let role = self.scratch.text_id(session.role);
        let plan = self.plans.plan(source, name);
        let place =
            Place { partition: session.arn.partition, region, account: session.arn.account };
        let reason = match plan.meaning.with(&record.parameters) {
            Meaning::NoPermission => {
                let (source, name) = (self.scratch.text_id(source), self.scratch.text_id(name));
                return self.parts.push(Part::NoPermission { role, source, name });
            }
            Meaning::Shared { reason, .. } | Meaning::Unmapped(reason) => reason.clone(),
            Meaning::Actions { needed, versioned, inspection } => {
                let has_version =
                    record.parameters.text("versionId").is_some_and(|version| !version.is_empty());
                let actions = if has_version && !versioned.is_empty() { versioned } else { needed };
                let needs = match inspection {
                    Some(inspection) => inspect(*inspection, actions, record, place),
                    None => Ok(actions
                        .iter()
                        .flat_map(|action| {
                            let targets = targets(action, record, place);
                            targets.into_iter().map(|on| Need { action: &action.name, on })
                        })
                        .collect()),
                };
                match needs {
                    Ok(mut needs) => {
                        headers::add(&plan.operation, &record.parameters, &mut needs);
                        let operation = self.scratch.text_id(&plan.operation);
                        let call = self.call_part(record, session, role, region, source, operation);
                        let refusal = match call.outcome {
                            Outcome::Denied => refusal(record),
                            _ => None,
                        };
                        for need in &needs {
                            let refusal = refusal.as_ref().map(|it| it.sentence(need.action));
                            let refusal = refusal.map(|text| self.scratch.text_id(&text));
                            self.push_need(CallPart { refusal, ..call }, need);
                        }
                        let action = needs.first().map_or("", |need| need.action);
                        self.push_passed(call, action, record, place);
                        return;
                    }
                    Err(reason) => reason,
                }
            }
        };
        let (source, name) = (self.scratch.text_id(source), self.scratch.text_id(name));
        let reason = self.scratch.text_id(&reason);
        self.parts.push(Part::Unmapped { role, source, name, reason });
    }

    /// The parts of a call that all its actions share.
    fn call_part(
        &mut self,
        record: &Record<'_>,
        session: &RoleSession<'_>,
        role: u32,
        region: &str,
        source: &str,
        operation: u32,
    ) -> CallPart {
        let (code, message) =
            (record.text(TextMember::ErrorCode), record.text(TextMember::ErrorMessage));
        let mut ended = outcome(source, code, message);
        let answer = &record.response;
        if ended == Outcome::Succeeded {
            // An answer may describe an error of something else: it is the call's own with code and
            // message, or when it refuses.
            let own = outcome(source, answer.code.as_deref(), answer.message.as_deref());
            let is_whole = answer.code.is_some() && answer.message.is_some();
            if is_whole || own == Outcome::Denied {
                ended = own;
            }
        }
        CallPart {
            role,
            function: match &session.function {
                Function::Issued(arn) => FunctionPart::Issued(self.scratch.text_id(arn)),
                Function::Session(name) => FunctionPart::Session(self.scratch.text_id(name)),
                Function::Unknown => FunctionPart::Unknown,
            },
            action: operation,
            operation,
            resource: ResourcePart::Unknown,
            resource_account: None,
            region: self.scratch.text_id(region),
            via: session.via.map(|service| self.scratch.text_id(service)),
            outcome: ended,
            refusal: None,
        }
    }

    /// What a call that went through tells of `iam:PassRole`: the service that got the role stands where else the one
    /// stands that called for it.
    fn push_passed(&mut self, call: CallPart, action: &str, record: &Record<'_>, place: Place<'_>) {
        if !call.outcome.is_use() || call.via.is_some() {
            return;
        }
        for (role, service) in passed(action, &record.parameters, place) {
            let part = CallPart {
                action: self.scratch.text_id(PASS_ROLE),
                resource: ResourcePart::Arn(self.scratch.text_id(role)),
                resource_account: None,
                via: Some(self.scratch.text_id(service)),
                ..call
            };
            self.parts.push(Part::Call(part));
        }
    }

    fn push_need(&mut self, call: CallPart, need: &Need<'_>) {
        let Owned { target, account } = &need.on;
        let part = CallPart {
            action: self.scratch.text_id(need.action),
            resource: match target {
                Target::Arn(arn) => ResourcePart::Arn(self.scratch.text_id(arn)),
                Target::SecretNamed(arn) => ResourcePart::SecretNamed(self.scratch.text_id(arn)),
                Target::None => ResourcePart::None,
                Target::Unknown => ResourcePart::Unknown,
            },
            resource_account: account.as_deref().map(|account| self.scratch.text_id(account)),
            ..call
        };
        self.parts.push(Part::Call(part));
    }
}

/// Why a call was refused, where its error says so in a known form.
fn refusal<'r>(record: &'r Record<'_>) -> Option<Refusal<'r>> {
    let own = record.text(TextMember::ErrorMessage);
    let answered = record.response.message.as_deref();
    own.into_iter().chain(answered).find_map(Refusal::told)
}

/// What the record is, if it is no API call of a trail.
fn not_a_call<'r>(record: &'r Record<'_>) -> Option<&'r str> {
    match record.text(TextMember::EventCategory) {
        None | Some("Management" | "Data") => {}
        Some(other) => return Some(other),
    }
    match record.text(TextMember::EventType) {
        // Records before version 1.02 have no type.
        None | Some("AwsApiCall") => None,
        Some(other) => Some(other),
    }
}
