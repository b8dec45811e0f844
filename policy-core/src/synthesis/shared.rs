//! A role that several functions share: the union of their needs, and what separating them would remove.
//!
//! Where nobody else uses the role, what the code of one function needs stays with it: the condition on
//! `lambda:SourceFunctionArn` keeps the others out. What Lambda does for a function without that key, and what
//! has no such condition, is open to all of them; that is reported.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::finding::{Code, Finding, Severity};
use crate::graph::AccessGraph;
use crate::iam::{ConditionKey, RoleArn};
use crate::policy::PolicyDocument;
use crate::policy::quota::Quota;
use crate::semantics::{Context, Policies, Principal, Request, principal_side};

use super::conditions::SOURCE_FUNCTION;
use super::entries::EvidenceEntry;
use super::error::SynthesisError;
use super::proven::{self, Proof};
use super::room::{self, AttachQuota, DocumentSize};
use super::{FunctionPolicies, Options, proof, proof_trust, role, trust};

/// Examples in one finding.
const EXAMPLES: usize = 5;

/// A function of a shared role.
#[derive(Debug, Clone, Copy)]
pub struct RoleMember<'a> {
    /// What is known of it.
    pub graph: &'a AccessGraph,
    /// What was chosen for it.
    pub options: Options,
    /// What it would get alone.
    pub own: &'a FunctionPolicies,
}

/// The documents of a role that several functions share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolePolicies {
    /// The role.
    pub role: RoleArn,
    /// The functions, sorted by name.
    pub functions: Vec<Box<str>>,
    /// The union of their identity policies.
    pub execution_role: Vec<PolicyDocument>,
    /// Who may assume the role.
    pub trust_policy: PolicyDocument,
    /// Why each action on each resource is allowed, by function; sorted.
    pub evidence: BTreeMap<Box<str>, Vec<EvidenceEntry>>,
    /// How large each document is and how much room is left.
    pub sizes: Vec<DocumentSize>,
    /// How many managed policies the role may carry.
    pub attach: AttachQuota,
    /// What was proved of these documents; empty unless [`Options::prove`] of one of the functions.
    pub proof: Proof,
}

/// Makes the documents of a role that several functions share, and proves them.
///
/// Shape: findings sorted, each once; the same members in any order give the same value.
///
/// # Errors
/// As [`super::synthesise`].
pub fn synthesise_role(
    role: &RoleArn,
    members: &[RoleMember<'_>],
    catalog: &Catalog,
) -> Result<(RolePolicies, Vec<Finding>), SynthesisError> {
    let mut members = members.to_vec();
    members.sort_by(|a, b| a.graph.settings().name.cmp(&b.graph.settings().name));
    let graphs: Vec<&AccessGraph> = members.iter().map(|member| member.graph).collect();
    let chosen: Vec<(&AccessGraph, &Options)> =
        members.iter().map(|member| (member.graph, &member.options)).collect();
    // What is found there is said of each function already.
    let made = role::make(&chosen, catalog, &mut Vec::new())?;
    let execution_role = made.documents;
    let names = graphs.iter().map(|graph| graph.settings().name.clone());
    let evidence: BTreeMap<_, _> = names.clone().zip(made.evidence).collect();

    let mut findings = Vec::new();
    let settings: Vec<_> = graphs.iter().map(|graph| graph.settings()).collect();
    let environment = graphs.first().map(|graph| graph.environment().clone()).unwrap_or_default();
    let conditions = members.first().map(|member| member.options.trust).unwrap_or_default();
    let trust_policy = trust::policy(&settings, &environment, conditions, &mut findings);
    let mut sizes = room::role_sizes(&execution_role);
    sizes.push(room::measured("trust-policy", &trust_policy, Quota::Trust)?);

    let own: Vec<Policies> = members
        .iter()
        .map(|member| Policies::identity(member.own.execution_role.clone()))
        .collect();
    let is_asked = members.iter().any(|member| member.options.prove);
    let mut proof = Proof::default();
    proof::execution_role(&graphs, &execution_role, &own, is_asked, &mut proof)?;
    proof_trust::prove(&settings, &environment, role, &trust_policy)?;
    // Who may invoke is said of each function.
    proven::documents(&mut proof, is_asked, &trust_policy, &BTreeMap::new());

    let functions: Vec<Box<str>> = names.collect();
    let policies = RolePolicies {
        role: role.clone(),
        functions,
        execution_role,
        trust_policy,
        evidence,
        sizes,
        attach: role::room(&chosen),
        proof,
    };
    findings.extend(separation(&policies, &graphs, &own));
    findings.sort();
    findings.dedup();
    Ok((policies, findings))
}

/// What each function may do only because it shares the role.
fn separation(role: &RolePolicies, graphs: &[&AccessGraph], own: &[Policies]) -> Vec<Finding> {
    let whole = Policies::identity(role.execution_role.clone());
    let listed: Vec<String> = role.functions.iter().map(|name| format!("`{name}`")).collect();
    let listed = listed.join(", ");
    let mut findings = Vec::new();
    for (graph, alone) in graphs.iter().zip(own) {
        let settings = graph.settings();
        let deployed = settings.deployed.as_ref().map(|arn| arn.as_str());
        let mut gained: BTreeSet<String> = BTreeSet::new();
        for (other, entries) in &role.evidence {
            if *other == settings.name {
                continue;
            }
            for entry in entries {
                let request = sample(entry, &role.role, deployed);
                if principal_side(&request, &whole) && !principal_side(&request, alone) {
                    gained.insert(format!(
                        "`{}` on `{}` (of `{other}`)",
                        entry.action, entry.resource
                    ));
                }
            }
        }
        if gained.is_empty() {
            continue;
        }
        let shown: Vec<&str> = gained.iter().take(EXAMPLES).map(String::as_str).collect();
        let more = match gained.len().saturating_sub(EXAMPLES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        findings.push(
            Finding::new(
                Code::RoleShared,
                format!(
                    "function `{}` may do what only others of role `{}` need: {}{more}",
                    settings.name,
                    role.role.name(),
                    shown.join(", ")
                ),
            )
            .help("give the function a role of its own, which takes that away"),
        );
    }
    if findings.is_empty() {
        findings.push(
            Finding::new(
                Code::RoleShared,
                format!(
                    "role `{}` is shared by {listed}; conditions keep each to what it needs, so that roles of their own would take nothing away",
                    role.role.name()
                ),
            )
            .severity(Severity::Note)
            .help("one role for each function is easier to read, and no condition is then needed to keep them apart"),
        );
    }
    findings
}

/// A request that an entry stands for, made by the function at `deployed`.
fn sample(entry: &EvidenceEntry, role: &RoleArn, deployed: Option<&str>) -> Request {
    let one = |text: &str| text.replace(['*', '?'], "x");
    let mut context = Context::default();
    for (_, key, values) in entry.condition.iter() {
        let value = values.first().map(|value| one(value));
        context.set(key.clone(), value.into_iter().collect());
    }
    // Code always carries it; so what Lambda alone may do is not counted as the code's.
    if let Some(deployed) = deployed {
        context.set(ConditionKey::new(SOURCE_FUNCTION), vec![deployed.to_owned()]);
    }
    let resource = match entry.resource.as_str() {
        "*" => "*".to_owned(),
        resource => one(resource),
    };
    Request {
        principal: Principal::role(role.clone()),
        action: entry.action.clone(),
        resource,
        context,
    }
}
