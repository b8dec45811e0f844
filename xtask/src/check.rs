//! `cargo xtask check`: what must hold before tests are worth running.

use crate::run::{Outcome, run, run_with};

/// Format, clippy and docs, with warnings denied; the catalog is what its tables give.
pub(crate) fn check() -> Outcome {
    run("cargo", &["fmt", "--all", "--check"])?;
    run("cargo", &["clippy", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    crate::catalog::check()?;
    run_with("cargo", &["doc", "--no-deps", "--locked"], &[("RUSTDOCFLAGS", "-D warnings")])
}
