//! `cargo xtask fuzz`: coverage-guided tests of the document parser, `decide`, `compare` and the readers of trails.
//!
//! Installs cargo-fuzz into `target/tools` when it is not there. The targets and what they hold are in
//! `fuzz/README.md`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{Outcome, root, run_with};

/// The version of cargo-fuzz; another one may pass other flags to the compiler.
const CARGO_FUZZ: &str = "0.13.2";

/// A target and what it can bear.
struct Target {
    name: &'static str,
    /// The longest input, in bytes.
    longest: u32,
    /// Inputs in the test suite: about twenty seconds of them.
    short_runs: u32,
    /// The longest input of the committed corpus.
    committed: u32,
}

const TARGETS: [Target; 5] = [
    Target { name: "parse", longest: 4096, short_runs: 400_000, committed: 240 },
    Target { name: "decide", longest: 512, short_runs: 60_000, committed: 240 },
    Target { name: "compare", longest: 512, short_runs: 8_000, committed: 240 },
    Target { name: "trail", longest: 4096, short_runs: 100_000, committed: 1024 },
    Target { name: "observations", longest: 4096, short_runs: 100_000, committed: 1024 },
];

/// When to stop looking.
#[derive(Clone, Copy)]
enum Stop {
    /// After so many seconds.
    Seconds(u32),
    /// After the target's short runs, the same ones every time, on however slow a machine within a minute.
    Short,
}

/// Seconds after which one input counts as a hang.
const TIMEOUT_SECONDS: u32 = 20;

/// No sanitizer: the workspace forbids `unsafe`, and without one the pinned stable compiler is enough. Several units, so
/// that all cores build.
const BUILD: [&str; 4] = ["--sanitizer", "none", "--codegen-units", "4"];

/// The same start for every run in the suite.
const SEED: u32 = 20_261_122;

/// What to fuzz, and how long.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// `parse`, `decide`, `compare`, `trail` or `observations`; all of them when left out.
    target: Option<String>,
    /// How long to look for new inputs, for each target.
    #[arg(long, default_value_t = 300)]
    seconds: u32,
    /// Do not look for new inputs, but make the committed corpus the smallest that reaches what all inputs so far reach.
    #[arg(long)]
    minimize: bool,
}

/// Fuzzes as asked.
pub(crate) fn fuzz(args: &Args) -> Outcome {
    let chosen: Vec<_> = TARGETS
        .into_iter()
        .filter(|of| args.target.as_ref().is_none_or(|target| target == of.name))
        .collect();
    if chosen.is_empty() {
        let names = TARGETS.map(|target| format!("`{}`", target.name)).join(", ");
        return Err(format!("no such target; there are {names}"));
    }
    build()?;
    for target in chosen {
        if args.minimize {
            minimize(&target)?;
        } else {
            run_target(&target, "target/corpus", Stop::Seconds(args.seconds))?;
        }
    }
    Ok(())
}

/// Every target for a short time: the part of the test suite. What earlier runs found is left aside, so that the same
/// commit has the same answer.
pub(crate) fn short() -> Outcome {
    build()?;
    for target in TARGETS {
        let found = folder("target/short", target.name);
        if found.exists() {
            fs::remove_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
        }
        run_target(&target, "target/short", Stop::Short)?;
    }
    Ok(())
}

fn folder(of: &str, target: &str) -> PathBuf {
    root().join("fuzz").join(of).join(target)
}

/// Runs cargo-fuzz with its tools folder first on the path.
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
    cargo_fuzz(&["build"].into_iter().chain(BUILD).collect::<Vec<_>>())
}

/// Replays the committed corpus, then looks further. What is found is kept in `found` beside the build, so that a later
/// run goes on from there.
fn run_target(target: &Target, found: &str, stop: Stop) -> Outcome {
    let (found, committed) = (folder(found, target.name), folder("corpus", target.name));
    fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
    let mut arguments = vec!["run".to_owned()];
    arguments.extend(BUILD.map(str::to_owned));
    arguments.push(target.name.to_owned());
    arguments.extend([found, committed].map(|path| path.to_string_lossy().into_owned()));
    arguments.push("--".to_owned());
    match stop {
        Stop::Seconds(seconds) => arguments.push(format!("-max_total_time={seconds}")),
        Stop::Short => arguments.extend([
            format!("-runs={}", target.short_runs),
            format!("-seed={SEED}"),
            "-max_total_time=60".to_owned(),
        ]),
    }
    arguments.extend([
        format!("-max_len={}", target.longest),
        format!("-timeout={TIMEOUT_SECONDS}"),
        "-rss_limit_mb=2048".to_owned(),
        "-len_control=0".to_owned(),
        "-print_final_stats=1".to_owned(),
    ]);
    let words = root().join("fuzz/dictionaries").join(format!("{}.dict", target.name));
    if words.is_file() {
        arguments.push(format!("-dict={}", words.display()));
    }
    cargo_fuzz(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Makes the committed corpus a smallest one that reaches the code that it and the found inputs reach.
fn minimize(target: &Target) -> Outcome {
    let (target, longest) = (target.name, target.committed);
    let (found, committed) = (folder("target/corpus", target), folder("corpus", target));
    let smallest = folder("target/smallest", target);
    let failed = |path: &Path, error: &std::io::Error| format!("{}: {error}", path.display());
    if smallest.exists() {
        fs::remove_dir_all(&smallest).map_err(|error| failed(&smallest, &error))?;
    }
    for path in [&found, &smallest] {
        fs::create_dir_all(path).map_err(|error| failed(path, &error))?;
    }
    let longest = format!("-max_len={longest}");
    let mut arguments = vec!["run"];
    arguments.extend(BUILD);
    arguments.push(target);
    let folders = [&smallest, &found, &committed].map(|path| path.to_string_lossy());
    arguments.extend(folders.iter().map(AsRef::as_ref));
    arguments.extend(["--", "-set_cover_merge=1", "-use_counters=0", &longest]);
    cargo_fuzz(&arguments)?;
    fs::remove_dir_all(&committed).map_err(|error| failed(&committed, &error))?;
    fs::rename(&smallest, &committed).map_err(|error| failed(&committed, &error))
}
