//! Which events count: copies are put together, what an addendum corrects gives way to it, and of copies that went to
//! several accounts one counts.
//!
//! The log is read in the order of ids, so that copies meet; what needs more than two neighbours (corrections) is
//! rare and held in memory. The room changes nothing in an aggregate.

use hashbrown::{HashMap, HashSet};

use super::aggregate::{ADDENDUM, Aggregate, CONFLICT, Event};
use super::contributions::Contributions;
use super::event::EventKey;
use super::log::{By, Entry, EventLog, OverflowError};
use super::observations::Observations;
use super::tally::{self, Counter};
use super::time::EventTime;

/// An event out of all its copies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Distinct {
    pub(super) key: EventKey,
    /// The smallest, if copies contradict each other.
    pub(super) shared: Option<EventKey>,
    pub(super) event: Event,
}

impl Distinct {
    /// The id by which copies in several accounts belong together.
    pub(super) fn order(&self) -> EventKey {
        self.shared.unwrap_or(self.key)
    }

    pub(super) fn entry(&self) -> Entry {
        let Self { key, shared, event } = *self;
        Entry { key, shared, time: event.time, meaning: event.meaning }
    }

    fn of(entry: Entry) -> Self {
        let Entry { key, shared, time, meaning } = entry;
        Self { key, shared, event: Event { time, meaning } }
    }
}

/// Calls `each` with every event of `log`, in the order of their ids.
pub(super) fn distinct(
    log: &mut EventLog,
    contributions: &Contributions,
    mut each: impl FnMut(Distinct),
) -> Result<(), OverflowError> {
    let mut at_hand: Option<Distinct> = None;
    log.read(|entry| {
        let new = Distinct::of(entry);
        match &mut at_hand {
            Some(old) if old.key == new.key => {
                old.event = contributions.of_copies(old.event, new.event);
                old.shared = [old.shared, new.shared].into_iter().flatten().min();
            }
            _ => {
                if let Some(done) = at_hand.replace(new) {
                    each(done);
                }
            }
        }
    })?;
    if let Some(done) = at_hand {
        each(done);
    }
    Ok(())
}

/// What addenda do to other events.
#[derive(Debug, Default)]
pub(super) struct Corrections {
    /// Addenda that a later one to the same event stands for.
    lost: HashSet<EventKey>,
    /// Events that an addendum corrects.
    originals: HashSet<EventKey>,
}

impl Corrections {
    /// An addendum that corrects an addendum stands beside it: only records that are none
    /// give way, so that two that name each other cannot both vanish.
    pub(super) fn drop(&self, found: &Distinct) -> bool {
        self.lost.contains(&found.key)
            || (self.originals.contains(&found.key) && !found.event.has(ADDENDUM))
    }

    pub(super) fn correct(&self, key: EventKey) -> bool {
        self.originals.contains(&key)
    }
}

impl Aggregate {
    /// Calls `each` with every event that is known by id and not counted besides.
    pub(super) fn known(&mut self, mut each: impl FnMut(Distinct)) -> Result<(), OverflowError> {
        let Self { log, contributions, counted_copies, .. } = self;
        distinct(log, contributions, |found| {
            if !counted_copies.contains(&found.key) {
                each(found);
            }
        })
    }

    /// The events with these ids, as far as they are known.
    pub(super) fn find(
        &mut self,
        wanted: &HashSet<EventKey>,
    ) -> Result<HashMap<EventKey, Distinct>, OverflowError> {
        let mut events = HashMap::new();
        if !wanted.is_empty() {
            self.known(|found| {
                if wanted.contains(&found.key) {
                    events.insert(found.key, found);
                }
            })?;
        }
        Ok(events)
    }

    pub(super) fn corrections(&mut self) -> Result<Corrections, OverflowError> {
        let mut corrections = Corrections::default();
        let addenda = self.find(&self.corrects.keys().copied().collect())?;
        // Of several for one event, the last stands.
        let mut standing: HashMap<EventKey, (EventTime, EventKey)> = HashMap::new();
        for (&addendum, &original) in &self.corrects {
            let Some(found) = addenda.get(&addendum) else { continue };
            let mine = (found.event.time, addendum);
            let best = standing.entry(original).or_insert(mine);
            let lost = if mine > *best { std::mem::replace(best, mine) } else { mine };
            if lost != *best {
                corrections.lost.insert(lost.1);
            }
        }
        corrections.originals = standing.into_keys().collect();
        Ok(corrections)
    }

    /// Calls `each` with every known event that counts; gives how many a correction takes away.
    pub(super) fn standing(
        &mut self,
        mut each: impl FnMut(EventKey, Event),
    ) -> Result<u64, OverflowError> {
        let corrections = self.corrections()?;
        let mut copies = self.log.beside(By::Shared);
        let mut corrected = 0;
        self.known(|found| {
            if corrections.drop(&found) {
                corrected += 1;
            } else if found.shared.is_some() {
                copies.push(found.entry());
            } else {
                each(found.key, found.event);
            }
        })?;
        one_of_each(&mut copies, &self.contributions, each)?;
        Ok(corrected)
    }

    /// The counts.
    ///
    /// An event that an addendum corrects gives way to it; of several addenda to one event the one
    /// with the latest time counts. Copies that went to several accounts count once.
    ///
    /// # Errors
    /// [`OverflowError`] when events were moved out of memory and cannot be read back.
    pub fn finish(mut self) -> Result<Observations, OverflowError> {
        let mut counts: Vec<Counter> = vec![Counter::default(); self.contributions.len()];
        let (mut conflicting, mut counted) = (0, 0);
        let corrected = self.standing(|key, event| {
            counted += 1;
            conflicting += u64::from(event.has(CONFLICT));
            counts[event.meaning() as usize].add(event.time, key);
        })?;
        for (&meaning, counter) in &self.counted {
            counted += counter.events;
            counts[meaning as usize].merge(counter);
        }
        let Self { contributions, log, names, records, files, refused_files, .. } = self;
        drop(log);
        for meaning in (0..).take(counts.len()) {
            let stands = contributions.resolved(meaning);
            if stands != meaning {
                let counter = std::mem::take(&mut counts[meaning as usize]);
                counts[stands as usize].merge(&counter);
            }
        }
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
        observations.fill(contributions, &counts, &names);
        Ok(observations)
    }
}

/// Calls `each` with one of the copies that went to several accounts: the one that shows the least by the order of
/// [`Contributions::shows`]. Calls come before all else: the copy in the resource's account may not name the role.
pub(super) fn one_of_each(
    copies: &mut EventLog,
    contributions: &Contributions,
    mut each: impl FnMut(EventKey, Event),
) -> Result<(), OverflowError> {
    let mut at_hand: Option<Distinct> = None;
    copies.read(|entry| {
        let new = Distinct::of(entry);
        match &mut at_hand {
            Some(old) if old.shared == new.shared => {
                let rank = |copy: &Distinct| (contributions.shows(copy.event), copy.key);
                if rank(&new) < rank(old) {
                    *old = new;
                }
            }
            _ => {
                if let Some(done) = at_hand.replace(new) {
                    each(done.key, done.event);
                }
            }
        }
    })?;
    if let Some(done) = at_hand {
        each(done.key, done.event);
    }
    Ok(())
}
