//! One statement and its elements.

use std::collections::BTreeMap;

use crate::iam::ConditionBlock;

/// What a matching statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Refuses, whatever else grants.
    Deny,
}

impl Effect {
    /// The word as AWS writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// `Action` or `NotAction`, entries as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionElement {
    /// These actions.
    Action(Vec<String>),
    /// Every action of every service but these.
    NotAction(Vec<String>),
}

impl ActionElement {
    /// The entries.
    #[must_use]
    pub fn values(&self) -> &[String] {
        match self {
            Self::Action(values) | Self::NotAction(values) => values,
        }
    }

    /// Whether it is `NotAction`.
    #[must_use]
    pub fn is_negated(&self) -> bool {
        matches!(self, Self::NotAction(_))
    }
}

/// `Resource` or `NotResource`, entries as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceElement {
    /// These resources.
    Resource(Vec<String>),
    /// Every resource but these.
    NotResource(Vec<String>),
}

impl ResourceElement {
    /// The entries.
    #[must_use]
    pub fn values(&self) -> &[String] {
        match self {
            Self::Resource(values) | Self::NotResource(values) => values,
        }
    }

    /// Whether it is `NotResource`.
    #[must_use]
    pub fn is_negated(&self) -> bool {
        matches!(self, Self::NotResource(_))
    }
}

/// The key inside a `Principal` element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// `AWS`: accounts, roles, sessions, users, or `*`.
    Aws,
    /// `CanonicalUser`: the obfuscated account id that S3 uses.
    CanonicalUser,
    /// `Federated`: identity providers.
    Federated,
    /// `Service`: AWS services.
    Service,
}

impl PrincipalKind {
    /// Every kind, in the order it is written.
    pub const ALL: [Self; 4] = [Self::Aws, Self::CanonicalUser, Self::Federated, Self::Service];

    /// The key as AWS writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::CanonicalUser => "CanonicalUser",
            Self::Federated => "Federated",
            Self::Service => "Service",
        }
    }
}

/// The value of a `Principal` or `NotPrincipal` element.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principals {
    /// `"*"`: anyone, anonymous callers included.
    Any,
    /// Principals by kind.
    Map(BTreeMap<PrincipalKind, Vec<String>>),
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalElement {
    /// These principals.
    Principal(Principals),
    /// Everyone but these.
    NotPrincipal(Principals),
}

impl PrincipalElement {
    /// The principals named.
    #[must_use]
    pub fn principals(&self) -> &Principals {
        match self {
            Self::Principal(principals) | Self::NotPrincipal(principals) => principals,
        }
    }

    /// Whether it is `NotPrincipal`.
    #[must_use]
    pub fn is_negated(&self) -> bool {
        matches!(self, Self::NotPrincipal(_))
    }
}

/// One statement.
///
/// Shape: text exactly as written. A trust policy has no resource, an identity policy no principal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Statement {
    /// The `Sid` element.
    pub sid: Option<String>,
    /// What it does.
    pub effect: Effect,
    /// Whom it is about; only in resource and trust policies.
    pub principal: Option<PrincipalElement>,
    /// Which actions.
    pub action: ActionElement,
    /// Which resources; absent in trust policies.
    pub resource: Option<ResourceElement>,
    /// Under which conditions.
    pub condition: ConditionBlock,
}

impl Statement {
    /// An identity-policy `Allow` of actions on resources, without Sid or condition.
    #[must_use]
    pub fn allow(
        actions: impl IntoIterator<Item = impl Into<String>>,
        resources: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            sid: None,
            effect: Effect::Allow,
            principal: None,
            action: ActionElement::Action(actions.into_iter().map(Into::into).collect()),
            resource: Some(ResourceElement::Resource(
                resources.into_iter().map(Into::into).collect(),
            )),
            condition: ConditionBlock::default(),
        }
    }
}
