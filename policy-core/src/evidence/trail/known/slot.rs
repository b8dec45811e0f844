//! Where a value of a record goes.

use std::borrow::Cow;

use super::super::record::{Identity, TextMember};

/// Where a text of a record goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::evidence::trail) enum Slot {
    /// It does not matter.
    Nothing,
    Text(TextMember),
    Identity(IdentityMember),
    /// A text in `requestParameters`, by the number of its key.
    Parameter(u32),
    /// A key, text or number inside a parameter that is kept whole: it matters, but only the complete reader can say how.
    Nested,
    /// `responseElements.errorCode`.
    ErrorCode,
    /// `responseElements.errorMessage`.
    ErrorMessage,
    /// A member of an entry of `resources[]`, of those that have one that matters.
    Resource {
        entry: u32,
        is_arn: bool,
    },
}

impl Slot {
    /// `requestParameters.key`, the name of an object.
    pub(in crate::evidence::trail) const OBJECT_KEY: Self = Self::Parameter(0);
}

/// The members of `userIdentity` that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::evidence::trail) enum IdentityMember {
    Kind,
    Arn,
    PrincipalId,
    AccountId,
    InvokedBy,
    IssuerKind,
    IssuerArn,
    ScopeKind,
    ScopeIssuedTo,
}

impl IdentityMember {
    pub(super) fn of<'i, 'a>(self, identity: &'i mut Identity<'a>) -> &'i mut Option<Cow<'a, str>> {
        match self {
            Self::Kind => &mut identity.kind,
            Self::Arn => &mut identity.arn,
            Self::PrincipalId => &mut identity.principal_id,
            Self::AccountId => &mut identity.account_id,
            Self::InvokedBy => &mut identity.invoked_by,
            Self::IssuerKind => &mut identity.issuer_kind,
            Self::IssuerArn => &mut identity.issuer_arn,
            Self::ScopeKind => &mut identity.scope_kind,
            Self::ScopeIssuedTo => &mut identity.scope_issued_to,
        }
    }
}

/// A place in a record, as far as it decides what its members are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Record,
    Identity,
    Context,
    Issuer,
    Scope,
    Parameters,
    /// Inside a parameter that is kept whole.
    Nested,
    Response,
    /// The list of resources.
    Resources,
    /// An entry of it, by its number among those that matter.
    Entry(u32),
    Elsewhere,
}

impl Place {
    /// What is under `key` here.
    pub(super) fn under(self, key: &str) -> Self {
        match (self, key) {
            (Self::Record, "userIdentity") => Self::Identity,
            (Self::Record, "requestParameters") => Self::Parameters,
            (Self::Record, "responseElements") => Self::Response,
            (Self::Record, "resources") => Self::Resources,
            (Self::Identity, "sessionContext") => Self::Context,
            (Self::Identity, "inScopeOf") => Self::Scope,
            (Self::Context, "sessionIssuer") => Self::Issuer,
            (Self::Nested, _) => Self::Nested,
            _ => Self::Elsewhere,
        }
    }

    /// Where a text under `key` here goes, but for parameters.
    pub(super) fn slot(self, key: &str) -> Slot {
        use IdentityMember as I;
        let identity = match (self, key) {
            (Self::Nested, _) => return Slot::Nested,
            (Self::Record, key) => {
                return TextMember::named(key).map_or(Slot::Nothing, Slot::Text);
            }
            (Self::Response, "errorCode") => return Slot::ErrorCode,
            (Self::Response, "errorMessage") => return Slot::ErrorMessage,
            (Self::Entry(entry), "ARN" | "arn") => return Slot::Resource { entry, is_arn: true },
            (Self::Entry(entry), "accountId") => return Slot::Resource { entry, is_arn: false },
            (Self::Identity, "type") => I::Kind,
            (Self::Identity, "arn") => I::Arn,
            (Self::Identity, "principalId") => I::PrincipalId,
            (Self::Identity, "accountId") => I::AccountId,
            (Self::Identity, "invokedBy") => I::InvokedBy,
            (Self::Issuer, "type") => I::IssuerKind,
            (Self::Issuer, "arn") => I::IssuerArn,
            (Self::Scope, "issuerType") => I::ScopeKind,
            (Self::Scope, "credentialsIssuedTo") => I::ScopeIssuedTo,
            _ => return Slot::Nothing,
        };
        Slot::Identity(identity)
    }
}
