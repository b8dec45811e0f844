//! A fragment is read back, allows what it is for, and nothing like it.

use crate::policy::{self, PolicyDocument, PrincipalElement, Principals, Statement, write};
use crate::semantics::{Policies, Request, decide, principal_side};

use super::super::error::SynthesisError;
use super::super::proof::{fail, shown};
use super::{Draft, FragmentKind};

pub(super) fn prove(draft: &Draft) -> Result<(), SynthesisError> {
    let fragment = &draft.fragment;
    let text = write::document(&fragment.document);
    let read = policy::parse(&text, &fragment.name);
    if read.map(|parsed| parsed.document).as_ref() != Ok(&fragment.document) {
        fail(format!("the fragment `{}` is not read as it was made", fragment.name))?;
    }
    for request in &draft.allowed {
        if !is_allowed(fragment.kind, request, &fragment.document) {
            fail(format!("{} is not allowed by `{}`", shown(request), fragment.name))?;
        }
    }
    for request in &draft.refused {
        if is_allowed(fragment.kind, request, &fragment.document) {
            fail(format!("{} is allowed by `{}`", shown(request), fragment.name))?;
        }
    }
    for index in 0..fragment.document.statements.len() {
        let mut without = fragment.document.clone();
        without.statements.remove(index);
        if draft.allowed.iter().all(|request| is_allowed(fragment.kind, request, &without)) {
            fail(format!("a statement of the fragment `{}` is superfluous", fragment.name))?;
        }
    }
    Ok(())
}

/// Whether the request is allowed where the caller's own policies allow everything, for a policy of a resource or an
/// endpoint; by the fragment alone for a policy of the caller.
fn is_allowed(kind: FragmentKind, request: &Request, document: &PolicyDocument) -> bool {
    let everything = || vec![PolicyDocument::new(vec![Statement::allow(["*"], ["*"])])];
    match kind {
        FragmentKind::Caller => {
            principal_side(request, &Policies::identity(vec![document.clone()]))
        }
        FragmentKind::Endpoint => {
            let mut policies = Policies::identity(everything());
            policies.endpoint = Some(vec![document.clone()]);
            // For itself a service calls, no policy of a role says yes to.
            if request.principal.account().is_none() {
                let anyone = Some(PrincipalElement::Principal(Principals::Any));
                let open = Statement { principal: anyone, ..Statement::allow(["*"], ["*"]) };
                policies.resource = Some(PolicyDocument::new(vec![open]));
            }
            decide(request, &policies).is_allowed()
        }
        FragmentKind::Trust => {
            let mut policies = Policies::trust(document.clone());
            policies.identity = everything();
            decide(request, &policies).is_allowed()
        }
        FragmentKind::Resource | FragmentKind::Key => {
            let mut policies = Policies::resource(document.clone());
            let resource = request.resource.split(':').nth(4);
            let caller = request.principal.account();
            let is_foreign = caller.is_some_and(|account| Some(account.as_str()) != resource);
            if is_foreign || kind == FragmentKind::Key {
                policies.identity = everything();
            }
            decide(request, &policies).is_allowed()
        }
    }
}
