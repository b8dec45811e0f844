//! What a set of log files shows: one small entry per event, so that copies of an event in any two
//! files count once and files can be read in any order, by any number of threads.
//!
//! An aggregate is a set of events. [`Aggregate::merge`] is the union of the sets and so associative
//! and commutative; counts are taken once, at the end, by [`Aggregate::finish`].
//!
//! Memory: 28 bytes an event (up to 56 while the table grows), plus each distinct text and each
//! distinct contribution once; it does not grow with the size of the records. An aggregate that comes from an
//! observation file may hold events as counts only; what then still holds is told in `counted`.

use std::collections::{HashMap, hash_map};

use super::event::{CallPart, EventKey, FunctionPart, Part, ResourcePart, TextId};
use super::observations::Observations;
use super::table::Table;
use super::tally::{self, Counter};
use super::time::EventTime;

/// An event, as it is kept.
#[derive(Debug, Clone, Copy)]
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

    pub(super) fn has(self, flag: u32) -> bool {
        self.meaning & flag != 0
    }
}

/// What a set of CloudTrail files shows.
#[derive(Debug, Clone, Default)]
pub struct Aggregate {
    pub(super) texts: Table<str>,
    pub(super) meanings: Table<[Part]>,
    pub(super) events: HashMap<EventKey, Event>,
    /// Ids that are no UUIDs.
    pub(super) names: HashMap<EventKey, Box<str>>,
    /// `sharedEventID` of the events that have one.
    pub(super) shared: HashMap<EventKey, EventKey>,
    /// The event that an addendum corrects.
    pub(super) corrects: HashMap<EventKey, EventKey>,
    /// Events that are not in `events`, by the number of their contribution.
    pub(super) counted: HashMap<u32, Counter>,
    /// Where the ids begin of which events may be counted only.
    pub(super) ids_below: Option<EventKey>,
    /// Records read, copies included.
    pub(super) records: u64,
    /// Files that went in whole.
    pub(super) files: u64,
    /// Files of which nothing was used.
    pub(super) refused_files: u64,
}

/// The identity of an event that is added.
pub(super) struct Identified<'a> {
    pub(super) id: &'a str,
    pub(super) shared_id: Option<&'a str>,
    pub(super) time: EventTime,
    pub(super) is_addendum: bool,
    pub(super) corrects: Option<&'a str>,
}

impl Aggregate {
    /// Holds nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many distinct events it knows by their ids.
    #[must_use]
    pub fn events(&self) -> usize {
        self.events.len()
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
        self.texts.id(text)
    }

    pub(super) fn count_file(&mut self) {
        self.files += 1;
    }

    /// Adds one record.
    pub(super) fn add(&mut self, identified: &Identified<'_>, parts: &[Part]) {
        self.records += 1;
        let (key, is_uuid) = EventKey::of(identified.id);
        if !is_uuid {
            self.names.entry(key).or_insert_with(|| identified.id.into());
        }
        if let Some(shared_id) = identified.shared_id {
            let (shared, _) = EventKey::of(shared_id);
            note_smallest(&mut self.shared, key, shared);
        }
        if let Some(original) = identified.corrects {
            let (original, _) = EventKey::of(original);
            if original != key {
                note_smallest(&mut self.corrects, key, original);
            }
        }
        let flags = if identified.is_addendum { ADDENDUM } else { 0 };
        let meaning = self.meanings.id(parts) | flags;
        self.insert(key, Event { time: identified.time, meaning });
    }

    pub(super) fn insert(&mut self, key: EventKey, new: Event) {
        let old = match self.events.entry(key) {
            hash_map::Entry::Vacant(entry) => {
                entry.insert(new);
                return;
            }
            hash_map::Entry::Occupied(entry) => *entry.get(),
        };
        let differ = old.meaning() != new.meaning()
            || old.time != new.time
            || old.has(ADDENDUM) != new.has(ADDENDUM);
        let sticky = (old.meaning | new.meaning) & CONFLICT;
        let sticky = if differ { sticky | CONFLICT } else { sticky };
        let mut kept = if self.rank(new) > self.rank(old) { new } else { old };
        kept.meaning |= sticky;
        self.events.insert(key, kept);
    }

    /// Which of two differing copies of an event is kept: an addendum before what it corrects, then
    /// the greater of what they say. The order is total, so that the order of reading is nothing.
    fn rank(&self, event: Event) -> (bool, EventTime, Vec<PartText<'_>>) {
        let parts = self.meanings.value(event.meaning());
        let texts = parts.iter().map(|&part| self.part_text(part)).collect();
        (event.has(ADDENDUM), event.time, texts)
    }

    pub(super) fn part_text(&self, part: Part) -> PartText<'_> {
        let text = |id| self.texts.value(id);
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
        let text = |id| self.texts.value(id);
        let (function_kind, function) = match call.function {
            FunctionPart::Issued(id) => (0, text(id)),
            FunctionPart::Session(id) => (1, text(id)),
            FunctionPart::Unknown => (2, ""),
        };
        let (resource_kind, resource) = match call.resource {
            ResourcePart::Arn(id) => (0, text(id)),
            ResourcePart::SecretNamed(id) => (1, text(id)),
            ResourcePart::None => (2, ""),
            ResourcePart::Unknown => (3, ""),
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
        }
    }

    /// Adds every event of `other`; an event that both hold counts once.
    ///
    /// Aggregates from observation files are joined by [`Aggregate::joined`].
    pub fn merge(&mut self, other: Self) {
        if self.records == 0 && self.files == 0 && self.refused_files == 0 {
            *self = other;
            return;
        }
        let texts: Vec<TextId> =
            other.texts.values().iter().map(|text| self.texts.shared_id(text)).collect();
        let mut renumbered = Vec::new();
        let meanings: Vec<u32> = other
            .meanings
            .values()
            .iter()
            .map(|parts| {
                renumbered.clear();
                renumbered
                    .extend(parts.iter().map(|part| part.renumbered(|id| texts[id as usize])));
                self.meanings.id(&renumbered)
            })
            .collect();
        for (key, event) in other.events {
            let flags = event.meaning & (ADDENDUM | CONFLICT);
            let meaning = meanings[event.meaning() as usize] | flags;
            self.insert(key, Event { time: event.time, meaning });
        }
        for (key, name) in other.names {
            self.names.entry(key).or_insert(name);
        }
        for (key, shared) in other.shared {
            note_smallest(&mut self.shared, key, shared);
        }
        for (key, original) in other.corrects {
            note_smallest(&mut self.corrects, key, original);
        }
        for (meaning, counter) in other.counted {
            self.counted.entry(meanings[meaning as usize]).or_default().merge(&counter);
        }
        self.ids_below = match (self.ids_below, other.ids_below) {
            (Some(mine), Some(theirs)) => Some(mine.min(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        self.records += other.records;
        self.files += other.files;
        self.refused_files += other.refused_files;
    }

    /// The counts.
    ///
    /// An event that an addendum corrects gives way to it; of several addenda to one event the one
    /// with the latest time counts. Copies that went to several accounts count once.
    #[must_use]
    pub fn finish(self) -> Observations {
        let mut counts: Vec<Counter> = vec![Counter::default(); self.meanings.values().len()];
        let dropped = self.dropped();
        let (mut conflicting, mut counted) = (0, 0);
        for (key, event) in &self.events {
            if dropped.contains_key(key) {
                continue;
            }
            counted += 1;
            conflicting += u64::from(event.has(CONFLICT));
            counts[event.meaning() as usize].add(event.time, *key);
        }
        for (&meaning, counter) in &self.counted {
            counted += counter.events;
            counts[meaning as usize].merge(counter);
        }
        let corrected = dropped.values().filter(|&&why| why == Dropped::Corrected).count() as u64;
        let Self { texts, meanings, events, names, records, files, refused_files, .. } = self;
        drop(events);
        let mut observations = Observations {
            records,
            files,
            refused_files,
            events: counted,
            copies: records - counted - corrected,
            corrected,
            conflicting,
            span: tally::span(&counts),
            ..Observations::default()
        };
        observations.fill(&texts, meanings, &counts, &names);
        observations
    }

    /// Events that do not count.
    pub(super) fn dropped(&self) -> HashMap<EventKey, Dropped> {
        let mut dropped = HashMap::new();
        // Corrections: of several for one event, the last stands.
        let mut standing: HashMap<EventKey, (EventTime, EventKey)> = HashMap::new();
        for (&addendum, &original) in &self.corrects {
            let Some(event) = self.events.get(&addendum) else { continue };
            let mine = (event.time, addendum);
            let best = standing.entry(original).or_insert(mine);
            let lost = if mine > *best { std::mem::replace(best, mine) } else { mine };
            if lost != *best {
                dropped.insert(lost.1, Dropped::Corrected);
            }
        }
        for original in standing.keys() {
            // An addendum that corrects an addendum stands beside it: only records that are none
            // give way, so that two that name each other cannot both vanish.
            if self.events.get(original).is_some_and(|event| !event.has(ADDENDUM)) {
                dropped.insert(*original, Dropped::Corrected);
            }
        }
        // Copies in several accounts: the one whose contribution ranks first stands.
        let mut first: HashMap<EventKey, EventKey> = HashMap::new();
        for (&key, &shared) in &self.shared {
            if dropped.contains_key(&key) {
                continue;
            }
            let Some(&event) = self.events.get(&key) else { continue };
            match first.entry(shared) {
                hash_map::Entry::Vacant(entry) => {
                    entry.insert(key);
                }
                hash_map::Entry::Occupied(mut entry) => {
                    let standing = *entry.get();
                    let beats = self.events.get(&standing).is_none_or(|&other| {
                        self.copy_rank(key, event) < self.copy_rank(standing, other)
                    });
                    let lost = if beats { std::mem::replace(entry.get_mut(), key) } else { key };
                    dropped.insert(lost, Dropped::Copy);
                }
            }
        }
        dropped
    }

    /// Order among the copies of one call in several accounts; the smallest counts. Calls come
    /// before all else: the copy in the resource's account may not name the role.
    fn copy_rank(&self, key: EventKey, event: Event) -> (Vec<PartText<'_>>, EventKey) {
        (self.rank(event).2, key)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dropped {
    /// An addendum stands in its place.
    Corrected,
    /// Another account's copy stands for it.
    Copy,
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
    pub(super) resource: (u8, &'a str),
    pub(super) resource_account: Option<&'a str>,
    pub(super) region: &'a str,
    pub(super) via: Option<&'a str>,
}

fn note_smallest(map: &mut HashMap<EventKey, EventKey>, key: EventKey, value: EventKey) {
    map.entry(key).and_modify(|kept| *kept = (*kept).min(value)).or_insert(value);
}
