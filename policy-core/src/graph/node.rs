//! What a node of the access graph means.

use std::fmt;

use crate::evidence::{
    AcceptedGrant, Attribution, CallCount, DeclaredAccess, ObservedResource, ReachableCall,
    SettingOrigin, SourceOrigin,
};
use crate::iam::{AccountId, ActionName, ArnPattern, ConditionBlock};

/// A fact about the function, or a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// The function itself, by the name declarations use.
    Function(Box<str>),
    /// One declared access.
    Declaration(Box<DeclaredAccess>),
    /// One call that the code can make.
    Reachable(Box<ReachableCall>),
    /// Calls of one action on one resource.
    Observation(Box<ObservedRequest>),
    /// Something Lambda needs in the role.
    PlatformNeed(Box<PlatformNeed>),
    /// A grant that a person accepted.
    Acceptance(Box<AcceptedGrant>),
    /// What the role shall be allowed.
    Grant(Box<Grant>),
}

/// Who makes the call that a grant is for: it decides which conditions may stand on it.
///
/// # Source
/// AWS Lambda Developer Guide, "Using source function ARN to control function access behavior".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantClass {
    /// The code in its execution environment: the call carries `lambda:SourceFunctionArn`.
    Code,
    /// Another service with the role's rights, for the code.
    Forwarded {
        /// What `kms:ViaService` holds (`s3.eu-west-1.amazonaws.com`); `None` for actions other than KMS's.
        via_service: Option<Box<str>>,
    },
    /// The code, by a call that hands a role to a service: `iam:PassRole` is checked inside of it.
    Passed {
        /// What `iam:PassedToService` holds (`lambda.amazonaws.com`).
        to: Box<str>,
    },
    /// Lambda outside the environment, with `lambda:SourceFunctionArn`: CloudWatch Logs.
    PlatformNamed,
    /// Lambda outside the environment, without that key: network interfaces, pollers.
    PlatformUnnamed,
    /// Accepted by name: whoever calls.
    Accepted,
}

/// Who owns the resource of a grant whose ARN names no account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The ARN says it, or the service does not tell.
    Unstated,
    /// This account, written or observed.
    Account(AccountId),
    /// Our own account, because nothing says otherwise.
    Assumed(AccountId),
    /// Any account, with a reason in the declaration.
    Anyone,
}

/// How the evidence for a grant looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Observed, and declared or reachable.
    Confirmed,
    /// Declared; the trail would have shown it, or there is no trail.
    DeclaredOnly,
    /// Reachable; neither declared nor observed.
    ReachableOnly,
    /// Observed; neither declared nor reachable.
    ObservedOnly,
    /// Observed; the events do not tell on what, and granting it on all of its kind was asked for.
    ObservedUnknown,
    /// Declared; this trail cannot show it.
    Unobservable,
    /// Accepted by name.
    Accepted,
    /// Needed by Lambda itself.
    Platform,
    /// Follows from a declaration; not observed.
    Implied,
}

impl Verdict {
    /// Every verdict, in the order of the type.
    pub const ALL: [Self; 9] = [
        Self::Confirmed,
        Self::DeclaredOnly,
        Self::ReachableOnly,
        Self::ObservedOnly,
        Self::ObservedUnknown,
        Self::Unobservable,
        Self::Accepted,
        Self::Platform,
        Self::Implied,
    ];

    /// The word in `evidence.json`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::DeclaredOnly => "declared-only",
            Self::ReachableOnly => "reachable-only",
            Self::ObservedOnly => "observed-only",
            Self::ObservedUnknown => "observed-unknown",
            Self::Unobservable => "unobservable",
            Self::Accepted => "accepted",
            Self::Platform => "platform",
            Self::Implied => "implied",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An action on a resource that the role shall be allowed, before conditions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// The action.
    pub action: ActionName,
    /// On what; `*` only where the action has no resource type or a reason is written.
    pub resource: ArnPattern,
    /// Who calls.
    pub class: GrantClass,
    /// Who owns the resource.
    pub owner: Owner,
    /// What else a request must show, as the evidence says: positive operators only.
    pub limits: ConditionBlock,
    /// How the evidence looks.
    pub verdict: Verdict,
    /// Whether the resource is a name that was only observed, so that similar names may share a pattern.
    pub from_names: bool,
}

/// Calls of one action on one resource by one kind of caller, of all outcomes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObservedRequest {
    /// The action.
    pub action: ActionName,
    /// On what.
    pub resource: ObservedResource,
    /// Who called.
    pub class: GrantClass,
    /// The owners that the events name, sorted, each once; mostly one or none.
    pub accounts: Vec<AccountId>,
    /// Calls that show that the action is used.
    pub used: CallCount,
    /// Calls that IAM refused.
    pub denied: CallCount,
    /// Calls that tell nothing.
    pub unclear: CallCount,
    /// How surely the surest event that shows use names the function; `None` without such an event.
    pub attribution: Option<Attribution>,
    /// What the refusals say of their reasons, sorted, each once.
    pub refusals: Vec<Box<str>>,
    /// Refused, and the same action never once allowed on the resource, whoever called.
    pub only_denied: bool,
}

/// Something Lambda itself does with the role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlatformNeed {
    /// What for, as a noun phrase: `log group of the function`.
    pub purpose: Box<str>,
    /// The action.
    pub action: ActionName,
    /// On what.
    pub resource: ArnPattern,
    /// With or without `lambda:SourceFunctionArn`.
    pub class: GrantClass,
    /// Who owns the resource.
    pub owner: Owner,
    /// What else a request must show.
    pub limits: ConditionBlock,
    /// Whether it only follows from what the code does, and no event needs to show it.
    pub is_implied: bool,
    /// Where the source code asks for it (`polls(…)`).
    pub declared: Option<SourceOrigin>,
    /// Where the settings ask for it.
    pub setting: Option<SettingOrigin>,
}
