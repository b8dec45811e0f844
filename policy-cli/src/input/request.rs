//! A request as the user states it: words in, a [`Request`] out, with the keys that follow from it.

use std::collections::BTreeMap;

use policy_core::iam::{AccountId, ActionName, ConditionKey, RoleArn, WordError};
use policy_core::semantics::{Principal, Request, implied};

/// A word that cannot be used, with what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub message: String,
    /// What to write.
    pub help: &'static str,
}

/// What the user said of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Who calls; `None` for whoever holds the identity policies, in the account of the resource.
    pub principal: Option<Principal>,
    /// What is to be done.
    pub action: ActionName,
    /// On what.
    pub resource: String,
    /// The account of the resource, where it is told.
    pub resource_account: Option<AccountId>,
    /// The keys that are given; one without values is missing and not filled in.
    pub context: BTreeMap<ConditionKey, Vec<String>>,
}

impl Asked {
    /// The request, with the keys that follow from its principal and its resource.
    ///
    /// # Errors
    /// [`Mistake`] when two things that are told of the resource's account contradict each other.
    pub fn request(self) -> Result<Request, Mistake> {
        let owner = ConditionKey::new("aws:ResourceAccount");
        if let (Some(account), Some(values)) = (&self.resource_account, self.context.get(&owner))
            && !matches!(values.as_slice(), [one] if one == account.as_str())
        {
            let key = match values.as_slice() {
                [] => "missing".to_owned(),
                values => format!("`{}`", values.join("`, `")),
            };
            return Err(Mistake {
                message: format!(
                    "the account of the resource is told as `{account}`, but `{owner}` as {key}"
                ),
                help: "say it once; the key is filled in from the account",
            });
        }
        let account = self.resource_account.as_ref();
        let mut context = implied(self.principal.as_ref(), &self.resource, account);
        if self.principal.is_none() {
            // Whoever holds identity policies is an IAM principal, here of the resource's account.
            let account = context.values(&owner).to_vec();
            context.set(ConditionKey::new("aws:PrincipalAccount"), account);
            context.set(ConditionKey::new("aws:PrincipalIsAWSService"), vec!["false".into()]);
        }
        for (key, values) in self.context {
            context.set(key, values);
        }
        let principal = match self.principal {
            Some(principal) => principal,
            None => holder(&self.resource, context.values(&owner))?,
        };
        Ok(Request { principal, action: self.action, resource: self.resource, context })
    }
}

/// A principal that no `Principal` element names but by its account: no role has such a name.
fn holder(resource: &str, account: &[String]) -> Result<Principal, Mistake> {
    let partition = resource.strip_prefix("arn:").and_then(|rest| rest.split(':').next());
    let partition = partition.filter(|partition| !partition.is_empty()).unwrap_or("aws");
    let account = account.first().map_or("000000000000", String::as_str);
    let arn = format!("arn:{partition}:iam::{account}:role/(holder)");
    arn.parse::<RoleArn>().map(Principal::role).map_err(|_| Mistake {
        message: format!("no caller can be told from the resource `{resource}`"),
        help: "name who calls",
    })
}

/// An action without wildcards.
///
/// # Errors
/// [`Mistake`] for anything else.
pub fn action(text: &str) -> Result<ActionName, Mistake> {
    text.parse().map_err(|error| word(&error, "write `service:Name`, such as `s3:GetObject`"))
}

/// An ARN, or `*`.
///
/// # Errors
/// [`Mistake`] for anything else.
pub fn resource(text: &str) -> Result<String, Mistake> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let arn = matches!(parts.as_slice(), ["arn", partition, service, _, _, name]
        if !partition.is_empty() && !service.is_empty() && !name.is_empty());
    if arn || text == "*" {
        return Ok(text.to_owned());
    }
    let shown: String = text.chars().take(200).collect();
    Err(Mistake {
        message: format!("`{shown}` is not an ARN of six parts"),
        help: "write an ARN such as `arn:aws:sqs:eu-west-1:111122223333:jobs`, or `*` for an action \
               without a resource",
    })
}

/// An account id.
///
/// # Errors
/// [`Mistake`] for anything else.
pub fn account(text: &str) -> Result<AccountId, Mistake> {
    text.parse().map_err(|error| word(&error, "write its 12 digits, such as `111122223333`"))
}

/// Who calls.
///
/// # Errors
/// [`Mistake`] for what is no principal.
pub fn principal(text: &str) -> Result<Principal, Mistake> {
    text.parse().map_err(|error| {
        word(&error, "role sessions, users and root users are named by their ARNs too")
    })
}

fn word(error: &WordError, help: &'static str) -> Mistake {
    Mistake { message: error.to_string(), help }
}
