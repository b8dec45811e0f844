//! The order of AWS: from what matches in each kind of policy to the answer.
//!
//! [`combine`] knows no documents. Whoever finds out what matches, slowly or fast, fills in
//! [`Matches`] and asks it, so that the order of evaluation is written once.

use super::policies::{Policies, PolicyKind};
use super::rcp;
use crate::semantics::choice;
use crate::semantics::principal::Named;
use crate::semantics::request::{Principal, Request};

/// How a request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecisionEffect {
    /// It may proceed.
    Allowed,
    /// Nothing allows it.
    ImplicitlyDenied,
    /// A `Deny` statement matches it.
    ExplicitlyDenied,
}

impl DecisionEffect {
    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ImplicitlyDenied => "implicitly-denied",
            Self::ExplicitlyDenied => "explicitly-denied",
        }
    }
}

/// Which kinds of documents a set of policies has; the part of [`Policies`] that the order of
/// evaluation depends on whatever the statements say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) boundary: bool,
    pub(crate) session: bool,
    pub(crate) resource: bool,
    pub(crate) trust: bool,
    pub(crate) scp_levels: usize,
    pub(crate) endpoint: bool,
}

impl Shape {
    pub(crate) fn of(policies: &Policies) -> Self {
        Self {
            boundary: policies.boundary.is_some(),
            session: policies.session.is_some(),
            resource: policies.resource.is_some(),
            trust: policies.trust.is_some(),
            scp_levels: policies.scp.len(),
            endpoint: policies.endpoint.is_some(),
        }
    }
}

/// Who calls, as far as the order of evaluation depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A role or a user: all kinds of policy apply.
    Identity,
    /// A service-linked role: no SCPs and no RCPs.
    ServiceLinked,
    /// The root user: it needs no identity policy and can have no boundary.
    Root,
    /// A service, a federated or canonical identity, nobody: none of the caller's own documents.
    Outside,
}

impl Caller {
    pub(crate) fn of(principal: &Principal) -> Self {
        match principal {
            Principal::Role { arn, .. }
                if arn.arn().resource().starts_with(SERVICE_LINKED_ROLE) =>
            {
                Self::ServiceLinked
            }
            Principal::Iam(arn) if arn.service() == "iam" && arn.resource() == "root" => Self::Root,
            Principal::Role { .. } | Principal::Iam(_) => Self::Identity,
            Principal::Service(_)
            | Principal::Federated(_)
            | Principal::CanonicalUser(_)
            | Principal::Opaque(_)
            | Principal::Anonymous => Self::Outside,
        }
    }
}

/// How the resource part of a service-linked role begins.
pub(super) const SERVICE_LINKED_ROLE: &str = "role/aws-service-role/";

/// Whether documents of a kind have a say about a request; the `Deny`s of others do not count, nor
/// do their `Allow`s.
///
/// # Source
/// IAM User Guide, "Policies and permissions in AWS IAM"; AWS Organizations User Guide, "Service
/// control policies (SCPs)" and "Resource control policies (RCPs)" on what they do not restrict.
pub(crate) fn applies(kind: PolicyKind, request: &Request) -> bool {
    applies_to(Caller::of(&request.principal), kind, request)
}

/// The same for a caller that is known already.
pub(crate) fn applies_to(caller: Caller, kind: PolicyKind, request: &Request) -> bool {
    match kind {
        PolicyKind::Identity | PolicyKind::Boundary => {
            matches!(caller, Caller::Identity | Caller::ServiceLinked)
        }
        PolicyKind::Session => caller != Caller::Outside,
        PolicyKind::Scp => matches!(caller, Caller::Identity | Caller::Root),
        PolicyKind::Rcp => caller != Caller::ServiceLinked && rcp::governs(request),
        PolicyKind::Resource | PolicyKind::Trust | PolicyKind::Endpoint => true,
    }
}

/// Whether the caller is a session of `GetFederationToken`, which may do nothing on its own account
/// unless session policies were passed.
///
/// # Source
/// STS API Reference, "GetFederationToken"; IAM User Guide, "How AWS enforcement code logic evaluates
/// requests to allow or deny access", "Session policies".
fn is_federated_user(principal: &Principal) -> bool {
    matches!(principal, Principal::Iam(arn) if arn.service() == "sts")
}

/// What matches a request in each kind of policy that [`applies`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Matches {
    pub(crate) caller: Caller,
    /// The resource belongs to another account than the caller.
    pub(crate) other_account: bool,
    /// The request is for a role or a KMS key: its own policy must allow.
    pub(crate) must_allow: bool,
    /// Some `Deny` matches.
    pub(crate) denied: bool,
    /// Some `Allow` of an identity policy matches.
    pub(crate) identity: bool,
    /// Some `Allow` of the boundary matches, or there is none.
    pub(crate) boundary: bool,
    /// Some `Allow` of a session policy matches, or there is none and none is needed.
    pub(crate) session: bool,
    /// For each level, whether some `Allow` of it matches.
    pub(crate) scp: Vec<bool>,
    /// The strongest way in which an `Allow` of the resource's policy names the caller.
    pub(crate) resource: Named,
    /// The same of the trust policy; where there is one, it is the policy of the resource.
    pub(crate) trust: Option<Named>,
    /// Some `Allow` of the endpoint policy matches, or there is none.
    pub(crate) endpoint: bool,
}

impl Matches {
    /// What is known before any statement is looked at: everything that is there says no, all that
    /// is not there or does not apply says yes.
    pub(crate) fn before_any_statement(request: &Request, shape: Shape) -> Self {
        let caller = Caller::of(&request.principal);
        let applies = |kind| applies_to(caller, kind, request);
        let scp_levels = if applies(PolicyKind::Scp) { shape.scp_levels } else { 0 };
        Self {
            caller,
            other_account: super::account::is_another(request),
            must_allow: shape.trust || super::account::must_allow(request),
            denied: false,
            identity: caller == Caller::Root,
            boundary: !(shape.boundary && applies(PolicyKind::Boundary)),
            session: match shape.session {
                true => !applies(PolicyKind::Session),
                false => !is_federated_user(&request.principal),
            },
            scp: vec![false; scp_levels],
            resource: Named::No,
            trust: shape.trust.then_some(Named::No),
            endpoint: !shape.endpoint,
        }
    }

    /// Takes note of a matching `Allow` of a kind that applies.
    pub(crate) fn allow(&mut self, kind: PolicyKind, level: usize, named: Named) {
        match kind {
            PolicyKind::Identity => self.identity = true,
            PolicyKind::Boundary => self.boundary = true,
            PolicyKind::Session => self.session = true,
            PolicyKind::Scp => {
                if let Some(allows) = self.scp.get_mut(level) {
                    *allows = true;
                }
            }
            PolicyKind::Resource => self.resource = self.resource.max(named),
            PolicyKind::Trust => self.trust = self.trust.max(Some(named)),
            // `RCPFullAWSAccess` allows everything already.
            PolicyKind::Rcp => {}
            PolicyKind::Endpoint => {
                self.endpoint |= choice::ENDPOINT_ACCOUNT_IS_EVERYONE_IN_IT
                    || self.caller == Caller::Root
                    || named != Named::ByAccount;
            }
        }
    }

    /// Whether the caller's own documents allow: identity, boundary, session and every SCP level.
    pub(crate) fn own_side(&self) -> bool {
        self.caller != Caller::Outside
            && self.identity
            && self.boundary
            && self.session
            && self.scp.iter().all(|allows| *allows)
    }
}

/// The answer of AWS to what matches.
///
/// An explicit `Deny` ends it; then every SCP level must allow and the endpoint too. In another
/// account both sides must allow. In the same account the policy of the resource may stand in for
/// documents of the caller, the more of them the closer it names the caller:
///
/// | it allows | identity `Allow` needed | boundary and session must allow |
/// |---|---|---|
/// | nothing, or the caller's account | yes | yes |
/// | the role | no | yes |
/// | the role session, the user, everyone | no | no |
///
/// # Source
/// IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access",
/// "Cross-account policy evaluation logic", "Permissions boundaries for IAM entities".
pub(crate) fn combine(matches: &Matches) -> DecisionEffect {
    if matches.denied {
        DecisionEffect::ExplicitlyDenied
    } else if allowed(matches) {
        DecisionEffect::Allowed
    } else {
        DecisionEffect::ImplicitlyDenied
    }
}

fn allowed(matches: &Matches) -> bool {
    let by_resource = matches.trust.unwrap_or(matches.resource);
    if !matches.endpoint {
        return false;
    }
    if matches.caller == Caller::Outside {
        return by_resource == Named::Itself;
    }
    if matches.other_account {
        return matches.own_side() && by_resource != Named::No;
    }
    if matches.must_allow && by_resource == Named::No {
        return false;
    }
    let scps = matches.scp.iter().all(|allows| *allows);
    match by_resource {
        Named::No | Named::ByAccount => matches.own_side(),
        Named::ByRole => scps && matches.boundary && matches.session,
        Named::Itself => scps,
    }
}
