//! Observation file → aggregate.

use std::borrow::Cow;
use std::collections::HashSet;

use super::shape::{
    Call, Contents, Counted, Function, Head, Key, Kind, Known, Names, Object, Resource, Shown,
};
use super::{FORMAT, ObservationFileError, VERSION};
use crate::evidence::CallCount;
use crate::evidence::trail::aggregate::{ADDENDUM, Aggregate, CONFLICT};
use crate::evidence::trail::contributions::Contributions;
use crate::evidence::trail::event::{
    CallPart, EventKey, FoldedPart, FunctionPart, Part, ResourcePart,
};
use crate::evidence::trail::log::Entry;
use crate::evidence::trail::member::quoted;
use crate::evidence::trail::tally::Counter;
use crate::finding::one_line;

pub(super) fn read(text: &str) -> Result<Aggregate, ObservationFileError> {
    let wrong = |error: serde_json::Error| ObservationFileError::of_json(&error);
    let Object(head): Object<Head<'_>> = serde_json::from_str(text).map_err(wrong)?;
    check(&head)?;
    let Object(contents): Object<Contents<'_>> = serde_json::from_str(text).map_err(wrong)?;
    let mut reading = Reading {
        aggregate: Aggregate::raw(),
        meanings: HashSet::new(),
        ids: HashSet::new(),
        events: 0,
    };
    reading.aggregate.files = contents.files;
    reading.aggregate.refused_files = contents.refused_files;
    reading.aggregate.records = contents.records;
    reading.aggregate.contributions = Contributions::raw(contents.names_kept);
    reading.aggregate.ids_below = contents.ids_below.map(|Key(key)| key);
    for Object(kind) in &contents.kinds {
        reading.kind(kind)?;
    }
    reading.finish()
}

/// Another format is told as such before anything else of it is looked at.
fn check(head: &Head<'_>) -> Result<(), ObservationFileError> {
    match head.format.as_deref() {
        Some(FORMAT) => {}
        found => {
            let found = found.map_or_else(|| "missing".to_owned(), quoted);
            return Err(ObservationFileError::OtherFormat { found });
        }
    }
    match head.version {
        // Its absence is told with its place.
        None | Some(VERSION) => Ok(()),
        Some(found) => Err(ObservationFileError::OtherVersion { found }),
    }
}

struct Reading {
    aggregate: Aggregate,
    meanings: HashSet<u32>,
    /// Ids that stand in the file.
    ids: HashSet<EventKey>,
    events: u64,
}

impl Reading {
    fn kind(&mut self, kind: &Kind<'_>) -> Result<(), ObservationFileError> {
        for shown in &kind.shows {
            if let Shown::Call(Object(call)) = shown
                && let Resource::Names(Object(names)) = &call.resource
                && !names.is_possible()
            {
                let Names { container, head, tail, step } = names;
                return Err(contradicting(format!(
                    "`names`: `{container}`, `{head}` and `{tail}` are not what step {step} leaves of names"
                )));
            }
        }
        let parts: Vec<Part> = kind.shows.iter().map(|shown| self.part(shown)).collect();
        let meaning = self.aggregate.contributions.id(&parts);
        if !self.meanings.insert(meaning) {
            let number = self.meanings.len() + 1;
            return Err(contradicting(format!(
                "`kinds`: number {number} shows what an earlier one shows"
            )));
        }
        for Object(event) in &kind.events {
            self.event(event, meaning)?;
        }
        if let Some(Object(counted)) = &kind.counted {
            let counter = self.counter(counted)?;
            self.aggregate.counted.insert(meaning, counter);
        }
        Ok(())
    }

    fn event(&mut self, event: &Known<'_>, meaning: u32) -> Result<(), ObservationFileError> {
        let key = self.key(&event.id)?;
        self.count(1)?;
        let mut flags = 0;
        if event.addendum {
            flags |= ADDENDUM;
        }
        if event.conflicting {
            flags |= CONFLICT;
        }
        let shared = event.shared.map(|Key(shared)| shared);
        let meaning = meaning | flags;
        self.aggregate.log.push(Entry { key, shared, time: event.time.0, meaning });
        if let Some(Key(original)) = event.corrects {
            self.aggregate.corrects.insert(key, original);
        }
        Ok(())
    }

    fn counter(&mut self, counted: &Counted<'_>) -> Result<Counter, ObservationFileError> {
        let wrong = |problem: &str| {
            let events = counted.events;
            contradicting(format!(
                "`counted` with {events} events from {}: {problem}",
                counted.first.0
            ))
        };
        let sampled = counted.smallest.len();
        if sampled == 0 || sampled > CallCount::SAMPLE || sampled as u64 > counted.events {
            return Err(wrong("`smallest` has to name 1 to 3 of them"));
        }
        if self.aggregate.ids_below.is_none() {
            return Err(wrong("`idsBelow` does not say which events are only counted"));
        }
        let span = counted.first.0..=counted.last.0;
        let mut counter = Counter::default();
        for Object(event) in &counted.smallest {
            if !span.contains(&event.time.0) {
                return Err(wrong("one of `smallest` is not between `first` and `last`"));
            }
            counter.add(event.time.0, self.key(&event.id)?);
        }
        self.count(counted.events)?;
        (counter.events, counter.first, counter.last) =
            (counted.events, counted.first.0, counted.last.0);
        Ok(counter)
    }

    fn key(&mut self, id: &str) -> Result<EventKey, ObservationFileError> {
        let (key, is_uuid) = EventKey::of(id);
        if !is_uuid {
            self.aggregate.names.insert(key, id.into());
        }
        if self.ids.insert(key) {
            return Ok(key);
        }
        Err(contradicting(format!("the event `{id}` stands in the file twice")))
    }

    fn count(&mut self, events: u64) -> Result<(), ObservationFileError> {
        self.events = self.events.saturating_add(events);
        if self.events <= self.aggregate.records {
            return Ok(());
        }
        let records = self.aggregate.records;
        Err(contradicting(format!("`records` is {records}, but there are more events")))
    }

    fn finish(self) -> Result<Aggregate, ObservationFileError> {
        if self.aggregate.files == 0 && self.aggregate.records > 0 {
            return Err(contradicting("`files` is 0, but there are records".to_owned()));
        }
        Ok(self.aggregate)
    }

    fn part(&mut self, shown: &Shown<'_>) -> Part {
        let mut text = |text: &Cow<'_, str>| self.aggregate.text_id(text);
        match shown {
            Shown::Call(Object(call)) => Part::Call(self.call(call)),
            Shown::Unmapped(Object(it)) => Part::Unmapped {
                role: text(&it.role.text),
                source: text(&it.source),
                name: text(&it.name),
                reason: text(&it.reason),
            },
            Shown::NoPermission(Object(it)) => Part::NoPermission {
                role: text(&it.role.text),
                source: text(&it.source),
                name: text(&it.name),
            },
            Shown::NotACall(Object(it)) => Part::NotACall { kind: text(&it.kind) },
            Shown::OtherIdentity(Object(it)) => Part::OtherIdentity { kind: text(&it.kind) },
            Shown::Service(Object(it)) => Part::Service {
                service: text(&it.service),
                source: text(&it.source),
                name: text(&it.name),
            },
            Shown::Unattributed(Object(it)) => {
                Part::Unattributed { identity: text(&it.identity), reason: text(&it.reason) }
            }
            Shown::Unusable(Object(it)) => {
                Part::Unusable { member: text(&it.member), value: it.value.as_ref().map(text) }
            }
        }
    }

    fn call(&mut self, call: &Call<'_>) -> CallPart {
        let mut text = |text: &Cow<'_, str>| self.aggregate.text_id(text);
        CallPart {
            role: text(&call.role.text),
            function: match &call.function {
                Function::Issued(arn) => FunctionPart::Issued(text(&arn.text)),
                Function::Session(name) => FunctionPart::Session(text(name)),
                Function::Unknown => FunctionPart::Unknown,
            },
            action: text(&call.action.text),
            operation: text(&call.operation),
            resource: match &call.resource {
                Resource::Arn(arn) => ResourcePart::Arn(text(&arn.text)),
                Resource::SecretNamed(name) => ResourcePart::SecretNamed(text(&name.text)),
                Resource::Names(Object(names)) => ResourcePart::Folded(FoldedPart {
                    container: text(&names.container),
                    head: text(&names.head),
                    tail: text(&names.tail),
                    step: names.step,
                }),
                Resource::Many => ResourcePart::Many,
                Resource::None => ResourcePart::None,
                Resource::Unknown => ResourcePart::Unknown,
            },
            resource_account: call.resource_account.as_ref().map(|word| text(&word.text)),
            region: text(&call.region.text),
            via: call.via.as_ref().map(|word| text(&word.text)),
            outcome: call.outcome,
            refusal: call.refusal.as_ref().map(text),
        }
    }
}

fn contradicting(problem: String) -> ObservationFileError {
    ObservationFileError::Contradicting { problem: one_line(problem) }
}
