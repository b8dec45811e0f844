//! From entries by number to counts in words, without ever holding both whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::evidence::{CallCount, ObservedCall};

use super::contributions::Contributions;
use super::event::{CallPart, EventKey, Part};
use super::observations::{Observations, ServiceCall, UnmappedEvent};
use super::table::Table;
use super::time::EventTime;
use super::words::Words;

/// How often and when, with the smallest events.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counter {
    pub(super) events: u64,
    pub(super) first: EventTime,
    pub(super) last: EventTime,
    /// The smallest, sorted, each once; the first `sampled` are events.
    sample: [(EventTime, EventKey); CallCount::SAMPLE],
    sampled: usize,
}

impl Counter {
    /// One more event.
    pub(super) fn add(&mut self, time: EventTime, key: EventKey) {
        if self.events == 0 {
            (self.first, self.last) = (time, time);
        }
        self.first = self.first.min(time);
        self.last = self.last.max(time);
        self.events += 1;
        self.keep((time, key));
    }

    /// Takes an event into the sample if it is one of the smallest.
    pub(super) fn keep(&mut self, mut new: (EventTime, EventKey)) {
        if self.sample().contains(&new) {
            return;
        }
        for kept in &mut self.sample[..self.sampled] {
            if new < *kept {
                std::mem::swap(kept, &mut new);
            }
        }
        if let Some(free) = self.sample.get_mut(self.sampled) {
            *free = new;
            self.sampled += 1;
        }
    }

    /// The events that are known by id, sorted.
    pub(super) fn sample(&self) -> &[(EventTime, EventKey)] {
        &self.sample[..self.sampled]
    }

    /// Counts an event of the sample no more.
    pub(super) fn remove(&mut self, event: (EventTime, EventKey)) {
        if let Some(at) = self.sample().iter().position(|kept| *kept == event) {
            self.sample[at..self.sampled].rotate_left(1);
            self.sampled -= 1;
            self.events -= 1;
            let smallest = self.sample().first().copied();
            if let Some((first, _)) = smallest {
                self.first = first;
            }
            let all_known = self.events == self.sampled as u64;
            if let (true, Some((last, _))) = (all_known, self.sample().last().copied()) {
                self.last = last;
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if self.events == 0 {
            *self = *other;
        } else if other.events != 0 {
            self.first = self.first.min(other.first);
            self.last = self.last.max(other.last);
            self.events += other.events;
            for &event in other.sample() {
                self.keep(event);
            }
        }
    }

    fn count(&self, names: &HashMap<EventKey, Box<str>>) -> CallCount {
        let first_seen: Arc<str> = self.first.to_string().into();
        let text = |time: EventTime| match time == self.first {
            true => first_seen.clone(),
            false => time.to_string().into(),
        };
        let mut sample: Vec<(Arc<str>, Arc<str>)> = self
            .sample()
            .iter()
            .map(|(time, key)| {
                let id = names.get(key).map_or_else(|| key.uuid().into(), |id| (**id).into());
                (text(*time), id)
            })
            .collect();
        sample.sort();
        let last_seen = text(self.last);
        CallCount { events: self.events, first_seen, last_seen, sample }
    }
}

/// The first and the last time of all counts; a record without a time has the smallest there is.
pub(super) fn span(counts: &[Counter]) -> Option<(Box<str>, Box<str>)> {
    let times = || {
        let counted = counts.iter().filter(|counter| counter.events > 0);
        counted
            .flat_map(|counter| [counter.first, counter.last])
            .filter(|time| *time != EventTime::default())
    };
    let (first, last) = (times().min()?, times().max()?);
    Some((first.to_string().into(), last.to_string().into()))
}

fn bump<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K, events: u64) {
    *counts.entry(key).or_default() += events;
}

impl Observations {
    /// Turns numbers into words.
    pub(super) fn fill(
        &mut self,
        contributions: Contributions,
        counts: &[Counter],
        names: &HashMap<EventKey, Box<str>>,
    ) {
        let texts = contributions.texts();
        let text = |id| Box::<str>::from(texts.value(id));
        let mut calls: Vec<(CallPart, u32)> = Vec::new();
        let mut roles: HashMap<u32, u64> = HashMap::new();
        for (at, counter) in (0_u32..).zip(counts) {
            if counter.events == 0 {
                continue;
            }
            let parts = contributions.parts(at);
            let mut role_of_event = None;
            for part in parts {
                match *part {
                    Part::Call(call) => {
                        role_of_event = Some(call.role);
                        let resource = call.resource.told();
                        calls.push((CallPart { resource, ..call }, at));
                    }
                    Part::Unmapped { role, source, name, reason } => {
                        role_of_event = Some(role);
                        // INVARIANT: only the text of a parsed role ARN is stored as a role.
                        if let Ok(role) = texts.value(role).parse() {
                            let (source, name) = (text(source), text(name));
                            let key = UnmappedEvent { role, source, name, reason: text(reason) };
                            bump(&mut self.unmapped, key, counter.events);
                        }
                    }
                    Part::NoPermission { role, source, name } => {
                        role_of_event = Some(role);
                        let key = (text(source), text(name));
                        bump(&mut self.without_permission, key, counter.events);
                    }
                    Part::NotACall { kind } => {
                        bump(&mut self.not_calls, text(kind), counter.events)
                    }
                    Part::OtherIdentity { kind } => {
                        bump(&mut self.other_identities, text(kind), counter.events);
                    }
                    Part::Service { service, source, name } => {
                        let key = ServiceCall {
                            service: text(service),
                            source: text(source),
                            name: text(name),
                        };
                        bump(&mut self.service_calls, key, counter.events);
                    }
                    Part::Unattributed { identity, reason } => {
                        bump(
                            &mut self.unattributed,
                            (text(identity), text(reason)),
                            counter.events,
                        );
                    }
                    Part::Unusable { member, value } => {
                        bump(&mut self.unusable, (text(member), value.map(text)), counter.events);
                    }
                }
            }
            if let Some(role) = role_of_event {
                *roles.entry(role).or_default() += counter.events;
            }
        }
        for (role, events) in roles {
            // INVARIANT: only the text of a parsed role ARN is stored as a role.
            if let Ok(role) = texts.value(role).parse() {
                bump(&mut self.roles, role, events);
            }
        }
        let texts = contributions.into_texts();
        self.calls = in_words(calls, counts, &texts, names);
    }
}

/// One entry for each distinct call, sorted by key.
fn in_words(
    mut calls: Vec<(CallPart, u32)>,
    counts: &[Counter],
    texts: &Table<str>,
    names: &HashMap<EventKey, Box<str>>,
) -> Vec<ObservedCall> {
    calls.sort_unstable();
    calls.dedup();
    let groups = || calls.chunk_by(|(a, _), (b, _)| a == b);
    let mut words = Words::new(texts);
    let mut found = Vec::with_capacity(groups().count());
    for group in groups() {
        let mut counter = Counter::default();
        for &(_, at) in group {
            counter.merge(&counts[at as usize]);
        }
        if let Some(key) = group.first().and_then(|&(call, _)| words.key(call)) {
            found.push(ObservedCall { key, count: counter.count(names) });
        }
    }
    found.sort_unstable_by(|a: &ObservedCall, b| a.key.cmp(&b.key));
    found
}
