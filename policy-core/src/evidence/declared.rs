//! Accesses that the code declares.
//!
//! Declared accesses are an upper bound: code that is never called is still recorded, while a
//! dependency of which nothing is linked is not.

use std::collections::BTreeMap;

use crate::iam::{AccessLevel, ActionName};

use super::{InvokerOptions, SourceOrigin};

/// One `#[derive(AwsAccess)]` struct or `#[aws_access]` function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Declaration {
    /// The cargo package that declares.
    pub package: Box<str>,
    /// The crate of the package (`order_api`).
    pub crate_name: Box<str>,
    /// The binary target it was compiled for; `None` in a library.
    pub target: Option<Box<str>>,
    /// `function = "…"`; `None` stands for the binary target's name.
    pub function: Option<Box<str>>,
    /// Where the struct or function stands.
    pub origin: SourceOrigin,
    /// What it accesses, in source order.
    pub accesses: Vec<DeclaredAccess>,
    /// `invoked_by(…)`, in source order.
    pub invokers: Vec<DeclaredInvoker>,
    /// `polls(…)`, in source order.
    pub polls: Vec<DeclaredPoll>,
}

impl Declaration {
    /// The function it belongs to: the one it names, else its binary target. `None` for a library
    /// declaration that names no function; `policy.toml` must claim it.
    #[must_use]
    pub fn function_name(&self) -> Option<&str> {
        self.function.as_deref().or(self.target.as_deref())
    }
}

/// One `#[aws(client(Name, …), on = …)]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeclaredAccess {
    /// The name before the parenthesis: the SDK crate without `aws_sdk_` (`dynamodb`,
    /// `secretsmanager`), or a service prefix with `_` for `-` (`rds_db`).
    pub client: Box<str>,
    /// What is called or granted there, in source order.
    pub names: Vec<DeclaredName>,
    /// The access-level words that were written (`read`), which `names` spells out: a wide
    /// declaration. Empty in most.
    pub levels: Vec<AccessLevel>,
    /// What it is done to, in source order; several are alternatives of one grant.
    pub resources: Vec<DeclaredResource>,
    /// `kms_key = "…"`: the customer key behind the resource.
    pub kms_key: Option<DeclaredResource>,
    /// `owner = …`: who owns the resource, when it is another account.
    pub owner: Option<DeclaredOwner>,
    /// What its requests show beside action and resource: `leading_keys = "…"` and the like; values sorted.
    pub limits: BTreeMap<DeclaredLimit, Vec<Box<str>>>,
    /// `keep = "reason"`: a rare path that no trail may drop.
    pub keep: Option<Box<str>>,
    /// `via_role = "ARN"`: the client uses that role; this function only assumes it.
    pub via_role: Option<Box<str>>,
    /// Where the attribute stands; the item is `Struct::field` or the function.
    pub origin: SourceOrigin,
}

/// A key that a declaration says its requests show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeclaredLimit {
    /// `leading_keys = "…"`: partition keys of a DynamoDB table.
    LeadingKeys,
    /// `list_prefix = "…"`: what names in a bucket are listed by.
    ListPrefix,
    /// `namespace = "…"`: of CloudWatch metrics.
    Namespace,
    /// `passed_to = "…"`: the services that a role is handed to.
    PassedTo,
    /// `version_stage = "…"`: of a secret.
    VersionStage,
}

impl DeclaredLimit {
    /// Every limit.
    pub const ALL: [Self; 5] =
        [Self::LeadingKeys, Self::ListPrefix, Self::Namespace, Self::PassedTo, Self::VersionStage];

    /// The word of the option.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeadingKeys => "leading_keys",
            Self::ListPrefix => "list_prefix",
            Self::Namespace => "namespace",
            Self::PassedTo => "passed_to",
            Self::VersionStage => "version_stage",
        }
    }

    /// The condition key.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::LeadingKeys => "dynamodb:LeadingKeys",
            Self::ListPrefix => "s3:prefix",
            Self::Namespace => "cloudwatch:namespace",
            Self::PassedTo => "iam:PassedToService",
            Self::VersionStage => "secretsmanager:VersionStage",
        }
    }
}

/// A name in the list of a declaration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeclaredName {
    /// An SDK operation: `GetItem`. Its actions come from the catalog.
    Operation(Box<str>),
    /// An IAM action: forced by `action("…")`, by its own name, or spelled out from an access level.
    Action(ActionName),
}

/// What follows `on =`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeclaredResource {
    /// A whole ARN; wildcards and `{parameter}`s allowed after the fifth colon.
    Arn(Box<str>),
    /// The part after `arn:PARTITION:SERVICE:REGION:ACCOUNT:`: `table/orders-{stage}`.
    Tail(Box<str>),
    /// `env("NAME", as = "…")`: read when the client is made, resolved from the template or `policy.toml`.
    Environment {
        /// The variable.
        name: Box<str>,
        /// What its value is.
        form: EnvironmentForm,
    },
    /// `"*"`, with the reason that `any_resource` gives.
    Any {
        /// Why no resource can be named.
        reason: Box<str>,
    },
}

/// What the value of an environment variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnvironmentForm {
    /// A URL, as SQS has.
    Url,
    /// A whole ARN.
    Arn,
    /// The resource's name.
    Name,
}

impl EnvironmentForm {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Url, Self::Arn, Self::Name];

    /// The word after `as =`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Arn => "arn",
            Self::Name => "name",
        }
    }
}

/// Who owns a resource that is not ours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeclaredOwner {
    /// `owner = "ACCOUNT"`.
    Account(crate::iam::AccountId),
    /// `owner = any("reason")`.
    Any {
        /// Why no account can be named.
        reason: Box<str>,
    },
}

/// One entry of `invoked_by(…)`: `s3("acme-uploads")`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeclaredInvoker {
    /// The kind of invoker: `apigateway`, `events`, `s3`, `sns` …
    pub kind: Box<str>,
    /// Its argument: an ARN, or the part that the kind completes; the id of a skill; a principal, which of a
    /// URL is `*` for anyone and empty for the own account.
    pub source: Box<str>,
    /// `qualifier = "live"`: the alias or version it invokes.
    pub qualifier: Option<Box<str>>,
    /// What else is said of it.
    pub options: InvokerOptions,
    /// Where it stands.
    pub origin: SourceOrigin,
}

/// One entry of `polls(…)`: `sqs("jobs")`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeclaredPoll {
    /// The kind of source: `sqs`, `kinesis`, `dynamodb` …
    pub kind: Box<str>,
    /// An ARN, or the part that the kind completes.
    pub source: Box<str>,
    /// Where it stands.
    pub origin: SourceOrigin,
}
