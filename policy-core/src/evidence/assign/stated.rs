//! What the user states about functions: flags and `policy.toml`, as values.

use std::collections::BTreeMap;
use std::fmt;

use crate::evidence::{
    Environment, FunctionConfiguration, SettingEncryption, SettingName, SettingOrigin,
};
use crate::iam::{ActionName, RoleArn, WordError};

/// What the user states for one run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stated {
    /// Account, Region and partition, as far as stated.
    pub environment: Environment,
    /// Values of `{parameter}`s for every function; a function's own come before these.
    pub parameters: BTreeMap<Box<str>, Box<str>>,
    /// Values of `{parameter}`s from flags, which come before all others.
    pub overrides: BTreeMap<Box<str>, Box<str>>,
    /// How resources are encrypted, for every function; a function's own entries come before these.
    pub encryption: BTreeMap<Box<str>, SettingEncryption>,
    /// Where that is written.
    pub encryption_origins: BTreeMap<SettingName, SettingOrigin>,
    /// What is stated about single functions, by their name.
    pub functions: BTreeMap<Box<str>, StatedFunction>,
    /// Only this function.
    pub only: Option<Box<str>>,
    /// Only what this role did.
    pub role: Option<RoleSelector>,
    /// The name under which the one function is deployed, or its ARN.
    pub function_name: Option<Box<str>>,
}

/// What is stated about one function.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatedFunction {
    /// The name under which it is deployed, or its ARN.
    pub function_name: Option<Box<str>>,
    /// Its execution role.
    pub role: Option<RoleSelector>,
    /// Whether another principal uses the role.
    pub role_is_shared: bool,
    /// How it is configured.
    pub configuration: FunctionConfiguration,
    /// Packages whose library declarations it claims.
    pub claims: Vec<Box<str>>,
    /// Values of `{parameter}`s.
    pub parameters: BTreeMap<Box<str>, Box<str>>,
    /// Grants accepted by name.
    pub accepted: Vec<StatedGrant>,
    /// Where all this is written.
    pub origin: SettingOrigin,
}

/// An accepted grant as it is written: its resource may hold `{parameter}`s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedGrant {
    /// The action.
    pub action: ActionName,
    /// A whole ARN with wildcards and `{parameter}`s, or `*`.
    pub resource: Box<str>,
    /// Of `iam:PassRole`: the services that get the role; none stands for every service.
    pub passed_to: Vec<Box<str>>,
    /// Why.
    pub reason: Box<str>,
    /// Where that is written.
    pub origin: SettingOrigin,
}

/// How a user names a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleSelector {
    /// Its ARN, path included.
    Arn(RoleArn),
    /// Its name, with or without its path: `orders-exec`, `lambda/orders-exec`.
    Name(Box<str>),
}

impl RoleSelector {
    /// Reads an ARN where the text starts as one, else a name.
    ///
    /// # Errors
    /// [`WordError`] when it is neither.
    pub fn parse(text: &str) -> Result<Self, WordError> {
        if text.starts_with("arn:") {
            return text.parse().map(Self::Arn);
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
        let name = text.strip_prefix('/').unwrap_or(text);
        if name.is_empty() || name.ends_with('/') || !name.chars().all(fits) {
            return Err(WordError::new(text, "a role name such as `orders-exec` or a role ARN"));
        }
        Ok(Self::Name(name.into()))
    }

    /// Whether it names `role`.
    #[must_use]
    pub fn selects(&self, role: &RoleArn) -> bool {
        match self {
            Self::Arn(arn) => arn == role,
            Self::Name(name) => {
                name.as_ref() == role.name()
                    || role.arn().resource().strip_prefix("role/") == Some(name.as_ref())
            }
        }
    }
}

impl fmt::Display for RoleSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arn(arn) => arn.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_selected_by_arn_by_name_and_by_path() {
        let role: RoleArn = "arn:aws:iam::111122223333:role/lambda/orders-exec".parse().unwrap();
        for text in [role.as_str(), "orders-exec", "lambda/orders-exec", "/lambda/orders-exec"] {
            assert!(RoleSelector::parse(text).unwrap().selects(&role), "{text}");
        }
        for text in ["orders", "exec", "arn:aws:iam::111122223333:role/orders-exec"] {
            assert!(!RoleSelector::parse(text).unwrap().selects(&role), "{text}");
        }
    }

    #[test]
    fn what_names_no_role_is_refused() {
        for text in ["", "/", "a b", "arn:aws:iam::111122223333:user/a", "role/"] {
            assert!(RoleSelector::parse(text).is_err(), "{text}");
        }
    }
}
