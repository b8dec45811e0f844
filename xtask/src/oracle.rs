//! `cargo xtask oracle`: `compare` and `decide` held against a second opinion.
//!
//! The second opinion is written in Python (`tests/oracle`) and lets the solver Z3 decide. Python with its `venv` and `pip` must be
//! there; the solver, pinned, is installed below `target/` and nowhere else.

use crate::run::{Outcome, run};
use crate::venv::{python, target};

/// How much is asked.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Pairs of policies to compare.
    #[arg(long, default_value_t = 300)]
    pub(crate) pairs: u32,
    /// Requests to decide.
    #[arg(long, default_value_t = 2000)]
    pub(crate) requests: u32,
    /// What all pairs and requests follow from.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u32,
    /// Folder to write each disagreement into, as the files of a case.
    #[arg(long)]
    pub(crate) findings: Option<String>,
}

/// Asks both, and fails where they disagree.
pub(crate) fn oracle(args: &Args) -> Outcome {
    let python = python("oracle-venv", "tests/oracle/requirements.txt")?;
    run(
        "cargo",
        &["build", "--locked", "--package", "policy-tests", "--bin", "semantics_answers"],
    )?;
    let answers = target().join("debug/semantics_answers");
    let (answers, seed) = (answers.to_string_lossy(), args.seed.to_string());
    let ask = |script: &str, count: (&str, u32)| {
        let count_text = count.1.to_string();
        let script = format!("tests/oracle/{script}");
        let mut arguments =
            vec!["-B", &*script, &*answers, count.0, &*count_text, "--seed", &*seed];
        if let Some(folder) = &args.findings {
            arguments.extend(["--findings", folder]);
        }
        run(&python, &arguments)
    };
    ask("compare_oracle.py", ("--pairs", args.pairs))?;
    ask("decide_oracle.py", ("--requests", args.requests))
}
