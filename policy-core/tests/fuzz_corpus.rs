//! The committed corpora of the fuzz targets, replayed without a fuzzer: one input a file in
//! `fuzz/corpus/TARGET/`, held to the laws of that target.

#![expect(clippy::unwrap_used, reason = "a corpus that cannot be read is a failed test")]

#[path = "../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the same modules are the library of the fuzzer")]
mod laws;

use std::path::Path;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "{} inputs in {}", files.len(), folder.display());
    let broken: Vec<String> = files
        .iter()
        .filter(|file| {
            let data = std::fs::read(file).unwrap();
            std::panic::catch_unwind(|| check(&data)).is_err()
        })
        .map(|file| file.display().to_string())
        .collect();
    assert!(broken.is_empty(), "a law is broken by {}", broken.join(", "));
}

#[test]
fn the_corpus_of_parse_breaks_no_law() {
    replay("parse", laws::parse::check);
}

#[test]
fn the_corpus_of_decide_breaks_no_law() {
    replay("decide", laws::decide::check);
}

#[test]
fn the_corpus_of_compare_breaks_no_law() {
    replay("compare", laws::compare::check);
}

#[test]
fn the_corpus_of_trail_breaks_no_law() {
    replay("trail", laws::trail::check);
}

#[test]
fn the_corpus_of_observations_breaks_no_law() {
    replay("observations", laws::observations::check);
}
