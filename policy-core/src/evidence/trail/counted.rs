//! Events that are only counted: what keeps an observation file small however long the log.
//!
//! Up to a number of events all are known by id, and joining is the union of sets: exact in every respect. Beyond
//! it, the events with the smallest ids stay known (those below `ids_below`), and each of the others goes into the
//! count of its contribution, with first and last time and the smallest few ids. Which ids stay depends on the ids
//! alone, so parts that are reduced apart and then joined keep the same ones as the whole.
//!
//! What is lost is only this: a copy of a counted event that comes in another file may count again. Grants stand on
//! contributions, not on counts, and a contribution stands as long as one of its events does. So
//! [`Aggregate::joined`] looks at the ids that each count still knows: a correction that leaves one of them standing
//! moves a count at most, and one that leaves none is refused.
//!
//! The room does not tell apart copies that contradict each other when both are only counted.

use std::collections::BinaryHeap;

use hashbrown::HashSet;

use super::aggregate::{ADDENDUM, Aggregate, CONFLICT, Event};
use super::event::EventKey;
use super::log::{By, Entry, OverflowError};
use super::standing::{Distinct, one_of_each};
use super::tally::Counter;

/// How many events an observation file knows by id.
pub const KEPT_EVENTS: usize = 65_536;

/// Addenda correct all known events of a contribution of which more are only counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an addendum corrects the event `{event}`, and {more} of the same kind are only counted: whether they stand cannot be told"
)]
pub struct UncertainCorrection {
    event: String,
    more: u64,
}

/// Aggregates could not be joined.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// It cannot be told what stands.
    #[error(transparent)]
    Uncertain(#[from] UncertainCorrection),
    /// Events cannot be read back.
    #[error(transparent)]
    Overflow(#[from] OverflowError),
}

impl UncertainCorrection {
    /// The event that is corrected.
    #[must_use]
    pub fn event(&self) -> &str {
        &self.event
    }
}

impl Aggregate {
    /// All events of `self` and `parts`; an event that several know by id counts once.
    ///
    /// Same parts in any order give the same value.
    ///
    /// # Errors
    /// [`UncertainCorrection`] when an addendum of one part corrects events that another only counted, and it cannot be told
    /// whether any of them stands.
    pub fn joined(mut self, parts: impl IntoIterator<Item = Self>) -> Result<Self, JoinError> {
        for part in parts {
            self.merge(part)?;
        }
        self.reconcile()?;
        Ok(self)
    }

    /// Puts a count of events that are alike in the place of the one of them that was read.
    ///
    /// INVARIANT: `self` is raw and holds that event only.
    pub(super) fn count_alike(&mut self, counter: &Counter) {
        let Some(entry) = self.log.pop() else { return };
        let event = Event { time: entry.time, meaning: entry.meaning };
        self.counted.entry(event.meaning()).or_default().merge(counter);
        // Any event may be counted only.
        self.ids_below = Some(EventKey::default());
    }

    /// Leaves at most `kept` events known by id, but for addenda, what they correct and events whose copies differ:
    /// those stay.
    ///
    /// # Errors
    /// [`OverflowError`] when events were moved out of memory and cannot be read back.
    pub fn settle(&mut self, kept: usize) -> Result<(), OverflowError> {
        self.gather_counted();
        let corrections = self.corrections()?;
        let below = self.ids_below;
        let is_below = |order: EventKey| below.is_none_or(|below| order < below);
        // The smallest, and one more.
        let mut orders: BinaryHeap<EventKey> = BinaryHeap::new();
        // What becomes of the copies in several accounts is decided together.
        let mut special: HashSet<EventKey> = HashSet::new();
        self.known(|found| {
            let event = found.event;
            if event.has(ADDENDUM) || event.has(CONFLICT) || corrections.correct(found.key) {
                special.insert(found.order());
            }
            if is_below(found.order()) {
                orders.push(found.order());
                if orders.len() > kept + 1 {
                    orders.pop();
                }
            }
        })?;
        if orders.len() > kept {
            self.ids_below = orders.pop();
        }
        let Some(below) = self.ids_below else { return Ok(()) };
        let mut staying = self.log.beside(By::Key);
        let mut copies = self.log.beside(By::Shared);
        let mut counted = std::mem::take(&mut self.counted);
        let mut count = |key, event: Event| {
            counted.entry(event.meaning()).or_default().add(event.time, key);
        };
        self.known(|found: Distinct| {
            if found.order() < below || special.contains(&found.order()) {
                staying.push(found.entry());
            } else if !corrections.drop(&found) {
                match found.shared {
                    Some(_) => copies.push(found.entry()),
                    None => count(found.key, found.event),
                }
            }
        })?;
        one_of_each(&mut copies, &self.contributions, count)?;
        self.counted = counted;
        self.log = staying;
        self.counted_copies.clear();
        Ok(())
    }

    /// One counter for each contribution that stands.
    pub(super) fn gather_counted(&mut self) {
        for (meaning, counter) in std::mem::take(&mut self.counted) {
            let stands = self.contributions.resolved(meaning);
            self.counted.entry(stands).or_default().merge(&counter);
        }
    }

    /// Events that are counted and known by id elsewhere: copies count once, corrections and contradictions are
    /// told by what is known by id.
    fn reconcile(&mut self) -> Result<(), JoinError> {
        let mut wanted: HashSet<EventKey> = self.corrects.keys().copied().collect();
        wanted.extend(self.counted.values().flat_map(|c| c.sample()).map(|(_, key)| *key));
        if self.counted.is_empty() {
            return Ok(());
        }
        self.gather_counted();
        let known = self.find(&wanted)?;
        let corrected: HashSet<EventKey> = self.corrects.values().copied().collect();
        let mut counted = std::mem::take(&mut self.counted);
        let mut uncertain = Vec::new();
        for (&meaning, counter) in &mut counted {
            for (time, key) in counter.sample().to_vec() {
                let copy = known.get(&key).map(|found| found.event);
                let is_same = copy.is_some_and(|event| {
                    event.flags() == 0
                        && self.contributions.resolved(event.meaning())
                            == self.contributions.resolved(meaning)
                        && event.time == time
                });
                if is_same && !corrected.contains(&key) {
                    self.counted_copies.insert(key);
                } else if copy.is_some() || corrected.contains(&key) {
                    counter.remove((time, key));
                    self.log.push(Entry { key, shared: None, time, meaning });
                    if counter.sample().is_empty() && counter.events > 0 {
                        uncertain.push((key, counter.events));
                    }
                }
            }
        }
        self.counted = counted;
        if let Some(&(key, more)) = uncertain.iter().min() {
            let event = self.names.get(&key).map_or_else(|| key.uuid(), |name| (**name).to_owned());
            return Err(UncertainCorrection { event, more }.into());
        }
        self.counted.retain(|_, counter| counter.events > 0);
        Ok(())
    }
}
