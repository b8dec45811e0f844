//! Arguments of `scan`.

use std::path::PathBuf;

use super::Format;

/// Arguments of `scan`.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "policy-cli scan --binary <FILE>... [OPTIONS]",
    after_help = "\
Examples:
  policy-cli scan --binary target/lambda/orders/bootstrap
  policy-cli scan --binary target/lambda/orders/bootstrap.zip --format json
  policy-cli scan --binary target/lambda/*/bootstrap

The linker keeps an operation of the AWS SDK only where something calls it, dependencies included, so
a built binary tells what the function can call, stripped or not. It does not tell on what, and not
whether the call is ever made. Operations that the SDK links for itself are listed apart.

A call is declared when the notes in the same binary name its operation or its actions. Where nothing
can be read the answer is \"unknown\", never \"none\". More is told in docs/scan.md.

Exit codes: 0 every call is declared; 1 a call is not, or there may be calls that cannot be read; 2 bad
input or usage; 3 a fault of the tool."
)]
pub struct ScanArgs {
    /// Built binaries, or the .zip around `bootstrap`.
    #[arg(long = "binary", value_name = "FILE", num_args = 1.., required = true)]
    pub binaries: Vec<PathBuf>,
    /// What to print.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}
