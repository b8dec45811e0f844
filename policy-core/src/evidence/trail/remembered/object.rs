//! Records about an object of Amazon S3 that differ by its name alone.
//!
//! Logs name objects by the million and say the same of each. Where a record's only object ARN is `CONTAINER/NAME`, its name is
//! made of characters that mean nothing anywhere, and all it shows is about that ARN, another name in the same places (the ARN
//! and the request's `key`) changes the ARN and nothing else: names are never looked into before they are counted, but for
//! colons, wildcards, escapes and emptiness, which such names do not have. Tests hold this against the complete reader.

use super::super::aggregate::Aggregate;
use super::super::event::{CallPart, FoldedPart, Part, ResourcePart, TextId};
use super::super::known::{Found, Slot};
use super::who::Who;
use super::{Renumber, Steps};
use crate::names::fold;

/// The object that a record is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Object<'t> {
    /// The ARN, and where in it the name begins.
    arn: &'t str,
    begin: usize,
    /// The place of the ARN among what was found.
    at: usize,
}

/// Whether a character means nothing anywhere that names are looked at.
fn is_simple(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'=')
}

/// Where the name of the object begins in the ARN of one.
fn name_begins(arn: &[u8]) -> Option<usize> {
    let partition = arn.strip_prefix(b"arn:aws")?;
    let after = partition.iter().position(|byte| *byte == b':')?;
    let bucket = partition[after..].strip_prefix(b":s3:::")?;
    let slash = bucket.iter().position(|byte| *byte == b'/')?;
    Some(arn.len() - bucket.len() + slash + 1)
}

impl<'t> Object<'t> {
    /// The object of a record, if it is about one and its name is simple.
    pub(super) fn of(text: &'t [u8], found: &[Found]) -> Option<Self> {
        let mut only = None;
        for (at, one) in found.iter().enumerate() {
            if !matches!(one.slot, Slot::Resource { is_arn: true, .. }) {
                continue;
            }
            let arn = one.raw(text);
            let Some(begin) = name_begins(arn) else { continue };
            if only.is_some() || begin == arn.len() || !arn[begin..].iter().all(|b| is_simple(*b)) {
                return None;
            }
            only = Some(Self { arn: std::str::from_utf8(arn).ok()?, begin, at });
        }
        only
    }

    /// Whether the value found at `at` is the ARN.
    pub(super) fn is_arn(self, at: usize) -> bool {
        self.at == at
    }

    /// The ARN up to the name.
    pub(super) fn container(self) -> &'t [u8] {
        &self.arn.as_bytes()[..self.begin]
    }

    pub(super) fn name(self) -> &'t [u8] {
        &self.arn.as_bytes()[self.begin..]
    }
}

/// What records show that are about one object each, without who called.
#[derive(Debug)]
pub(super) struct About {
    /// What one of them showed.
    parts: Box<[CallPart]>,
    container: TextId,
}

impl About {
    /// What is shown by records like one about `object` that showed `parts`; `None` where that is not about the object alone.
    pub(super) fn new(
        object: Object<'_>,
        parts: &[Part],
        aggregate: &mut Aggregate,
    ) -> Option<Self> {
        let arn = aggregate.text_id(object.arn);
        let about = |part: &Part| match part {
            Part::Call(call) if call.resource == ResourcePart::Arn(arn) => Some(*call),
            _ => None,
        };
        let parts: Box<[CallPart]> = parts.iter().map(about).collect::<Option<_>>()?;
        // Each once, so that what is made coarser has the same parts in the same order.
        let is_once = |(at, part)| !parts[..at].contains(part);
        if parts.is_empty() || !parts.iter().enumerate().all(is_once) {
            return None;
        }
        Some(Self { parts, container: aggregate.text_id(&object.arn[..object.begin]) })
    }

    /// Takes other numbers.
    pub(super) fn renumber(&mut self, numbers: &mut impl Renumber) {
        self.container = numbers.text(self.container);
        for call in &mut self.parts {
            // The name is that of the next object.
            let nameless = Part::Call(CallPart { resource: ResourcePart::Unknown, ..*call });
            if let Part::Call(other) = nameless.renumbered(|id| numbers.text(id)) {
                *call = other;
            }
        }
    }

    /// The number of what a record like it shows about another object, when `who` calls and names are as coarse as `steps`.
    pub(super) fn meaning(
        &self,
        object: Object<'_>,
        who: Who,
        steps: Steps,
        aggregate: &mut Aggregate,
        room: &mut Vec<Part>,
    ) -> u32 {
        room.clear();
        let name = &object.arn[object.begin..];
        let mut last: Option<(u8, ResourcePart)> = None;
        for (call, &step) in self.parts.iter().zip(&steps) {
            let resource = match last {
                Some((same, resource)) if same == step => resource,
                _ if step == 0 => ResourcePart::Arn(aggregate.text_id(object.arn)),
                _ => {
                    let folded = fold::fold(name, "", true, step);
                    ResourcePart::Folded(FoldedPart {
                        container: self.container,
                        head: aggregate.text_id(folded.head),
                        tail: aggregate.text_id(&folded.tail),
                        step,
                    })
                }
            };
            last = Some((step, resource));
            let part = who.put_in(Part::Call(CallPart { resource, ..*call }));
            if !room.contains(&part) {
                room.push(part);
            }
        }
        aggregate.meaning(room)
    }
}
