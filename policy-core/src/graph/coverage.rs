//! Which grant allows which observed request.

use crate::evidence::ObservedResource;
use crate::iam::{ActionName, ArnPattern};

use super::node::{GrantClass, ObservedRequest, Owner};
use crate::names::container;

/// Something that allows requests: a declared request, a platform need, an acceptance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowing<'a> {
    pub(super) action: &'a ActionName,
    pub(super) resource: &'a ArnPattern,
    pub(super) class: &'a GrantClass,
    pub(super) owner: Option<&'a Owner>,
}

/// How far an observed request is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Covered {
    /// Every request it can be is allowed.
    Fully,
    /// The event does not tell the resource; some resource of the action is allowed.
    ByActionOnly,
    /// It is not.
    No,
}

/// Whether grants of one class carry conditions that calls of another satisfy.
fn class_allows(grant: &GrantClass, call: &GrantClass) -> bool {
    use GrantClass::{Accepted, Code, Forwarded, Passed, PlatformNamed, PlatformUnnamed};
    match (grant, call) {
        (Accepted | PlatformUnnamed, _) | (Code | PlatformNamed, Code | PlatformNamed) => true,
        (Forwarded { via_service: a }, Forwarded { via_service: b }) => a == b,
        (Code, Passed { .. }) => true,
        (Passed { to: a }, Passed { to: b }) => a == b,
        _ => false,
    }
}

/// Whether `allowing` covers `request`.
pub(super) fn covers(allowing: Allowing<'_>, request: &ObservedRequest) -> Covered {
    let named = match allowing.owner {
        Some(Owner::Account(id)) => request.accounts.is_empty() || request.accounts.contains(id),
        _ => true,
    };
    // Who called and who owns is told by conditions, which may be left out; a refusal that only they
    // tell apart from something granted is a refusal of what is granted.
    let fits = request.only_denied || (named && class_allows(allowing.class, &request.class));
    if !fits || allowing.action != &request.action {
        return Covered::No;
    }
    let full = match &request.resource {
        ObservedResource::Arn(arn) => {
            let is_form = |form: &ArnPattern| allowing.resource.pattern().contains(form.pattern());
            allowing.resource.matches(arn.as_str())
                || container::log_group(&request.action, arn.as_str())
                    .is_some_and(|forms| forms.iter().any(is_form))
        }
        ObservedResource::Named(pattern) | ObservedResource::Names(pattern) => {
            allowing.resource.pattern().contains(pattern.pattern())
        }
        ObservedResource::None => *allowing.resource == ArnPattern::any(),
        ObservedResource::Unknown => return Covered::ByActionOnly,
    };
    if full { Covered::Fully } else { Covered::No }
}
