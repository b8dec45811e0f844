//! Arguments of `catalog`.

use super::Format;

/// Arguments of `catalog`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  policy-cli catalog
  policy-cli catalog s3:GetObject sqs:SendMessage --format json")]
pub struct CatalogArgs {
    /// Actions such as `s3:GetObject`.
    #[arg(value_name = "ACTION")]
    pub actions: Vec<String>,
    /// What to print.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}
