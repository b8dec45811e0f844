//! Time and peak memory of reading a CloudTrail folder: `cargo xtask trail --bench`, `cargo xtask throughput`.
//!
//! With `--stages` four amounts of work alternate on the same files and threads, so that their ratios hold on a busy machine
//! too: only unzipping, unzipping and finding where records begin, unzipping and parsing (by simd-json,
//! and nothing is done with what it finds), and everything up to finished observations. The line of
//! each says its name, its shortest time, its least processor time (all threads), and the bytes unpacked.
//!
//! The numbers of one machine are in `docs/performance.md`.
#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot read its files has nothing to say")]

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use policy_cli::input::trail::{Progress, Verify, read};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let Some(folder) = arguments.iter().find(|argument| !argument.starts_with('-')) else {
        println!("no folder given; `cargo xtask trail --bench` writes one and measures it");
        return;
    };
    if has("--stages") {
        let rounds = arguments.iter().find_map(|argument| argument.strip_prefix("--rounds="));
        return stages(Path::new(folder), rounds.map_or(3, |rounds| rounds.parse().unwrap()));
    }
    let verify = if has("--verify-digests") { Verify::Hashes } else { Verify::No };
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

/// The threads that reading a trail takes.
const THREADS: usize = 2;

fn stages(folder: &Path, rounds: usize) {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    let bytes = unzip(&files, |_| 0).1;
    let work: [(&str, &dyn Fn() -> u64); 4] = [
        ("unzip", &|| unzip(&files, |_| 0).0),
        ("find-records", &|| unzip(&files, records).0),
        ("parse", &|| unzip(&files, values).0),
        ("full", &|| full(folder)),
    ];
    let mut best = [(Duration::MAX, Duration::MAX); 4];
    let mut found = [0; 4];
    for _ in 0..rounds {
        for (at, (_, work)) in work.iter().enumerate() {
            let (start, used) = (Instant::now(), processor_time());
            found[at] = work();
            let (wall, used) = (start.elapsed(), processor_time() - used);
            best[at] = (best[at].0.min(wall), best[at].1.min(used));
        }
    }
    assert_eq!(found[1], found[3], "every record that begins is read");
    for ((name, _), (wall, used)) in work.iter().zip(best) {
        println!(
            "stage\t{name}\t{}\t{}\t{bytes}\t{}",
            wall.as_secs_f64(),
            used.as_secs_f64(),
            found[3]
        );
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "gz") {
            files.push(path);
        }
    }
}

/// Unpacks every file whole and looks at what it holds; gives the sum of what was seen, and the bytes unpacked.
fn unzip(files: &[PathBuf], look: impl Fn(&mut [u8]) -> u64 + Sync) -> (u64, u64) {
    let next = AtomicUsize::new(0);
    let (seen, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut decompressor = libdeflater::Decompressor::new();
                let (mut packed, mut unpacked) = (Vec::new(), Vec::new());
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    packed.clear();
                    let mut file = std::fs::File::open(path).unwrap();
                    std::io::Read::read_to_end(&mut file, &mut packed).unwrap();
                    let size = u32::from_le_bytes(*packed.last_chunk().unwrap()) as usize;
                    unpacked.resize(size, 0);
                    decompressor.gzip_decompress(&packed, &mut unpacked).unwrap();
                    seen.fetch_add(look(&mut unpacked), Ordering::Relaxed);
                    bytes.fetch_add(size as u64, Ordering::Relaxed);
                }
            });
        }
    });
    (seen.into_inner(), bytes.into_inner())
}

fn records(text: &mut [u8]) -> u64 {
    memchr::memmem::find_iter(text, b"{\"eventVersion\":").count() as u64
}

/// How many values the document has.
fn values(text: &mut [u8]) -> u64 {
    thread_local! {
        static BUFFERS: RefCell<simd_json::Buffers> = RefCell::default();
    }
    let parsed = |buffers: &RefCell<simd_json::Buffers>| {
        simd_json::to_tape_with_buffers(text, &mut buffers.borrow_mut()).unwrap().0.len() as u64
    };
    BUFFERS.with(parsed)
}

fn full(folder: &Path) -> u64 {
    let read = read(&[folder.to_owned()], &Verify::No, &Progress::hidden());
    read.unwrap().observations.records
}

/// Processor time of all threads of this process.
fn processor_time() -> Duration {
    nix::time::clock_gettime(nix::time::ClockId::CLOCK_PROCESS_CPUTIME_ID).unwrap().into()
}
