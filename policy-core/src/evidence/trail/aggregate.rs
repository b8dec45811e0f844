//! What a set of log files shows: one small entry per event, so that copies of an event in any two
//! files count once and files can be read in any order, by any number of threads.
//!
//! An aggregate is a set of events. [`Aggregate::merge`] is the union of the sets and so associative
//! and commutative; copies are put together and counted once, at the end, by [`Aggregate::finish`] (see `standing`).
//!
//! Memory: 40 bytes an event, which leave for an [`Overflow`] past a bound; each distinct text and each distinct
//! contribution once, of which there are few however many names a log has (see `contributions`). It does not grow with
//! the size of the records. Ids that are no UUIDs and corrections are rare, and kept in memory. An aggregate that comes
//! from an observation file may hold events as counts only; what then still holds is told in `counted`.

use std::cmp::Ordering;
use std::num::NonZeroUsize;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::contributions::{Contributions, NameLimits};
use super::event::{CallPart, EventKey, FoldedPart, FunctionPart, Part, ResourcePart, TextId};
use super::log::{By, Entry, EventLog, Overflow, OverflowError};
use super::tally::Counter;
use super::time::EventTime;

/// An event, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) time: EventTime,
    /// Number of the contribution; the top two bits are flags.
    pub(super) meaning: u32,
}

/// The event is an addendum.
pub(super) const ADDENDUM: u32 = 1 << 31;
/// Copies of the event differ.
pub(super) const CONFLICT: u32 = 1 << 30;

impl Event {
    pub(super) fn meaning(self) -> u32 {
        self.meaning & !(ADDENDUM | CONFLICT)
    }

    pub(super) fn flags(self) -> u32 {
        self.meaning & (ADDENDUM | CONFLICT)
    }

    pub(super) fn has(self, flag: u32) -> bool {
        self.meaning & flag != 0
    }
}

/// What a set of CloudTrail files shows.
#[derive(Debug)]
pub struct Aggregate {
    pub(super) contributions: Contributions,
    pub(super) log: EventLog,
    /// Ids that are no UUIDs.
    pub(super) names: HashMap<EventKey, Box<str>>,
    /// The event that an addendum corrects.
    pub(super) corrects: HashMap<EventKey, EventKey>,
    /// Events that are not in the log, by the number of their contribution.
    pub(super) counted: HashMap<u32, Counter>,
    /// Entries of the log that are counted too.
    pub(super) counted_copies: HashSet<EventKey>,
    /// Where the ids begin of which events may be counted only.
    pub(super) ids_below: Option<EventKey>,
    /// Which aggregate it is: no other has this one.
    identity: Arc<()>,
    /// Whether it may become the first aggregate that is merged into it, limits and all.
    is_part: bool,
    /// Records read, copies included.
    pub(super) records: u64,
    /// Files that went in whole.
    pub(super) files: u64,
    /// Files of which nothing was used.
    pub(super) refused_files: u64,
}

impl Default for Aggregate {
    fn default() -> Self {
        Self::new()
    }
}

/// The identity of an event that is added.
pub(super) struct Identified<'a> {
    pub(super) id: &'a str,
    pub(super) shared_id: Option<&'a str>,
    pub(super) time: EventTime,
    pub(super) is_addendum: bool,
    pub(super) corrects: Option<&'a str>,
}

/// As many names of one kind as are kept at most.
const DEFAULT_KEPT: NonZeroUsize = NonZeroUsize::MAX;
/// Distinct contributions of one stream that are kept as they are.
const RAW_CONTRIBUTIONS: usize = 1 << 14;
impl Aggregate {
    /// Holds nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(NameLimits::default())
    }

    /// Holds nothing, and keeps to other limits than the usual ones.
    #[must_use]
    pub fn with_limits(limits: NameLimits) -> Self {
        Self { contributions: Contributions::limited(limits), is_part: false, ..Self::raw() }
    }

    /// Keeps no more than `events` events in memory from now on; the others leave for `overflow`.
    #[must_use]
    pub fn overflowing(mut self, events: usize, overflow: Box<dyn Overflow>) -> Self {
        self.log.bound(events, overflow);
        self
    }

    /// Holds nothing, to be filled with what one file shows and then [merged](Self::merge) into `self`: as it is while
    /// it is small, else with the limits of `self`.
    #[must_use]
    pub fn part(&self) -> Self {
        Self { log: self.log.beside(By::Key), ..Self::raw() }
    }

    /// Keeps everything as it is.
    pub(super) fn raw() -> Self {
        Self {
            contributions: Contributions::raw(DEFAULT_KEPT),
            log: EventLog::new(By::Key),
            names: HashMap::new(),
            corrects: HashMap::new(),
            counted: HashMap::new(),
            counted_copies: HashSet::new(),
            ids_below: None,
            identity: Arc::default(),
            is_part: true,
            records: 0,
            files: 0,
            refused_files: 0,
        }
    }

    /// Which aggregate it is, to be compared by [`Arc::ptr_eq`].
    pub(super) fn identity(&self) -> &Arc<()> {
        &self.identity
    }

    /// Keeps to `limits` once there are so many contributions that they take room.
    pub(super) fn limit_if_large(&mut self, limits: NameLimits) {
        if self.contributions.limits().is_none() && self.contributions.len() >= RAW_CONTRIBUTIONS {
            self.contributions.limit(limits);
        }
    }

    /// The limits, if there are any.
    pub(super) fn limits(&self) -> Option<NameLimits> {
        self.contributions.limits()
    }

    /// How many events it knows by their ids; copies of one may count each.
    #[must_use]
    pub fn events(&self) -> usize {
        self.log.len()
    }

    /// How many records were read, copies included.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// How many files went in.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.files
    }

    /// How many files were refused.
    #[must_use]
    pub fn refused_files(&self) -> u64 {
        self.refused_files
    }

    /// Notes files of which nothing was used.
    pub fn count_refused(&mut self, files: u64) {
        self.refused_files += files;
    }

    pub(super) fn text_id(&mut self, text: &str) -> TextId {
        self.contributions.text_id(text)
    }

    pub(super) fn count_file(&mut self) {
        self.files += 1;
    }

    /// The number of a contribution.
    pub(super) fn meaning(&mut self, parts: &[Part]) -> u32 {
        self.contributions.id(parts)
    }

    /// Adds an event that is nothing but what it shows.
    ///
    /// INVARIANT: the aggregate is [raw](Self::raw).
    pub(super) fn add_plain(&mut self, key: EventKey, time: EventTime, meaning: u32) {
        self.records += 1;
        self.log.push(Entry { key, shared: None, time, meaning });
    }

    /// Adds one record.
    ///
    /// INVARIANT: the aggregate is [raw](Self::raw).
    pub(super) fn add(&mut self, identified: &Identified<'_>, meaning: u32) {
        self.records += 1;
        let (key, is_uuid) = EventKey::of(identified.id);
        if !is_uuid {
            self.names.entry(key).or_insert_with(|| identified.id.into());
        }
        let shared = identified.shared_id.map(|id| EventKey::of(id).0);
        if let Some(original) = identified.corrects {
            let (original, _) = EventKey::of(original);
            if original != key {
                note_smallest(&mut self.corrects, key, original);
            }
        }
        let flags = if identified.is_addendum { ADDENDUM } else { 0 };
        self.log.push(Entry { key, shared, time: identified.time, meaning: meaning | flags });
    }

    /// Adds every event of `other`; an event that both hold counts once.
    ///
    /// Aggregates from observation files are joined by [`Aggregate::joined`].
    ///
    /// # Errors
    /// [`OverflowError`] when `other` had moved events out of memory and they cannot be read back.
    pub fn merge(&mut self, mut other: Self) -> Result<(), OverflowError> {
        if self.is_part && self.records == 0 && self.files == 0 && self.refused_files == 0 {
            *self = Self { is_part: true, ..other };
            return Ok(());
        }
        let numbers = self.contributions.merge(&other.contributions);
        let log = &mut self.log;
        other.log.read(|entry| {
            let event = Event { time: entry.time, meaning: entry.meaning };
            let meaning = numbers[event.meaning() as usize] | event.flags();
            log.push(Entry { meaning, ..entry });
        })?;
        for (meaning, counter) in other.counted.drain() {
            self.counted.entry(numbers[meaning as usize]).or_default().merge(&counter);
        }
        self.counted_copies.extend(other.counted_copies.drain());
        self.ids_below = match (self.ids_below, other.ids_below) {
            (Some(mine), Some(theirs)) => Some(mine.min(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        self.take_over(&mut other);
        Ok(())
    }

    /// Forgets all events; numbers stay valid.
    ///
    /// INVARIANT: the aggregate is [raw](Self::raw).
    pub(super) fn forget_events(&mut self) {
        let _ = self.log.drain();
        self.names.clear();
        self.corrects.clear();
        (self.records, self.files, self.refused_files) = (0, 0, 0);
    }

    /// Takes over what is neither an event nor about the events that are only counted.
    pub(super) fn take_over(&mut self, other: &mut Self) {
        self.names.extend(other.names.drain());
        for (key, original) in other.corrects.drain() {
            note_smallest(&mut self.corrects, key, original);
        }
        self.records += std::mem::take(&mut other.records);
        self.files += std::mem::take(&mut other.files);
        self.refused_files += std::mem::take(&mut other.refused_files);
    }
}

impl Contributions {
    /// One event out of two copies of it: an addendum before what it corrects, then the greater of what they say. The
    /// order is total, so that the order of reading is nothing.
    pub(super) fn of_copies(&self, one: Event, other: Event) -> Event {
        let is_same = self.resolved(one.meaning()) == self.resolved(other.meaning())
            && one.time == other.time
            && one.has(ADDENDUM) == other.has(ADDENDUM);
        let rank = |event: Event| (event.has(ADDENDUM), event.time);
        let kept = match rank(one).cmp(&rank(other)) {
            _ if is_same => one,
            Ordering::Greater => one,
            Ordering::Less => other,
            Ordering::Equal if self.shows(one) > self.shows(other) => one,
            Ordering::Equal => other,
        };
        let conflict = if is_same { 0 } else { CONFLICT };
        let sticky = (one.meaning | other.meaning) & CONFLICT;
        Event { meaning: kept.meaning | sticky | conflict, ..kept }
    }

    /// What an event shows, comparable with what events of other aggregates show. Calls come first.
    pub(super) fn shows(&self, event: Event) -> Vec<PartText<'_>> {
        let parts = self.parts(self.resolved(event.meaning()));
        parts.iter().map(|&part| self.part_text(part)).collect()
    }

    pub(super) fn part_text(&self, part: Part) -> PartText<'_> {
        let text = |id| self.text(id);
        match part {
            Part::Call(call) => PartText::Call(self.call_text(call)),
            Part::Unmapped { role, source, name, reason } => {
                PartText::Other(1, [text(role), text(source), text(name), text(reason)])
            }
            Part::NoPermission { role, source, name } => {
                PartText::Other(2, [text(role), text(source), text(name), ""])
            }
            Part::NotACall { kind } => PartText::Other(3, [text(kind), "", "", ""]),
            Part::OtherIdentity { kind } => PartText::Other(4, [text(kind), "", "", ""]),
            Part::Service { service, source, name } => {
                PartText::Other(5, [text(service), text(source), text(name), ""])
            }
            Part::Unattributed { identity, reason } => {
                PartText::Other(6, [text(identity), text(reason), "", ""])
            }
            Part::Unusable { member, value } => {
                // A value that is empty is not one that is missing.
                let is_there = value.map_or("", |_| "there");
                PartText::Other(7, [text(member), value.map_or("", text), is_there, ""])
            }
        }
    }

    fn call_text(&self, call: CallPart) -> CallText<'_> {
        let text = |id| self.text(id);
        let (function_kind, function) = match call.function {
            FunctionPart::Issued(id) => (0, text(id)),
            FunctionPart::Session(id) => (1, text(id)),
            FunctionPart::Unknown => (2, ""),
        };
        let (resource_kind, resource) = match call.resource {
            ResourcePart::Arn(id) => (0, [text(id), "", ""]),
            ResourcePart::SecretNamed(id) => (1, [text(id), "", ""]),
            ResourcePart::None => (2, [""; 3]),
            ResourcePart::Unknown => (3, [""; 3]),
            ResourcePart::Many => (4, [""; 3]),
            ResourcePart::Folded(FoldedPart { container, head, tail, step }) => {
                (5 + step, [text(container), text(head), text(tail)])
            }
        };
        CallText {
            outcome: call.outcome,
            role: text(call.role),
            function: (function_kind, function),
            action: text(call.action),
            operation: text(call.operation),
            resource: (resource_kind, resource),
            resource_account: call.resource_account.map(text),
            region: text(call.region),
            via: call.via.map(text),
            refusal: call.refusal.map(text),
        }
    }
}

/// A part as text, to compare parts of different aggregates. Calls come first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PartText<'a> {
    Call(CallText<'a>),
    Other(u8, [&'a str; 4]),
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CallText<'a> {
    pub(super) outcome: crate::evidence::Outcome,
    pub(super) role: &'a str,
    pub(super) function: (u8, &'a str),
    pub(super) action: &'a str,
    pub(super) operation: &'a str,
    pub(super) resource: (u8, [&'a str; 3]),
    pub(super) resource_account: Option<&'a str>,
    pub(super) region: &'a str,
    pub(super) via: Option<&'a str>,
    pub(super) refusal: Option<&'a str>,
}

fn note_smallest(map: &mut HashMap<EventKey, EventKey>, key: EventKey, value: EventKey) {
    map.entry(key).and_modify(|kept| *kept = (*kept).min(value)).or_insert(value);
}
