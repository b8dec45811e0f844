//! Building the fixtures, for the tests of several crates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the fixtures in a copy below `scratch` and gives its folder: `note/` has the sources, `target/`
/// the binaries. `root` is the workspace of this project.
pub(crate) fn build(root: &Path, scratch: &Path, cargo: &str) -> PathBuf {
    let copy = scratch.join("note-fixtures");
    copy_folder(&root.join("policy-macros/tests/fixtures"), &copy, root);
    // The versions of the workspace, so that nothing is looked up.
    fs::copy(root.join("Cargo.lock"), copy.join("note/Cargo.lock")).expect("the lock file");
    let target = copy.join("target");
    let output = Command::new(cargo)
        .args(["build", "--release", "--offline", "--quiet"])
        .arg("--target-dir")
        .arg(&target)
        .current_dir(copy.join("note"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET")
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    copy
}

fn copy_folder(from: &Path, to: &Path, root: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (source, copy) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_folder(&source, &copy, root);
            continue;
        }
        let text = fs::read_to_string(&source).expect("text");
        let root = root.display().to_string().replace('\\', "/");
        let text = if source.extension().is_some_and(|e| e == "toml") {
            text.replace("ROOT", &root)
        } else {
            text
        };
        // Unchanged files keep their time, so that cargo builds once.
        if fs::read_to_string(&copy).ok().as_ref() != Some(&text) {
            fs::write(copy, text).expect("a copy");
        }
    }
}
