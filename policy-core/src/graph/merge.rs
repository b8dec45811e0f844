//! The merge rules: which requests become grants, and what is said about the others.
//!
//! Sets of requests, not of strings: an observed ARN that a declared pattern covers is confirmed.
//! What is reachable is the business of `reach`; here it says which observed calls are the code's own.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::evidence::{AcceptedGrant, DeclaredAccess, ObservedResource};
use crate::finding::Finding;
use crate::iam::{AccountId, ActionName, ArnPattern, ConditionBlock};

use super::confirm::{self, Bar, Unused};
use crate::names::container;
use crate::names::spaces::Spaces;

use super::coverage::{Allowing, Covered, covers};
use super::node::{Grant, GrantClass, ObservedRequest, Owner, PlatformNeed, Verdict};
use super::ownership::{Open, open_account};
use super::reach::{self, Reach};
use super::resolve::DeclaredRequest;
use super::visibility::{Hidden, Sight};
use super::{report, unknown};

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
    merged.findings.extend(report::pass_role(facts, merged.grants.keys()));
    let foreign = report::foreign(facts, merged.grants.keys());
    merged.findings.extend(foreign);
    merged
}

/// Which observation is allowed by what, both ways.
pub(super) struct Cover {
    /// Declared requests that fully cover an observation.
    pub(super) declared: Vec<Vec<usize>>,
    /// Declared requests of the same action, for observations that tell no resource.
    pub(super) by_action: Vec<Vec<usize>>,
    pub(super) needs: Vec<Vec<usize>>,
    pub(super) accepted: Vec<Vec<usize>>,
    /// Reachable calls that stand for declarations and fully cover an observation: the call and its request.
    pub(super) standing: Vec<Vec<(usize, usize)>>,
    /// Reachable calls that an observation may be.
    pub(super) reachable: Vec<Vec<usize>>,
}

impl Cover {
    fn new(facts: &Facts<'_>, merge: Merge) -> Self {
        let mut by_name: BTreeMap<&ActionName, Vec<usize>> = BTreeMap::new();
        for (i, request) in facts.requests.iter().enumerate() {
            by_name.entry(&request.action).or_default().push(i);
        }
        let count = facts.observations.len();
        let mut cover = Self {
            declared: vec![Vec::new(); count],
            by_action: vec![Vec::new(); count],
            needs: vec![Vec::new(); count],
            accepted: vec![Vec::new(); count],
            standing: vec![Vec::new(); count],
            reachable: vec![Vec::new(); count],
        };
        let standing: Vec<_> = facts.standing(merge).collect();
        // What is observed does not tell whether it keeps to the limits of what is declared; where it counts by itself, it
        // is granted without them.
        let by_itself = matches!(merge, Merge::Union | Merge::Observed);
        let counts = |limits: &ConditionBlock| limits.is_empty() || !by_itself;
        for (o, observation) in facts.observations.iter().enumerate() {
            let of_action = by_name.get(&observation.action).into_iter().flatten();
            for &d in of_action.filter(|&&d| counts(&facts.requests[d].limits)) {
                match covers(facts.requests[d].allowing(), observation) {
                    Covered::Fully => cover.declared[o].push(d),
                    Covered::ByActionOnly => cover.by_action[o].push(d),
                    Covered::No => {}
                }
            }
            let covering = |allowing| covers(allowing, observation) == Covered::Fully;
            let needs = facts.needs.iter().enumerate().filter(|(_, n)| counts(&n.limits));
            cover.needs[o].extend(needs.filter(|(_, n)| covering(need(n))).map(|(i, _)| i));
            let accepted = facts.accepted.iter().enumerate();
            cover.accepted[o]
                .extend(accepted.filter(|(_, a)| covering(acceptance(a))).map(|(i, _)| i));
            let standing = standing.iter().filter(|(_, request)| covering(request.allowing()));
            cover.standing[o].extend(standing.map(|(at, _)| *at));
            if let Some(reach) = facts.reach {
                cover.reachable[o] = reach.behind(observation);
            }
        }
        cover
    }

    pub(super) fn is_covered(&self, o: usize) -> bool {
        !(self.declared[o].is_empty()
            && self.by_action[o].is_empty()
            && self.needs[o].is_empty()
            && self.accepted[o].is_empty()
            && self.standing[o].is_empty())
    }
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

impl DeclaredRequest {
    pub(super) fn allowing(&self) -> Allowing<'_> {
        Allowing {
            action: &self.action,
            resource: &self.resource,
            class: &self.class,
            owner: Some(&self.owner),
        }
    }
}

fn need(need: &PlatformNeed) -> Allowing<'_> {
    Allowing { action: &need.action, resource: &need.resource, class: &need.class, owner: None }
}

fn acceptance(accepted: &AcceptedGrant) -> Allowing<'_> {
    let class = &GrantClass::Accepted;
    Allowing { action: &accepted.action, resource: &accepted.resource, class, owner: None }
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
            let grant = Grant {
                action: action.name(),
                resource: accepted.resource.clone(),
                class: GrantClass::Accepted,
                owner,
                limits: ConditionBlock::default(),
                verdict: Verdict::Accepted,
                from_names: false,
            };
            merged.add(grant, [Source::Acceptance(i)]).extend(&observations);
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

/// O where a declared pattern covers it: the pattern is granted in place of the names, unless it
/// covers one that was only refused.
fn observed_by_declared(facts: &Facts<'_>, cover: &Cover, merged: &mut Merged) {
    let mut refused = vec![false; facts.requests.len()];
    for (o, observation) in facts.observations.iter().enumerate() {
        if observation.only_denied {
            cover.declared[o].iter().for_each(|&d| refused[d] = true);
        }
    }
    for (o, observation) in facts.observations.iter().enumerate() {
        if observation.used.events == 0 {
            continue;
        }
        let known = cover.declared[o].iter().chain(&cover.by_action[o]);
        // Very many names have no other form than the declared one, which the refused names have too.
        let many = matches!(observation.resource, ObservedResource::Names(_));
        let usable: Vec<usize> = known.copied().filter(|&d| many || !refused[d]).collect();
        for &d in &usable {
            let request = &facts.requests[d];
            for owner in owners(facts, &request.owner, &request.resource, &BTreeSet::from([o])) {
                let grant = Grant {
                    action: request.action.clone(),
                    resource: request.resource.clone(),
                    class: request.class.clone(),
                    owner,
                    limits: request.limits.clone(),
                    verdict: Verdict::Confirmed,
                    from_names: false,
                };
                merged.add(grant, [Source::Access(request.access), Source::Observation(o)]);
            }
        }
        if usable.is_empty() && !cover.declared[o].is_empty() {
            grant_observed(facts, o, Verdict::Confirmed, merged);
        }
    }
}

/// O that nothing covers: granted or reported, by the rule.
fn uncovered(facts: &Facts<'_>, cover: &Cover, merge: Merge, merged: &mut Merged) {
    let mut undeclared: BTreeMap<&str, Vec<&ObservedRequest>> = BTreeMap::new();
    let mut unknown: Vec<(&ObservedRequest, Vec<ArnPattern>)> = Vec::new();
    let mut platform: Vec<&ObservedRequest> = Vec::new();
    let mut not_of_role: Vec<&ObservedRequest> = Vec::new();
    for (o, observation) in facts.observations.iter().enumerate() {
        if observation.used.events == 0 || cover.is_covered(o) {
            continue;
        }
        if super::observe::is_not_of_role(observation) {
            not_of_role.push(observation);
            continue;
        }
        let is_strict = matches!(merge, Merge::Checked | Merge::Declared | Merge::Confirmed);
        let stands = facts.reach.is_some_and(|reach| reach.stands);
        let is_ours = !cover.reachable[o].is_empty() && (merge == Merge::Checked || stands);
        if is_strict && is_ours && observation.resource != ObservedResource::Unknown {
            // O ∩ R.
            grant_observed(facts, o, Verdict::Confirmed, merged);
        } else if is_strict && !is_ours {
            let is_called = !cover.reachable[o].is_empty();
            undeclared.entry(why_not(facts, is_called)).or_default().push(observation);
        } else if observation.resource == ObservedResource::Unknown {
            let resources = grant_unknown(facts, o, merged);
            unknown.push((observation, resources));
        } else {
            if observation.class == GrantClass::PlatformUnnamed {
                platform.push(observation);
            }
            grant_observed(facts, o, Verdict::ObservedOnly, merged);
        }
    }
    merged.findings.extend(report::unclear(facts, cover));
    for (why, requests) in undeclared {
        merged.findings.extend(report::undeclared(&requests, why));
    }
    merged.findings.extend(report::unknown_resource(&unknown));
    merged.findings.extend(report::platform_calls(&platform));
    merged.findings.extend(report::not_of_role(&not_of_role));
}

/// Why an observed call is not the code's, as far as that is known.
fn why_not(facts: &Facts<'_>, is_called: bool) -> &'static str {
    match facts.reach {
        Some(reach) if !is_called => match (reach.stands, reach.evidence.is_complete()) {
            (true, true) => "no code of the function makes that call",
            (true, false) => "it is not among the calls that can be read in the code",
            (false, true) => "is not declared, and no code of the function makes that call",
            (false, false) => "is not declared",
        },
        _ => "is not declared",
    }
}

fn grant_observed(facts: &Facts<'_>, o: usize, verdict: Verdict, merged: &mut Merged) {
    let observation = &facts.observations[o];
    let (resources, from_names) = match &observation.resource {
        ObservedResource::Arn(arn) => {
            match container::log_group(&observation.action, arn.as_str()) {
                Some(forms) => (forms, false),
                None => (vec![ArnPattern::exactly(arn)], true),
            }
        }
        ObservedResource::Named(pattern) => (vec![pattern.clone()], false),
        ObservedResource::Names(pattern) => {
            let finding = match refused_among(facts, observation, pattern) {
                Some(refused) => Some(report::refused_among_names(observation, refused)),
                None if reaches_tenants(facts, pattern) => {
                    Some(report::names_across_tenants(observation))
                }
                None => None,
            };
            if let Some(finding) = finding {
                merged.findings.push(finding);
                return;
            }
            (vec![pattern.clone()], true)
        }
        ObservedResource::None => (vec![ArnPattern::any()], false),
        ObservedResource::Unknown => return,
    };
    let is_hedged = resources.len() > 1;
    let is_usable = |form: &ArnPattern| !(is_hedged && is_refused(facts, observation, form));
    for resource in resources.into_iter().filter(is_usable) {
        grant_on(facts, o, resource, from_names, verdict, merged);
    }
}

/// Whether the action was only ever refused on something that `resource` covers.
fn is_refused(facts: &Facts<'_>, observation: &ObservedRequest, resource: &ArnPattern) -> bool {
    let mut refused = facts.observations.iter().filter(|other| other.denied.events > 0);
    refused.any(|other| {
        other.action == observation.action
            && match &other.resource {
                ObservedResource::Arn(arn) => other.only_denied && resource.matches(arn.as_str()),
                ObservedResource::Named(pattern) => {
                    other.only_denied && resource.pattern().contains(pattern.pattern())
                }
                // Some of them may have been used, but nobody knows which.
                ObservedResource::Names(pattern) => {
                    resource.pattern().intersects(pattern.pattern())
                }
                ObservedResource::None | ObservedResource::Unknown => false,
            }
    })
}

/// A call without a resource, on all resources of its kind where the calls were made, if that is asked for; but not
/// when one of them was only refused.
fn grant_unknown(facts: &Facts<'_>, o: usize, merged: &mut Merged) -> Vec<ArnPattern> {
    let observation = &facts.observations[o];
    let Some(places) = facts.unknown else { return Vec::new() };
    let resources = places.patterns(&observation.action, facts.catalog);
    if resources.iter().any(|resource| is_refused(facts, observation, resource)) {
        return Vec::new();
    }
    for resource in &resources {
        grant_on(facts, o, resource.clone(), false, Verdict::ObservedUnknown, merged);
    }
    resources
}

/// A refusal of the same action on a name that `pattern` covers. Of very many names it is not known which were used,
/// so the refused one may be one that never was.
fn refused_among<'f>(
    facts: &'f Facts<'_>,
    observation: &ObservedRequest,
    pattern: &ArnPattern,
) -> Option<&'f ObservedRequest> {
    let refusals = facts.observations.iter().filter(|other| other.denied.events > 0);
    refusals.filter(|other| other.action == observation.action).find(|other| {
        match &other.resource {
            ObservedResource::Arn(arn) => other.only_denied && pattern.matches(arn.as_str()),
            ObservedResource::Named(other) | ObservedResource::Names(other) => {
                other.pattern().intersects(pattern.pattern())
            }
            ObservedResource::None | ObservedResource::Unknown => false,
        }
    })
}

/// Whether a pattern for very many names reaches a place where other names of the container tell tenants apart.
fn reaches_tenants(facts: &Facts<'_>, pattern: &ArnPattern) -> bool {
    let text = pattern.to_string();
    let parts = container::split(&text);
    parts.inner.is_some_and(|name| {
        facts.spaces.get(parts.container).is_some_and(|spaces| spaces.are_reached_by_many(name))
    })
}

/// Where names tell tenants apart, by container; only of containers of which very many names were seen.
pub(super) fn tenant_spaces(observations: &[ObservedRequest]) -> BTreeMap<String, Spaces> {
    let name_of = |resource: &ObservedResource| match resource {
        ObservedResource::Arn(arn) => Some(ArnPattern::exactly(arn).to_string()),
        ObservedResource::Names(pattern) => Some(pattern.to_string()),
        _ => None,
    };
    let mut found: BTreeMap<String, Spaces> = BTreeMap::new();
    for seen in observations {
        if let ObservedResource::Names(pattern) = &seen.resource {
            found.entry(container::split(&pattern.to_string()).container.to_owned()).or_default();
        }
    }
    if found.is_empty() {
        return found;
    }
    for text in observations.iter().filter_map(|seen| name_of(&seen.resource)) {
        let parts = container::split(&text);
        if let (Some(spaces), Some(name)) = (found.get_mut(parts.container), parts.inner) {
            spaces.add(name);
        }
    }
    found
}

fn grant_on(
    facts: &Facts<'_>,
    o: usize,
    resource: ArnPattern,
    from_names: bool,
    verdict: Verdict,
    merged: &mut Merged,
) {
    let observation = &facts.observations[o];
    let mut owners = BTreeSet::from([assumed_owner(facts, &observation.action, &resource)]);
    if matches!(owners.first(), Some(Owner::Assumed(_))) && !observation.accounts.is_empty() {
        owners = observation.accounts.iter().cloned().map(Owner::Account).collect();
    }
    for owner in owners {
        let grant = Grant {
            action: observation.action.clone(),
            resource: resource.clone(),
            class: observation.class.clone(),
            owner,
            limits: ConditionBlock::default(),
            verdict,
            from_names,
        };
        merged.add(grant, [Source::Observation(o)]);
    }
}
