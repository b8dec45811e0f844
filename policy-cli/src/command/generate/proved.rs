//! Generated policies within the limits of the role: boundary and SCPs take away, and what they take may be needed.
//!
//! What blocks is a finding, not a failed proof: the policies are right, the limit is not.

use policy_core::finding::{Code, Finding, Severity};
use policy_core::semantics::{Request, principal_side};
use policy_core::synthesis::RoleDocument;

use super::{GeneratedFunction, reported};
use crate::command::blocked;
use crate::input::limits::Limits;
use crate::input::policy::NamedDocument;

/// What the limits leave of the evidence of one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    /// The limits, for people: `within boundary.json and 2 SCP levels`.
    pub limits: String,
    /// How many requests of the evidence were decided.
    pub requests: usize,
    /// Those that the limits refuse.
    pub blocked: Vec<Request>,
}

/// Holds the requests of a function's evidence against the limits, with a finding for what they block.
pub(super) fn within(function: &mut GeneratedFunction, limits: &Limits) {
    let Some(line) = limits.line() else { return };
    let role = &function.policies.execution_role;
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
    let policies = limits.on(role.clone());
    let requests = &function.policies.proof.requests;
    let refused = requests.iter().filter(|request| !principal_side(request, &policies));
    let blocked: Vec<Request> = refused.cloned().collect();
    let is_told = found.iter().any(|it| it.finding.severity == Severity::Error);
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
        function.findings.push(reported(finding));
    }
    function.findings.extend(found.into_iter().map(|it| reported(it.finding)));
    function.within = Some(Within { limits: line, requests: requests.len(), blocked });
}
