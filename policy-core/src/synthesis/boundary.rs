//! A permissions boundary for the functions of a team: wide enough for all of them, and for none of anything else.
//!
//! Wide in one way only: of each service, every action that some function needs, on every container that some function
//! needs (bucket, table, queue … as a whole). Roles, keys and sessions (`iam`, `sts`, `kms`) get exactly what is needed. No
//! action and no service that nobody needs is in it.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Code, Finding};
use crate::graph::AccessGraph;
use crate::iam::{ActionPattern, ConditionBlock};
use crate::names::container;
use crate::policy::quota::Quota;
use crate::policy::{Effect, PolicyDocument, ResourceElement, Statement};
use crate::semantics::{Policies, principal_side};

use super::conditions::{PASSED_TO, VIA_SERVICE};
use super::error::SynthesisError;
use super::proof::{fail, shown};
use super::room::{self, DocumentSize};
use super::{requests, sid};

/// Services whose actions reach beyond what they are done to.
const EXACT: [&str; 3] = ["iam", "kms", "sts"];

/// A permissions boundary for several functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary {
    /// The policy, to be attached as a customer managed one.
    pub document: PolicyDocument,
    /// How large it is.
    pub size: DocumentSize,
}

/// Makes the boundary of these functions, each with the documents of its role, and proves it: within it every role still
/// may do all that its function needs.
///
/// Shape: one statement a service, sorted; where a boundary would be over its quota, the largest services name all resources of
/// the account in place of containers, which is a finding. The same functions in any order give the same bytes.
///
/// # Errors
/// [`SynthesisError::OverQuota`] when even that is too large.
pub fn boundary(
    functions: &[(&AccessGraph, &[PolicyDocument])],
) -> Result<(Boundary, Vec<Finding>), SynthesisError> {
    let mut services: BTreeMap<String, Wide> = BTreeMap::new();
    let mut exact: BTreeMap<(ConditionBlock, BTreeSet<String>), BTreeSet<String>> = BTreeMap::new();
    let allows = functions
        .iter()
        .flat_map(|(_, documents)| documents.iter())
        .flat_map(|document| &document.statements)
        .filter(|statement| statement.effect == Effect::Allow);
    for statement in allows {
        let resources = statement.resource.as_ref().map_or(&[][..], ResourceElement::values);
        for action in statement.action.values() {
            let service = action.split(':').next().unwrap_or_default().to_ascii_lowercase();
            if EXACT.contains(&service.as_str()) {
                let key = (kept(&statement.condition), resources.iter().cloned().collect());
                exact.entry(key).or_default().insert(action.clone());
                continue;
            }
            let wide = services.entry(service).or_default();
            for resource in resources {
                match resource.as_str() {
                    "*" => _ = wide.bare.insert(action.clone()),
                    resource => {
                        wide.actions.insert(action.clone());
                        wide.containers.extend(whole(resource));
                    }
                }
            }
        }
    }
    let mut findings = Vec::new();
    let document = loop {
        let document = written(&services, &exact);
        let largest = services
            .iter()
            .filter(|(_, wide)| !wide.is_account && !wide.containers.is_empty())
            .max_by_key(|(_, wide)| wide.containers.iter().map(String::len).sum::<usize>())
            .map(|(service, _)| service.clone());
        match largest {
            Some(service) if Quota::Managed.size(&document) > Quota::Managed.limit() => {
                findings.push(
                    Finding::new(
                        Code::BoundaryWidened,
                        format!("the boundary names all of `{service}` in the account: with each of its resources it would be over the quota"),
                    )
                    .help("give teams with fewer functions boundaries of their own"),
                );
                if let Some(wide) = services.get_mut(&service) {
                    wide.containers = wide.containers.iter().map(|arn| of_account(arn)).collect();
                    wide.is_account = true;
                }
            }
            _ => break document,
        }
    };
    let size = room::measured("boundary", &document, Quota::Managed)?;
    prove(functions, &document)?;
    findings.sort();
    Ok((Boundary { document, size }, findings))
}

/// What the boundary allows of one service.
#[derive(Default)]
struct Wide {
    actions: BTreeSet<String>,
    containers: BTreeSet<String>,
    /// Actions that are done to no resource, or to any.
    bare: BTreeSet<String>,
    is_account: bool,
}

fn written(
    services: &BTreeMap<String, Wide>,
    exact: &BTreeMap<(ConditionBlock, BTreeSet<String>), BTreeSet<String>>,
) -> PolicyDocument {
    let mut statements = Vec::new();
    let named = |service: &str, suffix: &str| {
        let mut name = String::new();
        for word in service.split('-') {
            let mut chars = word.chars();
            name.extend(chars.next().map(|c| c.to_ascii_uppercase()));
            name.push_str(chars.as_str());
        }
        Some(format!("{name}{suffix}"))
    };
    for (service, wide) in services {
        let actions: BTreeSet<&String> = wide.actions.difference(&wide.bare).collect();
        if !actions.is_empty() {
            let sid = named(service, if wide.is_account { "OfTheAccount" } else { "" });
            let statement = Statement::allow(actions.into_iter().cloned(), &wide.containers);
            statements.push(Statement { sid, ..statement });
        }
        if !wide.bare.is_empty() {
            let statement = Statement::allow(&wide.bare, ["*"]);
            statements.push(Statement { sid: named(service, "Anything"), ..statement });
        }
    }
    for ((condition, resources), actions) in exact {
        let service = actions.iter().next().and_then(|action| action.split(':').next());
        let said = format!("{actions:?}{resources:?}{condition:?}");
        let sid = named(service.unwrap_or_default(), &sid::fnv([said.as_str()]));
        let statement = Statement::allow(actions, resources);
        statements.push(Statement { sid, condition: condition.clone(), ..statement });
    }
    statements.sort_by(|a, b| a.sid.cmp(&b.sid));
    PolicyDocument::new(statements)
}

/// What stays of the conditions of roles and keys: what they are used for, not by which function.
fn kept(condition: &ConditionBlock) -> ConditionBlock {
    let mut block = ConditionBlock::default();
    for (operator, key, values) in condition.iter() {
        if [PASSED_TO, VIA_SERVICE].contains(&key.as_str()) {
            block.insert(operator, key.clone(), values.iter().cloned());
        }
    }
    block
}

/// A container as a whole: what names it, and what is in it.
fn whole(resource: &str) -> Vec<String> {
    let name = container::name(resource);
    match resource.strip_prefix(name) {
        // A bucket and a log group are named by their own ARN too.
        Some(rest) if !rest.is_empty() => {
            let separator = &rest[..1];
            vec![name.to_owned(), format!("{name}{separator}*")]
        }
        _ => vec![resource.to_owned()],
    }
}

/// All resources of a service in the account and Region of one.
fn of_account(arn: &str) -> String {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts[..] {
        [arn, partition, service, region, account, _] => {
            format!("{arn}:{partition}:{service}:{region}:{account}:*")
        }
        _ => arn.to_owned(),
    }
}

/// Nothing that is granted is blocked, and nothing is there that no role has.
fn prove(
    functions: &[(&AccessGraph, &[PolicyDocument])],
    document: &PolicyDocument,
) -> Result<(), SynthesisError> {
    for (graph, documents) in functions {
        let mut policies = Policies::identity(documents.to_vec());
        policies.boundary = Some(vec![document.clone()]);
        for request in requests::of(graph)?.allowed {
            if !principal_side(&request, &policies) {
                fail(format!("the boundary blocks {}", shown(&request)))?;
            }
        }
    }
    let granted: BTreeSet<&String> = functions
        .iter()
        .flat_map(|(_, documents)| documents.iter())
        .flat_map(|document| &document.statements)
        .filter(|statement| statement.effect == Effect::Allow)
        .flat_map(|statement| statement.action.values())
        .collect();
    for action in document.statements.iter().flat_map(|statement| statement.action.values()) {
        let pattern = ActionPattern::new(action);
        let is_needed = granted
            .iter()
            .any(|granted| granted.parse().is_ok_and(|granted| pattern.matches(&granted)));
        if !is_needed {
            fail(format!("nobody needs `{action}` of the boundary"))?;
        }
    }
    Ok(())
}
