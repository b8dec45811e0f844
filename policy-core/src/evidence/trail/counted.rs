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

use std::collections::HashSet;

use super::aggregate::{ADDENDUM, Aggregate, CONFLICT, Event};
use super::event::EventKey;
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

impl UncertainCorrection {
    /// The event that is corrected.
    #[must_use]
    pub fn event(&self) -> &str {
        &self.event
    }
}

impl Aggregate {
    /// All events of `parts`; an event that several know by id counts once.
    ///
    /// Same parts in any order give the same value.
    ///
    /// # Errors
    /// [`UncertainCorrection`] when an addendum of one part corrects events that another only counted, and it cannot be told
    /// whether any of them stands.
    pub fn joined(parts: impl IntoIterator<Item = Self>) -> Result<Self, UncertainCorrection> {
        let mut whole = Self::new();
        for part in parts {
            whole.merge(part);
        }
        whole.reconcile()?;
        Ok(whole)
    }

    /// Puts a count of events that are alike in the place of the one of them that was added under `key`.
    pub(super) fn count_alike(&mut self, key: EventKey, counter: &Counter) {
        let Some(event) = self.events.remove(&key) else { return };
        self.counted.entry(event.meaning()).or_default().merge(counter);
        // Any event may be counted only.
        self.ids_below = Some(EventKey::default());
    }

    /// Leaves at most `kept` events known by id, but for addenda, what they correct and events whose copies differ:
    /// those stay.
    pub fn settle(&mut self, kept: usize) {
        let order = |key: &EventKey| *self.shared.get(key).unwrap_or(key);
        let is_below = |order: &EventKey| self.ids_below.is_none_or(|below| *order < below);
        let mut orders: Vec<EventKey> = self.events.keys().map(order).filter(is_below).collect();
        if orders.len() > kept {
            self.ids_below = Some(*orders.select_nth_unstable(kept).1);
        }
        let Some(below) = self.ids_below else { return };
        let corrected: HashSet<EventKey> = self.corrects.values().copied().collect();
        let is_special = |key: &EventKey, event: &Event| {
            event.has(ADDENDUM) || event.has(CONFLICT) || corrected.contains(key)
        };
        // What becomes of the copies in several accounts is decided together.
        let special: HashSet<EventKey> = self
            .events
            .iter()
            .filter(|(key, event)| is_special(key, event))
            .map(|(key, _)| order(key))
            .collect();
        let leaving: Vec<(EventKey, Event)> = self
            .events
            .iter()
            .filter(|(key, _)| order(key) >= below && !special.contains(&order(key)))
            .map(|(key, event)| (*key, *event))
            .collect();
        let dropped = self.dropped();
        for (key, event) in leaving {
            self.events.remove(&key);
            self.shared.remove(&key);
            if !dropped.contains_key(&key) {
                self.counted.entry(event.meaning()).or_default().add(event.time, key);
            }
        }
    }

    /// Events that are counted and known by id elsewhere: copies count once, corrections and contradictions are
    /// told by what is known by id.
    fn reconcile(&mut self) -> Result<(), UncertainCorrection> {
        let corrected: HashSet<EventKey> = self.corrects.values().copied().collect();
        let (mut copies, mut pulled) = (Vec::new(), Vec::new());
        let mut uncertain = Vec::new();
        for (&meaning, counter) in &mut self.counted {
            for (time, key) in counter.sample().to_vec() {
                let copy = self.events.get(&key);
                let is_same =
                    copy.is_some_and(|event| event.meaning == meaning && event.time == time);
                if is_same && !corrected.contains(&key) {
                    copies.push(key);
                } else if copy.is_some() || corrected.contains(&key) {
                    counter.remove((time, key));
                    pulled.push((key, Event { time, meaning }));
                    if counter.sample().is_empty() && counter.events > 0 {
                        uncertain.push((key, counter.events));
                    }
                }
            }
        }
        if let Some(&(key, more)) = uncertain.iter().min() {
            let event = self.names.get(&key).map_or_else(|| key.uuid(), |name| (**name).to_owned());
            return Err(UncertainCorrection { event, more });
        }
        self.counted.retain(|_, counter| counter.events > 0);
        for key in copies {
            self.events.remove(&key);
        }
        for (key, event) in pulled {
            self.insert(key, event);
        }
        Ok(())
    }
}
