//! `cargo xtask covers`: statements held against another search for the fewest characters.
//!
//! The search is Python of its own (`tests/covers/search.py`), which takes nothing but the texts of the tables and lets the solver
//! HiGHS decide; it finds covers and proves how few characters there must be. Packages are pinned and installed below `target/`.

use std::fs;

use crate::run::{Outcome, output, run};
use crate::venv::{python, target};

/// Which tables, and how long the search may be.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What all drawn tables follow from.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u32,
    /// Parts of a table that the solver looks at for whole statements; more find covers with fewer characters.
    #[arg(long, default_value_t = 1)]
    pub(crate) nodes: u32,
    /// Prints every table.
    #[arg(long)]
    pub(crate) each: bool,
}

/// Searches, and fails where the statements are wrong or much longer than what was found.
pub(crate) fn covers(args: &Args) -> Outcome {
    let python = python("covers-venv", "tests/covers/requirements.txt")?;
    run("cargo", &["build", "--locked", "--package", "policy-tests", "--bin", "statement_tables"])?;
    let program = target().join("debug/statement_tables");
    let made = output(&program.to_string_lossy(), &[&args.seed.to_string()])?;
    let tables = target().join("covers-tables.jsonl");
    fs::write(&tables, made).map_err(|e| format!("{}: {e}", tables.display()))?;
    let (tables, nodes) = (tables.to_string_lossy(), args.nodes.to_string());
    let mut arguments = vec!["-B", "tests/covers/search.py", &*tables, "--nodes", &*nodes];
    arguments.extend(args.each.then_some("--each"));
    run(&python, &arguments)
}
