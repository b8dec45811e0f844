//! Events of a document that is being read: they count when it is known to be right to its end.

use super::aggregate::{Aggregate, Identified};
use super::event::EventKey;
use super::time::EventTime;

/// The events, in the order of the document.
#[derive(Debug, Default)]
pub(super) struct Pending(Vec<Event>);

#[derive(Debug)]
enum Event {
    /// As almost all are: an event with a UUID that is no copy for another account and corrects nothing.
    Plain {
        key: EventKey,
        time: EventTime,
        meaning: u32,
    },
    Other(Box<Other>),
}

#[derive(Debug)]
struct Other {
    id: Box<str>,
    shared_id: Option<Box<str>>,
    time: EventTime,
    is_addendum: bool,
    corrects: Option<Box<str>>,
    meaning: u32,
}

impl Pending {
    pub(super) fn push(&mut self, identified: &Identified<'_>, meaning: u32) {
        let &Identified { id, shared_id, time, is_addendum, corrects } = identified;
        let is_plain = shared_id.is_none() && corrects.is_none() && !is_addendum;
        let event = match EventKey::of(id) {
            (key, true) if is_plain => Event::Plain { key, time, meaning },
            _ => Event::Other(Box::new(Other {
                id: id.into(),
                shared_id: shared_id.map(Into::into),
                time,
                is_addendum,
                corrects: corrects.map(Into::into),
                meaning,
            })),
        };
        self.0.push(event);
    }

    /// Adds all to `aggregate`, whose numbers they have.
    pub(super) fn commit(&mut self, aggregate: &mut Aggregate) {
        for event in self.0.drain(..) {
            match event {
                Event::Plain { key, time, meaning } => aggregate.add_plain(key, time, meaning),
                Event::Other(other) => {
                    let identified = Identified {
                        id: &other.id,
                        shared_id: other.shared_id.as_deref(),
                        time: other.time,
                        is_addendum: other.is_addendum,
                        corrects: other.corrects.as_deref(),
                    };
                    aggregate.add(&identified, other.meaning);
                }
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
