//! What is known about the deployed function: the part of the evidence that is configuration.

mod configuration;
mod encryption;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::iam::{AccountId, ActionName, Arn, ArnPattern, Partition, Region, RoleArn};

pub use configuration::{
    FunctionConfiguration, NeedKind, SettingEncryption, SettingName, SettingNeed, SettingPoll,
};
pub use encryption::EncryptionTable;

use super::{InvokerOptions, SettingOrigin};

/// Account, Region and partition that complete the ARNs of one run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Environment {
    /// `aws` unless said otherwise.
    pub partition: Partition,
    /// The function's account; a policy that needs it without one is an error.
    pub account: Option<AccountId>,
    /// The function's Region; a policy that needs it without one is an error.
    pub region: Option<Region>,
}

/// Settings of one function. Everything that is not known is `None` or empty, never a guess.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FunctionSettings {
    /// The name by which declarations and output folders call it.
    pub name: Box<str>,
    /// The unqualified ARN of the deployed function, from a flag, a template or `inScopeOf`.
    pub deployed: Option<Arn>,
    /// Its execution role, where known.
    pub role: Option<RoleArn>,
    /// Whether another principal uses the role too; then conditions that name the function are left out.
    pub role_is_shared: bool,
    /// How it is configured.
    pub configuration: FunctionConfiguration,
    /// Values of `{parameter}`s.
    pub parameters: BTreeMap<Box<str>, Box<str>>,
    /// Grants accepted by name, each with a reason (A of the merge rules).
    pub accepted: Vec<AcceptedGrant>,
    /// Whether an observed call whose events do not tell the resource, and that nothing else grants, is granted on all
    /// resources of its kind.
    pub allow_unknown: bool,
    /// Texts that stand in for names which only a deployment makes, with what its author calls them; the same for all functions of it.
    pub stand_ins: Arc<BTreeMap<Box<str>, Box<str>>>,
}

impl FunctionSettings {
    /// `text` in the words of the deployment's author: stand-ins are called what they stand for. For names and messages, never for
    /// what a policy means.
    #[must_use]
    pub fn spelled(&self, text: &str) -> String {
        let mut there: Vec<_> =
            self.stand_ins.iter().filter(|(stand_in, _)| text.contains(&***stand_in)).collect();
        // One may be part of another.
        there.sort_by_key(|(stand_in, _)| std::cmp::Reverse(stand_in.len()));
        let all = there.into_iter();
        all.fold(text.to_owned(), |text, (stand_in, name)| text.replace(&**stand_in, name))
    }
}

/// A grant that a person accepted in `policy.toml`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AcceptedGrant {
    /// The action.
    pub action: ActionName,
    /// On what.
    pub resource: ArnPattern,
    /// Of `iam:PassRole`: the services that get the role; none stands for every service.
    pub passed_to: Vec<Box<str>>,
    /// Why.
    pub reason: Box<str>,
    /// Where that is written.
    pub origin: SettingOrigin,
}

/// An invoker named by settings, in the words of `invoked_by(…)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SettingInvoker {
    /// The kind of invoker: `apigateway`, `events`, `s3`, `sns` …
    pub kind: Box<str>,
    /// An ARN, or the part that the kind completes; the id of a skill; a principal, which of a URL is `*` for
    /// anyone and empty for the own account.
    pub source: Box<str>,
    /// The alias or version it invokes.
    pub qualifier: Option<Box<str>>,
    /// What else is said of it.
    pub options: InvokerOptions,
    /// Who publishes to an SNS topic for itself: buckets.
    pub fed_by: Vec<SettingInvoker>,
    /// Where that is written.
    pub origin: SettingOrigin,
}
