//! `cargo xtask throughput`: how fast logs are read, beside what limits it and what else could read them.
//!
//! Makes its own logs under `target/throughput` (2 GB unpacked, the same for everybody), then measures in one run, on the same
//! files: only unzipping; unzipping and finding records; unzipping and parsing; the full job; the release binary `observe`; DuckDB's `read_json`
//! and a plain Python loop, which group a slice of the files. Then what the number of distinct names and the size of files do.
//! The tables go to standard output. Nothing is asserted: the numbers of one machine are in `docs/performance.md`.
//!
//! Times are those of the clock and, since other work on the same cores stretches those, of the processor: all threads together.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bench::{Run, measured};
use crate::run::{Outcome, output, root, run};
use crate::venv::{python, target};

/// How much is measured.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Number of events.
    #[arg(long, default_value_t = 1_150_000)]
    events: u64,
    /// Number of distinct object keys.
    #[arg(long, default_value_t = 200_000)]
    keys: u64,
    /// Runs of each measurement; the best counts.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Files that DuckDB and Python read, of all.
    #[arg(long, default_value_t = 60)]
    slice: usize,
    /// Leaves out DuckDB and Python, and what has to be installed for them.
    #[arg(long)]
    only_native: bool,
    /// Leaves out the logs with few and with many names, and with large files.
    #[arg(long)]
    only_main: bool,
}

/// The only file size above that of an ordinary delivery: 50 MB unpacked.
const LARGE_FILE_EVENTS: u64 = 28_000;

/// Distinct ARNs that are compared.
const FEW_AND_MANY: [(&str, u64); 2] = [("few", 50), ("many", 1_000_000)];

/// Measures, and prints Markdown.
#[expect(clippy::print_stdout, reason = "the numbers are the output")]
pub(crate) fn throughput(args: &Args) -> Outcome {
    run("cargo", &["build", "--release", "--locked", "-p", "policy-cli", "-p", "xtask"])?;
    let main =
        written("main", &["--events", &args.events.to_string(), "--keys", &args.keys.to_string()])?;
    let mut rows = stages(&main, args.rounds)?;
    let unpacked = rows.first().map_or(0, |row| row.bytes);
    rows.push(observe(&main, args.rounds, unpacked)?);
    if !args.only_native {
        rows.extend(others(&main, args.slice)?);
    }
    println!("\n{} events, {:.2} GB unpacked\n", args.events, unpacked as f64 / 1e9);
    table(&rows);
    if args.only_main {
        return Ok(());
    }
    let events = args.events.to_string();
    println!("\nThe same number of calls, all on objects, `observe`:\n");
    println!("| distinct objects | clock | processor | peak memory |\n|---:|---:|---:|---:|");
    let mut folders = Vec::new();
    for (name, keys) in FEW_AND_MANY {
        let keys = keys.to_string();
        folders.push((
            keys.clone(),
            written(name, &["--events", &events, "--keys", &keys, "--only-objects"])?,
        ));
    }
    for (keys, folder) in &folders {
        let row = observe(folder, args.rounds, 0)?;
        println!("| {keys} | {:.2} s | {:.2} s | {:.1} MiB |", row.seconds, row.processor, row.mib);
    }
    let large = LARGE_FILE_EVENTS.to_string();
    let large = written(
        "large",
        &["--events", &events, "--keys", &args.keys.to_string(), "--events-a-file", &large],
    )?;
    let mut rows = stages(&large, args.rounds)?;
    let unpacked = rows.first().map_or(0, |row| row.bytes);
    rows.push(observe(&large, args.rounds, unpacked)?);
    println!("\nFiles of {LARGE_FILE_EVENTS} events, about 50 MB unpacked each:\n");
    table(&rows);
    Ok(())
}

/// One line of a table.
struct Row {
    name: String,
    seconds: f64,
    /// Seconds of all threads together; zero when it was not measured.
    processor: f64,
    /// Zero when it was not measured.
    mib: f64,
    /// Bytes unpacked.
    bytes: u64,
}

#[expect(clippy::print_stdout, reason = "the numbers are the output")]
fn table(rows: &[Row]) {
    let Some(limit) = rows.first() else { return };
    let rate = |bytes: u64, seconds: f64| bytes as f64 / 1e9 / seconds;
    println!(
        "| | clock | processor | GB/s | speed of unzipping, by clock | by processor | peak memory |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for row in rows {
        let share = rate(row.bytes, row.seconds) / rate(limit.bytes, limit.seconds);
        let of_processor = rate(row.bytes, row.processor) / rate(limit.bytes, limit.processor);
        let mib = if row.mib > 0.0 { format!("{:.1} MiB", row.mib) } else { String::new() };
        println!(
            "| {} | {:.2} s | {:.2} s | {:.3} | {share:.2} | {of_processor:.2} | {mib} |",
            row.name,
            row.seconds,
            row.processor,
            rate(row.bytes, row.seconds)
        );
    }
}

/// The folder `name` of made-up logs; written unless it is there with the same arguments.
fn written(name: &str, arguments: &[&str]) -> Result<PathBuf, String> {
    let folder = target().join("throughput").join(name);
    let stamp = folder.with_extension("stamp");
    let program = target().join("release/xtask").to_string_lossy().into_owned();
    let out = folder.to_string_lossy().into_owned();
    let all: Vec<&str> =
        ["trail", "--estate", "--out", &out].into_iter().chain(arguments.iter().copied()).collect();
    let wanted = format!("{all:?}\n{}", crate::trail::SOURCES.concat());
    if !fs::read_to_string(&stamp).is_ok_and(|stamp| stamp == wanted) {
        run(&program, &all)?;
        fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    }
    Ok(folder)
}

fn stages(folder: &Path, rounds: u32) -> Result<Vec<Row>, String> {
    let (folder, rounds) = (folder.to_string_lossy(), format!("--rounds={rounds}"));
    let said = output(
        "cargo",
        &[
            "bench",
            "-q",
            "--package",
            "policy-cli",
            "--bench",
            "trail",
            "--",
            &folder,
            "--stages",
            &rounds,
        ],
    )?;
    let row = |line: &str| {
        let fields: Vec<&str> = line.strip_prefix("stage\t")?.split('\t').collect();
        let [name, seconds, processor, bytes, _] = fields.as_slice() else { return None };
        let name = match *name {
            "unzip" => "only unzip (libdeflate)",
            "find-records" => "unzip, find where records begin",
            "parse" => "unzip, check that it is JSON (simd-json), no more",
            _ => "full job: files to observations",
        };
        Some(Row {
            name: name.to_owned(),
            seconds: seconds.parse().ok()?,
            processor: processor.parse().ok()?,
            mib: 0.0,
            bytes: bytes.parse().ok()?,
        })
    };
    let rows: Vec<Row> = said.lines().filter_map(row).collect();
    if rows.len() == 4 { Ok(rows) } else { Err(format!("the benchmark said: {said}")) }
}

fn observe(folder: &Path, rounds: u32, bytes: u64) -> Result<Row, String> {
    let program = target().join("release/policy-cli");
    let out = folder.with_extension("observed.json");
    let arguments =
        ["observe", "--trail", &folder.to_string_lossy(), "--out", &out.to_string_lossy()]
            .map(str::to_owned);
    let mut row = Row {
        name: "release binary `observe`".into(),
        seconds: f64::MAX,
        processor: f64::MAX,
        mib: 0.0,
        bytes,
    };
    for _ in 0..rounds.max(1) {
        let Run { seconds, mib, processor } = measured(&program, &arguments)?;
        row.seconds = row.seconds.min(seconds);
        row.processor = row.processor.min(processor);
        row.mib = row.mib.max(mib);
    }
    Ok(row)
}

/// DuckDB and Python on a slice of the files.
fn others(folder: &Path, slice: usize) -> Result<Vec<Row>, String> {
    let python = python("throughput-venv", "tests/throughput/requirements.txt")?;
    let mut files = Vec::new();
    collect(folder, &mut files).map_err(|error| format!("{}: {error}", folder.display()))?;
    files.sort();
    files.truncate(slice.max(1));
    let names: Vec<_> = files.iter().map(|path| path.to_string_lossy()).collect();
    let list = folder.with_extension("slice.txt");
    fs::write(&list, names.join("\n")).map_err(|error| format!("{}: {error}", list.display()))?;
    let mut bytes = 0;
    for path in &files {
        let packed = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        bytes += packed.last_chunk().map_or(0, |size| u64::from(u32::from_le_bytes(*size)));
    }
    let mut rows = Vec::new();
    let mut answers = Vec::new();
    for (name, script) in [
        ("DuckDB `read_json`, two threads", "group_duckdb.py"),
        ("Python `json.loads` loop, one thread", "group_loop.py"),
    ] {
        let script = root().join("tests/throughput").join(script);
        let arguments =
            [script.to_string_lossy().into_owned(), list.to_string_lossy().into_owned()];
        // The clock inside leaves out starting Python; processor time and memory are those of the whole process.
        let said = output(&python, &[&arguments[0], &arguments[1]])?;
        let Run { mib, processor, .. } = measured(Path::new(&python), &arguments)?;
        let fields: Vec<&str> = said.split_whitespace().collect();
        let [seconds, groups, calls] = fields.as_slice() else {
            return Err(format!("{name} said: {said}"));
        };
        answers.push(((*groups).to_owned(), (*calls).to_owned()));
        let seconds = seconds.parse().map_err(|_| format!("{name} said: {said}"))?;
        let name = format!("{name} ({} files, {:.2} GB)", files.len(), bytes as f64 / 1e9);
        rows.push(Row { name, seconds, processor, mib, bytes });
    }
    if answers.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(format!("DuckDB and Python found other groups and calls: {answers:?}"));
    }
    Ok(rows)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "gz") {
            files.push(path);
        }
    }
    Ok(())
}
