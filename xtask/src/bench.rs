//! `cargo xtask bench`: how long the program takes, and how much memory.
//!
//! Whole runs of the release binary, start to exit, files in the page cache: what a user waits for. Not a test; the targets
//! and the numbers of one machine are in `docs/performance.md`. Writes nothing but the trail, under `target/`.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use nix::sys::resource::{UsageWho, getrusage};

use crate::run::{Outcome, root, run};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Runs of each command; the median counts.
    #[arg(long, default_value_t = 15)]
    runs: usize,
}

/// A command to run and report on. Started as a process of its own, so that its children's peak memory is that of the
/// command alone.
#[derive(clap::Args)]
pub(crate) struct Measure {
    #[arg(trailing_var_arg = true, required = true)]
    command: Vec<String>,
}

/// One command and what it should stay under.
struct Case {
    name: &'static str,
    arguments: Vec<String>,
    target: Duration,
    target_mib: Option<f64>,
}

/// Builds the release binary, the order example and the trail, then measures.
#[expect(clippy::print_stdout, reason = "the numbers are the output")]
pub(crate) fn bench(args: &Args) -> Outcome {
    run("cargo", &["build", "--release", "--locked", "--package", "policy-cli"])?;
    run("cargo", &["build", "--locked", "--package", "order-api"])?;
    let trail = root().join("target/trail");
    if !trail.exists() {
        run("cargo", &["xtask", "trail"])?;
    }
    let program = root().join("target/release/policy-cli");
    println!("{:<44} {:>10} {:>10} {:>10} {:>10}", "", "median", "target", "memory", "target");
    for case in cases(&trail) {
        let mut seconds = Vec::with_capacity(args.runs);
        let mut peak_mib = 0_f64;
        for _ in 0..args.runs.max(1) {
            let Run { seconds: second, mib, .. } = measured(&program, &case.arguments)?;
            seconds.push(second);
            peak_mib = peak_mib.max(mib);
        }
        seconds.sort_by(f64::total_cmp);
        println!(
            "{:<44} {:>7.1} ms {:>7.1} ms {:>6.1} MiB {:>10}",
            case.name,
            seconds[seconds.len() / 2] * 1000.0,
            case.target.as_secs_f64() * 1000.0,
            peak_mib,
            case.target_mib.map_or_else(String::new, |mib| format!("{mib:.0} MiB")),
        );
    }
    Ok(())
}

fn cases(trail: &Path) -> [Case; 5] {
    let example = ["generate", "--crate", "examples/order-api", "--account", "111122223333"];
    let example: Vec<String> =
        example.into_iter().chain(["--region", "eu-west-1"]).map(str::to_owned).collect();
    let with =
        |more: &[&str]| example.iter().cloned().chain(more.iter().map(|&s| s.to_owned())).collect();
    let trail = trail.display().to_string();
    [
        Case {
            name: "generate, the order example",
            arguments: example.clone(),
            target: Duration::from_millis(30),
            target_mib: None,
        },
        Case {
            name: "generate, the order example and its trail",
            arguments: with(&["--trail", "examples/order-api/trail"]),
            target: Duration::from_millis(30),
            target_mib: None,
        },
        Case {
            name: "scan, a debug build of the order example",
            arguments: ["scan", "--binary", "target/debug/order-api"].map(str::to_owned).into(),
            target: Duration::from_millis(300),
            target_mib: None,
        },
        Case {
            name: "generate, the order example, 200,000 events",
            arguments: with(&["--trail", &trail]),
            target: Duration::from_secs(2),
            target_mib: Some(64.0),
        },
        Case {
            name: "generate --merge observed, 200,000 events",
            arguments: ["generate", "--trail", &trail, "--merge", "observed", "--account"]
                .into_iter()
                .chain(["111122223333", "--region", "eu-west-1"])
                .map(str::to_owned)
                .collect(),
            target: Duration::from_secs(2),
            target_mib: Some(64.0),
        },
    ]
}

/// What one run cost.
pub(crate) struct Run {
    pub(crate) seconds: f64,
    /// Peak memory.
    pub(crate) mib: f64,
    /// Seconds of all its threads together.
    pub(crate) processor: f64,
}

/// Runs `program` once, in a process that measures it.
pub(crate) fn measured(program: &Path, arguments: &[String]) -> Result<Run, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(this)
        .args(["measure", "--"])
        .arg(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(str::parse);
    match (output.status.success(), numbers.next(), numbers.next(), numbers.next()) {
        (true, Some(Ok(seconds)), Some(Ok(mib)), Some(Ok(processor))) => {
            Ok(Run { seconds, mib, processor })
        }
        _ => Err(format!("`{}`: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr))),
    }
}

/// Runs the command, prints its seconds, its peak MiB and its processor seconds.
#[expect(clippy::print_stdout, reason = "read by `measured`")]
pub(crate) fn measure(args: &Measure) -> Outcome {
    let start = Instant::now();
    let output = Command::new(&args.command[0])
        .args(&args.command[1..])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}", args.command[0]))?;
    let seconds = start.elapsed().as_secs_f64();
    // 1 is an answer ("no", or findings), not a failure.
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    // KiB on Linux, bytes on macOS.
    let unit = if cfg!(target_os = "macos") { 1.0 } else { 1024.0 };
    let mib = usage.max_rss() as f64 * unit / 1024.0 / 1024.0;
    let of_processor =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    let processor = of_processor(usage.user_time()) + of_processor(usage.system_time());
    println!("{seconds} {mib} {processor}");
    Ok(())
}
