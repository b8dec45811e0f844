//! `cargo xtask sql`: the SQL that stands for the native reduction of CloudTrail logs.
//!
//! Athena cannot be run outside AWS, so its text is read by grammars of Trino from the package index (`tests/sql`), pinned and
//! installed below `target/`.

use crate::run::{Outcome, run};
use crate::venv::{python, target};

/// What is tested.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Tests the SQL.
pub(crate) fn sql(_: &Args) -> Outcome {
    let python = python("sql-venv", "tests/sql/requirements.txt")?;
    run("cargo", &["build", "--locked", "--package", "policy-cli"])?;
    let policy_cli = target().join("debug/policy-cli");
    run(&python, &["-B", "tests/sql/grammar.py", &policy_cli.to_string_lossy()])
}
