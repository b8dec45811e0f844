//! Generated policies within the limits of the role: boundary and SCPs take away, and what they take may be needed.
//!
//! What blocks is a finding, not a failed proof: the policies are right, the limit is not.

use policy_core::finding::{Code, Finding, Severity};
use policy_core::policy::PolicyDocument;
use policy_core::semantics::{Request, principal_side};
use policy_core::synthesis::RoleDocument;

use super::{Generated, Reported, reported};
use crate::command::blocked;
use crate::input::limits::Limits;
use crate::input::policy::NamedDocument;

/// What the limits leave of the evidence of one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    /// The limits, for people: `within boundary.json and 2 SCP levels`.
    pub limits: String,
    /// How many requests of the evidence were decided.
    pub requests: usize,
    /// Those that the limits refuse.
    pub blocked: Vec<Request>,
}

/// Holds the requests that documents were proved with against the limits, with findings for what they block.
pub(super) fn within(
    role: &[PolicyDocument],
    requests: &[Request],
    limits: &Limits,
) -> Option<(Within, Vec<Reported>)> {
    let line = limits.line()?;
    let named: Vec<NamedDocument> = role
        .iter()
        .enumerate()
        .map(|(index, document)| {
            let name = RoleDocument::at(index).file_name();
            let (file, document) = (name.clone(), document.clone());
            NamedDocument { name, file, document, spots: Vec::new() }
        })
        .collect();
    let found = blocked::within(&named, limits).findings;
    let policies = limits.on(role.to_vec());
    let refused = requests.iter().filter(|request| !principal_side(request, &policies));
    let blocked: Vec<Request> = refused.cloned().collect();
    let is_told = found.iter().any(|it| it.finding.severity == Severity::Error);
    let mut findings = Vec::new();
    if let Some(first) = blocked.first()
        && !is_told
    {
        let count = blocked.len();
        let plural = if count == 1 { "request" } else { "requests" };
        let message = format!(
            "{count} {plural} of the evidence would be refused {line}, such as `{}` on `{}`",
            first.action, first.resource
        );
        let finding = Finding::new(Code::GrantIneffective, message)
            .help("allow it in the limit, or take the grant out");
        findings.push(reported(finding));
    }
    findings.extend(found.into_iter().map(|it| reported(it.finding)));
    Some((Within { limits: line, requests: requests.len(), blocked }, findings))
}

/// The same for each role, of a function or of several, with the documents that are written for it.
pub(super) fn within_all(generated: &mut Generated, limits: &Limits) {
    let shared: Vec<bool> =
        generated.functions.iter().map(|it| generated.shared_role(it).is_some()).collect();
    for (function, is_shared) in generated.functions.iter_mut().zip(shared) {
        if is_shared {
            continue;
        }
        let policies = &function.policies;
        if let Some((within, findings)) =
            within(&policies.execution_role, &policies.proof.requests, limits)
        {
            function.within = Some(within);
            function.findings.extend(findings);
        }
    }
    for role in &mut generated.roles {
        let policies = &role.policies;
        if let Some((within, findings)) =
            within(&policies.execution_role, &policies.proof.requests, limits)
        {
            role.within = Some(within);
            role.findings.extend(findings);
        }
    }
}
