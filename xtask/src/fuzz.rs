//! `cargo xtask fuzz`: coverage-guided tests of the document parser, `decide` and `compare`.
//!
//! Installs cargo-fuzz into `target/tools` when it is not there. The targets and what they hold are in
//! `fuzz/README.md`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{Outcome, root, run_with};

/// The version of cargo-fuzz; another one may pass other flags to the compiler.
const CARGO_FUZZ: &str = "0.13.2";

/// Every target, with its longest input in bytes.
const TARGETS: [(&str, u32); 3] = [("parse", 4096), ("decide", 512), ("compare", 512)];

/// The longest input of a committed corpus.
const COMMITTED_BYTES: u32 = 240;

/// Seconds after which one input counts as a hang.
const TIMEOUT_SECONDS: u32 = 20;

/// The same start for every run in the suite.
const SEED: u32 = 20_261_122;

/// What to fuzz, and how long.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// `parse`, `decide` or `compare`; all of them when left out.
    target: Option<String>,
    /// How long to look for new inputs, for each target.
    #[arg(long, default_value_t = 300)]
    seconds: u32,
    /// Where the random numbers start; a new place each time when left out.
    #[arg(long)]
    seed: Option<u32>,
    /// Do not look for new inputs, but make the committed corpus the smallest that reaches what all inputs so far reach.
    #[arg(long)]
    minimize: bool,
}

/// Fuzzes as asked.
pub(crate) fn fuzz(args: &Args) -> Outcome {
    let chosen: Vec<_> = TARGETS
        .into_iter()
        .filter(|(name, _)| args.target.as_ref().is_none_or(|target| target == name))
        .collect();
    if chosen.is_empty() {
        let names = TARGETS.map(|(name, _)| format!("`{name}`")).join(", ");
        return Err(format!("no such target; there are {names}"));
    }
    build()?;
    for (target, longest) in chosen {
        if args.minimize {
            minimize(target)?;
        } else {
            run_target(target, longest, args.seconds, args.seed)?;
        }
    }
    Ok(())
}

/// Every target for a short time from a fixed seed: the part of the test suite.
pub(crate) fn short() -> Outcome {
    build()?;
    TARGETS
        .into_iter()
        .try_for_each(|(target, longest)| run_target(target, longest, 20, Some(SEED)))
}

fn folder(of: &str, target: &str) -> PathBuf {
    root().join("fuzz").join(of).join(target)
}

/// Runs cargo-fuzz with its tools folder first on the path. No sanitizer: the workspace forbids
/// `unsafe`, and without one the pinned stable compiler is enough.
fn cargo_fuzz(arguments: &[&str]) -> Outcome {
    let tools = root().join("target/tools/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([tools].into_iter().chain(std::env::split_paths(&path)))
        .map_err(|error| format!("cannot put the tools on the path: {error}"))?;
    let path = path.to_string_lossy();
    let all: Vec<&str> = ["fuzz"].into_iter().chain(arguments.iter().copied()).collect();
    run_with("cargo", &all, &[("PATH", &path)])
}

fn installed(tools: &Path) -> bool {
    let list = fs::read_to_string(tools.join(".crates.toml")).unwrap_or_default();
    list.contains(&format!("\"cargo-fuzz {CARGO_FUZZ} "))
}

fn build() -> Outcome {
    let tools = root().join("target/tools");
    if !installed(&tools) {
        let at = tools.to_string_lossy().into_owned();
        let install = [
            "install",
            "cargo-fuzz",
            "--version",
            CARGO_FUZZ,
            "--locked",
            "--force",
            "--root",
            &at,
        ];
        run_with("cargo", &install, &[])?;
    }
    cargo_fuzz(&["build", "--sanitizer", "none"])
}

/// Replays the committed corpus, then looks further. What is found is kept beside the build, so that
/// a later run goes on from there.
fn run_target(target: &str, longest: u32, seconds: u32, seed: Option<u32>) -> Outcome {
    let (found, committed) = (folder("target/corpus", target), folder("corpus", target));
    fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
    let (found, committed) = (found.to_string_lossy(), committed.to_string_lossy());
    let mut arguments = vec![
        "run".to_owned(),
        "--sanitizer".to_owned(),
        "none".to_owned(),
        target.to_owned(),
        found.into_owned(),
        committed.into_owned(),
        "--".to_owned(),
        format!("-max_total_time={seconds}"),
        format!("-max_len={longest}"),
        format!("-timeout={TIMEOUT_SECONDS}"),
        "-rss_limit_mb=2048".to_owned(),
        "-len_control=0".to_owned(),
        "-print_final_stats=1".to_owned(),
    ];
    arguments.extend(seed.map(|seed| format!("-seed={seed}")));
    let words = root().join("fuzz/dictionaries").join(format!("{target}.dict"));
    if words.is_file() {
        arguments.push(format!("-dict={}", words.display()));
    }
    cargo_fuzz(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Makes the committed corpus a smallest one that reaches the code that it and the found inputs reach.
fn minimize(target: &str) -> Outcome {
    let (found, committed) = (folder("target/corpus", target), folder("corpus", target));
    let smallest = folder("target/smallest", target);
    let failed = |path: &Path, error: &std::io::Error| format!("{}: {error}", path.display());
    if smallest.exists() {
        fs::remove_dir_all(&smallest).map_err(|error| failed(&smallest, &error))?;
    }
    for path in [&found, &smallest] {
        fs::create_dir_all(path).map_err(|error| failed(path, &error))?;
    }
    let longest = format!("-max_len={COMMITTED_BYTES}");
    let mut arguments = vec!["run", "--sanitizer", "none", target];
    let folders = [&smallest, &found, &committed].map(|path| path.to_string_lossy());
    arguments.extend(folders.iter().map(AsRef::as_ref));
    arguments.extend(["--", "-set_cover_merge=1", "-use_counters=0", &longest]);
    cargo_fuzz(&arguments)?;
    fs::remove_dir_all(&committed).map_err(|error| failed(&committed, &error))?;
    fs::rename(&smallest, &committed).map_err(|error| failed(&committed, &error))
}
