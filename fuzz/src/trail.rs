//! Laws of reading CloudTrail records.
//!
//! - Any bytes are read or refused, whole: what is refused leaves no trace, and the message names the file.
//! - In pieces of any size they read as in one piece.
//! - Reading a document twice shows the same calls as reading it once.
//! - What is read can be written as an observation file, and reads back the same; its size is bounded by the input's.
//! - Each call is of an action of the catalog, and its resource fits a type of that action.

use std::io::{self, Read};

use policy_core::catalog::Catalog;
use policy_core::evidence::ObservedResource;
use policy_core::evidence::trail::{Aggregate, Observations, Reader};
use serde_json::{Value, json};

const FILE: &str = "log.json";

/// Bytes that an observation file may hold for each byte of the log; a list of short names becomes one of ARNs.
const GROWTH: usize = 2_000;

/// Holds the laws against one document.
///
/// Input that begins with `e` is one event in short: source, name, request parameters, entries of
/// `resources[]` and further members of the record. Anything else is the document itself.
pub fn check(data: &[u8]) {
    let event =
        data.strip_prefix(b"e").and_then(|line| std::str::from_utf8(line).ok()).and_then(event);
    check_document(event.as_deref().unwrap_or(data));
}

fn event(line: &str) -> Option<Vec<u8>> {
    let (source, rest) = line.split_once(' ')?;
    let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    let mut next = || values.next().map_or(Some(Value::Null), Result::ok);
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/orders-exec/orders",
            "sessionContext": { "sessionIssuer": {
                "type": "Role",
                "arn": "arn:aws:iam::111122223333:role/lambda/orders-exec",
            } },
        },
        "eventTime": "2026-11-01T08:30:00Z",
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "requestParameters": next()?,
        "resources": next()?,
        "eventID": "00000001-0000-4000-8000-000000000001",
        "eventType": "AwsApiCall",
    });
    if let (Value::Object(record), Value::Object(further)) = (&mut record, next()?) {
        record.extend(further);
    }
    Some(record.to_string().into_bytes())
}

/// A source that gives few bytes at a time.
struct Pieces<'d> {
    rest: &'d [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.size.min(buffer.len()).min(self.rest.len());
        let (piece, rest) = self.rest.split_at(size);
        buffer[..size].copy_from_slice(piece);
        self.rest = rest;
        Ok(size)
    }
}

fn written(aggregate: &mut Aggregate) -> String {
    aggregate.to_file().unwrap_or_else(|error| panic!("{error}"))
}

fn finished(aggregate: Aggregate) -> Observations {
    aggregate.finish().unwrap_or_else(|error| panic!("{error}"))
}

/// Everything but what depends on how often a document was read.
fn shown(observed: Observations) -> Observations {
    Observations { files: 0, records: 0, copies: 0, ..observed }
}

fn check_document(data: &[u8]) {
    let mut reader = Reader::new(Catalog::embedded());
    let mut whole = Aggregate::new();
    let outcome = reader.document(data, FILE, &mut whole);
    let mut pieced = Aggregate::new();
    let pieces = Pieces { rest: data, size: 1 + data.len() % 7 };
    let in_pieces = reader.stream(pieces, FILE, &mut pieced);
    assert_eq!(outcome.is_ok(), in_pieces.is_ok(), "{outcome:?}\n{in_pieces:?}");
    assert_eq!(written(&mut whole), written(&mut pieced), "in pieces it shows something else");
    if let Err(error) = outcome {
        let message = error.to_string();
        assert!(message.contains(FILE) && !message.contains('\n'), "{message}");
        assert_eq!(
            written(&mut whole),
            written(&mut Aggregate::new()),
            "refused, but it left a trace"
        );
        return;
    }
    let file = written(&mut whole);
    assert!(file.len() <= GROWTH * (data.len() + 2), "{} bytes of {}", file.len(), data.len());
    let mut read = Aggregate::from_file(&file).unwrap_or_else(|error| panic!("{error}\n{file}"));
    assert_eq!(written(&mut read), file, "written otherwise the second time");
    let observed = finished(whole);
    assert_eq!(finished(read), observed, "read back otherwise\n{file}");
    if let Err(error) = reader.document(data, FILE, &mut pieced) {
        panic!("refused when read again: {error}");
    }
    let observed = shown(observed);
    assert_eq!(observed, shown(finished(pieced)), "read twice it shows something else");
    fits(&observed);
    for finding in observed.findings(|_| true) {
        assert!(!finding.message.is_empty() && !finding.message.contains('\n'), "{finding:?}");
    }
}

fn fits(observed: &Observations) {
    for call in &observed.calls {
        let key = &call.key;
        let action = Catalog::embedded().action(&key.action);
        let Some(action) = action else { panic!("not in the catalog: {}", key.action.as_str()) };
        let mut types = action.resource_types();
        let text = match &key.resource {
            ObservedResource::Arn(arn) => arn.to_string(),
            ObservedResource::Named(pattern) | ObservedResource::Names(pattern) => {
                pattern.to_string()
            }
            ObservedResource::None => {
                assert!(types.next().is_none(), "{} has resources", key.action.as_str());
                continue;
            }
            ObservedResource::Unknown => continue,
        };
        assert!(
            types.any(|of| of.resource_type.matches(&text)),
            "{} is never on {text}",
            key.action.as_str()
        );
    }
}
