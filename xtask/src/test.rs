//! `cargo xtask test`: the test suite.
//!
//! Needs a Rust toolchain and the crate registry, and Python with its package index for the oracle. The plain `cargo test` leaves
//! out what this adds: the examples, with the AWS SDK, the tests that run the real program on them, and the oracle.
//! `--full` compiles `real-sdks` besides, as a part of the workspace: the macros over one real SDK crate of each family of
//! protocols.

use crate::run::{Outcome, run, run_with};

/// Packages that are no default members. Tested by one command, so that the SDK is built once, for all of them.
const NOT_BY_DEFAULT: [&str; 4] = ["xtask", "order-api", "nightly-reports", "policy-tests"];

/// The laws of the suite are tried on the same random values every time, so that the same commit has the same answer.
/// A plain `cargo test` draws new ones: that is where new counterexamples are looked for.
const SEED: (&str, &str) = ("PROPTEST_RNG_SEED", "20261122");

/// The megabytes of the line that the reader of logs must bear; a plain `cargo test` makes a shorter one.
const LONG_LINE: (&str, &str) = ("POLICY_LINE_MB", "300");

/// Builds an example, and a function with an old SDK, as small as they get, and reads what they can call.
const SMALL_BUILD: (&str, &str) = ("POLICY_SMALL_BUILD", "1");

/// What to test.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Everything, the slow part too: what continuous integration runs.
    #[arg(long)]
    full: bool,
}

/// Runs the suite.
pub(crate) fn test(args: &Args) -> Outcome {
    if args.full {
        crate::check::check()?;
        run(
            "cargo",
            &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        )?;
    }
    let seed = [SEED];
    let seed: &[_] = if std::env::var_os(SEED.0).is_some() { &[] } else { &seed };
    run_with("cargo", &["test", "--locked"], seed)?;
    let packages = NOT_BY_DEFAULT.iter().flat_map(|package| ["--package", package]);
    run_with("cargo", &["test", "--locked"].into_iter().chain(packages).collect::<Vec<_>>(), seed)?;
    if args.full {
        let line = ["test", "--locked", "--package", "policy-core", "--test", "large_line"];
        run_with("cargo", &line, &[LONG_LINE])?;
        let linked =
            ["test", "--locked", "--package", "policy-tests", "--test", "linked", "smallest"];
        run_with("cargo", &linked, &[SMALL_BUILD])?;
    }
    let (pairs, requests) = if args.full { (2000, 20_000) } else { (300, 2000) };
    crate::oracle::oracle(&crate::oracle::Args { pairs, requests, seed: 1, findings: None })?;
    crate::sql::sql(&crate::sql::Args { spark: args.full })?;
    crate::foreign::foreign()?;
    if args.full {
        crate::covers::covers(&crate::covers::Args { seed: 1, nodes: 1, each: false })?;
        crate::fuzz::short()?;
    }
    Ok(())
}
