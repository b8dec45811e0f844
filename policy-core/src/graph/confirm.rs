//! `confirmed`: which declared accesses are proved unused.
//!
//! What is dropped is one action on one container (bucket, table, queue, key …) with everything declared of it; names
//! inside a container are never narrowed. Four things must hold at once: the trail would have shown a call, it goes back
//! far enough, the access was declared before this change, and no event may be a call of it, refused and unclear
//! ones included. Beyond that nothing is dropped that is marked `keep`, nor by a trail that is partial or shows nothing of the function
//! at all.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::ObservedResource;
use crate::iam::{ActionName, Pattern};

use super::base::Base;
use super::merge::Facts;
use super::node::ObservedRequest;
use super::visibility::Recording;
use crate::names::container;

/// What proves an access unused besides the trail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bar<'a> {
    pub(super) base: &'a Base,
    /// How many whole days the trail must go back.
    pub(super) min_window_days: u32,
}

/// Why a declared access that was never seen stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kept {
    /// Some of the trail is missing.
    Partial,
    /// Calls of the service that could not be mapped may be calls of it.
    Unmapped,
    /// The trail shows it for fewer days than are asked for.
    Short { days: u32 },
    /// It was not declared before.
    New,
}

/// What `confirmed` makes of the declared requests, by position.
#[derive(Debug, Default)]
pub(super) struct Unused {
    /// Proved unused, with the day since when a call would have been seen.
    pub(super) dropped: BTreeMap<usize, Box<str>>,
    /// Never seen, and kept all the same.
    pub(super) kept: BTreeMap<usize, Kept>,
}

/// Finds what is proved unused.
pub(super) fn unused(facts: &Facts<'_>, bar: Bar<'_>) -> Unused {
    let mut unused = Unused::default();
    // Nothing of the function in the trail: it may run under another name than was found.
    if facts.observations.is_empty() {
        return unused;
    }
    let mut groups: BTreeMap<(&ActionName, String), Vec<usize>> = BTreeMap::new();
    for (d, request) in facts.requests.iter().enumerate().filter(|(_, r)| !r.implied) {
        let container = container::name(&request.resource.to_string()).to_owned();
        groups.entry((&request.action, container)).or_default().push(d);
    }
    for ((action, container), members) in groups {
        let is_kept = |d: &usize| facts.accesses[facts.requests[*d].access].keep.is_some();
        if members.iter().any(is_kept) || is_seen(facts.observations, action, &container) {
            continue;
        }
        let since: Result<Vec<_>, _> =
            members.iter().map(|&d| facts.sight.of(action, &facts.requests[d].resource)).collect();
        let Ok(since) = since else { continue };
        let Some(since) = since.into_iter().max() else { continue };
        match why_kept(facts, bar, action, &members, &since) {
            None => unused.dropped.extend(members.into_iter().map(|d| (d, (*since).into()))),
            Some(kept) => unused.kept.extend(members.into_iter().map(|d| (d, kept.clone()))),
        }
    }
    implied(facts, &mut unused);
    unused
}

/// The first of the conditions that does not hold.
fn why_kept(
    facts: &Facts<'_>,
    bar: Bar<'_>,
    action: &ActionName,
    members: &[usize],
    since: &str,
) -> Option<Kept> {
    let recording: &Recording = facts.sight.recording;
    if recording.is_partial {
        return Some(Kept::Partial);
    }
    if recording.has_unmapped(facts.role, action) {
        return Some(Kept::Unmapped);
    }
    let days = recording.days_since(since);
    if days < bar.min_window_days {
        return Some(Kept::Short { days });
    }
    let was_declared = |d: &usize| bar.base.declares(action, &facts.requests[*d].resource);
    (!members.iter().all(was_declared)).then_some(Kept::New)
}

/// What a declaration implies goes with the last of what it says.
fn implied(facts: &Facts<'_>, unused: &mut Unused) {
    let mut standing: BTreeSet<usize> = BTreeSet::new();
    for (d, request) in facts.requests.iter().enumerate().filter(|(_, r)| !r.implied) {
        if !unused.dropped.contains_key(&d) {
            standing.insert(request.access);
        }
    }
    for (d, request) in facts.requests.iter().enumerate().filter(|(_, r)| r.implied) {
        let of_same = facts.requests.iter().enumerate().filter(|(_, other)| {
            (&other.action, &other.resource, &other.class)
                == (&request.action, &request.resource, &request.class)
        });
        let mut of_same = of_same.map(|(_, other)| other.access);
        if of_same.any(|access| standing.contains(&access))
            || is_seen(
                facts.observations,
                &request.action,
                container::name(&request.resource.to_string()),
            )
        {
            continue;
        }
        let since = facts.requests.iter().enumerate().find_map(|(other, r)| {
            (r.access == request.access && !r.implied)
                .then(|| unused.dropped.get(&other).cloned())?
        });
        if let Some(since) = since {
            unused.dropped.insert(d, since);
        }
    }
}

/// Whether any event may be a call of `action` on something in `container`, however it ended.
fn is_seen(observations: &[ObservedRequest], action: &ActionName, container: &str) -> bool {
    // What a policy variable stands for is not known.
    if container.contains("${") {
        return true;
    }
    let wanted = Pattern::parse(container, true);
    observations.iter().filter(|seen| seen.action == *action).any(|seen| match &seen.resource {
        ObservedResource::Unknown | ObservedResource::None => true,
        ObservedResource::Arn(arn) => wanted.matches(container::name(arn.as_str())),
        ObservedResource::Named(pattern) | ObservedResource::Names(pattern) => {
            let text = pattern.to_string();
            wanted.intersects(&Pattern::parse(container::name(&text), true))
        }
    })
}
