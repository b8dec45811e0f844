//! Aggregate → observation file.

use std::borrow::Cow;
use std::io::{self, Write};

use hashbrown::HashMap;

use super::shape::{
    Call, Contents, Counted, Function, Key, Kind, Known, Names, NoPermission, Object, OfKind,
    Resource, Sampled, Service, Shown, Time, Unattributed, Unmapped, Unusable, Word,
};
use super::{FORMAT, VERSION};
use crate::evidence::trail::aggregate::{ADDENDUM, Aggregate, CONFLICT, PartText};
use crate::evidence::trail::event::{CallPart, EventKey, FunctionPart, Part, ResourcePart};
use crate::evidence::trail::log::OverflowError;
use crate::evidence::trail::standing::Distinct;

/// One line for the head, one for each kind, one for the end.
pub(super) fn write(aggregate: &mut Aggregate, out: &mut dyn Write) -> io::Result<()> {
    aggregate.gather_counted();
    let mut kinds: Vec<(u32, Events)> =
        events(aggregate).map_err(io::Error::other)?.into_iter().collect();
    let aggregate = &*aggregate;
    kinds.sort_by(|(a, _), (b, _)| texts(aggregate, *a).cmp(texts(aggregate, *b)));
    let head = json(&Contents {
        format: Cow::Borrowed(FORMAT),
        version: VERSION,
        files: aggregate.files,
        refused_files: aggregate.refused_files,
        records: aggregate.records,
        ids_below: aggregate.ids_below.map(Key),
        names_kept: aggregate.contributions.kept(),
        kinds: Vec::new(),
    });
    // The empty list at the end is opened again.
    out.write_all(&head.as_bytes()[..head.len() - "]}".len()])?;
    let mut separator = "\n";
    for (meaning, events) in kinds {
        out.write_all(separator.as_bytes())?;
        out.write_all(json(&kind(aggregate, meaning, events)).as_bytes())?;
        separator = ",\n";
    }
    out.write_all(b"\n]}\n")
}

/// What a contribution shows, in the order in which contributions are written.
fn texts(aggregate: &Aggregate, meaning: u32) -> impl Iterator<Item = PartText<'_>> {
    let parts = aggregate.contributions.parts(meaning).iter();
    parts.map(|&part| aggregate.contributions.part_text(part))
}

fn json<T: serde::Serialize>(value: &T) -> String {
    // INVARIANT: keys are text and numbers whole, so writing cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

/// Events that show the same.
type Events = Vec<Distinct>;

/// The events that are known by id, by what they show.
fn events(aggregate: &mut Aggregate) -> Result<HashMap<u32, Events>, OverflowError> {
    let mut found: HashMap<u32, Events> = HashMap::new();
    aggregate.known(|event| found.entry(event.event.meaning()).or_default().push(event))?;
    let mut events: HashMap<u32, Events> = HashMap::new();
    for (meaning, mut of_meaning) in found {
        let stands = aggregate.contributions.resolved(meaning);
        events.entry(stands).or_default().append(&mut of_meaning);
    }
    for &meaning in aggregate.counted.keys() {
        events.entry(meaning).or_default();
    }
    Ok(events)
}

/// Events by time and id.
fn kind(aggregate: &Aggregate, meaning: u32, mut events: Events) -> Kind<'_> {
    events.sort_unstable_by_key(|found| (found.event.time, found.key));
    let parts = aggregate.contributions.parts(meaning).iter();
    Kind {
        shows: parts.map(|&part| shown(aggregate, part)).collect(),
        events: events.iter().map(|found| Object(known(aggregate, found))).collect(),
        counted: aggregate.counted.get(&meaning).map(|counter| {
            let smallest = counter.sample().iter();
            Object(Counted {
                events: counter.events,
                first: Time(counter.first),
                last: Time(counter.last),
                smallest: smallest
                    .map(|(time, key)| {
                        Object(Sampled { time: Time(*time), id: id(aggregate, *key) })
                    })
                    .collect(),
            })
        }),
    }
}

fn known<'a>(aggregate: &'a Aggregate, found: &Distinct) -> Known<'a> {
    let Distinct { key, shared, event } = *found;
    Known {
        time: Time(event.time),
        id: id(aggregate, key),
        shared: shared.map(Key),
        addendum: event.has(ADDENDUM),
        corrects: aggregate.corrects.get(&key).copied().map(Key),
        conflicting: event.has(CONFLICT),
    }
}

fn id(aggregate: &Aggregate, key: EventKey) -> Cow<'_, str> {
    match aggregate.names.get(&key) {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(key.uuid()),
    }
}

fn shown(aggregate: &Aggregate, part: Part) -> Shown<'_> {
    let raw = |id| aggregate.contributions.text(id);
    let text = |id| Cow::Borrowed(raw(id));
    match part {
        Part::Call(it) => Shown::Call(Object(call(aggregate, it))),
        Part::Unmapped { role, source, name, reason } => Shown::Unmapped(Object(Unmapped {
            role: Word::new(raw(role)),
            source: text(source),
            name: text(name),
            reason: text(reason),
        })),
        Part::NoPermission { role, source, name } => Shown::NoPermission(Object(NoPermission {
            role: Word::new(raw(role)),
            source: text(source),
            name: text(name),
        })),
        Part::NotACall { kind } => Shown::NotACall(Object(OfKind { kind: text(kind) })),
        Part::OtherIdentity { kind } => Shown::OtherIdentity(Object(OfKind { kind: text(kind) })),
        Part::Service { service, source, name } => Shown::Service(Object(Service {
            service: text(service),
            source: text(source),
            name: text(name),
        })),
        Part::Unattributed { identity, reason } => Shown::Unattributed(Object(Unattributed {
            identity: text(identity),
            reason: text(reason),
        })),
        Part::Unusable { member, value } => {
            Shown::Unusable(Object(Unusable { member: text(member), value: value.map(text) }))
        }
    }
}

fn call(aggregate: &Aggregate, call: CallPart) -> Call<'_> {
    let text = |id| aggregate.contributions.text(id);
    Call {
        role: Word::new(text(call.role)),
        function: match call.function {
            FunctionPart::Issued(arn) => Function::Issued(Word::new(text(arn))),
            FunctionPart::Session(name) => Function::Session(Cow::Borrowed(text(name))),
            FunctionPart::Unknown => Function::Unknown,
        },
        action: Word::new(text(call.action)),
        operation: Cow::Borrowed(text(call.operation)),
        resource: match call.resource {
            ResourcePart::Arn(arn) => Resource::Arn(Word::new(text(arn))),
            ResourcePart::SecretNamed(name) => Resource::SecretNamed(Word::new(text(name))),
            ResourcePart::Folded(folded) => Resource::Names(Object(Names {
                container: Cow::Borrowed(text(folded.container)),
                head: Cow::Borrowed(text(folded.head)),
                tail: Cow::Borrowed(text(folded.tail)),
                step: folded.step,
            })),
            ResourcePart::Many => Resource::Many,
            ResourcePart::None => Resource::None,
            ResourcePart::Unknown => Resource::Unknown,
        },
        resource_account: call.resource_account.map(|id| Word::new(text(id))),
        region: Word::new(text(call.region)),
        via: call.via.map(|id| Word::new(text(id))),
        outcome: call.outcome,
        refusal: call.refusal.map(|id| Cow::Borrowed(text(id))),
    }
}
