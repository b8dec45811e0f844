//! The slow, obvious evaluator: one request, all statements, the order of AWS.
//!
//! Everything it needs it does itself, without automata, caches or the pattern type, so that it can
//! serve as the oracle for all that is clever. `policies` holds the documents, `statement` whether
//! one statement is about a request, `order` what follows from all that are.

mod account;
mod lacking;
mod order;
mod policies;
mod rcp;
mod statement;

pub use account::assumes_role;
pub use lacking::lacking;
pub(crate) use lacking::of_matches as lacking_of_matches;
pub use order::DecisionEffect;
pub(crate) use order::{Caller, Matches, Shape, applies, applies_to, combine};
pub use policies::{Policies, PolicyKind, StatementRef};
pub(super) use statement::{is_read, names, parts_to_complete, start_of_resource};

use self::statement::Held;
use super::principal::Named;
use super::request::Request;
use crate::policy::{Effect, Statement};

/// The answer, with the statements that made it: the matching `Deny`s, else the matching
/// `Allow`s that count, else none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub effect: DecisionEffect,
    /// The statements responsible, in the order of [`PolicyKind::ALL`].
    pub statements: Vec<StatementRef>,
}

impl Decision {
    /// Whether the request may proceed.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.effect == DecisionEffect::Allowed
    }
}

/// Decides one request.
///
/// An explicit `Deny` in any document that applies ends it. Services, federated identities and
/// unsigned requests have no documents of their own: the resource must name them. For all others
/// identity policies, boundary, session policy and every SCP level must allow, of which a resource
/// policy of the same account can replace some; that of another account must allow besides. The
/// resource's account is `aws:ResourceAccount`, else the account in its ARN, else the caller's. A
/// role to be assumed and a KMS key must themselves allow, so that without their policy the answer
/// is an implicit deny; [`principal_side`] asks only about the caller's documents.
///
/// # Source
/// IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access" and
/// "Cross-account policy evaluation logic".
#[must_use]
pub fn decide(request: &Request, policies: &Policies) -> Decision {
    let found = Found::of(request, policies, |_| true);
    match combine(&found.matches) {
        effect @ DecisionEffect::ExplicitlyDenied => Decision { effect, statements: found.denies },
        effect @ DecisionEffect::Allowed => Decision { effect, statements: found.allows },
        effect @ DecisionEffect::ImplicitlyDenied => Decision { effect, statements: Vec::new() },
    }
}

/// Whether the caller's own documents allow a request: identity policies, boundary, session policy
/// and every SCP level, and no `Deny` in any of them. What the resource says is left out, also where
/// its policy would have to allow.
#[must_use]
pub fn principal_side(request: &Request, policies: &Policies) -> bool {
    principal_side_by(request, policies).is_allowed()
}

/// The same, with the statements responsible.
pub(crate) fn principal_side_by(request: &Request, policies: &Policies) -> Decision {
    let found = Found::of(request, policies, PolicyKind::is_of_the_caller);
    if found.matches.denied {
        Decision { effect: DecisionEffect::ExplicitlyDenied, statements: found.denies }
    } else if found.matches.own_side() {
        Decision { effect: DecisionEffect::Allowed, statements: found.allows }
    } else {
        Decision { effect: DecisionEffect::ImplicitlyDenied, statements: Vec::new() }
    }
}

/// Whether one statement, by itself, is about a request.
pub(crate) fn is_about(
    statement: &Statement,
    variables: bool,
    kind: PolicyKind,
    request: &Request,
) -> bool {
    let held = Held { request, kind, variables, bounded: false };
    statement::covers(statement, held) != Named::No
}

/// Whether documents of one kind, by themselves, name the caller and allow the request: what
/// `compare` compares. A caller named by its account counts, since the rest is the account's own.
#[cfg(test)]
pub(super) fn granted(
    request: &Request,
    kind: PolicyKind,
    documents: &[crate::policy::PolicyDocument],
) -> bool {
    let (mut denied, mut allowed) = (false, false);
    for policy in documents {
        for statement in &policy.statements {
            let held = Held { request, kind, variables: policy.has_variables(), bounded: false };
            if statement::covers(statement, held) != Named::No {
                match statement.effect {
                    Effect::Deny => denied = true,
                    Effect::Allow => allowed = true,
                }
            }
        }
    }
    allowed && !denied
}

/// The statements about a request, and what follows from them for each kind.
struct Found {
    matches: Matches,
    denies: Vec<StatementRef>,
    allows: Vec<StatementRef>,
}

impl Found {
    /// Looks at every statement of the wanted kinds that apply.
    fn of(request: &Request, policies: &Policies, wanted: impl Fn(PolicyKind) -> bool) -> Self {
        let matches = Matches::before_any_statement(request, Shape::of(policies));
        let mut found = Self { matches, denies: Vec::new(), allows: Vec::new() };
        let bounded = policies.boundary.is_some() && applies(PolicyKind::Boundary, request);
        for (kind, level, document, policy) in policies.documents() {
            if !wanted(kind) || !applies(kind, request) {
                continue;
            }
            let held = Held { request, kind, variables: policy.has_variables(), bounded };
            for (index, statement) in policy.statements.iter().enumerate() {
                let named = statement::covers(statement, held);
                if named == Named::No {
                    continue;
                }
                let sid = statement.sid.clone();
                let place = StatementRef { kind, level, document, index, sid };
                match (statement.effect, kind) {
                    (Effect::Deny, _) => {
                        found.matches.denied = true;
                        found.denies.push(place);
                    }
                    // What every RCP allows anyway.
                    (Effect::Allow, PolicyKind::Rcp) => {}
                    (Effect::Allow, _) => {
                        found.matches.allow(kind, level, named);
                        found.allows.push(place);
                    }
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
