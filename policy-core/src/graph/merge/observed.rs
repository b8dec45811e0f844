//! Observed calls that nothing covers: granted or reported, by the rule.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::ObservedResource;
use crate::graph::node::{Grant, GrantClass, ObservedRequest, Owner, Verdict};
use crate::graph::report;
use crate::iam::{ArnPattern, ConditionBlock};
use crate::names::container;
use crate::names::spaces::Spaces;

use super::{Cover, Facts, Merge, Merged, Source, assumed_owner, owners};

/// O where a declared pattern covers it: the pattern is granted in place of the names, unless it
/// covers one that was only refused.
pub(super) fn observed_by_declared(facts: &Facts<'_>, cover: &Cover, merged: &mut Merged) {
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
pub(super) fn uncovered(facts: &Facts<'_>, cover: &Cover, merge: Merge, merged: &mut Merged) {
    let mut undeclared: BTreeMap<&str, Vec<&ObservedRequest>> = BTreeMap::new();
    let mut unknown: Vec<(&ObservedRequest, Vec<ArnPattern>)> = Vec::new();
    let mut platform: Vec<&ObservedRequest> = Vec::new();
    let mut not_of_role: Vec<&ObservedRequest> = Vec::new();
    for (o, observation) in facts.observations.iter().enumerate() {
        if observation.used.events == 0 || cover.is_covered(o) {
            continue;
        }
        if crate::graph::observe::is_not_of_role(observation) {
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
pub(in crate::graph) fn tenant_spaces(
    observations: &[ObservedRequest],
) -> BTreeMap<String, Spaces> {
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
