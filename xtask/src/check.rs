//! `cargo xtask check`: what must hold before tests are worth running.

use crate::run::{Outcome, output, run, run_with};

/// Format, clippy and docs, with warnings denied; the catalog is what its tables give.
pub(crate) fn check() -> Outcome {
    run("cargo", &["fmt", "--all", "--check"])?;
    run("cargo", &["clippy", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    crate::catalog::check()?;
    run_with("cargo", &["doc", "--no-deps", "--locked"], &[("RUSTDOCFLAGS", "-D warnings")])?;
    macros_stay_light()
}

/// The macros are compiled by everyone who declares: the engine's dependencies stay out.
fn macros_stay_light() -> Outcome {
    let tree = output(
        "cargo",
        &[
            "tree",
            "--package",
            "policy-macros",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--locked",
        ],
    )?;
    let heavy = ["petgraph", "serde_derive", "similar", "clap", "jiff"];
    match tree.lines().find(|line| heavy.iter().any(|name| line.starts_with(&format!("{name} ")))) {
        None => Ok(()),
        Some(line) => Err(format!(
            "policy-macros pulls in `{line}`; it may use policy-core without its engine only"
        )),
    }
}
