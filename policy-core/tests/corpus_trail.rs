//! Every CloudTrail file of the corpus is read or refused with a reason.
//!
//! The corpus is no part of the repository; `POLICY_CORPUS` says where it lies. Run with
//! `--nocapture` to see the counts, and with `POLICY_CORPUS_CALLS=1` to see every call.
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test shows what it counted")]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use policy_core::catalog::Catalog;
use policy_core::evidence::Outcome;
use policy_core::evidence::trail::{Aggregate, Observations, Reader};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_none_or(|extension| extension != "txt") {
            found.push(path);
        }
    }
}

fn content(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_none_or(|extension| extension != "gz") {
        return bytes;
    }
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(&*bytes).read_to_end(&mut unpacked).unwrap();
    unpacked
}

#[test]
fn every_file_of_the_corpus_is_read_or_refused_with_a_reason() {
    let Some(corpus) = std::env::var_os("POLICY_CORPUS") else {
        eprintln!("POLICY_CORPUS is not set: the corpus was not read");
        return;
    };
    let root = Path::new(&corpus).join("cloudtrail");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    assert!(!paths.is_empty(), "no file under {}", root.display());

    let mut reader = Reader::new(Catalog::embedded());
    let mut thorough = Reader::thorough(Catalog::embedded());
    let mut aggregate = Aggregate::new();
    let mut completely = Aggregate::new();
    let mut streamed = Aggregate::new();
    let mut refused = Vec::new();
    let mut time = Duration::ZERO;
    for path in &paths {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let bytes = content(path);
        let start = Instant::now();
        let outcome = reader.document(&bytes, &name, &mut aggregate);
        time += start.elapsed();
        let slowly = thorough.document(&bytes, &name, &mut completely);
        assert_eq!(
            outcome.as_ref().err().map(ToString::to_string),
            slowly.err().map(|error| error.to_string()),
            "{name}: by known shapes and completely"
        );
        let again = reader.stream(&*bytes, &name, &mut streamed);
        assert_eq!(
            outcome.as_ref().err().map(ToString::to_string),
            again.err().map(|error| error.to_string()),
            "{name}: in memory and as a stream"
        );
        if let Err(error) = outcome {
            refused.push(error.to_string());
        }
    }
    let file = aggregate.to_file().unwrap();
    let observed = aggregate.finish().unwrap();
    let mut again = Aggregate::from_file(&file).unwrap();
    assert_eq!(
        again.to_file().unwrap(),
        file,
        "the observation file of the corpus, read and written"
    );
    assert_eq!(again.finish().unwrap(), observed, "through an observation file");
    assert_eq!(observed, streamed.finish().unwrap(), "in memory and as a stream");
    assert_eq!(observed, completely.finish().unwrap(), "by known shapes and completely");
    println!("{} records had a known shape", reader.known_records());
    report(&observed, paths.len(), &refused, time);
    assert!(observed.events > 2000);
    assert!(refused.len() < 8, "{refused:#?}");
}

fn report(observed: &Observations, files: usize, refused: &[String], time: Duration) {
    let mut outcomes: BTreeMap<Outcome, u64> = BTreeMap::new();
    for call in &observed.calls {
        *outcomes.entry(call.key.outcome).or_default() += call.count.events;
    }
    let line = |what: &str, count: u64, more: String| println!("{what:<26}{count:>6} {more}");
    line("files", files as u64, String::new());
    line("  refused", refused.len() as u64, String::new());
    line("records", observed.records, String::new());
    line("  copies", observed.copies, String::new());
    line("  corrected by addenda", observed.corrected, String::new());
    line("events", observed.events, String::new());
    let not_calls = observed.not_calls.values().sum();
    line("  no API calls", not_calls, format!("{:?}", observed.not_calls));
    let others = observed.other_identities.values().sum();
    line("  users and others", others, format!("{:?}", observed.other_identities));
    line("  services' own calls", observed.service_calls.values().sum(), String::new());
    line("  role unknown", observed.unattributed.values().sum(), String::new());
    let unusable = observed.unusable.values().sum();
    line("  unusable members", unusable, format!("{:?}", observed.unusable));
    line("  of roles", observed.roles.values().sum(), String::new());
    let free = observed.without_permission.values().sum();
    line("    no permission needed", free, String::new());
    line("    unmapped", observed.unmapped.values().sum(), String::new());
    line("    calls", outcomes.values().sum(), format!("{outcomes:?}"));
    line("roles", observed.roles.len() as u64, format!("read in {time:?}"));
    for error in refused {
        println!("refused: {error}");
    }
    for (event, count) in &observed.unmapped {
        println!("unmapped: {count} x {} {}: {}", event.source, event.name, event.reason);
    }
    for ((identity, reason), count) in &observed.unattributed {
        println!("role unknown: {count} x {identity}: {reason}");
    }
    if std::env::var_os("POLICY_CORPUS_CALLS").is_some() {
        for call in &observed.calls {
            println!("call: {} x {:?}", call.count.events, call.key);
        }
    }
}
