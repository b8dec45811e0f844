//! `cargo xtask oracle`: `compare` and `decide` held against a second opinion.
//!
//! The second opinion is written in Python (`tests/oracle`) and lets the solver Z3 decide. Python with its `venv` and `pip` must be
//! there; the solver, pinned, is installed below `target/` and nowhere else.

use std::fs;
use std::path::PathBuf;

use crate::run::{Outcome, root, run};

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
    let python = python()?;
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

/// Where cargo builds.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The Python that has the solver; made the first time and whenever the pin changes.
fn python() -> Result<String, String> {
    let home = target().join("oracle-venv");
    let python = home.join("bin/python").to_string_lossy().into_owned();
    let pins = root().join("tests/oracle/requirements.txt");
    let pinned = fs::read_to_string(&pins).map_err(|e| format!("{}: {e}", pins.display()))?;
    let stamp = home.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == pinned) {
        return Ok(python);
    }
    run("python3", &["-m", "venv", "--clear", &home.to_string_lossy()]).map_err(|error| {
        format!("{error}; the oracle needs `python3` 3.10 or newer with its `venv` module (package `python3-venv` on Debian)")
    })?;
    let pins = pins.to_string_lossy();
    run(&python, &["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", &pins])
        .map_err(|error| {
            format!(
                "{error}; the oracle needs `pip` and a package index that has `{}`",
                pinned.lines().last().unwrap_or_default()
            )
        })?;
    fs::write(&stamp, pinned).map_err(|e| format!("{}: {e}", stamp.display()))?;
    Ok(python)
}
