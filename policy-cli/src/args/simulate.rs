//! Arguments of `simulate`.

use std::path::PathBuf;

use clap::{ArgGroup, ArgMatches, Command, ValueEnum};
use policy_core::semantics::DecisionEffect;

use super::Format;
use super::limits::{SCP_HELP, level_flag, levels};

/// A decision, as the command line spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Expected {
    /// The request may proceed.
    Allowed,
    /// Nothing allows it.
    ImplicitlyDenied,
    /// A Deny statement matches it.
    ExplicitlyDenied,
}

impl Expected {
    /// The decision.
    #[must_use]
    pub fn effect(self) -> DecisionEffect {
        match self {
            Self::Allowed => DecisionEffect::Allowed,
            Self::ImplicitlyDenied => DecisionEffect::ImplicitlyDenied,
            Self::ExplicitlyDenied => DecisionEffect::ExplicitlyDenied,
        }
    }
}

/// Arguments of `simulate`.
#[derive(Debug, clap::Args)]
#[command(
    group = ArgGroup::new("documents").required(true).multiple(true).args([
        "policies", "resource_policy", "trust_policy", "boundaries", "scp", "rcp",
        "session_policies", "endpoint_policies", "cases",
    ]),
    override_usage = "\
policy-cli simulate --policy <PATH>... --action <ACTION> --resource <ARN> [OPTIONS]
       policy-cli simulate --cases <FILE>... [OPTIONS]",
    after_help = "\
Examples:
  policy-cli simulate --policy policies/orders --action dynamodb:GetItem \\
    --resource arn:aws:dynamodb:eu-west-1:111122223333:table/orders
  policy-cli simulate --policy role.json --boundary boundary.json --scp root.json --scp a.json b.json \\
    --action s3:GetObject --resource arn:aws:s3:::acme-receipts/a.pdf \\
    --principal arn:aws:iam::111122223333:role/orders --context aws:SourceVpce=vpce-1a2b3c4d
  policy-cli simulate --resource-policy topic.json --principal s3.amazonaws.com \\
    --action sns:Publish --resource arn:aws:sns:eu-west-1:111122223333:uploads \\
    --context aws:SourceAccount=111122223333
  policy-cli simulate --cases tests.jsonl --format json
  policy-cli simulate --policy policies/orders --cases tests.jsonl
  aws iam get-role-policy --role-name orders-exec --policy-name access |
    policy-cli simulate --policy - --action sqs:SendMessage --resource arn:aws:sqs:eu-west-1:111122223333:jobs

PATH is what `diff` reads: a policy document, a folder written by `generate`, or the output of
`aws iam get-role-policy`, `get-policy-version`, `get-role` or `get-account-authorization-details`.
`-` is stdin, for one of the documents or for the cases.

Keys that follow from the principal and the resource are filled in unless they are given or
--no-context names them: aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType,
aws:PrincipalIsAWSService, aws:PrincipalServiceName (services), aws:username (users) and
aws:ResourceAccount. Nothing else is: aws:CurrentTime, for one, must be given.

A case file has one JSON object a line: {\"name\", \"request\", \"policies\", \"expected\"}, in the format
of docs/simulate.md. All lines are read before anything is decided.

Exit codes: 0 allowed, or as expected; 1 denied, or not as expected; 2 bad input or usage, a
malformed case among them; 3 a fault of the tool."
)]
pub struct SimulateArgs {
    /// Identity policies of the caller, inline and attached.
    #[arg(long = "policy", value_name = "PATH", num_args = 1.., help_heading = "Documents")]
    pub policies: Vec<PathBuf>,
    /// The policy of the resource; of a KMS key, its key policy.
    #[arg(long, value_name = "PATH", help_heading = "Documents")]
    pub resource_policy: Option<PathBuf>,
    /// The trust policy of the role that is to be assumed.
    #[arg(long, value_name = "PATH", help_heading = "Documents")]
    pub trust_policy: Option<PathBuf>,
    /// The permissions boundary of the caller.
    #[arg(long = "boundary", value_name = "FILE", num_args = 1.., help_heading = "Documents")]
    pub boundaries: Vec<PathBuf>,
    /// SCPs and RCPs.
    #[command(flatten)]
    pub levels: Levels,
    /// Session policies of the caller's session.
    #[arg(long = "session-policy", value_name = "FILE", num_args = 1.., value_delimiter = ',', help_heading = "Documents")]
    pub session_policies: Vec<PathBuf>,
    /// The policy of the VPC endpoint that the request goes through.
    #[arg(long = "endpoint-policy", value_name = "FILE", num_args = 1.., help_heading = "Documents")]
    pub endpoint_policies: Vec<PathBuf>,
    /// The role to take from an account's authorization details: its ARN or its name.
    #[arg(long, value_name = "ARN|NAME", help_heading = "Documents")]
    pub role: Option<String>,
    /// The action, such as `s3:GetObject`.
    #[arg(
        long,
        value_name = "ACTION",
        required_unless_present = "cases",
        help_heading = "Request"
    )]
    pub action: Option<String>,
    /// The ARN of the resource; `*` for an action that has none.
    #[arg(long, value_name = "ARN", required_unless_present = "cases", help_heading = "Request")]
    pub resource: Option<String>,
    /// The account that owns the resource, where the ARN does not tell (S3).
    #[arg(long, value_name = "ID", help_heading = "Request")]
    pub resource_account: Option<String>,
    /// Who calls: the ARN of a role, role session, user or root user, a service such as
    /// `lambda.amazonaws.com`, or `anonymous`. By default whoever holds the identity policies, in
    /// the account of the resource.
    #[arg(long, value_name = "ARN|SERVICE|anonymous", help_heading = "Request")]
    pub principal: Option<String>,
    /// Condition keys of the request; a key that is given again has several values.
    #[arg(long, value_name = "KEY=VALUE", num_args = 1.., help_heading = "Request")]
    pub context: Vec<String>,
    /// Condition keys that the request lacks, though they would be filled in.
    #[arg(long, value_name = "KEY", num_args = 1.., help_heading = "Request")]
    pub no_context: Vec<String>,
    /// The decision that is right; any other makes the exit code 1.
    #[arg(long, value_enum, value_name = "DECISION")]
    pub expected: Option<Expected>,
    /// Files of cases, one JSON object a line; `-` is stdin. Documents of the other flags stand for
    /// what a case does not give.
    #[arg(
        long,
        value_name = "FILE",
        num_args = 1..,
        conflicts_with_all = [
            "action", "resource", "resource_account", "principal", "context", "no_context", "expected",
        ],
    )]
    pub cases: Vec<PathBuf>,
    /// What to print.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

impl SimulateArgs {
    /// All files that are named, of documents and of cases.
    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        let levels = self.levels.scp.iter().chain(&self.levels.rcp).flatten();
        let single = self.resource_policy.iter().chain(&self.trust_policy);
        let several = [
            &self.policies,
            &self.boundaries,
            &self.session_policies,
            &self.endpoint_policies,
            &self.cases,
        ];
        several.into_iter().flatten().chain(single).chain(levels)
    }
}

/// Documents that lie in levels: each time the flag is given is one level, the organization's root
/// first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Levels {
    /// SCPs of the caller's account.
    pub scp: Vec<Vec<PathBuf>>,
    /// RCPs of the resource's account.
    pub rcp: Vec<Vec<PathBuf>>,
}

impl clap::FromArgMatches for Levels {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { scp: levels(matches, "scp"), rcp: levels(matches, "rcp") })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Levels {
    fn augment_args(command: Command) -> Command {
        let rcp = "The RCPs of one level of the resource's account, as --scp";
        command.arg(level_flag("scp", "Documents", SCP_HELP)).arg(level_flag(
            "rcp",
            "Documents",
            rcp,
        ))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
