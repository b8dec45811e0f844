//! Why evidence could not be assigned.

use crate::iam::{AccountId, RoleArn};

/// Why evidence could not be assigned to functions: something the user has to say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssignError {
    /// `--function` names none of the functions.
    #[error("there is no function `{name}`")]
    FunctionUnknown {
        /// What was asked for.
        name: Box<str>,
        /// What there is, sorted.
        known: Vec<Box<str>>,
    },
    /// A role matches nothing in the trail.
    #[error("no call of role `{selector}` is in the trail")]
    RoleUnknown {
        /// What was asked for.
        selector: Box<str>,
        /// The roles of the trail, sorted.
        known: Vec<RoleArn>,
    },
    /// A role name matches several roles.
    #[error("`{selector}` names {} roles of the trail", roles.len())]
    RoleAmbiguous {
        /// What was asked for.
        selector: Box<str>,
        /// The roles, sorted.
        roles: Vec<RoleArn>,
    },
    /// A function ran under several roles.
    #[error("function `{function}` ran under {} roles", roles.len())]
    RolesOfFunction {
        /// The function.
        function: Box<str>,
        /// The roles, sorted.
        roles: Vec<RoleArn>,
    },
    /// Several deployed functions have the name.
    #[error("the trail has {} functions named `{function}`", arns.len())]
    SeveralDeployed {
        /// The name.
        function: Box<str>,
        /// Their ARNs, sorted.
        arns: Vec<Box<str>>,
    },
    /// One role for several functions, none of which is named in its calls.
    #[error(
        "role `{role}` did nothing under the name of any of the functions {}",
        quoted(functions)
    )]
    FunctionOfRole {
        /// The role.
        role: RoleArn,
        /// The functions, sorted.
        functions: Vec<Box<str>>,
    },
    /// `--function-name` with several functions.
    #[error("one deployed name was given for {} functions: {}", functions.len(), quoted(functions))]
    NameForSeveral {
        /// The functions, sorted.
        functions: Vec<Box<str>>,
    },
    /// The stated account is not the one of the role or function.
    #[error("`{arn}` is in another account than {account}")]
    AccountDiffers {
        /// The role or function.
        arn: Box<str>,
        /// The stated account.
        account: AccountId,
    },
    /// A deployed name that is no Lambda function.
    #[error("`{text}` is not a function name or an unqualified function ARN")]
    FunctionNameMalformed {
        /// What was written.
        text: Box<str>,
    },
    /// An accepted grant whose resource cannot be used.
    #[error("{message}")]
    AcceptedMalformed {
        /// What is wrong.
        message: Box<str>,
        /// The path in `policy.toml`.
        path: Box<str>,
    },
}

fn quoted(names: &[Box<str>]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl AssignError {
    /// What to write instead.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::FunctionUnknown { known, .. } if known.is_empty() => {
                "nothing declares a function and the trail shows none".into()
            }
            Self::FunctionUnknown { known, .. } => format!("there are {}", list(known)),
            Self::RoleUnknown { known, .. } if known.is_empty() => {
                "the trail has no call of any role".into()
            }
            Self::RoleUnknown { known, .. } => format!("the roles there are {}", list(known)),
            Self::RoleAmbiguous { roles, .. } | Self::RolesOfFunction { roles, .. } => {
                format!("choose one with `--role`: {}", list(roles))
            }
            Self::SeveralDeployed { arns, .. } => {
                format!("choose one with `--account` and `--region`: {}", list(arns))
            }
            Self::FunctionOfRole { .. } => {
                "say whose role it is with `--function`, or under which name it is deployed with \
                 `function-name` in policy.toml"
                    .into()
            }
            Self::NameForSeveral { .. } => {
                "add `--function NAME`, or write `function-name` for each in policy.toml".into()
            }
            Self::AccountDiffers { .. } => "leave out `--account`, or name the right one".into(),
            Self::FunctionNameMalformed { .. } => "write a name such as `orders-prod`, or \
                 `arn:aws:lambda:eu-west-1:111122223333:function:orders-prod`"
                .into(),
            Self::AcceptedMalformed { .. } => {
                "write a whole ARN such as `arn:aws:s3:::acme-uploads/*`, or `*`".into()
            }
        }
    }
}

/// How many names a message lists before it counts the rest.
const LISTED: usize = 20;

fn list(names: &[impl std::fmt::Display]) -> String {
    let mut text =
        names.iter().take(LISTED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > LISTED {
        text.push_str(&format!(" and {} more", names.len() - LISTED));
    }
    text
}
