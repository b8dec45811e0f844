//! What a trail shows that it records: of which containers, in which Regions, which way, since when.
//!
//! Made from the calls of every role of the trail, not of one function alone. Whatever it does not show stays
//! unknown; nothing is concluded from what is usual.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::direction::{self, Direction};
use crate::catalog::{Action, Catalog, Visibility};
use crate::evidence::trail::Observations;
use crate::evidence::{ObservedCall, ObservedFunction, ObservedResource};
use crate::iam::{AccountId, ActionName, RoleArn};
use crate::names::container;

/// A time as CloudTrail writes it; such texts sort as times.
pub(super) type Time = Arc<str>;

/// Since when events of one kind and place are there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Since {
    pub(super) read: Option<Time>,
    pub(super) write: Option<Time>,
    /// Calls of actions that no other call needs, whichever way they go.
    pub(super) actions: BTreeMap<ActionName, Time>,
}

fn earlier(slot: &mut Option<Time>, time: &Time) {
    if slot.as_ref().is_none_or(|known| time < known) {
        *slot = Some(time.clone());
    }
}

impl Since {
    fn note(&mut self, direction: Direction, action: Option<&ActionName>, time: &Time) {
        match direction {
            Direction::Read => earlier(&mut self.read, time),
            Direction::Write => earlier(&mut self.write, time),
            Direction::Either => {}
        }
        let Some(action) = action else { return };
        match self.actions.get_mut(action) {
            Some(known) if *known <= *time => {}
            Some(known) => *known = time.clone(),
            None => _ = self.actions.insert(action.clone(), time.clone()),
        }
    }

    /// Since when a call of `action` would be there too: itself, or calls that go its way.
    pub(super) fn of(&self, action: &ActionName, direction: Direction) -> Option<&Time> {
        let by_way = match direction {
            Direction::Read => self.read.as_ref(),
            Direction::Write => self.write.as_ref(),
            Direction::Either => match (&self.read, &self.write) {
                (Some(read), Some(write)) => Some(read.max(write)),
                _ => None,
            },
        };
        by_way.into_iter().chain(self.actions.get(action)).min()
    }
}

/// One Region in which calls were recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RegionSeen {
    /// Management events of services that belong to the Region.
    pub(super) management: Since,
    /// Management events of services that a trail may leave out, by IAM prefix.
    pub(super) excludable: BTreeMap<Box<str>, Since>,
}

/// What the roles of one account show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct AccountSeen {
    /// By Region code; the Region of a service that has none is not among them.
    pub(super) regions: BTreeMap<Box<str>, RegionSeen>,
    /// Management events of global services.
    pub(super) global: Since,
    /// Data events by `resources.type` and container.
    pub(super) containers: BTreeMap<(Box<str>, Box<str>), Since>,
}

/// What a trail shows that it records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recording {
    pub(super) accounts: BTreeMap<AccountId, AccountSeen>,
    /// First and last event of the trail, of whatever kind.
    pub(super) span: Option<(Time, Time)>,
    /// Whether some of it is missing.
    pub(in crate::graph) is_partial: bool,
    /// Roles with events of which the action is not known, and the first label of their source.
    unmapped: BTreeSet<(RoleArn, Box<str>)>,
    /// What is written where the role of a call should be.
    unattributed: BTreeSet<Box<str>>,
}

/// Services without Regions: their events are in every trail that takes them, as of us-east-1.
///
/// # Source
/// AWS CloudTrail User Guide, "CloudTrail concepts", "Global service events". AWS STS is among them for calls of its
/// global endpoint only.
const GLOBAL: [&str; 4] = ["cloudfront", "iam", "organizations", "route53"];

/// Services whose management events a trail may leave out, for there are so many.
///
/// # Source
/// AWS CloudTrail User Guide, "Logging management events".
const EXCLUDABLE: [&str; 2] = ["kms", "rds-data"];

/// Whether an event of `action` recorded in `region` may be of a service without Regions.
fn is_global_in(action: &ActionName, region: &str) -> bool {
    is_global(action) || (region == "us-east-1" && action.service().eq_ignore_ascii_case("sts"))
}

pub(super) fn is_global(action: &ActionName) -> bool {
    GLOBAL.iter().any(|service| action.service().eq_ignore_ascii_case(service))
}

pub(super) fn excludable(action: &ActionName) -> Option<&'static str> {
    EXCLUDABLE.into_iter().find(|service| action.service().eq_ignore_ascii_case(service))
}

impl Recording {
    /// What `calls` show: all of the trail, whoever called. The order does not matter.
    #[must_use]
    pub fn of(calls: &[ObservedCall], catalog: &Catalog) -> Self {
        let mut recording = Self::default();
        let mut known: BTreeMap<&ActionName, Option<Action<'_>>> = BTreeMap::new();
        for call in calls {
            recording.spanned(&call.count.first_seen, &call.count.last_seen);
            let action =
                known.entry(&call.key.action).or_insert_with(|| catalog.action(&call.key.action));
            if let Some(action) = action {
                recording.note(call, action);
            }
        }
        recording
    }

    /// What a whole trail shows, calls of others than roles, unreadable files and events that could not be used
    /// included.
    #[must_use]
    pub fn of_trail(observations: &Observations, catalog: &Catalog) -> Self {
        let mut recording = Self::of(&observations.calls, catalog);
        if let Some((first, last)) = &observations.span {
            recording.spanned(&(&**first).into(), &(&**last).into());
        }
        // A record without a time or Region is a call that no count has.
        let lost = ["awsRegion", "eventTime"];
        let mut unusable = observations.unusable.keys();
        recording.is_partial =
            observations.refused_files > 0 || unusable.any(|(member, _)| lost.contains(&&**member));
        for event in observations.unmapped.keys() {
            let label = event.source.split('.').next().unwrap_or_default();
            // The host of several services, or of one that has another name: whose it is is not known.
            let label = catalog.service(label).map_or("", |service| service.prefix());
            recording.unmapped.insert((event.role.clone(), label.into()));
        }
        let identities = observations.unattributed.keys().map(|(identity, _)| identity.clone());
        recording.unattributed = identities.collect();
        recording
    }

    /// The same trail; when some of it is missing it proves nothing unused.
    #[must_use]
    pub fn partial(mut self, is_partial: bool) -> Self {
        self.is_partial |= is_partial;
        self
    }

    /// Whether some call of the role `role` may have needed `action` without showing it.
    pub(in crate::graph) fn has_unmapped(&self, role: Option<&str>, action: &ActionName) -> bool {
        let is_ours = |other: &RoleArn| role.is_none_or(|role| role == other.as_str());
        let may_be = |label: &str| label.is_empty() || label.eq_ignore_ascii_case(action.service());
        let name = role.and_then(|role| role.rsplit('/').next());
        self.unmapped.iter().any(|(role, label)| is_ours(role) && may_be(label))
            || self.unattributed.iter().any(|text| {
                &**text == Observations::MANY || name.is_none_or(|name| text.contains(name))
            })
    }

    fn spanned(&mut self, first: &Time, last: &Time) {
        let (known_first, known_last) =
            self.span.get_or_insert_with(|| (first.clone(), last.clone()));
        if first < known_first {
            *known_first = first.clone();
        }
        if last > known_last {
            *known_last = last.clone();
        }
    }

    fn note(&mut self, call: &ObservedCall, action: &Action<'_>) {
        let key = &call.key;
        let Ok(account) = key.role.arn().account().parse::<AccountId>() else { return };
        let seen = self.accounts.entry(account).or_default();
        if matches!(&key.function, ObservedFunction::Session(name) if &**name == Observations::MANY)
        {
            // One of very many sessions may be the function's.
            self.unmapped.insert((key.role.clone(), "".into()));
        }
        let direction = direction::of_operation(&key.operation, action);
        let time = &call.count.first_seen;
        let only = Some(&key.action).filter(|_| direction::is_only(action, &key.operation));
        match action.visibility() {
            Visibility::Data { resource_type } => {
                let resource = match &key.resource {
                    ObservedResource::Arn(arn) => Some(arn.to_string()),
                    ObservedResource::Names(pattern) => Some(pattern.to_string()),
                    _ => None,
                };
                if let Some(resource) = resource {
                    let container = container::name(&resource);
                    let place = (resource_type.into(), container.into());
                    let since = seen.containers.entry(place).or_default();
                    since.note(direction, only, time);
                }
            }
            Visibility::Management if is_global_in(&key.action, key.region.as_str()) => {
                seen.global.note(direction, only, time);
            }
            Visibility::Management => {
                let region = seen.regions.entry(key.region.as_str().into()).or_default();
                let since = match excludable(&key.action) {
                    Some(service) => region.excludable.entry(service.into()).or_default(),
                    None => &mut region.management,
                };
                since.note(direction, only, time);
            }
            // What kind of event it was is not known.
            Visibility::Never | Visibility::Unlisted => {}
        }
    }

    /// First and last event of the trail.
    #[must_use]
    pub fn span(&self) -> Option<(&str, &str)> {
        self.span.as_ref().map(|(first, last)| (&**first, &**last))
    }

    /// Whole days from `since` to the last event of the trail.
    pub(in crate::graph) fn days_since(&self, since: &str) -> u32 {
        let Some((_, last)) = &self.span else { return 0 };
        days_between(since, last)
    }
}

/// Whole days between two times; 0 when either is none.
pub(super) fn days_between(from: &str, to: &str) -> u32 {
    let (Ok(from), Ok(to)) = (from.parse::<Timestamp>(), to.parse::<Timestamp>()) else { return 0 };
    let days = (to.as_second() - from.as_second()).max(0) / (24 * 60 * 60);
    u32::try_from(days).unwrap_or(u32::MAX)
}
