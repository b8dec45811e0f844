//! The counts of an aggregate, in the words of IAM.

use std::collections::{BTreeMap, HashMap};

use crate::evidence::{CallCount, CallKey, ObservedCall, ObservedFunction, ObservedResource};
use crate::iam::{ArnPattern, Pattern, RoleArn, Token};

use super::event::{CallPart, EventKey, FunctionPart, Part, ResourcePart};
use super::table::Table;
use super::time::EventTime;

/// What a set of CloudTrail files shows, counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observations {
    /// Calls of roles, sorted by key.
    pub calls: Vec<ObservedCall>,
    /// Calls of roles for which no action is known.
    pub unmapped: BTreeMap<UnmappedEvent, u64>,
    /// Calls of roles that need no permission, by source and name.
    pub without_permission: BTreeMap<(Box<str>, Box<str>), u64>,
    /// Records that are no API calls, by event type or category.
    pub not_calls: BTreeMap<Box<str>, u64>,
    /// Calls of others than roles, by identity type (`IAMUser`, `Root` …).
    pub other_identities: BTreeMap<Box<str>, u64>,
    /// Calls that AWS services made for themselves.
    pub service_calls: BTreeMap<ServiceCall, u64>,
    /// Calls of sessions whose role cannot be told: identity and reason.
    pub unattributed: BTreeMap<(Box<str>, Box<str>), u64>,
    /// Calls of roles that could not be used: member and its value, if it has one.
    pub unusable: BTreeMap<(Box<str>, Option<Box<str>>), u64>,
    /// Every role seen, with the number of its events.
    pub roles: BTreeMap<RoleArn, u64>,
    /// Files read.
    pub files: u64,
    /// Records read.
    pub records: u64,
    /// Events, copies counted once.
    pub events: u64,
    /// Records that are copies of another.
    pub copies: u64,
    /// Events that an addendum corrects.
    pub corrected: u64,
    /// Events whose copies differ; the greatest counts.
    pub conflicting: u64,
}

/// An event of a role that no action is known for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnmappedEvent {
    /// The role that called.
    pub role: RoleArn,
    /// The event source.
    pub source: Box<str>,
    /// The event name.
    pub name: Box<str>,
    /// Why there is no action.
    pub reason: Box<str>,
}

/// A call that an AWS service made for itself: `lambda.amazonaws.com` called `AssumeRole`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceCall {
    /// The service.
    pub service: Box<str>,
    /// The event source.
    pub source: Box<str>,
    /// The event name.
    pub name: Box<str>,
}

/// How often and when, with the smallest events.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counter {
    events: u64,
    first: EventTime,
    last: EventTime,
    sample: [Option<(EventTime, EventKey)>; CallCount::SAMPLE],
}

impl Counter {
    /// One more event.
    pub(super) fn add(&mut self, time: EventTime, key: EventKey) {
        if self.events == 0 {
            (self.first, self.last) = (time, time);
        }
        self.events += 1;
        self.first = self.first.min(time);
        self.last = self.last.max(time);
        let mut new = (time, key);
        for slot in &mut self.sample {
            match slot {
                None => {
                    *slot = Some(new);
                    return;
                }
                Some(kept) if new < *kept => std::mem::swap(kept, &mut new),
                Some(_) => {}
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        let (first, last) = (self.first.min(other.first), self.last.max(other.last));
        let events = self.events + other.events;
        if self.events == 0 {
            *self = *other;
        } else {
            for (time, key) in other.sample.iter().flatten() {
                self.add(*time, *key);
            }
            (self.first, self.last, self.events) = (first, last, events);
        }
    }

    fn count(&self, names: &HashMap<EventKey, Box<str>>) -> CallCount {
        let mut sample: Vec<_> = self
            .sample
            .iter()
            .flatten()
            .map(|(time, key)| {
                let id = names.get(key).cloned().unwrap_or_else(|| key.uuid().into());
                (time.to_string().into_boxed_str(), id)
            })
            .collect();
        sample.sort();
        CallCount {
            events: self.events,
            first_seen: self.first.to_string().into(),
            last_seen: self.last.to_string().into(),
            sample,
        }
    }
}

fn bump<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K, events: u64) {
    *counts.entry(key).or_default() += events;
}

impl Observations {
    /// Turns numbers into words.
    pub(super) fn fill(
        &mut self,
        texts: &Table<str>,
        meanings: &Table<[Part]>,
        counts: &[Counter],
        names: &HashMap<EventKey, Box<str>>,
    ) {
        let text = |id| Box::<str>::from(texts.value(id));
        let mut calls: HashMap<CallPart, Counter> = HashMap::new();
        let mut roles: HashMap<u32, u64> = HashMap::new();
        for (parts, counter) in meanings.values().iter().zip(counts) {
            if counter.events == 0 {
                continue;
            }
            let mut role_of_event = None;
            for part in parts.iter() {
                match *part {
                    Part::Call(call) => {
                        role_of_event = Some(call.role);
                        calls.entry(call).or_default().merge(counter);
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
        self.calls = calls
            .iter()
            .filter_map(|(call, counter)| {
                Some(ObservedCall { key: key(*call, texts)?, count: counter.count(names) })
            })
            .collect();
        self.calls.sort_by(|a, b| a.key.cmp(&b.key));
    }

    /// Calls that were denied.
    #[must_use]
    pub fn denied(&self) -> u64 {
        let denied = |call: &&ObservedCall| call.key.outcome == crate::evidence::Outcome::Denied;
        self.calls.iter().filter(denied).map(|call| call.count.events).sum()
    }
}

/// The call in words.
///
/// INVARIANT: every text in a [`CallPart`] was parsed as its word before it was stored, so `None` does
/// not happen.
fn key(call: CallPart, texts: &Table<str>) -> Option<CallKey> {
    let text = |id| texts.value(id);
    Some(CallKey {
        role: text(call.role).parse().ok()?,
        function: match call.function {
            FunctionPart::Issued(id) => ObservedFunction::Issued(text(id).parse().ok()?),
            FunctionPart::Session(id) => ObservedFunction::Session(text(id).into()),
            FunctionPart::Unknown => ObservedFunction::Unknown,
        },
        action: text(call.action).parse().ok()?,
        operation: text(call.operation).into(),
        resource: match call.resource {
            ResourcePart::Arn(id) => ObservedResource::Arn(text(id).parse().ok()?),
            ResourcePart::SecretNamed(id) => ObservedResource::Named(secret_pattern(text(id))),
            ResourcePart::None => ObservedResource::None,
            ResourcePart::Unknown => ObservedResource::Unknown,
        },
        resource_account: match call.resource_account {
            Some(id) => Some(text(id).parse().ok()?),
            None => None,
        },
        region: text(call.region).parse().ok()?,
        via: match call.via {
            Some(id) => Some(text(id).parse().ok()?),
            None => None,
        },
        outcome: call.outcome,
    })
}

/// A secret's ARN without its random part, followed by `-` and six `?`.
fn secret_pattern(before: &str) -> ArnPattern {
    let mut pattern = Pattern::literal(before);
    pattern.push_text("-");
    for _ in 0..6 {
        pattern.push(Token::One);
    }
    ArnPattern::new(pattern)
}
