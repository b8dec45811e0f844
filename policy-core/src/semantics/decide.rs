//! The slow, obvious evaluator: one request, all statements, the order of AWS.
//!
//! Everything it needs it does itself, without automata, caches or the pattern type, so that it can
//! serve as the oracle for all that is clever. It knows no boundary, SCP, RCP or session policy.

use super::glob::{self, Glyph};
use super::principal::{self, Named};
use super::request::Request;
use super::{choice, condition};
use crate::iam::{AccountId, Arn, ConditionKey};
use crate::policy::{ActionElement, Effect, PolicyDocument, Statement};

/// The documents that a request is held against.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Policies {
    /// Identity policies of the caller, inline and attached.
    pub identity: Vec<PolicyDocument>,
    /// The policy of the resource.
    pub resource: Option<PolicyDocument>,
    /// The trust policy of the role that is to be assumed. It must allow: an identity policy alone
    /// never suffices.
    pub trust: Option<PolicyDocument>,
}

impl Policies {
    /// Only identity policies.
    #[must_use]
    pub fn identity(documents: Vec<PolicyDocument>) -> Self {
        Self { identity: documents, ..Self::default() }
    }

    /// Only the policy of the resource.
    #[must_use]
    pub fn resource(document: PolicyDocument) -> Self {
        Self { resource: Some(document), ..Self::default() }
    }

    /// Only a trust policy.
    #[must_use]
    pub fn trust(document: PolicyDocument) -> Self {
        Self { trust: Some(document), ..Self::default() }
    }
}

/// Which of the [`Policies`] a statement stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PolicyKind {
    /// An identity policy.
    Identity,
    /// The policy of the resource.
    Resource,
    /// A trust policy.
    Trust,
}

/// A statement, by where it stands. Units: indices from 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementRef {
    /// Which kind of policy.
    pub kind: PolicyKind,
    /// Which document of that kind.
    pub document: usize,
    /// Which statement of it.
    pub index: usize,
    /// Its Sid, when it has one.
    pub sid: Option<String>,
}

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

/// The answer, with the statements that made it: the matching `Deny`s, else the matching
/// `Allow`s that count, else none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub effect: DecisionEffect,
    /// The statements responsible, in the order identity, resource, trust.
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
/// An explicit `Deny` anywhere ends it. A resource policy that names the caller, or everyone, is
/// enough in the same account; one that names the caller's account, and any resource policy of
/// another account, needs an identity `Allow` besides. The resource's account is
/// `aws:ResourceAccount`, else the account in its ARN, else the caller's. A trust policy must
/// itself allow.
///
/// # Source
/// IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".
#[must_use]
pub fn decide(request: &Request, policies: &Policies) -> Decision {
    let identity = policies.identity.iter().enumerate().map(|(i, d)| (PolicyKind::Identity, i, d));
    let resource = policies.resource.iter().map(|d| (PolicyKind::Resource, 0, d));
    let trust = policies.trust.iter().map(|d| (PolicyKind::Trust, 0, d));
    let (denies, allows) = matching(request, identity.chain(resource).chain(trust));
    if !denies.is_empty() {
        return Decision { effect: DecisionEffect::ExplicitlyDenied, statements: denies };
    }
    let has = |kind: PolicyKind, least: Named| {
        allows.iter().any(|(place, named)| place.kind == kind && *named >= least)
    };
    let by_identity = has(PolicyKind::Identity, Named::ByAccount);
    let gate = match (&policies.trust, &policies.resource) {
        (Some(_), _) => Some(PolicyKind::Trust),
        (None, Some(_)) => Some(PolicyKind::Resource),
        (None, None) => None,
    };
    let allowed = match gate {
        None => by_identity,
        Some(kind) if other_account(request) => by_identity && has(kind, Named::ByAccount),
        Some(PolicyKind::Trust) => {
            has(PolicyKind::Trust, Named::Directly)
                || by_identity && has(PolicyKind::Trust, Named::ByAccount)
        }
        Some(kind) => by_identity || has(kind, Named::Directly),
    };
    if !allowed {
        return Decision { effect: DecisionEffect::ImplicitlyDenied, statements: Vec::new() };
    }
    let statements = allows.into_iter().map(|(place, _)| place).collect();
    Decision { effect: DecisionEffect::Allowed, statements }
}

/// Whether documents of one kind, by themselves, name the caller and allow the request: what
/// `compare` compares. A caller named by its account counts, since the rest is the account's own.
pub(super) fn granted(request: &Request, kind: PolicyKind, documents: &[PolicyDocument]) -> bool {
    let all = documents.iter().enumerate().map(|(i, d)| (kind, i, d));
    let (denies, allows) = matching(request, all);
    denies.is_empty() && !allows.is_empty()
}

/// The statements about the request: `Deny`s, and `Allow`s with how they name the caller.
fn matching<'d>(
    request: &Request,
    documents: impl Iterator<Item = (PolicyKind, usize, &'d PolicyDocument)>,
) -> (Vec<StatementRef>, Vec<(StatementRef, Named)>) {
    let (mut denies, mut allows) = (Vec::new(), Vec::new());
    for (kind, document, policy) in documents {
        for (index, statement) in policy.statements.iter().enumerate() {
            let named = covers(statement, policy.has_variables(), kind, request);
            if named == Named::No {
                continue;
            }
            let place = StatementRef { kind, document, index, sid: statement.sid.clone() };
            match statement.effect {
                Effect::Deny => denies.push(place),
                Effect::Allow => allows.push((place, named)),
            }
        }
    }
    (denies, allows)
}

/// Whether caller and resource are known to be of different accounts.
fn other_account(request: &Request) -> bool {
    let named = match request.context.values(&ConditionKey::new("aws:ResourceAccount")) {
        [one] => one.parse::<AccountId>().ok(),
        _ => None,
    };
    let resource = named
        .or_else(|| request.resource.parse::<Arn>().ok().and_then(|a| a.account().parse().ok()));
    match (request.principal.account(), resource) {
        (Some(caller), Some(owner)) => caller != owner,
        _ => false,
    }
}

/// Whether a statement is about the request, and how it names the caller.
fn covers(statement: &Statement, variables: bool, kind: PolicyKind, request: &Request) -> Named {
    let named = match (&statement.principal, kind) {
        // An identity policy is about whoever holds it.
        (None, PolicyKind::Identity) => Named::Directly,
        (None, _) => Named::No,
        (Some(element), _) => principal::named(element, &request.principal),
    };
    if named == Named::No
        || !action_matches(&statement.action, request)
        || !resource_matches(statement, variables, kind, request)
        || !condition::holds(&statement.condition, &request.context, variables, statement.effect)
    {
        return Named::No;
    }
    named
}

/// `Action` entries compare without case and know no variables.
fn action_matches(element: &ActionElement, request: &Request) -> bool {
    let action = request.action.as_str().to_ascii_lowercase();
    let listed = element
        .values()
        .iter()
        .any(|entry| glob::matches(glob::wildcards(&entry.to_ascii_lowercase()), &action));
    listed != element.is_negated()
}

fn resource_matches(
    statement: &Statement,
    variables: bool,
    kind: PolicyKind,
    request: &Request,
) -> bool {
    let Some(element) = &statement.resource else {
        // A trust policy is about its role; elsewhere the element is only left out where the
        // policy can be about nothing but the resource that carries it.
        return kind != PolicyKind::Identity;
    };
    let negated = element.is_negated();
    let listed = element.values().iter().any(|entry| {
        let pieces = if variables {
            glob::fill_in(entry, true, &request.context)
        } else {
            Some(glob::wildcards(entry).collect())
        };
        let Some(mut pieces) = pieces else { return false };
        let missing =
            if kind == PolicyKind::Identity { missing_parts(entry, variables) } else { 0 };
        if missing == 0 {
            return glob::matches(pieces.iter().copied(), &request.resource);
        }
        let plain = choice::short_arn_is_a_plain_pattern_too(statement.effect, negated)
            && glob::matches(pieces.iter().copied(), &request.resource);
        for _ in 0..missing {
            pieces.extend([Glyph::Char(':'), Glyph::Run]);
        }
        plain || glob::matches(pieces.iter().copied(), &request.resource)
    });
    listed != negated
}

/// How many of the six parts an ARN of an identity policy lacks; each is completed with `*`.
///
/// # Source
/// IAM User Guide, "IAM JSON policy elements: Resource" (the note on incomplete ARNs).
fn missing_parts(entry: &str, variables: bool) -> usize {
    if !entry.starts_with("arn:") {
        return 0;
    }
    let mut colons = 0_usize;
    let mut in_variable = false;
    let mut before = ' ';
    for c in entry.chars() {
        match c {
            '{' if variables && before == '$' => in_variable = true,
            '}' => in_variable = false,
            ':' if !in_variable => colons += 1,
            _ => {}
        }
        before = c;
    }
    5_usize.saturating_sub(colons)
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
