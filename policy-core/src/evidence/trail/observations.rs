//! The counts of an aggregate, in the words of IAM.

use std::collections::BTreeMap;

use crate::evidence::{ObservedCall, Outcome};
use crate::iam::RoleArn;

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
    /// Times of the first and the last event, of whatever kind; `None` when no event has a time.
    pub span: Option<(Box<str>, Box<str>)>,
    /// Files read.
    pub files: u64,
    /// Files of which nothing was used.
    pub refused_files: u64,
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

impl Observations {
    /// Stands for more sessions, identities or values than are kept. No session has this name.
    pub const MANY: &'static str = "*";

    /// Calls that were denied.
    #[must_use]
    pub fn denied(&self) -> u64 {
        let denied = |call: &&ObservedCall| call.key.outcome == Outcome::Denied;
        self.calls.iter().filter(denied).map(|call| call.count.events).sum()
    }
}
