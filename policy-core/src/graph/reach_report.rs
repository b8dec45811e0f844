//! What is said of calls that the code can make.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::evidence::covered::{DeclaredNames, unreachable};
use crate::evidence::{
    AcceptedGrant, CallPlace, Confidence, DeclaredAccess, ReachableCall, UnknownCalls,
};
use crate::finding::{Code, Finding, Place, Severity};
use crate::iam::ActionName;

use super::merge::Merge;
use super::node::{Grant, GrantClass};
use super::reach::Reach;
use super::resolve::place;

/// Everything that R says of declarations and grants, for one merge rule.
pub(super) fn findings<'g>(
    reach: &Reach<'_>,
    accesses: &[&DeclaredAccess],
    accepted: &[AcceptedGrant],
    grants: impl Iterator<Item = &'g Grant>,
    merge: Merge,
    catalog: &Catalog,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = reach.unknown.iter().map(unknown).collect();
    if merge == Merge::Observed {
        return findings;
    }
    let granted: BTreeSet<&ActionName> =
        grants.filter(|grant| grant.class == GrantClass::Code).map(|grant| &grant.action).collect();
    if reach.stands {
        findings.extend(unresolved(reach, &granted, catalog));
        return findings;
    }
    let mut declared = DeclaredNames::of(accesses.iter().copied(), catalog);
    accepted.iter().for_each(|grant| declared.accept(&grant.action));
    let in_source = in_source(reach);
    let calls = reach.evidence.calls.iter().filter(|call| !is_said(call, &in_source));
    let (one_of, calls): (Vec<_>, Vec<_>) = calls.partition(|call| is_one_of(call));
    let missing = calls.into_iter().filter(|call| !declared.cover(call, catalog));
    findings.extend(not_declared(missing, &granted, merge, catalog));
    findings.extend(none_declared(&one_of, &declared, merge, catalog));
    let gone = accesses.iter().filter_map(|access| {
        let names = unreachable(access, reach.evidence, catalog);
        (!names.is_empty()).then(|| not_reachable(access, &names))
    });
    findings.extend(gone);
    findings
}

/// That not all calls can be read.
fn unknown(unknown: &UnknownCalls) -> Finding {
    let of = match &unknown.client {
        Some(client) => format!("calls of `{client}`"),
        None => "calls".to_owned(),
    };
    Finding::new(
        Code::CallsUnknown,
        format!("there may be {of} that cannot be read: {}", unknown.reason),
    )
    .at(Place { file: unknown.place.clone(), ..Place::default() })
    .help("declare what the code calls; `policy-cli scan` says what can be read")
}

/// The calls that the source has. Where the binary has them too, the source says more.
fn in_source<'a>(reach: &'a Reach<'_>) -> BTreeSet<(&'a str, &'a str)> {
    let of_source =
        reach.calls.iter().filter(|reached| matches!(reached.call.place, CallPlace::Source { .. }));
    of_source.map(|reached| (&*reached.call.client, reached.call.name())).collect()
}

fn is_said(call: &ReachableCall, in_source: &BTreeSet<(&str, &str)>) -> bool {
    matches!(call.place, CallPlace::Binary { .. })
        && in_source.contains(&(&*call.client, call.name()))
}

/// Whether it stands for a call in source of which the receiver is not known.
fn is_one_of(call: &ReachableCall) -> bool {
    call.confidence == Confidence::Ambiguous && matches!(call.place, CallPlace::Source { .. })
}

/// Calls in source that may be one of several, of which none is declared.
fn none_declared(
    calls: &[&ReachableCall],
    declared: &DeclaredNames<'_>,
    merge: Merge,
    catalog: &Catalog,
) -> Vec<Finding> {
    let mut by_place: BTreeMap<Place, Vec<&ReachableCall>> = BTreeMap::new();
    for call in calls {
        by_place.entry(seen_at(call)).or_default().push(call);
    }
    by_place.retain(|_, calls| !calls.iter().any(|call| declared.cover(call, catalog)));
    let finding = |(place, calls): (Place, Vec<&ReachableCall>)| {
        let names: Vec<String> =
            calls.iter().map(|call| format!("`{}({})`", call.client, call.name())).collect();
        Finding::new(
            Code::ReachableNotDeclared,
            format!(
                "this call is one of {}, since the type of the receiver is not told; none of them is declared",
                names.join(", ")
            ),
        )
        .severity(severity(merge))
        .at(place)
        .help("write the type of the receiver, or give the built binary with `--binary`")
    };
    by_place.into_iter().map(finding).collect()
}

fn severity(merge: Merge) -> Severity {
    match merge {
        Merge::Declared => Severity::Error,
        _ => Code::ReachableNotDeclared.severity(),
    }
}

/// Calls that nobody declared, by place and client.
fn not_declared<'a>(
    calls: impl Iterator<Item = &'a ReachableCall>,
    granted: &BTreeSet<&ActionName>,
    merge: Merge,
    catalog: &Catalog,
) -> Vec<Finding> {
    let mut groups: BTreeMap<(Place, &str, bool), BTreeSet<&str>> = BTreeMap::new();
    for call in calls {
        let is_granted = call.actions(catalog).iter().any(|action| granted.contains(action));
        groups.entry((seen_at(call), &call.client, is_granted)).or_default().insert(call.name());
    }
    let finding = |((place, client, is_granted), names): ((Place, &str, bool), BTreeSet<&str>)| {
        let names: Vec<&str> = names.into_iter().collect();
        let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let is = if list.len() == 1 { "is" } else { "are" };
        let then = if is_granted {
            "what the trail shows of it is granted"
        } else {
            "nothing of it is granted"
        };
        Finding::new(
            Code::ReachableNotDeclared,
            format!("{} of `{client}` can be called but {is} not declared; {then}", list.join(", ")),
        )
        .severity(severity(merge))
        .at(place)
        .help(format!(
            "declare it where the client is made: `#[aws({client}({}), on = …)]`, take the call out, or accept the action in policy.toml",
            names.join(", ")
        ))
    };
    groups.into_iter().map(finding).collect()
}

/// Declared names that no code calls.
fn not_reachable(access: &DeclaredAccess, names: &[String]) -> Finding {
    let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let (is, them) = if list.len() == 1 { ("is", "it") } else { ("are", "them") };
    Finding::new(
        Code::DeclaredNotReachable,
        format!(
            "{} of `{}` {is} declared, but no code of the function calls {them}",
            list.join(", "),
            access.origin.item
        ),
    )
    .at(place(&access.origin))
    .help("take it out of the declaration, or add the call that it is for")
}

/// Calls in place of declarations whose resources, or even actions, are not known and that no trail shows.
fn unresolved(
    reach: &Reach<'_>,
    granted: &BTreeSet<&ActionName>,
    catalog: &Catalog,
) -> Vec<Finding> {
    let mut groups: BTreeMap<(Place, &str), BTreeSet<ActionName>> = BTreeMap::new();
    let mut unmapped: BTreeMap<(Place, &str), BTreeSet<&str>> = BTreeMap::new();
    let in_source = in_source(reach);
    let calls =
        reach.calls.iter().filter(|reached| !reached.own && !is_said(reached.call, &in_source));
    for reached in calls {
        let call = reached.call;
        let actions = call.actions(catalog);
        if actions.is_empty()
            && call.operation(catalog).is_none_or(|operation| !operation.needs_no_permission())
        {
            unmapped.entry((seen_at(call), &call.client)).or_default().insert(call.name());
        }
        if let Some(reason) = &reached.unresolved {
            let missing = actions.into_iter().filter(|action| !granted.contains(action));
            groups.entry((seen_at(call), reason)).or_default().extend(missing);
        }
    }
    let finding = |((place, reason), actions): ((Place, &str), BTreeSet<ActionName>)| {
        let list: Vec<String> = actions.iter().map(|action| format!("`{action}`")).collect();
        let it = if list.len() == 1 { "it is" } else { "they are" };
        (!list.is_empty()).then(|| {
            Finding::new(
                Code::ResourceUnknown,
                format!(
                    "{} can be called by the code, but {reason}; {it} not granted",
                    list.join(", ")
                ),
            )
            .at(place)
            .help("declare the access with its resource, or give a trail that shows it")
        })
    };
    let nameless = |((place, client), names): ((Place, &str), BTreeSet<&str>)| {
        let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        Finding::new(
            Code::CallsUnknown,
            format!(
                "no action is known for {} of `{client}`, so nothing is granted for it",
                list.join(", ")
            ),
        )
        .at(place)
        .help("declare the action that it needs with `action(\"…\")`")
    };
    let found = groups.into_iter().filter_map(finding);
    found.chain(unmapped.into_iter().map(nameless)).collect()
}

/// Where a call was seen.
fn seen_at(call: &ReachableCall) -> Place {
    match &call.place {
        CallPlace::Binary { file, .. } => Place { file: file.clone(), ..Place::default() },
        CallPlace::Source { origin, .. } => place(origin),
    }
}
