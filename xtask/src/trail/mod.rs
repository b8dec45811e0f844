//! `cargo xtask trail`: writes a CloudTrail folder of any size, the same for the same seed.
//!
//! The records have the members, their order and about the size of real ones. Everything in them is made up. There are
//! two worlds: a `shop` of four functions, and an `estate` of hundreds of roles that call a dozen services.

mod digests;
mod estate;
mod random;
mod shop;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::{Compression, GzBuilder};

use crate::run::{Outcome, root, run};
use digests::Digests;
use estate::Estate;
use random::Random;

/// What to write, and where.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Number of events.
    #[arg(long, default_value_t = 200_000)]
    pub(crate) events: u64,
    /// Number of distinct object keys.
    #[arg(long, default_value_t = 14_300)]
    pub(crate) keys: u64,
    /// Folder to write; emptied first.
    #[arg(long, default_value = "target/trail")]
    pub(crate) out: PathBuf,
    /// Another seed gives other events.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Events of one file; about as many as CloudTrail delivers at once from a busy account, unless given.
    #[arg(long)]
    pub(crate) events_a_file: Option<u64>,
    /// Hundreds of roles that call a dozen services, in place of the four functions of a shop.
    #[arg(long)]
    pub(crate) estate: bool,
    /// Every call is about an object, so that there can be as many distinct ARNs as events.
    #[arg(long, requires = "estate")]
    pub(crate) only_objects: bool,
    /// Reads the folder after writing it, and prints time and peak memory.
    #[arg(long)]
    pub(crate) bench: bool,
    /// Also writes a digest file for every hour; with --bench, reads once more and verifies.
    #[arg(long, conflicts_with = "estate")]
    pub(crate) digests: bool,
}

const EVENTS_A_FILE: u64 = 900;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

/// What the landscape of a seed follows from beside the arguments: its sources.
pub(crate) const SOURCES: [&str; 4] = [
    include_str!("mod.rs"),
    include_str!("random.rs"),
    include_str!("estate/mod.rs"),
    include_str!("estate/calls.rs"),
];

/// Files that one digest lists: those of an hour.
const FILES_A_DIGEST: u64 = 12;

/// Writes the folder.
pub(crate) fn trail(args: &Args) -> Outcome {
    let out = if args.out.is_absolute() { args.out.clone() } else { root().join(&args.out) };
    let sizes = if args.estate { estate(args, &out) } else { shop(args, &out) }?;
    eprintln!(
        "{}: {} events in {} files, {} MB packed, {} MB unpacked",
        out.display(),
        args.events,
        sizes.files,
        sizes.packed / 1_000_000,
        sizes.unpacked / 1_000_000
    );
    if args.bench {
        let out = out.to_string_lossy().into_owned();
        let mut arguments =
            vec!["bench", "--package", "policy-cli", "--bench", "trail", "--", &out];
        run("cargo", &arguments)?;
        if args.digests {
            arguments.push("--verify-digests");
            return run("cargo", &arguments);
        }
    }
    Ok(())
}

/// What was written.
#[derive(Default)]
struct Sizes {
    files: u64,
    packed: u64,
    unpacked: u64,
}

fn emptied(folder: &Path) -> Outcome {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    Ok(())
}

/// Day and minute of a file's delivery.
fn delivery(file: u64) -> (u64, u64) {
    (1 + file / 288 % 28, file % 288 * 5)
}

fn file_name(account: &str, region: &str, file: u64, random: &mut Random) -> String {
    let (day, minute) = delivery(file);
    let stamp = format!("202611{day:02}T{:02}{:02}Z", minute / 60, minute % 60);
    format!("{account}_CloudTrail_{region}_{stamp}_{:016x}.json.gz", random.next())
}

/// File after file: the keys go on from one to the next.
fn shop(args: &Args, out: &Path) -> Result<Sizes, String> {
    let account = out.join("AWSLogs").join(ACCOUNT);
    let logs = account.join("CloudTrail").join(REGION);
    let mut digests = Digests::new(account.join("CloudTrail-Digest").join(REGION));
    emptied(&logs)?;
    emptied(&digests.folder)?;
    let mut random = Random(args.seed);
    let mut maker = shop::Maker { keys: args.keys.max(1), next_key: 0 };
    let mut sizes = Sizes::default();
    let mut written = 0;
    while written < args.events {
        let count = args.events_a_file.unwrap_or(EVENTS_A_FILE).max(1).min(args.events - written);
        let mut text = String::from("{\"Records\":[");
        let mut last = String::new();
        for index in 0..count {
            if index > 0 {
                text.push(',');
            }
            // Now and then a record is delivered twice.
            if last.is_empty() || random.below(500) > 0 {
                last = maker.record(written + index, &mut random);
            }
            text.push_str(&last);
        }
        text.push_str("]}");
        let (day, _) = delivery(sizes.files);
        let folder = logs.join(format!("2026/11/{day:02}"));
        let name = file_name(ACCOUNT, REGION, sizes.files, &mut random);
        sizes.packed +=
            packed(&folder, &name, &text).map_err(|error| format!("{name}: {error}"))?;
        sizes.unpacked += text.len() as u64;
        written += count;
        sizes.files += 1;
        if args.digests {
            digests.list(&format!("2026/11/{day:02}/{name}"), &text);
            if sizes.files % FILES_A_DIGEST == 0 || written == args.events {
                digests.write(sizes.files).map_err(|error| format!("a digest: {error}"))?;
            }
        }
    }
    Ok(sizes)
}

/// Two files at a time: each follows from its number alone.
fn estate(args: &Args, out: &Path) -> Result<Sizes, String> {
    emptied(&out.join("AWSLogs"))?;
    let a_file = args.events_a_file.unwrap_or(1_600).max(1);
    let files = args.events.div_ceil(a_file);
    let next = AtomicU64::new(0);
    let whole = Mutex::new(Ok(Sizes::default()));
    let write = || {
        loop {
            let file = next.fetch_add(1, Ordering::Relaxed);
            if file >= files {
                return;
            }
            let events = file * a_file..args.events.min((file + 1) * a_file);
            let written = estate_file(args, out, file, events);
            let mut whole = whole.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match (&mut *whole, written) {
                (Ok(sizes), Ok((unpacked, packed))) => {
                    sizes.files += 1;
                    sizes.unpacked += unpacked;
                    sizes.packed += packed;
                }
                (Ok(_), Err(error)) => *whole = Err(error),
                (Err(_), _) => return,
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(write);
        write();
    });
    whole.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn estate_file(
    args: &Args,
    out: &Path,
    file: u64,
    events: std::ops::Range<u64>,
) -> Result<(u64, u64), String> {
    let mut random = Random(args.seed.wrapping_mul(0x9e37_79b9) ^ file.wrapping_mul(0x85eb_ca6b));
    let mut estate = Estate::new(file, args.keys.max(1), args.only_objects);
    let mut text = String::from("{\"Records\":[");
    let (mut last, mut begin) = (0..0, 0);
    for index in events.clone() {
        if index > events.start {
            text.push(',');
            // Now and then a record is delivered twice.
            if random.below(500) == 0 {
                text.extend_from_within(last.clone());
                continue;
            }
            begin = text.len();
        }
        let begin = begin.max("{\"Records\":[".len());
        estate.record(index, &mut random, &mut text);
        last = begin..text.len();
    }
    text.push_str("]}");
    let (account, region) = estate.place();
    let (day, _) = delivery(file);
    let folder = out.join(format!("AWSLogs/{account}/CloudTrail/{region}/2026/11/{day:02}"));
    let name = file_name(account, region, file, &mut random);
    let packed = packed(&folder, &name, &text).map_err(|error| format!("{name}: {error}"))?;
    Ok((text.len() as u64, packed))
}

fn packed(folder: &Path, name: &str, text: &str) -> std::io::Result<u64> {
    fs::create_dir_all(folder)?;
    let mut packed = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes())?;
    let bytes = packed.finish()?;
    fs::write(folder.join(name), &bytes)?;
    Ok(bytes.len() as u64)
}
