//! Arguments of `check`.

use std::path::PathBuf;

use super::{Format, LimitArgs};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "policy-cli check <PATH>... [OPTIONS]",
    after_help = "\
Examples:
  policy-cli check policies/orders
  policy-cli check role.json --boundary boundary.json --scp root.json --scp team.json,regions.json
  git show main:role.json | policy-cli check -
  policy-cli check policies/orders --not-granted 'iam:*,kms:ScheduleKeyDeletion'
  policy-cli check role.json --not-granted s3:DeleteObject --resource 'arn:aws:s3:::acme-receipts/*'

PATH is what `diff` reads: a policy document, a folder written by `generate`, or the output of
`aws iam get-role-policy`, `get-policy-version`, `get-role` or `get-account-authorization-details`.
`-` is stdin, once.
Identity policies count together; each trust policy and resource policy counts for itself.

Without --not-granted it reports mistakes in the documents, statements that do not do what they seem
to, and grants that the limits block. Whether actions exist, quotas and wide grants are not looked at.

With --not-granted it answers that question alone: actions and resources are sets, and any request in
both that the policies allow within the limits is an answer of \"granted\". So is what could not be
decided, with the reason.

Exit codes: 0 no finding at error level, or nothing of it granted; 1 there is one, or some of it is
granted or may be; 2 bad input or usage; 3 a fault of the tool."
)]
pub struct CheckArgs {
    /// Policies to check.
    #[arg(value_name = "PATH", num_args = 1.., required = true)]
    pub paths: Vec<PathBuf>,
    /// The role to take from an account's authorization details: its ARN or its name.
    #[arg(long, value_name = "ARN|NAME")]
    pub role: Option<String>,
    /// Actions of which none may be granted, with `*` and `?`; separated by commas.
    #[arg(long, value_name = "ACTION[,ACTION…]", value_delimiter = ',')]
    pub not_granted: Vec<String>,
    /// The resources to ask about, ARNs with `*` and `?`; any by default.
    #[arg(
        long = "resource",
        value_name = "ARN[,ARN…]",
        value_delimiter = ',',
        requires = "not_granted"
    )]
    pub resources: Vec<String>,
    /// What to print.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
    /// Boundary, SCPs and session policies.
    #[command(flatten)]
    pub limits: LimitArgs,
}
