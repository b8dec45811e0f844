//! Why each grant of the execution role is there, as plain values keyed by Sid.

use std::collections::BTreeSet;

use crate::evidence::{AcceptedGrant, Attribution, CallCount, SourceOrigin};
use crate::graph::{AccessGraph, Edge, Grant, Node, Verdict};
use crate::iam::{ActionName, ConditionBlock, Pattern};

use super::conditions::implies;
use super::grants::Atom;
use super::minimize::Bundle;

/// One action on one resource of one statement, with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceEntry {
    /// The statement.
    pub sid: String,
    /// The action.
    pub action: ActionName,
    /// The resource as the statement writes it.
    pub resource: String,
    /// The statement's conditions.
    pub condition: ConditionBlock,
    /// How the evidence looks.
    pub verdict: Verdict,
    /// Where it is declared; sorted.
    pub declared: Vec<SourceOrigin>,
    /// Where code can make the call; nothing finds such places yet.
    pub reachable: Vec<SourceOrigin>,
    /// What the trail shows.
    pub observed: ObservedSummary,
    /// Who accepted it; sorted.
    pub accepted: Vec<AcceptedGrant>,
    /// What Lambda needs it for; sorted.
    pub platform: Vec<String>,
}

/// What the trail shows of one grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ObservedSummary {
    /// Events that show use.
    pub events: u64,
    /// Time of the first; `None` without events.
    pub first_seen: Option<String>,
    /// Time of the last.
    pub last_seen: Option<String>,
    /// Up to three events, the first by time and id.
    pub event_ids: Vec<String>,
    /// Events that IAM refused.
    pub denied: u64,
    /// How surely the surest of the events that show use names the function.
    pub attribution: Option<Attribution>,
}

/// Best first: what an entry with several grants behind it is called.
const PRECEDENCE: [Verdict; 7] = [
    Verdict::Confirmed,
    Verdict::DeclaredOnly,
    Verdict::Unobservable,
    Verdict::Implied,
    Verdict::Platform,
    Verdict::Accepted,
    Verdict::ObservedOnly,
];

/// The entries of all statements, sorted by Sid, action and resource.
pub(super) fn entries(
    graph: &AccessGraph,
    atoms: &[Atom],
    statements: &[(String, Bundle)],
) -> Vec<EvidenceEntry> {
    let mut entries = Vec::new();
    for (sid, bundle) in statements {
        for action in &bundle.actions {
            let of_action: Vec<&Atom> = atoms
                .iter()
                .filter(|a| a.action == *action && implies(&a.condition, &bundle.condition))
                .collect();
            for resource in &bundle.resources {
                let pattern = Pattern::parse(resource, true);
                let behind = of_action.iter().filter(|a| match a.resource.pattern() {
                    same if *same == pattern => true,
                    other => match other.as_literal() {
                        Some(name) => pattern.matches(name),
                        None => pattern.contains(other),
                    },
                });
                let grants: BTreeSet<_> = behind.flat_map(|a| a.grants.iter().copied()).collect();
                let mut entry = EvidenceEntry {
                    sid: sid.clone(),
                    action: action.clone(),
                    resource: resource.clone(),
                    condition: bundle.condition.clone(),
                    verdict: Verdict::ObservedOnly,
                    declared: Vec::new(),
                    reachable: Vec::new(),
                    observed: ObservedSummary::default(),
                    accepted: Vec::new(),
                    platform: Vec::new(),
                };
                fill(&mut entry, graph, &grants);
                entries.push(entry);
            }
        }
    }
    entries.sort_by(|a, b| (&a.sid, &a.action, &a.resource).cmp(&(&b.sid, &b.action, &b.resource)));
    entries
}

fn fill(entry: &mut EvidenceEntry, graph: &AccessGraph, grants: &BTreeSet<crate::graph::GrantId>) {
    let mut used = CallCount::default();
    let mut seen = BTreeSet::new();
    let mut platform = BTreeSet::new();
    let mut declared = BTreeSet::new();
    let mut accepted = BTreeSet::new();
    let mut verdicts = BTreeSet::new();
    for &id in grants {
        verdicts.extend(graph.grant(id).map(|grant: &Grant| grant.verdict));
        for (edge, node) in graph.reasons(id) {
            match node {
                Node::Declaration(access) => _ = declared.insert(access.origin.clone()),
                Node::Observation(request) => {
                    if seen.insert((&request.action, &request.resource, &request.class)) {
                        used.merge(&request.used);
                        let known = entry.observed.attribution;
                        let both = known.into_iter().chain(request.attribution);
                        entry.observed.attribution = both.min();
                        entry.observed.denied += request.denied.events;
                    }
                }
                Node::PlatformNeed(need) => {
                    platform.insert(need.purpose.to_string());
                    declared.extend(need.declared.clone());
                }
                Node::Acceptance(grant) => _ = accepted.insert((**grant).clone()),
                Node::Function(_) | Node::Grant(_) => {
                    debug_assert!(edge != Edge::Authorises, "a grant rests on facts");
                }
            }
        }
    }
    if let Some(verdict) = PRECEDENCE.into_iter().find(|v| verdicts.contains(v)) {
        entry.verdict = verdict;
    }
    entry.declared = declared.into_iter().collect();
    entry.accepted = accepted.into_iter().collect();
    entry.platform = platform.into_iter().collect();
    if used.events > 0 {
        entry.observed.events = used.events;
        entry.observed.first_seen = Some(used.first_seen.to_string());
        entry.observed.last_seen = Some(used.last_seen.to_string());
        entry.observed.event_ids = used.sample.iter().map(|(_, id)| id.to_string()).collect();
    }
}
