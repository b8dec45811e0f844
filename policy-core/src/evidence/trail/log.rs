//! Events as entries of one size: added in any order, read back in the order of their ids, as often as wanted, with
//! a bound on what is in memory.
//!
//! Past the bound, entries are sorted and leave for an [`Overflow`] in runs; reading merges the runs with what is in
//! memory. Many runs of about one length become one, so that there are few however many entries there are. The room does not know what an entry means, and does not put copies together.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::event::EventKey;
use super::time::EventTime;

/// A place for bytes that are written once and then read, from the beginning, several times.
pub trait Room: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> Room for T {}

/// Where events wait that do not fit in memory.
pub trait Overflow: Send {
    /// A new, empty room; what is in it is gone when it is dropped.
    ///
    /// # Errors
    /// When there is none. The events then stay in memory.
    fn room(&mut self) -> io::Result<Box<dyn Room>>;
}

/// What was moved out of memory could not be read again.
#[derive(Debug, thiserror::Error)]
#[error("events that did not fit in memory cannot be read back: {source}")]
pub struct OverflowError {
    #[from]
    source: io::Error,
}

/// An event, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: EventKey,
    pub(super) shared: Option<EventKey>,
    pub(super) time: EventTime,
    /// Number of the contribution, and flags.
    pub(super) meaning: u32,
}

/// An entry in memory and on disk. The flag of a shared id is a bit that numbers do not reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Packed {
    key: EventKey,
    shared: EventKey,
    time: EventTime,
    meaning: u32,
}

/// The entry has a shared id.
const SHARED: u32 = 1 << 29;
const PACKED_BYTES: usize = 40;

impl Packed {
    fn of(entry: Entry) -> Self {
        let Entry { key, shared, time, meaning } = entry;
        let flag = if shared.is_some() { SHARED } else { 0 };
        Self { key, shared: shared.unwrap_or_default(), time, meaning: meaning | flag }
    }

    fn entry(self) -> Entry {
        let shared = (self.meaning & SHARED != 0).then_some(self.shared);
        Entry { key: self.key, shared, time: self.time, meaning: self.meaning & !SHARED }
    }

    fn bytes(self) -> [u8; PACKED_BYTES] {
        let mut bytes = [0; PACKED_BYTES];
        bytes[..16].copy_from_slice(&self.key.bytes());
        bytes[16..32].copy_from_slice(&self.shared.bytes());
        bytes[32..36].copy_from_slice(&self.time.bytes());
        bytes[36..].copy_from_slice(&self.meaning.to_le_bytes());
        bytes
    }

    fn read(from: &mut impl Read) -> io::Result<Self> {
        let (mut key, mut shared, mut time, mut meaning) = ([0; 16], [0; 16], [0; 4], [0; 4]);
        from.read_exact(&mut key)?;
        from.read_exact(&mut shared)?;
        from.read_exact(&mut time)?;
        from.read_exact(&mut meaning)?;
        Ok(Self {
            key: EventKey::of_bytes(key),
            shared: EventKey::of_bytes(shared),
            time: EventTime::of_bytes(time),
            meaning: u32::from_le_bytes(meaning),
        })
    }
}

/// By which id a log is read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The event's own.
    Key,
    /// The one that copies in several accounts share.
    Shared,
}

impl By {
    fn key(self, entry: &Packed) -> EventKey {
        match self {
            Self::Key => entry.key,
            Self::Shared => entry.shared,
        }
    }
}

type SharedOverflow = Arc<Mutex<Box<dyn Overflow>>>;

/// A run of entries outside memory.
struct Run {
    room: Box<dyn Room>,
    entries: usize,
    /// How often runs were put together for it.
    level: u32,
}

/// As many runs of one level become one of the next: each is an open file.
const RUNS: usize = 128;

/// Entries in any number.
pub(super) struct EventLog {
    by: By,
    kept: Vec<Packed>,
    is_sorted: bool,
    runs: Vec<Run>,
    /// With the number of entries that stay in memory.
    overflow: Option<(usize, SharedOverflow)>,
}

impl fmt::Debug for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, kept, runs, .. } = self;
        f.debug_struct("EventLog")
            .field("by", by)
            .field("kept", &kept.len())
            .field("runs", &runs.len())
            .finish_non_exhaustive()
    }
}

impl EventLog {
    pub(super) fn new(by: By) -> Self {
        Self { by, kept: Vec::new(), is_sorted: true, runs: Vec::new(), overflow: None }
    }

    /// An empty log with the same bound and overflow.
    pub(super) fn beside(&self, by: By) -> Self {
        Self { overflow: self.overflow.clone(), ..Self::new(by) }
    }

    /// Keeps no more than `entries` in memory from now on.
    pub(super) fn bound(&mut self, entries: usize, overflow: Box<dyn Overflow>) {
        self.overflow = Some((entries.max(1), Arc::new(Mutex::new(overflow))));
    }

    /// How many entries there are, copies included.
    pub(super) fn len(&self) -> usize {
        self.kept.len() + self.runs.iter().map(|run| run.entries).sum::<usize>()
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.kept.push(Packed::of(entry));
        self.is_sorted = false;
        if self.overflow.as_ref().is_some_and(|(bound, _)| self.kept.len() >= *bound) {
            self.spill();
        }
    }

    /// Takes the entry out that went in last, if it is in memory.
    pub(super) fn pop(&mut self) -> Option<Entry> {
        self.kept.pop().map(Packed::entry)
    }

    /// Takes out every entry, in any order, of a log without a bound.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Entry> {
        // INVARIANT: without a bound nothing has left memory.
        self.is_sorted = true;
        self.kept.drain(..).map(Packed::entry)
    }

    fn sort(&mut self) {
        if !self.is_sorted {
            let by = self.by;
            self.kept.sort_unstable_by_key(|entry| by.key(entry));
            self.kept.dedup();
            self.is_sorted = true;
        }
    }

    /// Moves what is in memory out of it. Without a place to go it stays.
    fn spill(&mut self) {
        self.sort();
        let Some((bound, overflow)) = &self.overflow else { return };
        // Copies may have made room enough.
        if self.kept.len() * 2 < *bound {
            return;
        }
        match write_run(overflow, &self.kept) {
            Ok(room) => {
                self.runs.push(Run { room, entries: self.kept.len(), level: 0 });
                self.kept.clear();
                self.put_together();
            }
            Err(_) => self.overflow = None,
        }
    }

    /// Makes one run of many. Where that fails they stay as they are, and reading them tells why.
    fn put_together(&mut self) {
        let Some((_, overflow)) = &self.overflow else { return };
        // Levels fall from first to last, because runs are put together as soon as they can be.
        while let Some(last) = self.runs.last() {
            let level = last.level;
            let from = self.runs.iter().take_while(|run| run.level > level).count();
            let runs = &mut self.runs[from..];
            if runs.len() < RUNS {
                return;
            }
            let entries = runs.iter().map(|run| run.entries).sum();
            let Ok(mut room) = new_room(overflow) else { return };
            let mut writer = io::BufWriter::with_capacity(64 * 1024, &mut room);
            let mut failed = Ok(());
            let read = merged(self.by, runs, &[], |entry| {
                if failed.is_ok() {
                    failed = writer.write_all(&entry.bytes());
                }
            });
            if read.is_err() || failed.and_then(|()| writer.flush()).is_err() {
                return;
            }
            drop(writer);
            self.runs.truncate(from);
            self.runs.push(Run { room, entries, level: level + 1 });
        }
    }

    /// Calls `each` with every entry, in order of the id that the log goes by; copies follow each other.
    ///
    /// # Errors
    /// [`OverflowError`] when a run cannot be read back; `each` was then called with a part.
    pub(super) fn read(&mut self, mut each: impl FnMut(Entry)) -> Result<(), OverflowError> {
        self.sort();
        merged(self.by, &mut self.runs, &self.kept, |entry| each(entry.entry()))
    }
}

/// Calls `each` with every entry of `runs` and `kept`, all sorted, in order.
fn merged(
    by: By,
    runs: &mut [Run],
    kept: &[Packed],
    mut each: impl FnMut(Packed),
) -> Result<(), OverflowError> {
    if runs.is_empty() {
        kept.iter().for_each(|entry| each(*entry));
        return Ok(());
    }
    let count = runs.len();
    let capacity = (READ_BYTES / count).clamp(4096, 64 * 1024);
    let mut readers: Vec<RunReader<'_>> = Vec::with_capacity(count);
    for run in runs {
        run.room.seek(SeekFrom::Start(0))?;
        let bytes = BufReader::with_capacity(capacity, &mut run.room);
        readers.push(RunReader { bytes, left: run.entries });
    }
    let mut kept = kept.iter().copied();
    let mut next = |at: usize| match readers.get_mut(at) {
        Some(reader) => reader.next(),
        None => Ok(kept.next()),
    };
    let mut heads = Vec::with_capacity(count + 1);
    let mut order = BinaryHeap::with_capacity(count + 1);
    for at in 0..=count {
        let head = next(at)?;
        if let Some(head) = &head {
            order.push(Reverse((by.key(head), at)));
        }
        heads.push(head);
    }
    while let Some(Reverse((_, at))) = order.pop() {
        let Some(entry) = heads[at].take() else { continue };
        each(entry);
        heads[at] = next(at)?;
        if let Some(head) = &heads[at] {
            order.push(Reverse((by.key(head), at)));
        }
    }
    Ok(())
}

/// Units: bytes of buffers while runs are read.
const READ_BYTES: usize = 2 * 1024 * 1024;

fn new_room(overflow: &SharedOverflow) -> io::Result<Box<dyn Room>> {
    overflow.lock().unwrap_or_else(PoisonError::into_inner).room()
}

fn write_run(overflow: &SharedOverflow, entries: &[Packed]) -> io::Result<Box<dyn Room>> {
    let mut room = new_room(overflow)?;
    let mut writer = io::BufWriter::with_capacity(64 * 1024, &mut room);
    for entry in entries {
        writer.write_all(&entry.bytes())?;
    }
    writer.flush()?;
    drop(writer);
    Ok(room)
}

struct RunReader<'r> {
    bytes: BufReader<&'r mut Box<dyn Room>>,
    left: usize,
}

impl RunReader<'_> {
    fn next(&mut self) -> io::Result<Option<Packed>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        Packed::read(&mut self.bytes).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// Rooms in memory; as many as `left`.
    struct Memory {
        left: usize,
    }

    impl Overflow for Memory {
        fn room(&mut self) -> io::Result<Box<dyn Room>> {
            self.left = self.left.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
            Ok(Box::new(Cursor::new(Vec::new())))
        }
    }

    fn entry(number: u32) -> Entry {
        let key = EventKey::of(&format!("{number:08x}-0000-4000-8000-000000000000")).0;
        let shared = number.is_multiple_of(3).then_some(key);
        Entry { key, shared, time: EventTime::default(), meaning: number | 1 << 31 }
    }

    fn read(log: &mut EventLog) -> Vec<Entry> {
        let mut entries = Vec::new();
        log.read(|entry| entries.push(entry)).unwrap();
        entries
    }

    #[test]
    fn entries_come_back_in_order_wherever_they_were_kept() {
        let numbers = || (0..1000_u32).map(|n| n * 7919 % 1009);
        let mut expected: Vec<u32> = numbers().collect();
        expected.sort_unstable();
        for (bound, rooms) in [(usize::MAX, 0), (1, 2000), (64, 2000), (64, 3), (999, 1), (64, 0)] {
            let mut log = EventLog::new(By::Key);
            log.bound(bound, Box::new(Memory { left: rooms }));
            numbers().for_each(|number| log.push(entry(number)));
            assert_eq!(log.len(), 1000, "{bound}");
            for _ in 0..2 {
                let found = read(&mut log);
                assert_eq!(found, expected.iter().map(|&n| entry(n)).collect::<Vec<_>>());
            }
            if rooms > 3 {
                assert!(log.kept.len() < bound.max(2), "{bound}: {}", log.kept.len());
            }
        }
    }

    #[test]
    fn however_many_entries_there_are_runs_are_few() {
        let rooms = |left| {
            let mut log = EventLog::new(By::Key);
            log.bound(4, Box::new(Memory { left }));
            (0..80_000).for_each(|number| log.push(entry(number * 7919 % 80_021)));
            let mut expected: Vec<u32> = (0..80_000).map(|number| number * 7919 % 80_021).collect();
            expected.sort_unstable();
            assert_eq!(read(&mut log), expected.iter().map(|&n| entry(n)).collect::<Vec<_>>());
            log.runs.len()
        };
        // 20,000 runs: one of level 2, 28 of level 1, 32 of level 0.
        assert_eq!(rooms(usize::MAX), 1 + 28 + 32);
        // Where there is no room to put them together they are read as they are.
        assert_eq!(rooms(RUNS), RUNS);
        assert_eq!(rooms(RUNS + 1 + RUNS), RUNS + 1);
    }

    #[test]
    fn equal_copies_in_memory_take_the_room_of_one() {
        let mut log = EventLog::new(By::Key);
        log.bound(8, Box::new(Memory { left: 0 }));
        (0..100).for_each(|number| log.push(entry(number % 2)));
        assert!(log.len() < 8, "{}", log.len());
        assert_eq!(read(&mut log), [entry(0), entry(1)]);
    }

    #[test]
    fn a_run_that_is_cut_off_is_an_error() {
        struct Cut;
        impl Overflow for Cut {
            fn room(&mut self) -> io::Result<Box<dyn Room>> {
                Ok(Box::new(Cursor::new(Box::leak(Box::new([0_u8; 1000])).as_mut_slice())))
            }
        }
        let mut log = EventLog::new(By::Key);
        log.bound(4, Box::new(Cut));
        (0..4).for_each(|number| log.push(entry(number)));
        assert_eq!(read(&mut log).len(), 4);
        log.runs[0].entries = 1000;
        assert!(log.read(|_| {}).is_err());
    }
}
