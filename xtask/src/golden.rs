//! `cargo xtask golden`: writes expected output anew.
//!
//! For a change that is meant. Read the difference before it is committed: these files are what the tests hold.

use crate::run::{Outcome, run_with};

/// Snapshots, the messages of the macros, and the expected policies of the examples.
pub(crate) fn golden() -> Outcome {
    run_with(
        "cargo",
        &["test", "--locked"],
        &[("INSTA_UPDATE", "always"), ("TRYBUILD", "overwrite")],
    )?;
    let expected = ["test", "--locked", "--package", "policy-tests", "--test", "expected"];
    run_with("cargo", &expected, &[("POLICY_UPDATE_EXPECTED", "1")])
}
