//! Access graph → policy documents.
//!
//! Grants get their conditions, many names become few patterns, statements become as few and as
//! short as they can be without allowing one request more; then the documents are proved against the
//! evidence before anyone sees them. The room decides nothing about which evidence counts: that
//! is `graph`.

mod blocks;
mod boundary;
mod conditions;
mod cover;
mod entries;
mod error;
mod generalise;
mod grants;
mod invoker;
mod minimize;
mod neighbours;
mod pipeline;
mod proof;
mod proof_invokers;
mod proof_trust;
mod proven;
mod refusal;
mod requests;
mod role;
mod room;
mod shared;
mod sid;
mod split;
mod trust;
mod walk;
mod wildcards;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use crate::catalog::Catalog;
use crate::finding::Finding;
use crate::graph::AccessGraph;
use crate::policy::PolicyDocument;
use crate::policy::quota::Quota;

pub use boundary::{Boundary, boundary};
pub use conditions::{ConditionName, Conditions};
pub use entries::{EvidenceEntry, NamesSummary, ObservedSummary};
pub use error::{OverQuota, SynthesisError};
pub use generalise::{Excess, Generalised, KEEP_EXACT, MAX_RESOURCES, Names};
pub use neighbours::{Fragment, FragmentKind, fragments};
pub use pipeline::{Duties, Duty, PipelineInputs, pipeline};
pub use proof::ProofError;
pub use proven::{Claim, Proof, Proved};
pub use room::{AttachQuota, DocumentSize, RoleDocument, RolePolicyKind};
pub use shared::{RoleMember, RolePolicies, synthesise_role};
pub use trust::TrustConditions;
pub use wildcards::Wildcards;

/// What may be chosen about the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Conditions of the execution role.
    pub conditions: Conditions,
    /// Conditions of the trust policy.
    pub trust: TrustConditions,
    /// How many patterns observed names may become, for one action in one container; more only where
    /// tenants or refused names force it, which is a finding.
    pub max_resources: NonZeroUsize,
    /// Whether the proof's rows and requests are wanted; it is made in any case.
    pub prove: bool,
    /// Whether actions may be written as patterns.
    pub wildcards: Wildcards,
    /// How many managed policies the role may carry.
    pub attach: AttachQuota,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            conditions: Conditions::default(),
            trust: TrustConditions::default(),
            max_resources: MAX_RESOURCES,
            prove: false,
            wildcards: Wildcards::Never,
            attach: AttachQuota::default(),
        }
    }
}

/// The documents of one function and why each grant is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionPolicies {
    /// The execution role's identity policies: an inline one, and managed ones where that has no room ([`RoleDocument`]).
    pub execution_role: Vec<PolicyDocument>,
    /// Who may assume the role.
    pub trust_policy: PolicyDocument,
    /// Who may invoke the function, by qualifier; `""` is the function itself.
    pub resource_policies: BTreeMap<String, PolicyDocument>,
    /// Why each action on each resource is allowed; sorted by Sid, action and resource.
    pub evidence: Vec<EvidenceEntry>,
    /// How large each document is and how much room is left.
    pub sizes: Vec<DocumentSize>,
    /// How many managed policies the role may carry.
    pub attach: AttachQuota,
    /// What was proved; empty unless [`Options::prove`].
    pub proof: Proof,
}

/// Makes the documents of one function and proves them.
///
/// Shape: findings sorted, each once; the same graph gives the same bytes.
///
/// # Errors
/// [`SynthesisError::OverQuota`] when a document cannot be made small enough;
/// [`SynthesisError::Proof`] when the documents do not do what the evidence asks for, which is a
/// fault of this tool.
pub fn synthesise(
    graph: &AccessGraph,
    catalog: &Catalog,
    options: Options,
) -> Result<(FunctionPolicies, Vec<Finding>), SynthesisError> {
    let mut findings = Vec::new();
    let mut made = role::make(&[(graph, &options)], catalog, &mut findings)?;
    let (execution_role, evidence) = (made.documents, made.evidence.pop().unwrap_or_default());
    let (settings, environment) = (graph.settings(), graph.environment());
    let trust_policy = trust::policy(&[settings], environment, options.trust, &mut findings);
    let (resource_policies, invocations) = invoker::policies(graph, &mut findings);

    let mut sizes = room::role_sizes(&execution_role);
    sizes.push(room::measured("trust-policy", &trust_policy, Quota::Trust)?);
    for (qualifier, document) in &resource_policies {
        let name = match qualifier.as_str() {
            "" => "resource-policy".to_owned(),
            qualifier => format!("resource-policy.{qualifier}"),
        };
        sizes.push(room::measured(&name, document, Quota::LambdaResource)?);
    }

    let mut proof = Proof::default();
    proof::execution_role(&[graph], &execution_role, &[], options.prove, &mut proof)?;
    proof_trust::prove(&[settings], environment, &requests::role(graph)?, &trust_policy)?;
    proof_invokers::prove(&resource_policies, &invocations)?;
    proven::documents(&mut proof, options.prove, &trust_policy, &resource_policies);

    findings.sort();
    findings.dedup();
    let policies = FunctionPolicies {
        execution_role,
        trust_policy,
        resource_policies,
        evidence,
        sizes,
        attach: options.attach,
        proof,
    };
    Ok((policies, findings))
}
