//! What the merge rules say about evidence that is not granted as it stands.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::evidence::passing::recipient;
use crate::evidence::{AcceptedGrant, DeclaredAccess, ObservedResource};
use crate::finding::{Code, Finding};
use crate::iam::{ActionName, ArnPattern};

use super::confirm::{Kept, Unused};
use super::merge::{Cover, Facts};
use super::node::{Grant, GrantClass, ObservedRequest, Owner};
use super::observe::is_pass_role;
use super::passing;
use super::resolve::place;
use super::visibility::Hidden;
use crate::names::container;

/// Requests put together for one sentence: action, caller and container.
fn by_container<'a>(
    requests: impl IntoIterator<Item = &'a ObservedRequest>,
) -> BTreeMap<(&'a ActionName, &'a GrantClass, String), Vec<&'a ObservedRequest>> {
    let mut groups: BTreeMap<_, Vec<&ObservedRequest>> = BTreeMap::new();
    for request in requests {
        let text = text(&request.resource);
        let key = (&request.action, &request.class, container::name(&text).to_owned());
        groups.entry(key).or_default().push(request);
    }
    groups
}

fn text(resource: &ObservedResource) -> String {
    match resource {
        ObservedResource::Arn(arn) => arn.to_string(),
        ObservedResource::Named(pattern) | ObservedResource::Names(pattern) => pattern.to_string(),
        ObservedResource::None => "*".to_owned(),
        ObservedResource::Unknown => String::new(),
    }
}

/// `on 3 resources, such as `…`` of requests that share a container.
fn resources(requests: &[&ObservedRequest]) -> String {
    let names: BTreeSet<String> = requests.iter().map(|r| text(&r.resource)).collect();
    let first = names.first().cloned().unwrap_or_default();
    match (names.len(), first.as_str()) {
        (1, "") => "on a resource that the events do not tell".to_owned(),
        (1, "*") => "on `*`".to_owned(),
        (1, one) => format!("on `{one}`"),
        (n, one) => format!("on {n} resources such as `{one}`"),
    }
}

/// Names that cannot be granted as a pattern, since nobody knows which of them were refused only.
pub(super) fn refused_among_names(used: &ObservedRequest, refused: &ObservedRequest) -> Finding {
    let (action, names) = (&used.action, text(&used.resource));
    Finding::new(
        Code::NamesNotGranted,
        format!(
            "`{action}` was used on more names than are kept (`{names}`), and refused {} on `{}`: which of them it was never allowed on is not known, so none is granted",
            times(refused.denied.events),
            text(&refused.resource)
        ),
    )
    .help("declare the resource: a declared pattern is granted in place of names")
}

/// Names that cannot be granted as a pattern, since it would let one tenant's calls reach another's.
pub(super) fn names_across_tenants(used: &ObservedRequest) -> Finding {
    let (action, names) = (&used.action, text(&used.resource));
    Finding::new(
        Code::NamesNotGranted,
        format!(
            "`{action}` was used on more names than are kept (`{names}`), and a pattern for them reaches what other names there give to tenants, so none is granted"
        ),
    )
    .help("declare the resource: a declared pattern is granted in place of names")
}

fn caller(class: &GrantClass) -> String {
    match class {
        GrantClass::Forwarded { via_service: Some(service) } => format!(" through `{service}`"),
        GrantClass::Forwarded { via_service: None } => " through another service".to_owned(),
        GrantClass::Passed { to } => format!(" by calls that hand the role to `{to}`"),
        _ => String::new(),
    }
}

fn times(events: u64) -> String {
    if events == 1 { "once".to_owned() } else { format!("{events} times") }
}

/// O∖D: not granted; `but` says why it is nobody's that is known.
pub(super) fn undeclared(requests: &[&ObservedRequest], but: &str) -> Vec<Finding> {
    let groups = by_container(requests.iter().copied());
    let finding = |((action, class, _), members): (_, Vec<&ObservedRequest>)| {
        let (action, class): (&ActionName, &GrantClass) = (action, class);
        let events = members.iter().map(|m| m.used.events).sum();
        let (what, help) = match class {
            GrantClass::PlatformUnnamed => (
                " (Lambda itself makes such calls)",
                "accept the action by name in policy.toml if the function is attached to a VPC or polls a source".to_owned(),
            ),
            GrantClass::Passed { to } => (
                "",
                format!("declare `{}` on the role, or find out who called", pass_role_to([&**to])),
            ),
            GrantClass::Forwarded { .. } => (
                "",
                "declare the key behind the resource with `kms_key`, or accept the action in policy.toml".to_owned(),
            ),
            _ => (
                "",
                "declare it where the client is made, accept it in policy.toml, or find out who called".to_owned(),
            ),
        };
        Finding::new(
            Code::ObservedNotDeclared,
            format!(
                "`{action}` was called {}{} {} but {but}{what}; it is not granted",
                times(events),
                caller(class),
                resources(&members)
            ),
        )
        .help(help)
    };
    groups.into_iter().map(finding).collect()
}

/// Observed calls that tell no resource, of an action that nothing else grants, with what they are granted on all the
/// same.
pub(super) fn unknown_resource(requests: &[(&ObservedRequest, Vec<ArnPattern>)]) -> Vec<Finding> {
    let finding = |(request, resources): &(&ObservedRequest, Vec<ArnPattern>)| {
        let resources: Vec<String> = resources.iter().map(|r| format!("`{r}`")).collect();
        let (then, help) = if resources.is_empty() {
            (
                "it is not granted".to_owned(),
                "declare the access with its resource; `--allow-unknown` grants it on every resource of its kind, unless one was only refused",
            )
        } else {
            (
                format!("it is granted on every resource of its kind: {}", resources.join(", ")),
                "declare the access with its resource, which is then used in place of these",
            )
        };
        Finding::new(
            Code::ResourceUnknown,
            format!(
                "`{}` was called {}{} but its events do not tell the resource; {then}",
                request.action,
                times(request.used.events),
                caller(&request.class)
            ),
        )
        .help(help)
    };
    requests.iter().map(finding).collect()
}

/// Calls that only ever failed for reasons that tell nothing, and that nothing else grants.
pub(super) fn unclear(facts: &Facts<'_>, cover: &Cover) -> Vec<Finding> {
    let decided: BTreeSet<_> = facts
        .observations
        .iter()
        .filter(|o| o.used.events > 0 || o.denied.events > 0)
        .map(|o| (&o.action, &o.resource))
        .collect();
    let chosen = facts.observations.iter().enumerate().filter(|(o, observation)| {
        observation.unclear.events > 0
            && !cover.is_covered(*o)
            && !decided.contains(&(&observation.action, &observation.resource))
    });
    let finding = |((action, class, _), members): (_, Vec<&ObservedRequest>)| {
        let (action, class): (&ActionName, &GrantClass) = (action, class);
        let events = members.iter().map(|m| m.unclear.events).sum();
        Finding::new(
            Code::OutcomeUnclear,
            format!(
                "`{action}` was tried {}{} {} and failed each time for another reason than a refusal; it is not granted",
                times(events),
                caller(class),
                resources(&members)
            ),
        )
        .help("declare it if the code needs it")
    };
    by_container(chosen.map(|(_, o)| o)).into_iter().map(finding).collect()
}

/// Grants that hand a role to a service, where nothing grants `iam:PassRole`: no trail shows it, and the requests of
/// these calls do not name the role.
///
/// # Source
/// IAM User Guide, "Granting a user permissions to pass a role to an AWS service".
pub(super) fn pass_role<'a>(
    facts: &Facts<'_>,
    grants: impl IntoIterator<Item = (&'a Grant, bool)>,
) -> Option<Finding> {
    let mut granted: BTreeSet<&ActionName> = BTreeSet::new();
    // Services that roles may be handed to, or were seen to be; what of that is not granted is said by itself.
    let seen = facts.observations.iter().filter(|seen| seen.used.events > 0);
    let mut told: BTreeSet<&str> = seen
        .filter_map(|seen| match &seen.class {
            GrantClass::Passed { to } => Some(&**to),
            _ => None,
        })
        .collect();
    let mut is_declared = false;
    for (grant, by_declaration) in grants {
        match &grant.class {
            GrantClass::Passed { to } => {
                told.insert(to);
                is_declared |= by_declaration;
            }
            // Declared or accepted for every service: somebody thought of it.
            _ if is_pass_role(&grant.action) => return None,
            _ => _ = granted.insert(&grant.action),
        }
    }
    let is_told = |action: &ActionName| {
        let label = action.service();
        let of_label = told.iter().any(|to| {
            let service = to.split('.').next().unwrap_or_default();
            service == label || service.strip_suffix("-tasks") == Some(label)
        });
        // To whom other services hand roles is not known, so that any service that is declared may be theirs.
        of_label || (is_declared && recipient(label).is_none())
    };
    let passing: BTreeSet<&ActionName> = granted
        .into_iter()
        .filter(|action| {
            let known = facts.catalog.action(action);
            known.is_some_and(|known| known.dependent_actions().any(|needed| is_pass_role(&needed)))
        })
        .filter(|action| !is_told(action))
        .collect();
    let to: Option<BTreeSet<&str>> =
        passing.iter().map(|action| recipient(action.service()).map(|to| to.name)).collect();
    let declaration = match to {
        Some(names) => pass_role_to(names),
        None => pass_role_to(["…"]),
    };
    (!passing.is_empty()).then(|| {
        Finding::new(
            Code::PassRoleUnseen,
            format!(
                "{} may hand a role to the service, which needs `iam:PassRole`; no request of the trail names the role, and it is not granted",
                listed(&passing)
            ),
        )
        .help(format!(
            "declare `{declaration}` on the role that is handed over, or accept it in policy.toml"
        ))
    })
}

/// A declaration of `iam:PassRole`, as it is written.
fn pass_role_to<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    format!("iam(action(\"iam:PassRole\")), {}", passing::option(names))
}

/// Lambda's own calls that were granted because they were observed.
pub(super) fn platform_calls(requests: &[&ObservedRequest]) -> Vec<Finding> {
    let actions: BTreeSet<String> = requests.iter().map(|r| format!("`{}`", r.action)).collect();
    if actions.is_empty() {
        return Vec::new();
    }
    let list: Vec<String> = actions.into_iter().collect();
    vec![Finding::new(
        Code::PlatformCallObserved,
        format!(
            "{} look like calls of Lambda itself and are granted without a condition on the function",
            list.join(", ")
        ),
    )]
}

/// Calls that Lambda made by a right of its own.
pub(super) fn not_of_role(requests: &[&ObservedRequest]) -> Vec<Finding> {
    let finding = |((action, _, _), members): (_, Vec<&ObservedRequest>)| {
        let action: &ActionName = action;
        let events = members.iter().map(|m| m.used.events).sum();
        Finding::new(
            Code::PlatformNotInRole,
            format!(
                "`{action}` was called {} by Lambda {}; it has a grant on the key, so the role needs no permission",
                times(events),
                resources(&members)
            ),
        )
    };
    by_container(requests.iter().copied()).into_iter().map(finding).collect()
}

/// Calls that were refused and never allowed.
pub(super) fn denied(facts: &Facts<'_>, cover: &Cover, findings: &mut Vec<Finding>) {
    for declared in [true, false] {
        let chosen =
            facts.observations.iter().enumerate().filter(|(o, observation)| {
                observation.only_denied && cover.is_covered(*o) == declared
            });
        for ((action, class, _), members) in by_container(chosen.map(|(_, o)| o)) {
            let events = members.iter().map(|m| m.denied.events).sum();
            let (code, then, help) = if declared {
                (
                    Code::DeniedDeclared,
                    "it is granted because something else than the log asks for it",
                    Some(
                        "if the role has it already, look at its boundary, the SCPs and RCPs, the resource's own policy \
                         and the policy of its key",
                    ),
                )
            } else {
                (Code::Probing, "it is not granted", None)
            };
            let reasons: BTreeSet<&str> =
                members.iter().flat_map(|m| m.refusals.iter().map(|it| &**it)).collect();
            let reasons: Vec<&str> = reasons.into_iter().collect();
            let reasons = match reasons.as_slice() {
                [] => String::new(),
                known => format!(" ({})", known.join("; ")),
            };
            let finding = Finding::new(
                code,
                format!(
                    "`{action}` was refused {}{} {}{reasons}; {then}",
                    times(events),
                    caller(class),
                    resources(&members)
                ),
            );
            findings.push(match help {
                Some(help) => finding.help(help),
                None => finding,
            });
        }
    }
}

fn listed(actions: &BTreeSet<&ActionName>) -> String {
    let list: Vec<String> = actions.iter().map(|action| format!("`{action}`")).collect();
    list.join(", ")
}

/// Declared actions that the trail would have shown and does not; with why they are kept all the same.
pub(super) fn not_observed(
    facts: &Facts<'_>,
    access: &DeclaredAccess,
    kept: Option<&Kept>,
    actions: &BTreeSet<&ActionName>,
) -> Finding {
    let why = match (kept, facts.bar) {
        (Some(Kept::Partial), _) => "; it is kept, for some of the trail is missing".to_owned(),
        (Some(Kept::Unmapped), _) => {
            "; it is kept, for events of which action or caller is not known may be calls of it"
                .to_owned()
        }
        (Some(Kept::Short { days }), Some(bar)) => format!(
            "; it is kept, for the trail would show it for {days} of {} days only",
            bar.min_window_days
        ),
        (Some(Kept::New), _) => "; it is kept, for it was not declared before".to_owned(),
        _ => String::new(),
    };
    Finding::new(
        Code::DeclaredNotObserved,
        format!("{} of `{}` was not observed{why}", listed(actions), access.origin.item),
    )
    .at(place(&access.origin))
    .help("leave it out if no path needs it; say `keep = \"reason\"` if a rare one does")
}

/// Declared actions that this trail cannot show.
pub(super) fn hidden(
    access: &DeclaredAccess,
    why: &Hidden,
    actions: &BTreeSet<&ActionName>,
) -> Finding {
    let finding = Finding::new(
        Code::DeclaredNotObservable,
        format!("{} of `{}` cannot be seen: {why}", listed(actions), access.origin.item),
    )
    .at(place(&access.origin));
    match why.help() {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// What `confirmed` leaves out, with what proves it.
pub(super) fn dropped(facts: &Facts<'_>, unused: &Unused) -> Vec<Finding> {
    let last = facts.sight.recording.span().map_or("", |(_, last)| last);
    let mut by_access: BTreeMap<(usize, String, &str), BTreeSet<&ActionName>> = BTreeMap::new();
    for (&d, since) in &unused.dropped {
        let request = &facts.requests[d];
        let key = (request.access, request.resource.to_string(), &**since);
        by_access.entry(key).or_default().insert(&request.action);
    }
    let finding = |((access, resource, since), actions): ((usize, String, &str), BTreeSet<_>)| {
        let access = facts.accesses[access];
        let days = facts.sight.recording.days_since(since);
        Finding::new(
            Code::DeclaredUnused,
            format!(
                "{} of `{}` on `{resource}` is not granted: it was declared before, the trail would have shown it from {since} to {last} ({days} days), and no event is a call of it",
                listed(&actions),
                access.origin.item
            ),
        )
        .at(place(&access.origin))
        .help("take it out of the declaration; say `keep = \"reason\"` if a rare path needs it")
    };
    by_access.into_iter().map(finding).collect()
}

/// An accepted action that does not exist.
pub(super) fn accepted_unknown(accepted: &AcceptedGrant, catalog: &Catalog) -> Finding {
    let action = &accepted.action;
    let finding = Finding::new(
        Code::ActionUnknown,
        format!(
            "`{action}`, accepted in `{}`, is not an action of the catalog of {}",
            accepted.origin.path,
            catalog.date()
        ),
    )
    .at(accepted.origin.place());
    match catalog.nearest_action(action.service(), action.name()) {
        Some(nearest) => finding.help(format!("did you mean `{nearest}`?")),
        None => finding,
    }
}

/// Grants on resources of other accounts, with what their owner must add.
pub(super) fn foreign<'a>(
    facts: &Facts<'_>,
    grants: impl IntoIterator<Item = &'a Grant>,
) -> Vec<Finding> {
    let Some(ours) = facts.account else { return Vec::new() };
    let mut found: BTreeMap<(String, String), (BTreeSet<String>, BTreeSet<String>)> =
        BTreeMap::new();
    for grant in grants {
        let resource = grant.resource.to_string();
        let account = match (&grant.owner, resource.split(':').nth(4)) {
            (Owner::Account(id), _) => id.as_str(),
            (_, Some(account)) if account.len() == 12 && !account.contains(['*', '?', '$']) => {
                account
            }
            _ => continue,
        };
        if account != ours.as_str() {
            let key = (account.to_owned(), container::name(&resource).to_owned());
            let entry = found.entry(key).or_default();
            entry.0.insert(grant.action.to_string());
            entry.1.insert(resource.clone());
        }
    }
    let finding = |((account, container), (actions, resources)): (
        (String, String),
        (BTreeSet<String>, BTreeSet<String>),
    )| {
        let list = |values: BTreeSet<String>| {
            serde_json::Value::from(values.into_iter().collect::<Vec<_>>())
        };
        let principal = facts.role.unwrap_or("ARN of the execution role");
        let is_role = actions.iter().all(|action| action == "sts:AssumeRole");
        let mut fragment = serde_json::json!({
            "Effect": "Allow",
            "Principal": { "AWS": principal },
            "Action": list(actions),
        });
        let place = if is_role { "trust policy of the role" } else { "policy of the resource" };
        if !is_role {
            fragment["Resource"] = list(resources);
        }
        Finding::new(
            Code::ResourceForeign,
            format!(
                "`{container}` belongs to account {account}; its owner must allow the role too"
            ),
        )
        .help(format!("the owner adds to the {place}: {fragment}"))
    };
    found.into_iter().map(finding).collect()
}
