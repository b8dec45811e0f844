//! Which services a declared or accepted `iam:PassRole` hands its role to.
//!
//! A role that may be passed may be passed to any service that trusts it, unless a condition says to which. The declaration
//! says so (`passed_to`); where it does not, the only service to which the declared calls can hand a role is taken, and where
//! there is no such service, or more than one, the grant stays as wide as it is written and a finding says what to write.
//! What a trail shows is never taken for it: it is evidence of its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::evidence::covered::may_need;
use crate::evidence::passing::{self, recipient};
use crate::evidence::{
    AcceptedGrant, DeclaredAccess, DeclaredLimit, DeclaredName, ObservedResource,
};
use crate::finding::{Code, Finding};
use crate::iam::{AccessLevel, ActionName, ConditionBlock};

use super::node::{GrantClass, ObservedRequest};
use super::observe::is_pass_role;
use super::resolve::{DeclaredRequest, place};

/// What the function declares and shows beside the requests that pass roles.
pub(super) struct Around<'a> {
    pub(super) accesses: &'a [&'a DeclaredAccess],
    pub(super) accepted: &'a [AcceptedGrant],
    pub(super) observations: &'a [ObservedRequest],
    pub(super) partition: &'a str,
    pub(super) catalog: &'a Catalog,
}

/// The requests, those of `iam:PassRole` each for one service where that is known; sorted, each once.
pub(super) fn settle(
    requests: BTreeSet<DeclaredRequest>,
    around: &Around<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<DeclaredRequest> {
    if !requests.iter().any(|request| is_pass_role(&request.action)) {
        return requests.into_iter().collect();
    }
    let calls = Calls::of(around);
    let mut settled = BTreeSet::new();
    for mut request in requests {
        if !is_pass_role(&request.action) {
            settled.insert(request);
            continue;
        }
        let access = around.accesses[request.access];
        let written = take_limit(&mut request.limits);
        let to = match (calls.only(), written.as_slice()) {
            (Some((name, by)), []) if around.shown(&request).is_subset(&BTreeSet::from([name])) => {
                findings.push(inferred(access, name, by));
                passing::names_in(name, around.partition)
            }
            (_, []) => {
                findings.push(open(access, &calls.candidates(around.shown(&request))));
                settled.insert(request);
                continue;
            }
            (_, names) => {
                let wrong = names.iter().find_map(|it| passing::check(it, around.catalog).err());
                if let Some(problem) = wrong {
                    let finding = Finding::new(Code::DeclarationInvalid, problem);
                    findings.push(finding.at(place(&access.origin)));
                    continue;
                }
                names.iter().flat_map(|it| passing::names_in(it, around.partition)).collect()
            }
        };
        settled.extend(to.into_iter().map(|to| DeclaredRequest {
            class: GrantClass::Passed { to: to.into() },
            ..request.clone()
        }));
    }
    settled.into_iter().collect()
}

/// Who may be granted what is accepted: of a role that is handed over, each service that gets it.
pub(super) fn classes_of(accepted: &AcceptedGrant, partition: &str) -> Vec<GrantClass> {
    if accepted.passed_to.is_empty() || !is_pass_role(&accepted.action) {
        return vec![GrantClass::Accepted];
    }
    let names: BTreeSet<String> =
        accepted.passed_to.iter().flat_map(|name| passing::names_in(name, partition)).collect();
    names.into_iter().map(|to| GrantClass::Passed { to: to.into() }).collect()
}

/// Accepted grants of `iam:PassRole` that do not say which services get the role.
pub(super) fn accepted_for_any(around: &Around<'_>) -> Vec<Finding> {
    let open = around.accepted.iter().filter(|it| is_pass_role(&it.action));
    let finding = |accepted: &AcceptedGrant| {
        Finding::new(
            Code::PassedToAnyService,
            format!(
                "`iam:PassRole`, accepted in `{}`, lets the function hand the role to every service that trusts it",
                accepted.origin.path
            ),
        )
        .at(accepted.origin.place())
        .help("name the services that get the role: `passed-to = [\"states.amazonaws.com\"]`")
    };
    open.filter(|accepted| accepted.passed_to.is_empty()).map(finding).collect()
}

/// The services that are written, taken out: they say who is handed the role, which is the class of the grant.
fn take_limit(limits: &mut ConditionBlock) -> Vec<String> {
    let mut others = ConditionBlock::default();
    let mut written = Vec::new();
    for (operator, key, values) in limits.iter() {
        if key.as_str().eq_ignore_ascii_case(DeclaredLimit::PassedTo.key()) {
            written.extend(values.iter().cloned());
        } else {
            others.insert(operator, key.clone(), values.iter().cloned());
        }
    }
    *limits = others;
    written
}

impl<'a> Around<'a> {
    /// The services to which the trail shows a role of the request handed, by their names outside of China.
    fn shown(&self, request: &DeclaredRequest) -> BTreeSet<&'a str> {
        let is_of = |seen: &&ObservedRequest| {
            seen.used.events > 0
                && is_pass_role(&seen.action)
                && matches!(&seen.resource, ObservedResource::Arn(arn) if request.resource.matches(arn.as_str()))
        };
        let seen = self.observations.iter().filter(is_of);
        seen.filter_map(|seen| match &seen.class {
            GrantClass::Passed { to } => Some(to.strip_suffix(".cn").unwrap_or(to)),
            _ => None,
        })
        .collect()
    }
}

/// Declared and accepted calls that may hand a role over, by the service that gets it.
#[derive(Default)]
struct Calls {
    known: BTreeMap<&'static str, BTreeSet<ActionName>>,
    /// To whom calls may hand roles of which the catalog does not say whether they do.
    doubtful: BTreeSet<&'static str>,
    /// Whether a call may hand a role to a service that is not known.
    is_open: bool,
}

impl Calls {
    fn of(around: &Around<'_>) -> Self {
        let catalog = around.catalog;
        let Ok(pass_role) = "iam:PassRole".parse::<ActionName>() else { return Self::default() };
        let mut calls = Self::default();
        for access in around.accesses.iter().filter(|access| access.via_role.is_none()) {
            for name in &access.names {
                match name {
                    DeclaredName::Action(action) => calls.action(action, &pass_role, catalog),
                    DeclaredName::Operation(name) => {
                        let client = catalog.client(&access.client);
                        if let Some(operation) = client.and_then(|it| it.operation(name)) {
                            let passes = may_need(operation, &pass_role, catalog);
                            operation
                                .primary_actions()
                                .for_each(|action| calls.add(action, passes, catalog));
                        }
                    }
                }
            }
        }
        around.accepted.iter().for_each(|it| calls.action(&it.action, &pass_role, catalog));
        calls
    }

    fn action(&mut self, action: &ActionName, pass_role: &ActionName, catalog: &Catalog) {
        let Some(known) = catalog.action(action).filter(|_| action != pass_role) else { return };
        let passes = known.dependent_actions().any(|needed| needed == *pass_role)
            || known.operations().any(|operation| may_need(operation, pass_role, catalog));
        self.add(known.name(), passes, catalog);
    }

    fn add(&mut self, action: ActionName, passes: bool, catalog: &Catalog) {
        let to = recipient(action.service());
        match to {
            Some(to) if passes => {
                self.is_open |= !to.is_exact;
                self.known.entry(to.name).or_default().insert(action);
            }
            Some(to) if !to.is_exact => {
                let levels = catalog.action(&action).map(|known| known.levels());
                let reads =
                    |level: &AccessLevel| matches!(level, AccessLevel::List | AccessLevel::Read);
                if !levels.is_some_and(|levels| levels.iter().all(reads)) {
                    self.is_open = true;
                    self.doubtful.insert(to.name);
                }
            }
            Some(_) => {}
            None => self.is_open |= passes,
        }
    }

    /// The service that gets every role that the declared calls can hand over.
    fn only(&self) -> Option<(&'static str, &BTreeSet<ActionName>)> {
        let mut known = self.known.iter();
        match (known.next(), known.next()) {
            (Some((name, by)), None) if !self.is_open => Some((name, by)),
            _ => None,
        }
    }

    /// What may be meant: what the trail shows of what is known of the calls, else either.
    fn candidates<'n>(&self, mut shown: BTreeSet<&'n str>) -> BTreeSet<&'n str> {
        if !shown.is_empty() {
            if !shown.iter().all(|name| self.known.contains_key(name)) {
                shown.extend(self.known.keys());
            }
            shown
        } else if !self.known.is_empty() {
            self.known.keys().copied().collect()
        } else {
            self.doubtful.clone()
        }
    }
}

/// The option with its values, as it is written.
pub(super) fn option<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("\"{name}\"")).collect();
    match names.as_slice() {
        [one] => format!("passed_to = {one}"),
        several => format!("passed_to = [{}]", several.join(", ")),
    }
}

fn inferred(access: &DeclaredAccess, name: &str, by: &BTreeSet<ActionName>) -> Finding {
    let by: Vec<String> = by.iter().map(|action| format!("`{action}`")).collect();
    Finding::new(
        Code::PassedToInferred,
        format!(
            "`iam:PassRole` of `{}` is granted for `{name}` only: no declared call is known to hand a role over but {}",
            access.origin.item,
            by.join(", ")
        ),
    )
    .at(place(&access.origin))
    .help(format!("say so where it is declared: `{}`", option([name])))
}

fn open(access: &DeclaredAccess, candidates: &BTreeSet<&str>) -> Finding {
    let help = match candidates.len() {
        0 => format!(
            "name the services that get the role where it is declared, such as `{}` for Step Functions",
            option(["states.amazonaws.com"])
        ),
        1 => format!(
            "if no other service gets the role, write `{}`",
            option(candidates.iter().copied())
        ),
        _ => format!("write those that get the role: `{}`", option(candidates.iter().copied())),
    };
    Finding::new(
        Code::PassedToAnyService,
        format!(
            "`iam:PassRole` of `{}` lets the function hand the role to every service that trusts it",
            access.origin.item
        ),
    )
    .at(place(&access.origin))
    .help(help)
}
