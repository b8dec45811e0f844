//! One request: who, what, on which resource, in which context.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::iam::{AccountId, ActionName, Arn, ConditionKey, RoleArn, ServicePrincipal, WordError};

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Principal {
    /// A session of a role. `name` is its session name; without one, no session ARN matches.
    Role {
        /// The role.
        arn: RoleArn,
        /// The session name, the function's name for a Lambda function.
        session: Option<String>,
    },
    /// Another IAM principal by its ARN: a user, the root user.
    Iam(Arn),
    /// An AWS service calling for itself.
    Service(ServicePrincipal),
    /// A federated identity: the provider's ARN or host name.
    Federated(String),
    /// The canonical user id of S3.
    CanonicalUser(String),
    /// Who a document names by a text of another shape, a unique id (`AROA…`) or a placeholder: a
    /// caller of its own, whom only the same text names.
    Opaque(String),
    /// Nobody known: an unsigned request.
    Anonymous,
}

impl Principal {
    /// A role without a session name.
    #[must_use]
    pub fn role(arn: RoleArn) -> Self {
        Self::Role { arn, session: None }
    }

    /// The account it belongs to, where it has one.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.account_digits()?.parse().ok()
    }

    /// The same as text.
    pub(crate) fn account_digits(&self) -> Option<&str> {
        let account = match self {
            Self::Role { arn, .. } => arn.arn().account(),
            Self::Iam(arn) => arn.account(),
            Self::Service(_)
            | Self::Federated(_)
            | Self::CanonicalUser(_)
            | Self::Opaque(_)
            | Self::Anonymous => return None,
        };
        Some(account).filter(|account| AccountId::fits(account))
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role { arn, session: None } => arn.fmt(f),
            Self::Role { arn, session: Some(name) } => {
                let (partition, account) = (arn.arn().partition(), arn.arn().account());
                write!(f, "arn:{partition}:sts::{account}:assumed-role/{}/{name}", arn.name())
            }
            Self::Iam(arn) => arn.fmt(f),
            Self::Service(service) => service.fmt(f),
            Self::Federated(text) | Self::CanonicalUser(text) | Self::Opaque(text) => {
                f.write_str(text)
            }
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}

/// Providers of web identities that are named by a host, not by an ARN.
const WEB_IDENTITY_HOSTS: [&str; 4] = [
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
];

impl FromStr for Principal {
    type Err = WordError;

    /// Reads what a `Principal` element can hold and what CloudTrail writes: the ARN of a role, an
    /// assumed-role session, a user, a root user, a federated user, an identity provider; a service
    /// principal; one of the four hosts of web identities; `anonymous` or `*`.
    ///
    /// A session ARN leaves out the path of its role, so the role is read without one.
    fn from_str(text: &str) -> Result<Self, WordError> {
        let refused = || {
            WordError::new(
                text,
                "a principal such as `arn:aws:iam::111122223333:role/orders`, `lambda.amazonaws.com` or `anonymous`",
            )
        };
        if text == "*" || text == "anonymous" {
            return Ok(Self::Anonymous);
        }
        if WEB_IDENTITY_HOSTS.contains(&text) {
            return Ok(Self::Federated(text.to_owned()));
        }
        if !text.starts_with("arn:") {
            return text.parse().map(Self::Service).map_err(|_| refused());
        }
        let arn: Arn = text.parse().map_err(|_| refused())?;
        if arn.account().parse::<AccountId>().is_err() || !arn.region().is_empty() {
            return Err(refused());
        }
        let (kind, name) = arn.resource().split_once('/').unwrap_or((arn.resource(), ""));
        match (arn.service(), kind) {
            ("iam", "root") if name.is_empty() && !text.ends_with('/') => Ok(Self::Iam(arn)),
            (_, _) if name.is_empty() || name.contains(['*', '?']) => Err(refused()),
            ("iam", "role") => text.parse().map(Self::role).map_err(|_| refused()),
            ("iam", "saml-provider" | "oidc-provider") => Ok(Self::Federated(text.to_owned())),
            ("iam", "user") | ("sts", "federated-user") if !name.ends_with('/') => {
                Ok(Self::Iam(arn))
            }
            ("sts", "assumed-role") => {
                let (role, session) = name.split_once('/').ok_or_else(refused)?;
                if role.is_empty() || session.is_empty() || session.contains('/') {
                    return Err(refused());
                }
                let role = format!("arn:{}:iam::{}:role/{role}", arn.partition(), arn.account());
                let arn = role.parse().map_err(|_| refused())?;
                Ok(Self::Role { arn, session: Some(session.to_owned()) })
            }
            _ => Err(refused()),
        }
    }
}

/// The condition keys a request carries.
///
/// Shape: a key that is not there is missing; a key without a value counts as missing too. Nothing
/// is filled in from the principal or the resource: what a policy asks for must be given. Copies
/// share their keys until one of them is changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Context {
    keys: Arc<BTreeMap<ConditionKey, Vec<String>>>,
}

impl Context {
    /// Sets a key to these values, replacing what it had.
    pub fn set(&mut self, key: ConditionKey, values: Vec<String>) {
        if values.is_empty() {
            Arc::make_mut(&mut self.keys).remove(&key);
        } else {
            Arc::make_mut(&mut self.keys).insert(key, values);
        }
    }

    /// The same as a value, for one value: `Context::default().with("aws:SourceAccount", "111122223333")`.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        Arc::make_mut(&mut self.keys)
            .entry(ConditionKey::new(key))
            .or_default()
            .push(value.to_owned());
        self
    }

    /// The values of a key; empty when the key is missing.
    #[must_use]
    pub fn values(&self, key: &ConditionKey) -> &[String] {
        self.keys.get(key).map_or(&[], Vec::as_slice)
    }

    /// Whether no key is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Keys and values, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&ConditionKey, &[String])> {
        self.keys.iter().map(|(key, values)| (key, values.as_slice()))
    }
}

impl FromIterator<(ConditionKey, Vec<String>)> for Context {
    fn from_iter<I: IntoIterator<Item = (ConditionKey, Vec<String>)>>(iter: I) -> Self {
        let mut context = Self::default();
        for (key, values) in iter {
            context.set(key, values);
        }
        context
    }
}

/// One request to decide about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// Who makes it.
    pub principal: Principal,
    /// What is to be done.
    pub action: ActionName,
    /// On what: an ARN, or `*` for an action without a resource type.
    pub resource: String,
    /// The condition keys.
    pub context: Context,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_read_in_every_form_and_written_back() {
        for text in [
            "arn:aws:iam::111122223333:role/orders",
            "arn:aws:iam::111122223333:role/lambda/orders-exec",
            "arn:aws:iam::111122223333:role/aws-service-role/lex.amazonaws.com/AWSServiceRoleForLexBots",
            "arn:aws:sts::111122223333:assumed-role/orders/orders-prod",
            "arn:aws-cn:sts::111122223333:assumed-role/orders/one@example.com",
            "arn:aws:iam::111122223333:user/ana",
            "arn:aws:iam::111122223333:user/staff/ana",
            "arn:aws:iam::111122223333:root",
            "arn:aws:sts::111122223333:federated-user/ana",
            "arn:aws:iam::111122223333:saml-provider/corp",
            "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
            "accounts.google.com",
            "cognito-identity.amazonaws.com",
            "lambda.amazonaws.com",
            "logs.eu-west-1.amazonaws.com",
            "anonymous",
        ] {
            let principal: Principal = text.parse().unwrap();
            assert_eq!(principal.to_string(), text);
        }
        assert_eq!("*".parse(), Ok(Principal::Anonymous));
    }

    #[test]
    fn a_session_is_of_its_role_without_a_path() {
        let role = "arn:aws:iam::111122223333:role/orders".parse().unwrap();
        let session = "arn:aws:sts::111122223333:assumed-role/orders/one".parse();
        assert_eq!(session, Ok(Principal::Role { arn: role, session: Some("one".to_owned()) }));
    }

    #[test]
    fn what_names_nobody_is_refused() {
        for bad in [
            "",
            "orders",
            "111122223333",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::111122223333:user/",
            "arn:aws:iam::111122223333:user/?",
            "arn:aws:iam::111122223333:group/team",
            "arn:aws:iam::111122223333:root/",
            "arn:aws:iam::111122223333:rootx",
            "arn:aws:iam:::role/orders",
            "arn:aws:iam::aws:role/orders",
            "arn:aws:iam:eu-west-1:111122223333:role/orders",
            "arn:aws:sts::111122223333:assumed-role/orders",
            "arn:aws:sts::111122223333:assumed-role/orders/",
            "arn:aws:sts::111122223333:assumed-role//one",
            "arn:aws:sts::111122223333:assumed-role/lambda/orders/one",
            "arn:aws:sts::111122223333:assumed-role/orders/*",
            "arn:aws:s3:::acme",
            "arn:aws:lambda:eu-west-1:111122223333:function:orders",
        ] {
            assert!(bad.parse::<Principal>().is_err(), "{bad}");
        }
    }
}
