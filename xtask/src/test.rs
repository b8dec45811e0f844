//! `cargo xtask test`: the test suite.

use crate::run::{Outcome, run};

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
    }
    run("cargo", &["test", "--locked"])
}
