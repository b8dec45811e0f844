//! What the end-to-end tests share: building what they run, running it, reading what it wrote.
//!
//! The tests run the real program on the real examples, as a user does. Nothing here knows what a policy means.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Mutex, OnceLock},
};

use serde_json::Value;

/// Account and region of the examples.
pub const PLACE: [&str; 4] = ["--account", "111122223333", "--region", "eu-west-1"];

/// The workspace root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// What a run of the program gave.
#[derive(Debug)]
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// The data.
    pub stdout: String,
    /// All else.
    pub stderr: String,
}

impl Run {
    /// The output as JSON. Stops the test, with what the program said, if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// This run, if it ended with `code`. Stops the test, with what the program said, if not.
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stderr, self.stdout);
        self
    }
}

/// Runs `policy-cli` from the workspace root.
pub fn policy_cli<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Run {
    let output = Command::new(program())
        .args(arguments)
        .current_dir(root())
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    run(output)
}

fn run(output: Output) -> Run {
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// `policy-cli`, built once for each test program.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| built("policy-cli", "policy-cli", &[]))
}

/// A copy of an example's binary, as `cargo build` made it, in `folder`.
///
/// A copy, because another build of the same target with other features lands in the same place.
pub fn example_binary(package: &str, binary: &str, features: &[&str], folder: &Path) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _lock = ONE_AT_A_TIME.lock();
    let copy = folder.join(format!("{binary}{}", features.concat()));
    fs::copy(built(package, binary, &["--features", &features.join(",")]), &copy).unwrap();
    copy
}

/// The same with the profile `small`: fat link-time optimisation for size, and no unwinding. Only where `POLICY_SMALL_BUILD` is
/// set, for it takes minutes.
pub fn small_example(package: &str, binary: &str, folder: &Path) -> Option<PathBuf> {
    std::env::var_os("POLICY_SMALL_BUILD")?;
    let copy = folder.join(format!("{binary}-small"));
    fs::copy(built(package, binary, &["--profile", "small"]), &copy).unwrap();
    Some(copy)
}

/// The function with an old SDK, as small and without the SDK's spans. Only where `POLICY_SMALL_BUILD` is set.
pub fn old_sdk(folder: &Path) -> Option<PathBuf> {
    std::env::var_os("POLICY_SMALL_BUILD")?;
    let copy = folder.join("old-sdk");
    let target = root().join("target/old-sdk").display().to_string();
    let more =
        ["--manifest-path", "tests/old-sdk/Cargo.toml", "--target-dir", &target, "--release"];
    fs::copy(built("old-sdk", "old-sdk", &more), &copy).unwrap();
    Some(copy)
}

/// Builds a binary target and gives its place, as cargo tells it.
fn built(package: &str, binary: &str, more: &[&str]) -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--message-format=json-render-diagnostics"])
        .args(["--package", package, "--bin", binary])
        .args(more)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let executable = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| {
            let is_ours = message["target"]["name"] == binary;
            if is_ours { message["executable"].as_str().map(PathBuf::from) } else { None }
        });
    executable.unwrap_or_else(|| panic!("cargo built no `{binary}`"))
}

/// Every file below `folder`, by its path with `/`.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(base: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in
            fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(base, &path, files);
            } else {
                let name = path.strip_prefix(base).unwrap().to_string_lossy().replace('\\', "/");
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

/// Stops the test unless both folders hold the same files with the same bytes; says the first line that differs.
pub fn assert_same_files(expected: &Path, found: &Path) {
    let (expected_files, found_files) = (files(expected), files(found));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&expected_files), names(&found_files), "files in {}", expected.display());
    for (name, bytes) in &expected_files {
        let (left, right) =
            (String::from_utf8_lossy(bytes), String::from_utf8_lossy(&found_files[name]));
        if left == right {
            continue;
        }
        let number =
            left.split('\n').zip(right.split('\n')).take_while(|(old, new)| old == new).count();
        let line = |text: &str| text.split('\n').nth(number).map(str::to_owned);
        let (old, new) = (line(&left), line(&right));
        panic!(
            "{}/{name}:{}\n  expected: {old:?}\n  found:    {new:?}",
            expected.display(),
            number + 1
        );
    }
}
