//! Arguments of `generate`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueEnum;

use super::limits::ScpLevels;

/// What `generate` prints, or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GenerateFormat {
    /// Text for people.
    Human,
    /// JSON for programs.
    Json,
    /// A CloudFormation template: roles, policies and permissions.
    Cloudformation,
    /// The same for a SAM template, with the roles given to its functions.
    Sam,
    /// A Terraform configuration in JSON.
    Terraform,
}

/// How declarations and observations make grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MergeRule {
    /// What is declared, and observed calls that the binary can make; others are reported.
    Checked,
    /// Declared and observed.
    Union,
    /// Declared; a call that is not declared is an error, observed or in the binary.
    Declared,
    /// Observed only.
    Observed,
    /// Declared, less what the trail proves unused; needs --base.
    Confirmed,
}

/// What `generate` can make beside the policies of functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Emit {
    /// Policies that others must add for a function: owners of resources and keys, endpoints, callers.
    Fragments,
    /// A permissions boundary for all functions together.
    Boundary,
    /// The duties of who builds, signs, deploys and governs the functions.
    Pipeline,
}

/// Whether actions may be written as patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WildcardRule {
    /// Every action by its name.
    Never,
    /// Patterns that match no other action of the catalog; each is reported.
    Exact,
}

/// Arguments of `generate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  policy-cli generate --crate . --account 111122223333 --region eu-west-1 --out policies
  policy-cli generate --crate orders --trail logs/ --account 111122223333 --region eu-west-1 --out policies
  policy-cli generate --binary target/lambda/orders/bootstrap.zip --account 111122223333 --region eu-west-1
  policy-cli generate --trail logs/ --role orders-exec --merge observed --format json
  policy-cli generate --trail AWSLogs/ --verify-digests --digest-key keys.json --role orders-exec --format json
  policy-cli generate --crate . --observations october.json november.json --account 111122223333 \
    --region eu-west-1 --out policies
  policy-cli generate --crate . --trail logs/ --merge confirmed --base policies --account 111122223333 \
    --region eu-west-1 --out new-policies
  policy-cli generate --crate . --account 111122223333 --region eu-west-1 --prove --boundary boundary.json --scp root.json
  policy-cli generate --crate . --template template.yaml --account 111122223333 --region eu-west-1 --format sam
  policy-cli generate --crate . --param stage=prod --account 111122223333 --region eu-west-1 --out policies --check

Exit codes: 0 done; 1 findings at error level, out of date with --check, or a partial trail; 2 bad
input or usage; 3 a fault of the tool.")]
pub struct GenerateArgs {
    /// Packages whose sources declare accesses; of one that declares none, the calls in its sources stand for it.
    #[arg(long = "crate", value_name = "DIR", num_args = 1..)]
    pub crates: Vec<PathBuf>,
    /// Cargo features to read the sources with, separated by commas or blanks.
    #[arg(long, value_name = "FEATURES", num_args = 1.., value_delimiter = ',')]
    pub features: Vec<String>,
    /// Read the sources with all features.
    #[arg(long, conflicts_with = "features")]
    pub all_features: bool,
    /// Read the sources without the default feature.
    #[arg(long)]
    pub no_default_features: bool,
    /// Only this binary target of the packages.
    #[arg(long, value_name = "NAME")]
    pub bin: Option<String>,
    /// The target triple to evaluate `cfg` for; the host's by default.
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,
    /// Built binaries, or the .zip around `bootstrap`: what they declare, and which operations they can call.
    #[arg(long = "binary", value_name = "FILE", num_args = 1..)]
    pub binaries: Vec<PathBuf>,
    /// CloudTrail logs: files or folders; `-` is stdin.
    #[arg(long = "trail", value_name = "PATH", num_args = 1.., allow_hyphen_values = false)]
    pub trails: Vec<PathBuf>,
    /// Check the log files against the digest files among PATH; what is altered, missing or not listed is refused.
    #[arg(long, requires = "trails")]
    pub verify_digests: bool,
    /// Also check the signatures of digest files: an RSA public key (PEM or DER), or what `aws cloudtrail list-public-keys` printed.
    #[arg(long, value_name = "FILE", requires = "verify_digests")]
    pub digest_key: Option<PathBuf>,
    /// Files that `observe` wrote; they count as the logs that they were made from.
    #[arg(long = "observations", value_name = "FILE", num_args = 1..)]
    pub observations: Vec<PathBuf>,
    /// Settings; `policy.toml` beside the crate's Cargo.toml by default.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How functions are configured: a SAM or CloudFormation template, or what `terraform show -json PLAN` prints. The settings come
    /// before; `--param` gives the template's parameters too, and names of resources that only the deployment makes.
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// Only this function.
    #[arg(long, value_name = "NAME")]
    pub function: Option<String>,
    /// The name under which the function is deployed.
    #[arg(long, value_name = "NAME")]
    pub function_name: Option<String>,
    /// Only what this role did: its ARN or its name.
    #[arg(long, value_name = "ARN|NAME")]
    pub role: Option<String>,
    /// Values of `{parameter}`s in declared resources.
    #[arg(long = "param", value_name = "KEY=VALUE", num_args = 1..)]
    pub parameters: Vec<String>,
    /// The account of the function, 12 digits.
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// The Region of the function.
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// The partition of the account; known from the Region or role by default.
    #[arg(long, value_name = "PARTITION")]
    pub partition: Option<String>,
    /// How declarations and observations make grants; `observed` by default when a trail is the only input, else `checked`.
    #[arg(long, value_enum, value_name = "RULE")]
    pub merge: Option<MergeRule>,
    /// Grant observed calls whose events do not tell the resource on every resource of their kind; each is reported.
    #[arg(long)]
    pub allow_unknown: bool,
    /// Patterns that observed names may become for one action in one bucket, log group or the like; more
    /// only where tenants or refused names force it, which is reported. 12 by default.
    #[arg(long, value_name = "N", value_parser = max_resources)]
    pub max_resources: Option<NonZeroUsize>,
    /// Write several actions as one pattern where the catalog knows of no other action that it matches. AWS may add
    /// one later, so each pattern is reported with the catalog's date.
    #[arg(long, value_enum, value_name = "RULE", default_value = "never")]
    pub wildcards: WildcardRule,
    /// With `--merge confirmed`: a folder that `generate` wrote before this change. Only what was declared there (its `evidence.json`
    /// and `dropped.json` tell) can be proved unused.
    #[arg(long, value_name = "DIR")]
    pub base: Option<PathBuf>,
    /// With `--merge confirmed`: how far a trail must go back to prove an access unused, in days (`90d`, the default) or
    /// weeks (`13w`). Counted from the first event that shows that calls of this kind are recorded to the last event of the whole trail.
    #[arg(long, value_name = "WINDOW")]
    pub min_window: Option<String>,
    /// What data events the trail records, where it does not show that itself: `KIND:read,write[:ARN]`
    /// (`s3:read,write:arn:aws:s3:::acme-receipts/`, `AWS::SQS::Queue:write`), or a file that `aws cloudtrail get-event-selectors` printed.
    #[arg(long = "data-events", value_name = "SPEC|FILE", num_args = 1..)]
    pub data_events: Vec<String>,
    /// Also require `aws:SourceArn` in the trust policy.
    #[arg(long)]
    pub trust_source_arn: bool,
    /// Hold the evidence against this permissions boundary too; what it blocks is a finding.
    #[arg(long, value_name = "FILE", num_args = 1.., value_delimiter = ',', help_heading = "Limits")]
    pub boundary: Vec<PathBuf>,
    /// SCPs by level.
    #[command(flatten)]
    pub scp: ScpLevels,
    /// Show what was proved of the policies: each item of evidence, each part that was taken out, each request that was replayed.
    #[arg(long)]
    pub prove: bool,
    /// VPC endpoints through one of which the code's calls must come; Lambda's own calls (log, tracing, pollers) are left alone.
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',', value_parser = endpoint)]
    pub require_vpce: Vec<String>,
    /// What else to make: policies that others must add for a function (`fragments`), a permissions boundary for all functions (`boundary`),
    /// the duties of who builds, signs, deploys and governs them (`pipeline`).
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',', num_args = 1..)]
    pub emit: Vec<Emit>,
    /// Where to write; each function gets a folder.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write nothing; exit 1 if what lies in --out is not what would be written.
    #[arg(long, requires = "out")]
    pub check: bool,
    /// Go on with the readable part of a broken trail.
    #[arg(long)]
    pub keep_going: bool,
    /// What to print; `json` by default without --out, else `human`. With --out the last three are the form of what is written.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<GenerateFormat>,
}

/// The id of a VPC endpoint.
fn endpoint(text: &str) -> Result<String, String> {
    let id = text.strip_prefix("vpce-").filter(|id| !id.is_empty());
    match id.is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        true => Ok(text.to_owned()),
        false => {
            Err("expected the id of a VPC endpoint such as `vpce-0123456789abcdef0`".to_owned())
        }
    }
}

fn max_resources(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| crate::config::NOT_A_BUDGET.to_owned())
}
