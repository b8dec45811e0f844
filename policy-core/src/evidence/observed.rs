//! Calls that CloudTrail saw.
//!
//! An absent observation proves nothing unless the trail records events of that kind.

use std::sync::Arc;

use crate::iam::{AccountId, ActionName, Arn, ArnPattern, Region, RoleArn, ServicePrincipal};

/// Calls of one kind, counted: everything but the times and counts is the key.
///
/// Merging two trails is merging equal keys (see [`CallCount::merge`]); the order does not matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObservedCall {
    /// What was called, by whom, how it ended.
    pub key: CallKey,
    /// How often and when.
    pub count: CallCount,
}

/// What makes two observed calls the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey {
    /// The role whose session called, path included.
    pub role: RoleArn,
    /// The function, as far as the event says.
    pub function: ObservedFunction,
    /// The action that IAM checked.
    pub action: ActionName,
    /// The API operation in the event, without its version suffix.
    pub operation: Box<str>,
    /// What it was done to.
    pub resource: ObservedResource,
    /// The owner of the resource where the event names it (`resources[].accountId`).
    pub resource_account: Option<AccountId>,
    /// Where the call was handled.
    pub region: Region,
    /// `invokedBy`: the service that made the call for the role; `None` for the code's own calls. For
    /// `iam:PassRole`, which is no call but checked in one: the service that the role was handed to.
    pub via: Option<ServicePrincipal>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was refused, in a sentence without full stop, where the error says so in a form that AWS documents.
    pub refusal: Option<Box<str>>,
}

/// Which function made a call, strongest evidence first.
///
/// # Source
/// AWS CloudTrail User Guide, "CloudTrail userIdentity element".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObservedFunction {
    /// `inScopeOf.credentialsIssuedTo`: the unqualified function ARN.
    Issued(Arn),
    /// The session name, which is the function name when Lambda made the session. Whoever may
    /// assume the role can choose it.
    Session(Box<str>),
    /// Only the role is known.
    Unknown,
}

impl ObservedFunction {
    /// How surely the event names the function.
    #[must_use]
    pub fn attribution(&self) -> Attribution {
        match self {
            Self::Issued(_) => Attribution::Issued,
            Self::Session(_) => Attribution::Session,
            Self::Unknown => Attribution::Role,
        }
    }
}

/// How surely an event names the function that called, surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribution {
    /// The credentials were issued to the function.
    Issued,
    /// The session has a name, which whoever assumes the role may choose.
    Session,
    /// Only the role is known.
    Role,
}

impl Attribution {
    /// Every level, surest first.
    pub const ALL: [Self; 3] = [Self::Issued, Self::Session, Self::Role];

    /// The word in `evidence.json`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Session => "session",
            Self::Role => "role",
        }
    }
}

/// What an observed call was done to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObservedResource {
    /// The ARN, exactly.
    Arn(Arn),
    /// A name that leaves part of the ARN open, with the narrowest pattern that covers it
    /// (`secret:orders/db-??????` for a secret given by name).
    Named(ArnPattern),
    /// Names in one container of which there were more than are kept, as a pattern that covers them. Which names it stands
    /// for is not known any more.
    Names(ArnPattern),
    /// The action has no resource type: only `*` can grant it.
    None,
    /// The action has resources but the event does not tell which.
    Unknown,
}

/// How an observed call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// No error.
    Succeeded,
    /// An error that comes after authorisation (`NoSuchKey`): the action was allowed, so it counts as used.
    FailedAfterAuthorisation,
    /// An error that tells nothing about authorisation (throttling, validation): neither used nor denied.
    FailedUnclear,
    /// Refused by IAM. Never becomes a grant.
    Denied,
}

impl Outcome {
    /// Whether the call shows that the action was allowed and needed.
    #[must_use]
    pub fn is_use(self) -> bool {
        matches!(self, Self::Succeeded | Self::FailedAfterAuthorisation)
    }
}

/// How often and when a call was seen.
///
/// Shape: the texts are shared, since there is one count for each of very many names.
/// Units: times as CloudTrail writes them, `2026-11-01T08:30:00Z`, which sort as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct CallCount {
    /// Number of events.
    pub events: u64,
    /// Time of the first.
    pub first_seen: Arc<str>,
    /// Time of the last.
    pub last_seen: Arc<str>,
    /// `(time, eventID)` of up to three events: the smallest.
    pub sample: Vec<(Arc<str>, Arc<str>)>,
}

impl CallCount {
    /// How many events are kept by name.
    pub const SAMPLE: usize = 3;

    /// One event.
    #[must_use]
    pub fn one(time: &str, event_id: &str) -> Self {
        let time: Arc<str> = time.into();
        Self {
            events: 1,
            first_seen: time.clone(),
            last_seen: time.clone(),
            sample: vec![(time, event_id.into())],
        }
    }

    /// Adds the events of `other`. Commutative and associative.
    pub fn merge(&mut self, other: &Self) {
        if other.events == 0 {
            return;
        }
        if self.events == 0 || other.first_seen < self.first_seen {
            self.first_seen = other.first_seen.clone();
        }
        if other.last_seen > self.last_seen {
            self.last_seen = other.last_seen.clone();
        }
        self.events += other.events;
        self.sample.extend(other.sample.iter().cloned());
        self.sample.sort();
        self.sample.dedup();
        self.sample.truncate(Self::SAMPLE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_counts_does_not_depend_on_the_order() {
        let parts = [
            CallCount::one("2026-11-02T00:00:00Z", "b"),
            CallCount::one("2026-11-01T00:00:00Z", "z"),
            CallCount::one("2026-11-03T00:00:00Z", "a"),
            CallCount::one("2026-11-01T00:00:00Z", "c"),
        ];
        let sum = |order: [usize; 4]| {
            let mut sum = CallCount::default();
            for i in order {
                sum.merge(&parts[i]);
            }
            sum
        };
        assert_eq!(sum([0, 1, 2, 3]), sum([3, 2, 1, 0]));
        assert_eq!(sum([0, 1, 2, 3]).sample[0].1.as_ref(), "c");
        assert_eq!(sum([2, 0, 3, 1]).events, 4);
    }
}
