//! The merge rules: which requests become grants, and what is said about the others.
//!
//! Sets of requests, not of strings: an observed ARN that a declared pattern covers is confirmed.
//! What is reachable is the business of `reach`; here it says which observed calls are the code's own.

mod cover;
mod observed;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::evidence::{AcceptedGrant, DeclaredAccess};
use crate::finding::Finding;
use crate::iam::{AccountId, ActionName, ArnPattern, ConditionBlock};

use super::confirm::{self, Bar, Unused};
use crate::names::container;
use crate::names::spaces::Spaces;

use super::node::{Grant, GrantClass, ObservedRequest, Owner, PlatformNeed, Verdict};
use super::ownership::{Open, open_account};
use super::reach::{self, Reach};
use super::resolve::DeclaredRequest;
use super::visibility::{Hidden, Sight};
use super::{passing, report, unknown};

pub(super) use cover::Cover;
pub(super) use observed::tenant_spaces;
use observed::{observed_by_declared, uncovered};

/// Which evidence is granted. D declared, O observed and allowed, R reachable, A accepted by name,
/// P needed by the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Merge {
    /// D ∪ (O ∩ R) ∪ A ∪ P; the rest of O∖D is an error. Without declarations R stands for D; without either: `Observed`.
    #[default]
    Checked,
    /// D ∪ O ∪ A ∪ P.
    Union,
    /// D ∪ A ∪ P; any O∖D and R∖D is an error.
    Declared,
    /// O ∪ A ∪ P.
    Observed,
    /// D less what is proved unused, ∪ A ∪ P; any O∖D is an error.
    Confirmed,
}

impl Merge {
    /// Every rule.
    pub const ALL: [Self; 5] =
        [Self::Checked, Self::Union, Self::Declared, Self::Observed, Self::Confirmed];

    /// The word after `--merge`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Union => "union",
            Self::Declared => "declared",
            Self::Observed => "observed",
            Self::Confirmed => "confirmed",
        }
    }
}

/// What a grant comes from, by position in [`Facts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Source {
    Access(usize),
    Call(usize),
    Observation(usize),
    Need(usize),
    Acceptance(usize),
}

/// All evidence, resolved.
pub(super) struct Facts<'a> {
    pub(super) accesses: &'a [&'a DeclaredAccess],
    pub(super) requests: &'a [DeclaredRequest],
    /// What the code can call, where that was read.
    pub(super) reach: Option<&'a Reach<'a>>,
    pub(super) observations: &'a [ObservedRequest],
    /// Where names tell tenants apart, by container.
    pub(super) spaces: &'a BTreeMap<String, Spaces>,
    pub(super) needs: &'a [PlatformNeed],
    pub(super) accepted: &'a [AcceptedGrant],
    pub(super) account: Option<&'a AccountId>,
    pub(super) role: Option<&'a str>,
    pub(super) partition: &'a str,
    pub(super) catalog: &'a Catalog,
    pub(super) sight: Sight<'a>,
    /// What proves an access unused; only for `Confirmed`.
    pub(super) bar: Option<Bar<'a>>,
    /// Where calls without a resource were made, if they may be granted.
    pub(super) unknown: Option<&'a unknown::Places>,
}

/// Grants with what they come from and the observations they allow besides.
#[derive(Default)]
pub(super) struct Merged {
    pub(super) grants: BTreeMap<Grant, (BTreeSet<Source>, BTreeSet<usize>)>,
    /// Declared requests that are proved unused.
    pub(super) dropped: BTreeSet<usize>,
    pub(super) findings: Vec<Finding>,
}

impl Merged {
    fn add(
        &mut self,
        grant: Grant,
        sources: impl IntoIterator<Item = Source>,
    ) -> &mut BTreeSet<usize> {
        let entry = self.grants.entry(grant).or_default();
        entry.0.extend(sources);
        &mut entry.1
    }
}

/// Applies a merge rule. `merge` is not `Checked` without declarations.
pub(super) fn merge(facts: &Facts<'_>, merge: Merge) -> Merged {
    let mut merged = Merged::default();
    let cover = Cover::new(facts, merge);
    platform_and_accepted(facts, &cover, &mut merged);
    if merge == Merge::Observed {
        observed_by_declared(facts, &cover, &mut merged);
    } else {
        declared(facts, &cover, &mut merged);
        reachable(facts, &cover, merge, &mut merged);
    }
    uncovered(facts, &cover, merge, &mut merged);
    report::denied(facts, &cover, &mut merged.findings);
    let grants = merged.grants.iter().map(|(grant, (sources, _))| {
        let by_hand = |it: &Source| matches!(it, Source::Access(_) | Source::Acceptance(_));
        (grant, sources.iter().any(by_hand))
    });
    let unseen = report::pass_role(facts, grants);
    merged.findings.extend(unseen);
    let foreign = report::foreign(facts, merged.grants.keys());
    merged.findings.extend(foreign);
    merged
}

impl<'a> Facts<'a> {
    /// The requests of calls that stand for declarations, with their places. What was only refused is not granted on the
    /// code's word.
    fn standing(
        &self,
        merge: Merge,
    ) -> impl Iterator<Item = ((usize, usize), &'a DeclaredRequest)> + use<'a> {
        let reach = self.reach.filter(|reach| reach.stands && merge != Merge::Observed);
        let observations = self.observations;
        let calls = reach.into_iter().flat_map(|reach| reach.calls.iter().enumerate());
        let requests = calls.flat_map(|(call, reached)| {
            reached.requests.iter().enumerate().map(move |(i, request)| ((call, i), request))
        });
        requests.filter(move |(_, request)| {
            !reach::is_refused(&request.action, &request.resource, observations)
        })
    }
}

/// P and A: granted whatever the rule.
fn platform_and_accepted(facts: &Facts<'_>, cover: &Cover, merged: &mut Merged) {
    let used = |lists: &[Vec<usize>], i: usize| -> Vec<usize> {
        let allowed = lists.iter().enumerate().filter(|(_, list)| list.contains(&i));
        allowed.map(|(o, _)| o).collect()
    };
    for (i, need) in facts.needs.iter().enumerate() {
        let grant = Grant {
            action: need.action.clone(),
            resource: need.resource.clone(),
            class: need.class.clone(),
            owner: need.owner.clone(),
            limits: need.limits.clone(),
            verdict: if need.is_implied { Verdict::Implied } else { Verdict::Platform },
            from_names: false,
        };
        merged.add(grant, [Source::Need(i)]).extend(used(&cover.needs, i));
    }
    for (i, accepted) in facts.accepted.iter().enumerate() {
        let Some(action) = facts.catalog.action(&accepted.action) else {
            merged.findings.push(report::accepted_unknown(accepted, facts.catalog));
            continue;
        };
        let observations: BTreeSet<usize> = used(&cover.accepted, i).into_iter().collect();
        let owner = assumed_owner(facts, &accepted.action, &accepted.resource);
        for owner in owners(facts, &owner, &accepted.resource, &observations) {
            for class in passing::classes_of(accepted, facts.partition) {
                let is_of = |o: &&usize| match &class {
                    GrantClass::Passed { .. } => facts.observations[**o].class == class,
                    _ => true,
                };
                let observations: Vec<usize> = observations.iter().filter(is_of).copied().collect();
                let grant = Grant {
                    action: action.name(),
                    resource: accepted.resource.clone(),
                    class,
                    owner: owner.clone(),
                    limits: ConditionBlock::default(),
                    verdict: Verdict::Accepted,
                    from_names: false,
                };
                merged.add(grant, [Source::Acceptance(i)]).extend(&observations);
            }
        }
    }
}

fn assumed_owner(facts: &Facts<'_>, action: &ActionName, resource: &ArnPattern) -> Owner {
    let has_types =
        facts.catalog.action(action).is_some_and(|a| a.resource_types().next().is_some());
    match facts.account {
        Some(account)
            if has_types && open_account(action, &resource.to_string()) == Open::Unnamed =>
        {
            Owner::Assumed(account.clone())
        }
        _ => Owner::Unstated,
    }
}

/// D: every declared request, with its verdict.
fn declared(facts: &Facts<'_>, cover: &Cover, merged: &mut Merged) {
    let mut covered: Vec<Vec<usize>> = vec![Vec::new(); facts.requests.len()];
    for (o, observation) in facts.observations.iter().enumerate() {
        if observation.used.events > 0 || observation.denied.events > 0 {
            for &d in cover.declared[o].iter().chain(&cover.by_action[o]) {
                covered[d].push(o);
            }
        }
    }
    // Requests that differ only in the access that declares them are one grant.
    let mut same: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (d, r) in facts.requests.iter().enumerate() {
        same.entry((&r.action, &r.resource, &r.class, &r.owner, &r.limits)).or_default().push(d);
    }
    let unused = facts.bar.map(|bar| confirm::unused(facts, bar)).unwrap_or_default();
    let mut told = Told::default();
    for members in same.values() {
        let request = &facts.requests[members[0]];
        let observations: BTreeSet<usize> =
            members.iter().flat_map(|&d| covered[d].iter().copied()).collect();
        if members.iter().all(|d| unused.dropped.contains_key(d)) {
            continue;
        }
        let is_used = observations.iter().any(|&o| facts.observations[o].used.events > 0);
        let is_implied = members.iter().all(|&d| facts.requests[d].implied);
        let verdict = if is_used {
            Verdict::Confirmed
        } else if is_implied {
            Verdict::Implied
        } else if facts.observations.is_empty() {
            Verdict::DeclaredOnly
        } else {
            match facts.sight.of(&request.action, &request.resource) {
                Ok(_) => {
                    members.iter().for_each(|&d| told.not_seen(facts, &unused, d));
                    Verdict::DeclaredOnly
                }
                Err(why) => {
                    members.iter().for_each(|&d| told.hidden(facts, &why, d));
                    Verdict::Unobservable
                }
            }
        };
        let accesses: Vec<Source> =
            members.iter().map(|&d| Source::Access(facts.requests[d].access)).collect();
        for owner in owners(facts, &request.owner, &request.resource, &observations) {
            let grant = Grant {
                action: request.action.clone(),
                resource: request.resource.clone(),
                class: request.class.clone(),
                owner,
                limits: request.limits.clone(),
                verdict,
                from_names: false,
            };
            merged.add(grant, accesses.iter().copied()).extend(&observations);
        }
    }
    told.say(facts, &unused, &mut merged.findings);
    merged.dropped = unused.dropped.into_keys().collect();
}

/// R, where it stands for D: every request whose resource is known.
fn reachable(facts: &Facts<'_>, cover: &Cover, merge: Merge, merged: &mut Merged) {
    for (at, request) in facts.standing(merge) {
        let covered = cover.standing.iter().enumerate().filter(|(_, list)| list.contains(&at));
        let observations: BTreeSet<usize> = covered.map(|(o, _)| o).collect();
        let is_used = observations.iter().any(|&o| facts.observations[o].used.events > 0);
        let verdict = if is_used { Verdict::Confirmed } else { Verdict::ReachableOnly };
        for owner in owners(facts, &request.owner, &request.resource, &observations) {
            let grant = Grant {
                action: request.action.clone(),
                resource: request.resource.clone(),
                class: request.class.clone(),
                owner,
                limits: request.limits.clone(),
                verdict,
                from_names: false,
            };
            merged.add(grant, [Source::Call(at.0)]).extend(&observations);
        }
    }
}

/// What is said of declared accesses that no event shows, by access.
#[derive(Default)]
struct Told<'f> {
    not_seen: BTreeMap<(usize, Option<confirm::Kept>), BTreeSet<&'f ActionName>>,
    hidden: BTreeMap<(usize, Hidden), BTreeSet<&'f ActionName>>,
}

impl<'f> Told<'f> {
    fn not_seen(&mut self, facts: &Facts<'f>, unused: &Unused, d: usize) {
        let request = &facts.requests[d];
        let key = (request.access, unused.kept.get(&d).cloned());
        self.not_seen.entry(key).or_default().insert(&request.action);
    }

    fn hidden(&mut self, facts: &Facts<'f>, why: &Hidden, d: usize) {
        let request = &facts.requests[d];
        let key = (request.access, why.clone());
        self.hidden.entry(key).or_default().insert(&request.action);
    }

    fn say(self, facts: &Facts<'_>, unused: &Unused, findings: &mut Vec<Finding>) {
        let is_wanted = |access: usize| facts.accesses[access].keep.is_none();
        for ((access, kept), actions) in self.not_seen {
            if is_wanted(access) {
                let access = facts.accesses[access];
                findings.push(report::not_observed(facts, access, kept.as_ref(), &actions));
            }
        }
        for ((access, why), actions) in self.hidden {
            if is_wanted(access) {
                findings.push(report::hidden(facts.accesses[access], &why, &actions));
            }
        }
        findings.extend(report::dropped(facts, unused));
    }
}

/// The owners of a declared or accepted resource: what is written, else what was observed, else ours.
fn owners(
    facts: &Facts<'_>,
    owner: &Owner,
    resource: &ArnPattern,
    observations: &BTreeSet<usize>,
) -> BTreeSet<Owner> {
    let Owner::Assumed(ours) = owner else {
        return BTreeSet::from([owner.clone()]);
    };
    let observed: BTreeSet<&AccountId> = observations
        .iter()
        .filter(|&&o| facts.observations[o].used.events > 0)
        .flat_map(|&o| &facts.observations[o].accounts)
        .collect();
    let mut owners: BTreeSet<Owner> =
        observed.iter().map(|&account| Owner::Account(account.clone())).collect();
    // A pattern over several containers says nothing about those that were not seen.
    let text = resource.to_string();
    let many = container::name(&text).contains(['*', '?', '$']);
    if owners.is_empty() || (many && !observed.contains(ours)) {
        owners.insert(Owner::Assumed(ours.clone()));
    }
    owners
}
