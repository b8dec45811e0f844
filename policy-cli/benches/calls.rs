//! Time of finding the SDK calls in a crate of 500 files: `cargo bench -p policy-cli --bench calls`.
//!
//! The crate is made in a temporary folder: a store behind a trait, handlers with logging, closures and spawned tasks,
//! about 130 lines a file, every file calling the next. Files are read from the page cache. Processor time of one thread,
//! the least of several runs, for other work on the cores only adds. The numbers of one machine are in
//! `docs/performance.md`.
#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot read its files has nothing to say")]

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use policy_cli::input::source::cfg::Configuration;
use policy_cli::input::source::features::Selection;
use policy_cli::input::source::{self, Request};
use policy_core::calls::Variables;
use policy_core::catalog::Catalog;

const FILES: usize = 500;
const RUNS: usize = 9;

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let lines = write(dir.path());
    let selection = Selection::default();
    let configuration = Configuration::new(Some("x86_64-unknown-linux-gnu")).unwrap();
    let request = Request {
        dir: dir.path(),
        selection: &selection,
        configuration: &configuration,
        binary: None,
    };
    let catalog = Catalog::embedded();
    let mut declared = Duration::MAX;
    let mut all = Duration::MAX;
    let mut calls = 0;
    for _ in 0..RUNS {
        let start = now();
        let read = source::read(&request, catalog).unwrap();
        declared = declared.min(now() - start);
        assert_eq!(read.files, FILES + 1);
        let start = now();
        let (_, found) = source::read_with_calls(&request, catalog, &|_| Variables::new()).unwrap();
        all = all.min(now() - start);
        calls = found.calls.len();
        assert!(found.calls.iter().all(|it| it.call.confidence.as_str() == "certain"));
    }
    println!("{FILES} files, {lines} lines, {calls} calls");
    println!("declarations alone       {:>7.1} ms", declared.as_secs_f64() * 1000.0);
    println!("declarations and calls   {:>7.1} ms", all.as_secs_f64() * 1000.0);
}

/// The clock of the process.
fn now() -> Duration {
    let clock = nix::time::ClockId::CLOCK_PROCESS_CPUTIME_ID;
    nix::time::clock_gettime(clock).unwrap().into()
}

/// Writes the crate; the number of its lines.
fn write(dir: &Path) -> usize {
    std::fs::create_dir_all(dir.join("src")).unwrap();
    let manifest = "[package]\nname = \"large\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
        aws-config = \"1\"\naws-sdk-dynamodb = \"1\"\naws-sdk-s3 = \"1\"\naws-sdk-sqs = \"1\"\nlambda_runtime = \"1\"\n\
        tokio = \"1\"\ntracing = \"0.1\"\n";
    std::fs::write(dir.join("Cargo.toml"), manifest).unwrap();
    let mut main = String::new();
    for index in 0..FILES {
        writeln!(main, "mod part_{index};").unwrap();
    }
    main.push_str(
        "\n#[tokio::main]\nasync fn main() -> Result<(), lambda_runtime::Error> {\n    let config = aws_config::load_from_env().await;\n    \
         lambda_runtime::run(lambda_runtime::service_fn(|event| part_0::handle(&config, event))).await\n}\n",
    );
    let mut lines = main.lines().count();
    std::fs::write(dir.join("src/main.rs"), main).unwrap();
    for index in 0..FILES {
        let text = part(index);
        lines += text.lines().count();
        std::fs::write(dir.join(format!("src/part_{index}.rs")), text).unwrap();
    }
    lines
}

fn part(index: usize) -> String {
    let next = (index + 1) % FILES;
    let mut text = include_str!("calls/part.rs")
        .replace("part_next", &format!("part_{next}"))
        .replace("NAME", &format!("part-{index}"));
    for line in 0..8 {
        writeln!(
            text,
            "\npub fn plain_{line}(values: &[u64]) -> u64 {{\n    values.iter().map(|value| value * {line}).filter(|value| value % 3 == 0).sum()\n}}"
        )
        .unwrap();
    }
    text
}
