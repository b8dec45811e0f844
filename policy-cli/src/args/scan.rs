//! Arguments of `scan`.

use std::path::PathBuf;

use clap::ValueEnum;

/// Arguments of `scan`.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "policy-cli scan (--crate <DIR>... | --binary <FILE>...) [OPTIONS]",
    after_help = "\
Examples:
  policy-cli scan --crate .
  policy-cli scan --crate orders --bin order-api --suggest
  policy-cli scan --crate . --template template.yaml --param Stage=prod
  policy-cli scan --crate . --format sarif
  policy-cli scan --binary target/lambda/orders/bootstrap
  policy-cli scan --binary target/lambda/orders/bootstrap.zip --format json
  policy-cli scan --binary target/lambda/*/bootstrap

The source tells where a call stands, on what it is made, and which binaries of the package \
reach it. It is read without building: dependencies that are not given by path are not seen, and \
where a type is not told, the call is \"likely\" or \"ambiguous\".

The linker keeps an operation of the AWS SDK only where something calls it, dependencies included, \
so a built binary tells what the function can call, stripped or not. It does not tell on what, and \
not whether the call is ever made. Operations that the SDK links for itself are listed apart.

A call is declared when the declarations in the same binary or source name its operation or its \
actions. Where nothing can be read the answer is \"unknown\", never \"none\". More is told in \
docs/scan.md.

Exit codes: 0 every call is declared; 1 a call is not, or there may be calls in a binary that \
cannot be read; 2 bad input or usage; 3 a fault of the tool."
)]
pub struct ScanArgs {
    /// Packages whose sources to read.
    #[arg(long = "crate", value_name = "DIR", num_args = 1.., required_unless_present = "binaries")]
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
    /// Settings: values of environment variables and `{parameter}`s; `policy.toml` beside the crate's Cargo.toml by default.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A SAM or CloudFormation template: values of the environment variables that name resources. Those in the settings come before.
    #[arg(long, value_name = "FILE", requires = "crates")]
    pub template: Option<PathBuf>,
    /// What the one binary is called in the settings and the template, when it is not called by its own name.
    #[arg(long, value_name = "NAME", requires = "crates")]
    pub function: Option<String>,
    /// Values of `{parameter}`s and of the template's parameters.
    #[arg(long = "param", value_name = "KEY=VALUE", num_args = 1.., requires = "crates")]
    pub parameters: Vec<String>,
    /// The account of the function, for names in the template that have it.
    #[arg(long, value_name = "ID", requires = "crates")]
    pub account: Option<String>,
    /// The Region of the function, likewise.
    #[arg(long, value_name = "REGION", requires = "crates")]
    pub region: Option<String>,
    /// Only this binary target of the packages.
    #[arg(long, value_name = "NAME")]
    pub bin: Option<String>,
    /// The target triple to evaluate `cfg` for; the host's by default.
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,
    /// Built binaries, or the .zip around `bootstrap`.
    #[arg(long = "binary", value_name = "FILE", num_args = 1..)]
    pub binaries: Vec<PathBuf>,
    /// Print, for each binary of the packages, the declaration that its calls need.
    #[arg(long, requires = "crates", conflicts_with_all = ["binaries", "format"])]
    pub suggest: bool,
    /// What to print.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub format: ScanFormat,
}

/// What `scan` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScanFormat {
    /// Text for people.
    Human,
    /// JSON for programs.
    Json,
    /// The findings as SARIF 2.1.0, for tools that show them beside the code.
    Sarif,
}
