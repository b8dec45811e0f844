//! Who calls: roles and service principals.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::{Arn, ArnText, WordError};

/// The ARN of a role, path included: `arn:aws:iam::111122223333:role/lambda/orders-exec`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleArn(Arn);

impl RoleArn {
    /// The parts of a text that is the ARN of a role.
    pub(crate) fn look(text: &str) -> Option<ArnText<'_>> {
        let arn = ArnText::of(text)?;
        let path = arn.resource.strip_prefix("role/")?;
        let is_named =
            !path.is_empty() && !path.ends_with('/') && path.bytes().all(|b| b.is_ascii_graphic());
        // IAM has no Regions.
        let is_of_account = arn.region.is_empty() && !arn.account.is_empty();
        (arn.service == "iam" && is_of_account && is_named).then_some(arn)
    }

    /// The ARN.
    #[must_use]
    pub fn arn(&self) -> &Arn {
        &self.0
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The role's name without its path.
    #[must_use]
    pub fn name(&self) -> &str {
        let resource = self.0.resource();
        resource.rsplit('/').next().unwrap_or(resource)
    }
}

impl FromStr for RoleArn {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        let refused =
            || WordError::new(text, "a role ARN such as `arn:aws:iam::111122223333:role/orders`");
        Self::look(text).ok_or_else(refused)?;
        text.parse().map(Self).map_err(|_| refused())
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An AWS service as a principal: `lambda.amazonaws.com`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServicePrincipal(Arc<str>);

impl ServicePrincipal {
    /// The host-like name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the first dot, `lambda`.
    #[must_use]
    pub fn label(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }
}

impl FromStr for ServicePrincipal {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        let fits = text.contains('.')
            && text.split('.').all(|label| {
                !label.is_empty()
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            });
        if !fits {
            return Err(WordError::new(text, "a service principal such as `lambda.amazonaws.com`"));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for ServicePrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_keeps_its_path() {
        let role: RoleArn = "arn:aws:iam::111122223333:role/lambda/orders-exec".parse().unwrap();
        assert_eq!(role.name(), "orders-exec");
    }

    #[test]
    fn other_principals_are_not_roles() {
        for bad in [
            "arn:aws:iam::111122223333:user/a",
            "arn:aws:sts::111122223333:assumed-role/a/b",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam:eu-west-1:111122223333:role/a",
            "orders-exec",
        ] {
            assert!(bad.parse::<RoleArn>().is_err(), "{bad}");
        }
    }
}
