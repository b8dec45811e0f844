//! The documents that a request is held against, and how one statement in them is named.

use crate::policy::PolicyDocument;

/// The documents that a request is held against.
///
/// `None` and empty differ: no boundary is attached, or one that allows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Policies {
    /// Identity policies of the caller, inline and attached.
    pub identity: Vec<PolicyDocument>,
    /// The permissions boundary of the caller. `None`: none is attached.
    pub boundary: Option<Vec<PolicyDocument>>,
    /// The session policies of the caller's session. `None`: none were passed, which leaves a session
    /// of a role all that the role may do and a federated user nothing.
    pub session: Option<Vec<PolicyDocument>>,
    /// The SCPs of the caller's account: one entry a level, the organization's root first, the
    /// account last. Empty: no SCPs are in question.
    pub scp: Vec<Vec<PolicyDocument>>,
    /// The policy of the resource; the key policy of a KMS key.
    pub resource: Option<PolicyDocument>,
    /// The trust policy of the role that is to be assumed. It must allow: an identity policy alone
    /// never suffices.
    pub trust: Option<PolicyDocument>,
    /// The RCPs of the resource's account, one entry a level. `RCPFullAWSAccess` is always attached,
    /// so only their `Deny`s count.
    pub rcp: Vec<Vec<PolicyDocument>>,
    /// The policy of the VPC endpoint that the request goes through. `None`: it goes through none,
    /// or through one without a policy of its own.
    pub endpoint: Option<Vec<PolicyDocument>>,
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

    /// Every document with its place: kind, level, number in the level; in the order of
    /// [`PolicyKind::ALL`].
    pub(crate) fn documents(
        &self,
    ) -> impl Iterator<Item = (PolicyKind, usize, usize, &PolicyDocument)> {
        fn one(
            kind: PolicyKind,
            level: usize,
            documents: &[PolicyDocument],
        ) -> impl Iterator<Item = (PolicyKind, usize, usize, &PolicyDocument)> {
            documents.iter().enumerate().map(move |(i, d)| (kind, level, i, d))
        }
        fn levels(
            kind: PolicyKind,
            levels: &[Vec<PolicyDocument>],
        ) -> impl Iterator<Item = (PolicyKind, usize, usize, &PolicyDocument)> {
            levels.iter().enumerate().flat_map(move |(level, at)| one(kind, level, at))
        }
        one(PolicyKind::Identity, 0, &self.identity)
            .chain(one(PolicyKind::Boundary, 0, self.boundary.as_deref().unwrap_or_default()))
            .chain(one(PolicyKind::Session, 0, self.session.as_deref().unwrap_or_default()))
            .chain(levels(PolicyKind::Scp, &self.scp))
            .chain(one(PolicyKind::Resource, 0, self.resource.as_slice()))
            .chain(one(PolicyKind::Trust, 0, self.trust.as_slice()))
            .chain(levels(PolicyKind::Rcp, &self.rcp))
            .chain(one(PolicyKind::Endpoint, 0, self.endpoint.as_deref().unwrap_or_default()))
    }
}

/// Which of the [`Policies`] a statement stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// An identity policy.
    Identity,
    /// A permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// A service control policy.
    Scp,
    /// The policy of the resource.
    Resource,
    /// A trust policy.
    Trust,
    /// A resource control policy.
    Rcp,
    /// A VPC endpoint policy.
    Endpoint,
}

impl PolicyKind {
    /// Every kind, in the order in which statements are listed.
    pub const ALL: [Self; 8] = [
        Self::Identity,
        Self::Boundary,
        Self::Session,
        Self::Scp,
        Self::Resource,
        Self::Trust,
        Self::Rcp,
        Self::Endpoint,
    ];

    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Scp => "scp",
            Self::Resource => "resource",
            Self::Trust => "trust",
            Self::Rcp => "rcp",
            Self::Endpoint => "endpoint",
        }
    }

    /// Whether its documents are about whoever they are attached to, and so have no `Principal`.
    pub(crate) fn is_of_the_caller(self) -> bool {
        matches!(self, Self::Identity | Self::Boundary | Self::Session | Self::Scp)
    }
}

/// A statement, by where it stands. Units: indices from 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementRef {
    /// Which kind of policy.
    pub kind: PolicyKind,
    /// Which level of an SCP or RCP; 0 where a kind has no levels.
    pub level: usize,
    /// Which document of that kind and level.
    pub document: usize,
    /// Which statement of it.
    pub index: usize,
    /// Its Sid, when it has one.
    pub sid: Option<String>,
}
