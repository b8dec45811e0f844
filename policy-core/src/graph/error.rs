//! Why the graph cannot be built.

use std::fmt;

use crate::evidence::SourceOrigin;

/// Why the graph cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// Values that the ARNs need are not known. All of them at once.
    #[error("{}", list(.0))]
    Incomplete(Vec<Missing>),
    /// [`Merge::Confirmed`](super::Merge::Confirmed) without a [`Base`](super::Base).
    #[error("what was declared before is not known, so nothing can be proved unused")]
    BaseMissing,
}

impl GraphError {
    /// What is missing, sorted, each once.
    #[must_use]
    pub fn missing(&self) -> &[Missing] {
        match self {
            Self::Incomplete(missing) => missing,
            Self::BaseMissing => &[],
        }
    }
}

fn list(missing: &[Missing]) -> String {
    let parts: Vec<String> = missing.iter().map(|m| format!("{m}; {}", m.help())).collect();
    parts.join("; ")
}

/// A value without which an ARN cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    kind: MissingKind,
    wanted_by: Box<str>,
    origin: Option<SourceOrigin>,
}

/// What kind of value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MissingKind {
    /// The function's account.
    Account,
    /// The function's Region.
    Region,
    /// The value of `{name}`.
    Parameter(Box<str>),
    /// The value of an environment variable.
    Variable {
        /// The variable.
        name: Box<str>,
        /// The function whose variable it is.
        function: Box<str>,
        /// What a value looks like.
        example: &'static str,
    },
}

impl Missing {
    pub(super) fn new(kind: MissingKind, wanted_by: &str, origin: Option<&SourceOrigin>) -> Self {
        Self { kind, wanted_by: wanted_by.into(), origin: origin.cloned() }
    }

    /// What is missing.
    #[must_use]
    pub fn kind(&self) -> &MissingKind {
        &self.kind
    }

    /// Where it is needed, when that is in the source.
    #[must_use]
    pub fn origin(&self) -> Option<&SourceOrigin> {
        self.origin.as_ref()
    }

    /// The very thing to write.
    #[must_use]
    pub fn help(&self) -> String {
        match &self.kind {
            MissingKind::Account => "give `--account ID` (12 digits)".to_owned(),
            MissingKind::Region => {
                "give `--region REGION`, such as `--region eu-west-1`".to_owned()
            }
            MissingKind::Parameter(name) => format!("give `--param {name}=VALUE`"),
            MissingKind::Variable { name, function, example } => format!(
                "write `variables.{name} = \"{example}\"` under `[functions.{function}]` in policy.toml"
            ),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            MissingKind::Account => write!(f, "`{}` needs the account", self.wanted_by),
            MissingKind::Region => write!(f, "`{}` needs the Region", self.wanted_by),
            MissingKind::Parameter(name) => {
                write!(f, "`{}` needs a value for `{{{name}}}`", self.wanted_by)
            }
            MissingKind::Variable { name, .. } => {
                write!(
                    f,
                    "`{}` needs the value of the environment variable `{name}`",
                    self.wanted_by
                )
            }
        }?;
        match &self.origin {
            Some(o) => write!(f, " ({}:{}:{})", o.file, o.line, o.column),
            None => Ok(()),
        }
    }
}
