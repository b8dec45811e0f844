//! Arguments of `diff`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::LimitArgs;

/// What `diff` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// Text for people.
    Human,
    /// One JSON document.
    Json,
    /// Markdown for a review comment.
    Markdown,
}

/// Which differences make `diff` exit with 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// The proposed policy allows more, or that cannot be told.
    Widened,
    /// The proposed policy allows less, or that cannot be told.
    Narrowed,
    /// Either.
    Any,
    /// No difference does, and no finding.
    Never,
}

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  policy-cli diff --deployed deployed-role.json --proposed policies/orders
  policy-cli diff --deployed account.json --role orders-exec --proposed policies/orders --format markdown
  policy-cli diff --deployed old.json --proposed new.json --fail-on widened
  aws iam get-role-policy --role-name orders-exec --policy-name access |
    policy-cli diff --deployed - --proposed policies/orders
  policy-cli diff --deployed old.json --proposed policies/orders --boundary boundary.json \\
    --scp root.json --scp team.json,regions.json

PATH is a policy document, a folder written by `generate`, or the output of `aws iam get-role-policy`,
`get-policy-version`, `get-role` or `get-account-authorization-details`. `-` is stdin, once.

With a boundary, SCPs or session policies the effective access is compared: what both sides allow within
them, since they are the surroundings of the role and not part of the change. Grants that they block
are reported.

Beside the differences it finds statements of the proposed policy that do not do what they seem to,
such as a condition that another statement leaves without effect, and what a deployed resource policy
of a function leaves behind. docs/findings.md has them all.

Exit codes: 0 no difference of the kind of --fail-on; 1 there is one, or a finding at error level
that is not deployed already; 2 bad input or usage; 3 a fault of the tool.")]
pub struct DiffArgs {
    /// What is deployed; several files count together.
    #[arg(long, value_name = "PATH", num_args = 1.., required = true)]
    pub deployed: Vec<PathBuf>,
    /// What is to be deployed; several files count together.
    #[arg(long, value_name = "PATH", num_args = 1.., required = true)]
    pub proposed: Vec<PathBuf>,
    /// The role to take from an account's authorization details: its ARN or its name.
    #[arg(long, value_name = "ARN|NAME")]
    pub role: Option<String>,
    /// Boundary, SCPs and session policies.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Which differences make the exit code 1.
    #[arg(long, value_enum, value_name = "KIND", default_value = "any")]
    pub fail_on: FailOn,
    /// What to print.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub format: DiffFormat,
}
