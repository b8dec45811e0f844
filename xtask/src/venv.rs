//! Python environments below `target/`, for what is measured or checked against other people's programs.

use std::fs;
use std::path::PathBuf;

use crate::run::{root, run};

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The Python of the environment `name` that has what the file `requirements` pins, a path from the workspace root; made the first
/// time and whenever the pins change.
///
/// # Errors
/// No Python with `venv`, or no package index that has what is pinned.
pub(crate) fn python(name: &str, requirements: &str) -> Result<String, String> {
    let home = target().join(name);
    let python = home.join("bin/python").to_string_lossy().into_owned();
    let pins = root().join(requirements);
    let pinned = fs::read_to_string(&pins).map_err(|e| format!("{}: {e}", pins.display()))?;
    let stamp = home.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == pinned) {
        return Ok(python);
    }
    run("python3", &["-m", "venv", "--clear", &home.to_string_lossy()]).map_err(|error| {
        format!("{error}; this needs `python3` 3.10 or newer with its `venv` module (package `python3-venv` on Debian)")
    })?;
    let pins = pins.to_string_lossy();
    run(&python, &["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", &pins])
        .map_err(|error| {
            format!(
                "{error}; this needs `pip` and a package index that has `{}`",
                pinned.lines().last().unwrap_or_default()
            )
        })?;
    fs::write(&stamp, pinned).map_err(|e| format!("{}: {e}", stamp.display()))?;
    Ok(python)
}
