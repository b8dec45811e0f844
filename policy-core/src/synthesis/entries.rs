//! Why each grant of the execution role is there, as plain values keyed by Sid.

use std::collections::BTreeSet;

use crate::evidence::{
    AcceptedGrant, Attribution, CallCount, ObservedResource, ReachableCall, SettingOrigin,
    SourceOrigin,
};
use crate::graph::{AccessGraph, Edge, Grant, GrantId, Node, Verdict};
use crate::iam::{ActionName, ConditionBlock, Pattern};

use super::blocks::is_behind;
use super::grants::Atom;
use super::minimize::Bundle;
use super::room::RoleDocument;

/// One action on one resource of one statement, with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceEntry {
    /// The statement.
    pub sid: String,
    /// The policy that has it, where the role has several.
    pub document: Option<RoleDocument>,
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
    /// Where code can make the call; sorted.
    pub reachable: Vec<ReachableCall>,
    /// What the trail shows.
    pub observed: ObservedSummary,
    /// The observed names that a pattern stands for; `None` when the resource is a name itself, or
    /// nothing with a name was observed.
    pub names: Option<NamesSummary>,
    /// Who accepted it; sorted.
    pub accepted: Vec<AcceptedGrant>,
    /// What Lambda needs it for; sorted.
    pub platform: Vec<String>,
    /// The settings that ask for it; sorted.
    pub settings: Vec<SettingOrigin>,
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

/// The observed names that a pattern stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamesSummary {
    /// How many there are.
    pub count: u64,
    /// Whether some of these stand for more names than are kept.
    pub more: bool,
    /// The smallest of them.
    pub example: String,
}

/// Best first: what an entry with several grants behind it is called.
const PRECEDENCE: [Verdict; 9] = [
    Verdict::Confirmed,
    Verdict::DeclaredOnly,
    Verdict::Unobservable,
    Verdict::Implied,
    Verdict::Platform,
    Verdict::Accepted,
    Verdict::ReachableOnly,
    Verdict::ObservedUnknown,
    Verdict::ObservedOnly,
];

/// The entries of all statements that the function needs, sorted by Sid, action and resource.
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
                .filter(|a| a.action == *action && is_behind(&a.condition, &bundle.condition))
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
                // Of a shared role, only another function needs it.
                if grants.is_empty() {
                    continue;
                }
                let mut entry = EvidenceEntry {
                    sid: sid.clone(),
                    document: None,
                    action: action.clone(),
                    resource: resource.clone(),
                    condition: bundle.condition.clone(),
                    verdict: Verdict::ObservedOnly,
                    declared: Vec::new(),
                    reachable: Vec::new(),
                    observed: ObservedSummary::default(),
                    names: None,
                    accepted: Vec::new(),
                    platform: Vec::new(),
                    settings: Vec::new(),
                };
                fill(&mut entry, graph, &grants);
                if pattern.as_literal().is_none() {
                    entry.names = names(graph, &grants, &pattern);
                }
                entries.push(entry);
            }
        }
    }
    entries.sort_by(|a, b| (&a.sid, &a.action, &a.resource).cmp(&(&b.sid, &b.action, &b.resource)));
    entries
}

/// The names under the pattern with which the trail shows the grants.
fn names(
    graph: &AccessGraph,
    grants: &BTreeSet<GrantId>,
    pattern: &Pattern,
) -> Option<NamesSummary> {
    let mut names = BTreeSet::new();
    let mut more = false;
    for (_, node) in grants.iter().flat_map(|&id| graph.reasons(id)) {
        let Node::Observation(request) = node else { continue };
        if request.used.events == 0 {
            continue;
        }
        match &request.resource {
            ObservedResource::Arn(name) if pattern.matches(name.as_str()) => {
                names.insert(name.to_string());
            }
            ObservedResource::Names(many) if pattern.contains(many.pattern()) => {
                more = true;
                names.insert(many.to_string());
            }
            _ => {}
        }
    }
    let example = names.first()?.clone();
    Some(NamesSummary { count: names.len() as u64, more, example })
}

fn fill(entry: &mut EvidenceEntry, graph: &AccessGraph, grants: &BTreeSet<GrantId>) {
    let mut used = CallCount::default();
    let mut seen = BTreeSet::new();
    let mut platform = BTreeSet::new();
    let mut settings = BTreeSet::new();
    let mut declared = BTreeSet::new();
    let mut reachable = BTreeSet::new();
    let mut accepted = BTreeSet::new();
    let mut verdicts = BTreeSet::new();
    for &id in grants {
        verdicts.extend(graph.grant(id).map(|grant: &Grant| grant.verdict));
        for (edge, node) in graph.reasons(id) {
            match node {
                Node::Declaration(access) => _ = declared.insert(access.origin.clone()),
                Node::Reachable(call) => _ = reachable.insert((**call).clone()),
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
                    settings.extend(need.setting.clone());
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
    entry.reachable = reachable.into_iter().collect();
    entry.accepted = accepted.into_iter().collect();
    entry.platform = platform.into_iter().collect();
    entry.settings = settings.into_iter().collect();
    if used.events > 0 {
        entry.observed.events = used.events;
        entry.observed.first_seen = Some(used.first_seen.to_string());
        entry.observed.last_seen = Some(used.last_seen.to_string());
        entry.observed.event_ids = used.sample.iter().map(|(_, id)| id.to_string()).collect();
    }
}
