//! What the statement of [`query`](super::query) gives → aggregate.
//!
//! The result is a table, as CSV with a head line or as JSON, one row a line. Each row holds a record without time and ids; it goes
//! through the same reader as the records of a log, and what it shows is counted as often as the row says. Rows that
//! name an event are read as its record. `docs/athena-and-spark.md` describes every column.
//!
//! All or nothing: a row that is wrong, or missing, refuses the whole table.
//!
//! The room knows nothing of SQL.

mod error;
mod row;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::aggregate::Aggregate;
use super::event::EventKey;
use super::reader::{RECORD_LIMIT_BYTES, Reader};
use super::tally::Counter;
use super::time::EventTime;
use crate::catalog::Catalog;
use crate::evidence::CallCount;

pub use error::{Mistake, ReducedTrailError};
use row::{Kind, Row};

/// The version that is written, and the only one that is read.
pub(super) const VERSION: u64 = 1;

/// The columns; the first names the format, and its value is the version.
pub(super) const COLUMNS: [&str; 12] = [
    "policy_reduced_trail",
    "kind",
    "record",
    "records",
    "events",
    "first_time",
    "last_time",
    "smallest",
    "event_id",
    "shared_event_id",
    "is_addendum",
    "corrected_event_id",
];

/// Records without an id that one row may stand for: each is an event of its own.
const UNNAMED: u64 = 100_000;

impl Aggregate {
    /// Whether a text looks like the table of reduced records, and not like an observation file.
    #[must_use]
    pub fn is_reduced(text: &str) -> bool {
        row::is_table(text)
    }

    /// Reads the table that the statement of a [`Query`](super::Query) gave; `file` stands in for ids that
    /// records lack.
    ///
    /// # Errors
    /// [`ReducedTrailError`] with every row that is wrong and why; one that [is too
    /// new](ReducedTrailError::is_too_new) for a version that does not exist yet.
    pub fn from_reduced(
        text: &str,
        file: &str,
        catalog: &Catalog,
    ) -> Result<Self, ReducedTrailError> {
        let mut table = Table {
            reader: Reader::new(catalog),
            whole: Self::new(),
            ids: HashSet::new(),
            records: 0,
            read: None,
            file,
        };
        let mut mistakes = error::Mistakes::default();
        row::each(text, |line, row| {
            let outcome = row.and_then(|row| table.row(line, &row));
            mistakes.note(line, outcome);
        })?;
        mistakes.finish()?;
        table.finish()
    }
}

/// A table on its way into an aggregate.
struct Table<'c, 'f> {
    reader: Reader<'c>,
    whole: Aggregate,
    /// Ids of events that are counted, and of those that stand by themselves.
    ids: HashSet<(EventKey, bool)>,
    /// Records behind the rows so far.
    records: u64,
    /// How many files and records the statement read.
    read: Option<(u64, u64)>,
    file: &'f str,
}

impl Table<'_, '_> {
    fn row(&mut self, line: u64, row: &Row<'_>) -> Result<(), String> {
        let number = |value: Option<u64>, name: &str| match value {
            None | Some(0) => Err(format!("`{name}` has to be a number from 1")),
            Some(value) => Ok(value),
        };
        let (records, events) = (number(row.records, "records")?, number(row.events, "events")?);
        if events > records {
            return Err(format!("there are {events} events of {records} records"));
        }
        if row.kind == Kind::Files {
            if self.read.replace((events, records)).is_some() {
                return Err(
                    "a second row of the kind `files`: these are two results; give each as a file"
                        .into(),
                );
            }
            return Ok(());
        }
        let record = row.record.as_deref().ok_or("`record` is missing")?;
        if record.len() as u64 > RECORD_LIMIT_BYTES {
            return Err(format!("`record` is longer than {RECORD_LIMIT_BYTES} bytes"));
        }
        self.records = self.records.saturating_add(records);
        match row.kind {
            Kind::Counted => self.counted(line, record, events, row),
            _ => self.event(line, record, records, row),
        }
    }

    /// Events that are alike.
    fn counted(
        &mut self,
        line: u64,
        record: &str,
        events: u64,
        row: &Row<'_>,
    ) -> Result<(), String> {
        let time = |text: Option<&str>, name: &str| {
            let text = text.ok_or_else(|| format!("`{name}` is missing"))?;
            EventTime::parse(text).ok_or_else(|| {
                format!("`{name}` is `{text}`, expected a UTC time such as `2026-11-01T08:30:00Z`")
            })
        };
        let first = time(row.first_time.as_deref(), "first_time")?;
        let last = time(row.last_time.as_deref(), "last_time")?;
        let smallest = row.smallest.as_deref().ok_or("`smallest` is missing")?;
        let words: Vec<&str> = smallest.split(' ').collect();
        let most = usize::try_from(events).unwrap_or(usize::MAX).min(CallCount::SAMPLE);
        if words.len() != 2 * most {
            return Err(format!("`smallest` has to hold time and id of {most} of {events} events"));
        }
        let mut counter = Counter::default();
        for pair in words.chunks(2) {
            let at = time(pair.first().copied(), "smallest")?;
            let id = pair.last().copied().unwrap_or_default();
            let (key, true) = EventKey::of(id) else {
                return Err(format!("`smallest` names `{id}`, which is no UUID in lower case"));
            };
            if !(first..=last).contains(&at) {
                return Err("one of `smallest` is not between `first_time` and `last_time`".into());
            }
            if self.ids.contains(&(key, false)) || !self.ids.insert((key, true)) {
                return Err(format!("the event `{id}` stands in the table twice"));
            }
            counter.add(at, key);
        }
        if counter.first != first {
            return Err("`first_time` is not that of the first of `smallest`".into());
        }
        let all_known = events == most as u64;
        if all_known && counter.last != last {
            return Err("`last_time` is not that of the last of `smallest`".into());
        }
        (counter.events, counter.last) = (events, last);
        let (at, id) = (words[0], words[1]);
        let head = format!("\"eventTime\":{},\"eventID\":{}", json(at), json(id));
        let mut part = self.read(line, &head, record)?;
        part.count_alike(&counter);
        self.merge(part)
    }

    /// One event, with its ids.
    fn event(
        &mut self,
        line: u64,
        record: &str,
        records: u64,
        row: &Row<'_>,
    ) -> Result<(), String> {
        let mut head = Vec::new();
        let mut member = |name: &str, value: Option<&str>| {
            head.extend(value.map(|value| format!("\"{name}\":{}", json(value))));
        };
        member("eventTime", row.first_time.as_deref());
        member("eventID", row.event_id.as_deref());
        member("sharedEventID", row.shared_event_id.as_deref());
        if row.is_addendum == Some(1) {
            let original = row.corrected_event_id.as_deref();
            let original = original.map(|id| format!("\"originalEventID\":{}", json(id)));
            head.push(format!("\"addendum\":{{{}}}", original.unwrap_or_default()));
        }
        let head = head.join(",");
        let Some(id) = row.event_id.as_deref().filter(|id| !id.is_empty()) else {
            if records > UNNAMED {
                return Err(format!("{records} records without an id; at most {UNNAMED} are read"));
            }
            for nth in 0..records {
                // Each has a place of its own, since that stands in for the id.
                let file = format!("{}, line {line}, event {}", self.file, nth + 1);
                let part = self.read_as(&file, &head, record)?;
                self.merge(part)?;
            }
            return Ok(());
        };
        let (key, _) = EventKey::of(id);
        if self.ids.contains(&(key, true)) {
            return Err(format!("the event `{id}` is counted in another row"));
        }
        self.ids.insert((key, false));
        let part = self.read(line, &head, record)?;
        self.merge(part)
    }

    fn merge(&mut self, part: Aggregate) -> Result<(), String> {
        self.whole.merge(part).map_err(|error| error.to_string())
    }

    fn read(&mut self, line: u64, head: &str, record: &str) -> Result<Aggregate, String> {
        let file = format!("{}, line {line}", self.file);
        self.read_as(&file, head, record)
    }

    /// Gives the reader a record with what the query took out.
    fn read_as(&mut self, file: &str, head: &str, record: &str) -> Result<Aggregate, String> {
        let members = record.trim_start().strip_prefix('{');
        let members = members.ok_or("`record` is no JSON object")?.trim_start();
        let comma = if members.starts_with('}') { "" } else { "," };
        let separator = if head.is_empty() { "" } else { "," };
        let whole = format!("{{\"eventVersion\":\"1\"{separator}{head}{comma}{members}");
        let mut part = self.whole.part();
        self.reader
            .document(whole.as_bytes(), file, &mut part)
            .map_err(|error| format!("`record`: {}", error.finding().message))?;
        if part.records() == 1 {
            return Ok(part);
        }
        Err("`record` holds several records".into())
    }

    fn finish(self) -> Result<Aggregate, ReducedTrailError> {
        let Some((files, records)) = self.read else { return Err(ReducedTrailError::Unread) };
        if records != self.records {
            return Err(ReducedTrailError::RowsMissing { read: records, told: self.records });
        }
        let mut whole = self.whole;
        (whole.files, whole.records) = (files, records);
        Ok(whole)
    }
}

fn json(text: &str) -> String {
    // INVARIANT: text can always be written.
    serde_json::to_string(text).unwrap_or_default()
}
