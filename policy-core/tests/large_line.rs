//! A log of one endless line is read in bounded memory: the records come and go, and one that never ends is refused
//! when the limit is reached.
//!
//! The line is made while it is read and has 24 MB, or as many as `POLICY_LINE_MB` says: the full suite asks for 300.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::cell::Cell;
use std::io::{self, Read};

use policy_core::catalog::Catalog;
use policy_core::evidence::trail::{Aggregate, RECORD_LIMIT_BYTES, Reader, TrailError};

const HEAD: &str = r#"{"eventVersion":"1.11","eventTime":"2026-11-01T08:30:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","eventType":"AwsApiCall","eventID":"00000000-0000-4000-8000-000000000001","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/r/f","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/r"}}},"requestParameters":{"bucketName":"acme","key":"k"},"responseElements":{"text":""#;

fn line_bytes() -> u64 {
    let megabytes = std::env::var("POLICY_LINE_MB").ok().map(|text| text.parse().unwrap());
    megabytes.unwrap_or(24_u64) * 1_000_000
}

/// `head`, then `block` again and again until there are enough bytes, then `tail`.
struct Line<'c> {
    head: Vec<u8>,
    block: Vec<u8>,
    tail: &'static [u8],
    /// Of the middle, still to come.
    rest: u64,
    at: usize,
    given: &'c Cell<u64>,
}

impl Read for Line<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.head.is_empty() {
            let size = self.head.len().min(buffer.len());
            buffer[..size].copy_from_slice(&self.head[..size]);
            self.head.drain(..size);
            self.given.set(self.given.get() + size as u64);
            return Ok(size);
        }
        let source = if self.rest > 0 || self.at > 0 { &self.block[self.at..] } else { self.tail };
        let size = source.len().min(buffer.len());
        buffer[..size].copy_from_slice(&source[..size]);
        self.given.set(self.given.get() + size as u64);
        if self.rest == 0 && self.at == 0 {
            self.tail = &self.tail[size..];
        } else {
            self.rest = self.rest.saturating_sub(size as u64);
            self.at = (self.at + size) % self.block.len();
        }
        Ok(size)
    }
}

/// The most memory that the process had, in bytes; `None` where the system does not tell.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

/// What reading `line` gives, and by how much it raised the peak.
fn read(line: Line<'_>) -> (Result<(), TrailError>, Aggregate, u64) {
    let mut reader = Reader::new(Catalog::embedded());
    let mut aggregate = Aggregate::new();
    let before = peak_bytes();
    let outcome = reader.stream(line, "line.json", &mut aggregate);
    let growth = before.zip(peak_bytes()).map_or(0, |(before, after)| after - before);
    (outcome, aggregate, growth)
}

#[test]
fn a_line_without_end_is_read_in_bounded_memory() {
    let given = Cell::new(0);
    let record = format!("{HEAD}{}\"}}}}", "x".repeat(100_000));
    let records = Line {
        head: format!("{{\"Records\":[{record}").into_bytes(),
        block: format!(",{record}").into_bytes(),
        tail: b"]}",
        rest: line_bytes(),
        at: 0,
        given: &given,
    };
    let (outcome, aggregate, growth) = read(records);
    outcome.unwrap();
    assert!(given.get() >= line_bytes());
    let observed = aggregate.finish().unwrap();
    assert!(observed.records > line_bytes() / 110_000, "{}", observed.records);
    assert_eq!((observed.events, observed.copies), (1, observed.records - 1));
    assert!(growth < 16 << 20, "the line took {growth} bytes");

    let given = Cell::new(0);
    let endless = Line {
        head: format!("[{HEAD}").into_bytes(),
        block: "x".repeat(4096).into_bytes(),
        tail: b"\"}}]",
        rest: line_bytes(),
        at: 0,
        given: &given,
    };
    let (outcome, aggregate, growth) = read(endless);
    let error = outcome.unwrap_err();
    assert!(matches!(error, TrailError::RecordTooLong { record: 1, .. }), "{error}");
    assert_eq!(aggregate.records(), 0);
    assert!(given.get() <= RECORD_LIMIT_BYTES + (1 << 20), "{} bytes were asked for", given.get());
    assert!(growth < 48 << 20, "the record took {growth} bytes");
}
