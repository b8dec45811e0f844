//! Observed calls, put together by what was asked: action, resource and caller.
//!
//! The rules here say who called. They never say whether a call may become a grant.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{CallCount, ObservedCall, ObservedResource, Outcome};
use crate::iam::ActionName;

use super::node::{GrantClass, ObservedRequest};

/// Calls that Lambda makes with the role to attach a function to a VPC, without
/// `lambda:SourceFunctionArn`.
///
/// # Source
/// AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC".
const INTERFACE_ACTIONS: &[&str] = &[
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

/// Whether Lambda itself makes such calls for a function in a VPC.
pub(super) fn is_interface_action(action: &ActionName) -> bool {
    INTERFACE_ACTIONS.iter().any(|name| action.as_str().eq_ignore_ascii_case(name))
}

/// Whether Lambda made the calls by a right of its own: KMS for environment variables and code, by a
/// grant on the key. What pollers need from KMS comes through the service that is polled.
///
/// # Source
/// AWS Lambda Developer Guide, "Securing Lambda environment variables".
pub(super) fn is_not_of_role(request: &ObservedRequest) -> bool {
    request.class == GrantClass::PlatformUnnamed
        && request.action.service().eq_ignore_ascii_case("kms")
}

/// Puts calls together; the order of `calls` does not matter. `declared` are the actions that the
/// code declares: calls of them are the code's own, whatever Lambda calls besides.
pub(super) fn group(
    calls: &[ObservedCall],
    declared: &BTreeSet<ActionName>,
) -> Vec<ObservedRequest> {
    let mut groups: BTreeMap<(ActionName, ObservedResource, GrantClass), ObservedRequest> =
        BTreeMap::new();
    // Spelling is not part of an action's identity; the smallest spelling stands for all.
    let mut sorted: Vec<&ObservedCall> = calls.iter().collect();
    sorted.sort_by(|a, b| a.key.action.as_str().cmp(b.key.action.as_str()).then_with(|| a.cmp(b)));
    for call in sorted {
        let class = class_of(call, declared);
        let key = (call.key.action.clone(), call.key.resource.clone(), class.clone());
        let request = groups.entry(key).or_insert_with(|| ObservedRequest {
            action: call.key.action.clone(),
            resource: call.key.resource.clone(),
            class,
            accounts: Vec::new(),
            used: CallCount::default(),
            denied: CallCount::default(),
            unclear: CallCount::default(),
            attribution: None,
            refusals: Vec::new(),
            only_denied: false,
        });
        if let Some(account) = &call.key.resource_account
            && let Err(at) = request.accounts.binary_search(account)
        {
            request.accounts.insert(at, account.clone());
        }
        if let Some(refusal) = &call.key.refusal
            && let Err(at) = request.refusals.binary_search(refusal)
        {
            request.refusals.insert(at, refusal.clone());
        }
        if call.key.outcome.is_use() {
            let attribution = call.key.function.attribution();
            request.attribution =
                Some(request.attribution.map_or(attribution, |known| known.min(attribution)));
        }
        match call.key.outcome {
            Outcome::Succeeded | Outcome::FailedAfterAuthorisation => &mut request.used,
            Outcome::Denied => &mut request.denied,
            Outcome::FailedUnclear => &mut request.unclear,
        }
        .merge(&call.count);
    }
    let mut requests: Vec<ObservedRequest> = groups.into_values().collect();
    mark_only_denied(&mut requests);
    requests
}

/// A refusal counts only where no use of the same action may have been on the same resource.
fn mark_only_denied(requests: &mut [ObservedRequest]) {
    let mut used: BTreeMap<ActionName, Vec<ObservedResource>> = BTreeMap::new();
    let mut exact: BTreeSet<(ActionName, ObservedResource)> = BTreeSet::new();
    for request in requests.iter().filter(|r| r.used.events > 0) {
        if matches!(request.resource, ObservedResource::Arn(_)) {
            exact.insert((request.action.clone(), request.resource.clone()));
        } else {
            used.entry(request.action.clone()).or_default().push(request.resource.clone());
        }
    }
    for request in requests.iter_mut().filter(|r| r.used.events == 0 && r.denied.events > 0) {
        let maybe = used.get(&request.action).is_some_and(|resources| {
            resources.iter().any(|resource| match (resource, &request.resource) {
                (ObservedResource::None, _) => true,
                // Which of very many names were used is not known any more; none of them was for sure.
                (ObservedResource::Names(_), _) => false,
                (ObservedResource::Named(pattern), ObservedResource::Arn(arn)) => {
                    pattern.matches(arn.as_str())
                }
                (resource, refused) => resource == refused,
            })
        });
        request.only_denied =
            !maybe && !exact.contains(&(request.action.clone(), request.resource.clone()));
    }
}

/// Whether it is the action that is checked inside a call which hands a role to a service.
pub(super) fn is_pass_role(action: &ActionName) -> bool {
    action.as_str().eq_ignore_ascii_case("iam:PassRole")
}

fn class_of(call: &ObservedCall, declared: &BTreeSet<ActionName>) -> GrantClass {
    match &call.key.via {
        Some(service) if is_pass_role(&call.key.action) => {
            GrantClass::Passed { to: service.to_string().into() }
        }
        Some(service) if service.label() == "lambda" => GrantClass::PlatformUnnamed,
        Some(service) if call.key.action.service().eq_ignore_ascii_case("kms") => {
            let region = match &call.key.resource {
                ObservedResource::Arn(arn) => Some(arn.region().to_owned()),
                ObservedResource::Named(pattern) | ObservedResource::Names(pattern) => {
                    region_of(&pattern.to_string())
                }
                ObservedResource::None | ObservedResource::Unknown => None,
            };
            let region = region.filter(|region| !region.is_empty());
            let region = region.as_deref().unwrap_or(call.key.region.as_str());
            // Amazon EBS calls by another name than KMS knows it by.
            let label = match service.label() {
                "ec2-frontend-api" => "ec2",
                label => label,
            };
            GrantClass::Forwarded { via_service: Some(via_service(label, region)) }
        }
        Some(_) => GrantClass::Forwarded { via_service: None },
        None if is_interface_action(&call.key.action) && !declared.contains(&call.key.action) => {
            GrantClass::PlatformUnnamed
        }
        None => GrantClass::Code,
    }
}

/// What `kms:ViaService` holds when `service` calls KMS in `region`. The suffix is the same in
/// every partition.
///
/// # Source
/// AWS KMS Developer Guide, "kms:ViaService".
pub(super) fn via_service(service: &str, region: &str) -> Box<str> {
    format!("{service}.{region}.amazonaws.com").into()
}

/// The Region part of an ARN pattern, when it is written without wildcards.
pub(super) fn region_of(pattern: &str) -> Option<String> {
    let region = pattern.split(':').nth(3)?;
    (!region.contains(['*', '?', '$'])).then(|| region.to_owned())
}
