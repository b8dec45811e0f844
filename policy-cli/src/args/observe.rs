//! Arguments of `observe`.

use std::path::PathBuf;

use clap::{ArgGroup, ValueEnum};
use policy_core::evidence::trail::{Day, Place};
use policy_core::iam::{AccountId, Region};

/// An engine that the reduction is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SqlDialect {
    /// Amazon Athena.
    Athena,
    /// Spark SQL.
    Spark,
}

/// Who reads and reduces logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// This program.
    Native,
    /// Spark, through `spark-submit` on the PATH.
    Spark,
}

/// Which part of the SQL is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SqlPart {
    /// Both, with a semicolon after each.
    All,
    /// What defines the table or the view.
    Table,
    /// The statement that reduces what is in it.
    Query,
}

/// Arguments of `observe`.
#[derive(Debug, clap::Args)]
#[command(
    group = ArgGroup::new("inputs").required(true).multiple(true).args(["trails", "join", "emit_sql"]),
    override_usage = "\
policy-cli observe --trail <PATH>... [--join <FILE>...] [OPTIONS]
       policy-cli observe --join <FILE>... [OPTIONS]
       policy-cli observe --emit-sql <ENGINE> [--bucket-location <S3-URI>] [OPTIONS]",
    after_help = "\
Examples:
  policy-cli observe --trail logs/2026/11 --out november.json
  policy-cli observe --trail AWSLogs/ --verify-digests --out november.json
  policy-cli observe --join october.json november.json --out autumn.json
  policy-cli observe --trail logs/2026/12/01 --join autumn.json --out autumn.json
  policy-cli observe --engine spark --remote sc://spark.example:15002 \
    --trail 's3a://acme-logs/AWSLogs/*/CloudTrail/*/2026/11/*' --out november.json
  policy-cli observe --emit-sql athena --bucket-location s3://acme-logs/AWSLogs/o-a1b2c3d4e5/ \
    --account 111122223333 --region eu-west-1 us-east-1 --from 2026-11-01 > reduce.sql
  policy-cli generate --crate . --observations autumn.json --account 111122223333 --region eu-west-1 --out policies

Logs that are reduced apart and then joined give the file that they give together: an event that was
delivered twice counts once, and addenda correct what they name. That is exact up to 65536 events;
beyond, files stay small by only counting most events, and a copy in another file may count again.
The format is described in docs/observation-format.md; how to reduce logs where they lie, in
docs/athena-and-spark.md.

Exit codes: 0 done; 1 files of the trail were refused; 2 bad input or usage; 3 a fault of the tool."
)]
pub struct ObserveArgs {
    /// CloudTrail logs: files or folders; `-` is stdin.
    #[arg(long = "trail", value_name = "PATH", num_args = 1.., allow_hyphen_values = false)]
    pub trails: Vec<PathBuf>,
    /// Check the log files against the digest files among PATH; then all of it is right, or nothing is written.
    #[arg(long, requires = "trails", conflicts_with = "keep_going")]
    pub verify_digests: bool,
    /// Also check the signatures of digest files: an RSA public key (PEM or DER), or what `aws cloudtrail list-public-keys` printed.
    #[arg(long, value_name = "FILE", requires = "verify_digests")]
    pub digest_key: Option<PathBuf>,
    /// Files that `observe` wrote, and results of the query that it prints.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub join: Vec<PathBuf>,
    /// Who reads the logs; Spark takes any path that it understands, such as `s3a://…`.
    #[arg(long, value_enum, value_name = "ENGINE", default_value = "native", requires = "trails")]
    pub engine: Engine,
    /// The Spark Connect server that runs the reduction; paths are as it sees them.
    #[arg(long, value_name = "sc://HOST:PORT", requires = "trails")]
    pub remote: Option<String>,
    /// Print the SQL that reduces logs where they lie: the table definition and one query; `--join` reads its result.
    #[arg(long, value_enum, value_name = "ENGINE", conflicts_with_all = ["trails", "join", "out", "keep_going"])]
    pub emit_sql: Option<SqlDialect>,
    /// Print only this part of the SQL.
    #[arg(long, value_enum, value_name = "PART", default_value = "all", requires = "emit_sql")]
    pub part: SqlPart,
    /// Where CloudTrail delivers: `s3://BUCKET/[PREFIX/]AWSLogs/[ORGANIZATION/]`.
    #[arg(long, value_name = "S3-URI", requires = "emit_sql")]
    pub bucket_location: Option<Place>,
    /// Accounts whose logs the SQL reads.
    #[arg(long = "account", value_name = "ID", num_args = 1.., value_delimiter = ',', requires = "emit_sql")]
    pub accounts: Vec<AccountId>,
    /// Regions whose logs the SQL reads.
    #[arg(long = "region", value_name = "REGION", num_args = 1.., value_delimiter = ',', requires = "emit_sql")]
    pub regions: Vec<Region>,
    /// First day of the logs that the SQL reads; 90 days ago by default.
    #[arg(long, value_name = "DAY", requires = "emit_sql")]
    pub from: Option<Day>,
    /// Last day; today by default.
    #[arg(long, value_name = "DAY", requires = "emit_sql")]
    pub to: Option<Day>,
    /// Where to write; stdout by default.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Go on with the readable part of a broken trail.
    #[arg(long)]
    pub keep_going: bool,
}
