//! Time and peak memory of reading a CloudTrail folder: `cargo xtask trail --bench`.
//!
//! Last numbers (release, AMD EPYC, two cores with eight other jobs on them, so that processor time of both threads
//! together says more than the clock; files in the page cache):
//!
//! | input | processor time | peak memory |
//! |---|---|---|
//! | 200,000 events in 223 `.json.gz`, 27 MB packed, 341 MB unpacked, 14,300 keys | 1.4 s | 37 MiB |
//! | the same as one plain file of one line, one thread | 2.8 s | 34 MiB |
//!
//! Verified (`cargo xtask trail --bench --digests`; hashes of 223 files and 19 digests, SHA instructions in the processor): 1.18 times
//! the processor time at the median of five alternating pairs on busy cores (1.07 to 1.28; 1.72 s and 1.89 s at the medians), and 41
//! instead of 39 MiB.
#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::path::PathBuf;
use std::time::Instant;

use policy_cli::input::trail::{Progress, Verify, read};

fn main() {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let is_verified = std::env::args().any(|argument| argument == "--verify-digests");
    let verify = if is_verified { Verify::Hashes } else { Verify::No };
    let Some(folder) = folder else {
        println!("no folder given; `cargo xtask trail --bench` writes one and measures it");
        return;
    };
    let start = Instant::now();
    match read(&[PathBuf::from(folder)], &verify, &Progress::hidden()) {
        Ok(evidence) => {
            let time = start.elapsed();
            let observed = &evidence.observations;
            println!(
                "{} files, {} records, {} events, {} distinct calls of {} roles, {} refused",
                observed.files,
                observed.records,
                observed.events,
                observed.calls.len(),
                observed.roles.len(),
                evidence.refused.len()
            );
            println!("time         {time:.2?}");
        }
        Err(failure) => println!("{failure}"),
    }
    println!("peak memory  {}", peak_memory().unwrap_or_else(|| "not known here".into()));
}

/// The high-water mark of resident memory, where the system tells it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(format!("{:.1} MiB", kib as f64 / 1024.0))
}
