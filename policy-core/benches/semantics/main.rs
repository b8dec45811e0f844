//! Speed and memory of `decide` and `compare`: `cargo bench -p policy-core --bench semantics [-- NAME…]`.
//!
//! Every row runs in a process of its own, so that its peak memory is its own and a row that does
//! not end can be stopped (`--limit SECONDS`, 60 unless told). With names only the rows whose name
//! contains one of them. `POLICY_CORPUS` names the folder of real policies; without it the rows that
//! need it say so. Times are those of the one thread at work. Targets and the numbers of one machine are in `docs/performance.md`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its numbers")]
#![expect(clippy::unwrap_used, reason = "a benchmark whose input cannot be read has failed")]

mod comparison;
mod decision;
mod inputs;
#[path = "../../tests/support/requests.rs"]
mod requests;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One row of the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// What it should stay under, or reach.
    pub(crate) target: &'static str,
    /// Measures and says the numbers in one line.
    pub(crate) run: fn() -> String,
}

fn rows() -> Vec<Row> {
    decision::rows().into_iter().chain(comparison::rows()).collect()
}

fn main() {
    let mut names = Vec::new();
    let mut limit = Duration::from_secs(60);
    let mut measuring = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--row" => return one(&arguments.next().unwrap()),
            "--limit" => {
                limit = Duration::from_secs(arguments.next().unwrap().parse().unwrap());
            }
            // Passed by `cargo bench`, not by `cargo test --all-targets`.
            "--bench" => measuring = true,
            name => names.push(name.to_owned()),
        }
    }
    if !measuring {
        println!("run by `cargo bench`");
        return;
    }
    for row in rows() {
        if !names.is_empty() && !names.iter().any(|name| row.name.contains(name.as_str())) {
            continue;
        }
        println!("{:<44} {:<28} {}", row.name, row.target, measured(row.name, limit));
    }
}

/// Runs one row here and prints what it says, with the peak memory of this process.
fn one(name: &str) {
    let row = rows().into_iter().find(|row| row.name == name).unwrap();
    let said = (row.run)();
    println!("{said}, peak {}", mebibytes(inputs::peak_memory_mib("self")));
}

fn mebibytes(mib: Option<f64>) -> String {
    mib.map_or_else(|| "memory unknown".to_owned(), |mib| format!("{mib:.1} MiB"))
}

/// Where a row is stopped, so that it does not take the machine with it.
const MOST_MIB: f64 = 3072.0;

/// Runs one row in a process of its own; gives up after `limit`.
fn measured(name: &str, limit: Duration) -> String {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.args(["--row", name]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let start = Instant::now();
    let mut peak = None;
    while start.elapsed() < limit && peak.is_none_or(|mib| mib < MOST_MIB) {
        if child.try_wait().unwrap().is_some() {
            let output = child.wait_with_output().unwrap();
            if output.status.success() {
                return String::from_utf8_lossy(&output.stdout).trim().to_owned();
            }
            let said = String::from_utf8_lossy(&output.stderr);
            return format!("FAILED, {}: {}", output.status, said.trim());
        }
        peak = inputs::peak_memory_mib(&child.id().to_string());
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    format!("NOT ENDED after {:.0?}, peak {}", start.elapsed(), mebibytes(peak))
}
