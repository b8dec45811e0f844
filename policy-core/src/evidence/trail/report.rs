//! What of a trail is worth telling, as findings.
//!
//! Copies, records that are no calls, and calls of users or services are no findings: they are
//! counted in [`Observations`] only.

use std::collections::BTreeMap;

use crate::finding::{Code, Finding};
use crate::iam::RoleArn;

use super::Observations;

/// Values named in one finding; the rest is counted.
const NAMED: usize = 3;

impl Observations {
    /// Events of the roles that `selects` takes which could not become calls, and calls that belong to
    /// no role or could not be used whole. Sorted; one finding for each kind of trouble.
    pub fn findings(&self, selects: impl Fn(&RoleArn) -> bool) -> Vec<Finding> {
        let mut findings = self.unmapped_findings(selects);
        let mut members: BTreeMap<&str, Vec<(&str, u64)>> = BTreeMap::new();
        for ((member, value), &events) in &self.unusable {
            let value = value.as_deref().unwrap_or("");
            members.entry(member).or_default().push((value, events));
        }
        for (member, values) in members {
            let events: u64 = values.iter().map(|(_, events)| events).sum();
            let message = format!(
                "`{member}` cannot be used in {}: {}",
                count(events, "event"),
                listed(&values)
            );
            findings.push(Finding::new(Code::TrailMemberUnusable, message));
        }
        let mut reasons: BTreeMap<&str, Vec<(&str, u64)>> = BTreeMap::new();
        for ((identity, reason), &events) in &self.unattributed {
            reasons.entry(reason).or_default().push((identity, events));
        }
        for (reason, identities) in reasons {
            let events: u64 = identities.iter().map(|(_, events)| events).sum();
            let message = format!(
                "the role of {} is not known: {}: {reason}",
                count(events, "call"),
                listed(&identities)
            );
            findings.push(Finding::new(Code::TrailCallUnattributed, message));
        }
        findings
    }

    fn unmapped_findings(&self, selects: impl Fn(&RoleArn) -> bool) -> Vec<Finding> {
        let mut names: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
        for (event, events) in self.unmapped.iter().filter(|(event, _)| selects(&event.role)) {
            *names.entry((&event.source, &event.name, &event.reason)).or_default() += events;
        }
        names
            .into_iter()
            .map(|((source, name, reason), events)| {
                let message = format!(
                    "no action is known for `{name}` of `{source}` ({}): {reason}",
                    count(events, "event")
                );
                Finding::new(Code::EventUnmapped, message).help(
                    "declare the action that the call needs; it was not granted from the trail",
                )
            })
            .collect()
    }
}

fn count(events: u64, what: &str) -> String {
    let plural = if events == 1 { "" } else { "s" };
    format!("{events} {what}{plural}")
}

fn listed(values: &[(&str, u64)]) -> String {
    let mut text: Vec<String> = values
        .iter()
        .take(NAMED)
        .map(|(value, _)| if value.is_empty() { "missing".into() } else { format!("`{value}`") })
        .collect();
    if values.len() > NAMED {
        text.push(format!("and {} more", values.len() - NAMED));
    }
    text.join(", ")
}
