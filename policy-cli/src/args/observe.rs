//! Arguments of `observe`.

use std::path::PathBuf;

use clap::ArgGroup;

/// Arguments of `observe`.
#[derive(Debug, clap::Args)]
#[command(
    group = ArgGroup::new("inputs").required(true).multiple(true).args(["trails", "join"]),
    override_usage = "\
policy-cli observe --trail <PATH>... [--join <FILE>...] [OPTIONS]
       policy-cli observe --join <FILE>... [OPTIONS]",
    after_help = "\
Examples:
  policy-cli observe --trail logs/2026/11 --out november.json
  policy-cli observe --trail AWSLogs/ --verify-digests --out november.json
  policy-cli observe --join october.json november.json --out autumn.json
  policy-cli observe --trail logs/2026/12/01 --join autumn.json --out autumn.json
  policy-cli generate --crate . --observations autumn.json --account 111122223333 --region eu-west-1 --out policies

Logs that are reduced apart and then joined give the file that they give together: an event that was
delivered twice counts once, and addenda correct what they name. That is exact up to 65536 events;
beyond, files stay small by only counting most events, and a copy in another file may count again.
The format is described in docs/observation-format.md.

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
    /// Files that `observe` wrote.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub join: Vec<PathBuf>,
    /// Where to write; stdout by default.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Go on with the readable part of a broken trail.
    #[arg(long)]
    pub keep_going: bool,
}
