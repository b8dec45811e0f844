//! The command line, as types only. What the flags mean is decided by the commands.

mod catalog;
mod check;
mod diff;
mod generate;
mod limits;
mod observe;
mod scan;
mod simulate;

use clap::{Parser, Subcommand, ValueEnum};

pub use catalog::CatalogArgs;
pub use check::CheckArgs;
pub use diff::{DiffArgs, DiffFormat, FailOn};
pub use generate::{Emit, GenerateArgs, GenerateFormat, MergeRule, WildcardRule};
pub use limits::{LimitArgs, ScpLevels};
pub use observe::{Engine, ObserveArgs, SqlDialect, SqlPart};
pub use scan::{ScanArgs, ScanFormat};
pub use simulate::{Expected, Levels, SimulateArgs};

/// Least-privilege IAM policies for AWS Lambda functions.
#[derive(Debug, Parser)]
#[command(name = "policy-cli", version, arg_required_else_help = true, max_term_width = 100)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// When to use colour; `auto` follows the terminal and NO_COLOR.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Say less: findings only at error level, no tables.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: every place, every event id that is kept.
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Writes the execution-role, trust and resource policies of functions, with the evidence for each grant.
    Generate(Box<GenerateArgs>),
    /// Reduces CloudTrail logs to a small file that `generate` reads instead, and joins such files.
    Observe(ObserveArgs),
    /// Says what a proposed policy allows that the deployed one does not, and the reverse.
    Diff(DiffArgs),
    /// Lists the SDK calls that code or a built binary can make, and those that nobody declared.
    Scan(ScanArgs),
    /// Decides one request, or a file of cases with the decisions that are right.
    Simulate(Box<SimulateArgs>),
    /// Finds mistakes in policies, or says whether they grant what they must not.
    Check(CheckArgs),
    /// Says what the embedded catalog knows of actions, its date and its digest.
    Catalog(CatalogArgs),
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What a command prints that has two forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people.
    Human,
    /// JSON for programs.
    Json,
}
