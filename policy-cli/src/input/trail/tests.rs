use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use policy_core::finding::Code;

use super::*;

mod bad_input;

fn record(id: u64) -> String {
    format!(
        r#"{{"eventVersion":"1.11","eventTime":"2026-11-01T08:30:00Z","eventSource":"sqs.amazonaws.com",
        "eventName":"SendMessage","awsRegion":"eu-west-1","eventType":"AwsApiCall","eventCategory":"Data",
        "eventID":"00000000-0000-4000-8000-{id:012x}","userIdentity":{{"type":"AssumedRole",
        "arn":"arn:aws:sts::111122223333:assumed-role/orders-exec/orders","sessionContext":{{"sessionIssuer":
        {{"type":"Role","arn":"arn:aws:iam::111122223333:role/orders-exec"}}}}}},
        "requestParameters":{{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/111122223333/jobs"}}}}"#
    )
}

fn log(ids: std::ops::Range<u64>) -> Vec<u8> {
    let records: Vec<_> = ids.map(record).collect();
    format!("{{\"Records\":[{}]}}", records.join(",")).into_bytes()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

fn read_paths(paths: &[PathBuf]) -> Result<TrailEvidence, Failure> {
    read(paths, &Verify::No, &Progress::hidden())
}

fn read_one(path: &Path) -> Result<TrailEvidence, Failure> {
    read_paths(&[path.to_owned()])
}

fn events(evidence: &TrailEvidence) -> u64 {
    evidence.observations.calls.iter().map(|call| call.count.events).sum()
}

#[test]
fn folders_are_read_to_the_bottom_and_each_event_counts_once() {
    let folder = folder();
    write(folder.path(), "AWSLogs/2026/11/01/a.json.gz", &packed(&log(0..3)));
    write(folder.path(), "AWSLogs/2026/11/02/b.json", &log(2..5));
    let lines = [record(7).replace('\n', ""), record(8).replace('\n', "")].join("\n");
    write(folder.path(), "c.jsonl", lines.as_bytes());
    write(folder.path(), "d.ndjson.gz", &packed(lines.as_bytes()));
    write(folder.path(), "README.md", b"not a log");
    write(folder.path(), ".hidden.json", b"not a log");
    let evidence = read_one(folder.path()).unwrap();
    assert!(!evidence.is_partial());
    assert_eq!(evidence.observations.files, 4);
    assert_eq!(events(&evidence), 7);
    assert_eq!(evidence.observations.copies, 3);
}

#[test]
fn the_order_and_repetition_of_paths_change_nothing() {
    let folder = folder();
    let a = write(folder.path(), "a.json", &log(0..3));
    let b = write(folder.path(), "b.json.gz", &packed(&log(1..9)));
    let one = read_paths(&[a.clone(), b.clone()]).unwrap();
    let other = read_paths(&[b.clone(), a, b]).unwrap();
    assert_eq!(one, other);
}

#[test]
fn a_gzip_file_of_several_members_is_read_whole() {
    let folder = folder();
    let mut bytes = packed(record(1).as_bytes());
    bytes.extend(packed(record(2).as_bytes()));
    let path = write(folder.path(), "a.json.gz", &bytes);
    assert_eq!(events(&read_one(&path).unwrap()), 2);
}

#[test]
fn gzip_is_known_by_its_bytes_not_by_its_name() {
    let folder = folder();
    let path = write(folder.path(), "a.json", &packed(&log(0..2)));
    assert_eq!(events(&read_one(&path).unwrap()), 2);
    let path = write(folder.path(), "b.json.gz", &log(0..2));
    assert_eq!(events(&read_one(&path).unwrap()), 2);
}

#[test]
fn a_truncated_gzip_file_is_named_and_the_others_count() {
    let folder = folder();
    let whole = packed(&log(0..50));
    write(folder.path(), "bad.json.gz", &whole[..whole.len() / 2]);
    write(folder.path(), "good.json", &log(50..52));
    let evidence = read_one(folder.path()).unwrap();
    assert!(evidence.is_partial());
    assert_eq!(events(&evidence), 2);
    let [finding] = evidence.refused.as_slice() else { panic!("{:?}", evidence.refused) };
    assert_eq!(finding.code, Code::TrailFileUnreadable);
    assert!(finding.places[0].file.ends_with("bad.json.gz"));
    assert_eq!(finding.message, "cannot be read: its gzip data end too early");
}

#[test]
fn broken_gzip_data_are_named() {
    let folder = folder();
    let mut bytes = packed(&log(0..50));
    let middle = bytes.len() / 2;
    for byte in &mut bytes[middle..middle + 40] {
        *byte = 0xff;
    }
    let path = write(folder.path(), "a.json.gz", &bytes);
    let failure = read_one(&path).unwrap_err();
    assert_eq!(failure.exit(), crate::Exit::BadInput);
    assert!(failure.to_string().contains("gzip data"), "{failure}");
}

#[test]
fn no_record_of_a_broken_log_counts() {
    let folder = folder();
    let text = format!("[{},{}]", record(1), record(2).replace("\"2026-11-01T08:30:00Z\"", "5"));
    write(folder.path(), "bad.json", text.as_bytes());
    write(folder.path(), "good.json", &log(9..10));
    let evidence = read_one(folder.path()).unwrap();
    assert_eq!(events(&evidence), 1);
    let finding = &evidence.refused[0];
    assert_eq!(finding.code, Code::TrailRecordMalformed);
    assert_eq!(finding.places[0].record, Some(2));
    assert_eq!(
        finding.message,
        "`eventTime` is `5`, expected a UTC time such as `2026-11-01T08:30:00Z`"
    );
}

#[test]
fn a_trail_without_one_good_file_is_bad_input() {
    let folder = folder();
    let path = write(folder.path(), "policy.json", br#"{"Version":"2012-10-17","Statement":[]}"#);
    let failure = read_one(&path).unwrap_err();
    assert_eq!(failure.exit(), crate::Exit::BadInput);
    assert_eq!(
        failure.to_string(),
        "no CloudTrail log: its members are `Version`, `Statement` …; expected `Records`, a list of records, or one record a line"
    );
}

#[test]
fn what_does_not_exist_and_empty_folders_are_told_together() {
    let folder = folder();
    let failure =
        read_paths(&[folder.path().to_owned(), folder.path().join("nowhere")]).unwrap_err();
    assert_eq!(failure.exit(), crate::Exit::BadInput);
    let messages: Vec<_> = failure.problems().iter().map(|p| p.message.clone()).collect();
    assert_eq!(messages[0], "the folder holds no CloudTrail file");
    assert!(messages[1].ends_with("nowhere` does not exist"), "{messages:?}");
}

#[test]
fn a_large_file_of_one_line_is_read_as_a_stream() {
    let folder = folder();
    let path = folder.path().join("large.json");
    let mut file = std::io::BufWriter::new(fs::File::create(&path).unwrap());
    file.write_all(b"{\"Records\":[").unwrap();
    let one = record(0).replace('\n', "");
    let padding = format!(",\"responseElements\":{{\"text\":\"{}\"}}}}", "x".repeat(40_000));
    let long = format!("{}{padding}", one.strip_suffix('}').unwrap());
    for id in 0..300 {
        let separator = if id == 0 { "" } else { "," };
        let text = long.replace("000000000000\"", &format!("{id:012x}\""));
        write!(file, "{separator}{text}").unwrap();
    }
    file.write_all(b"]}").unwrap();
    file.into_inner().unwrap().sync_all().unwrap();
    assert!(fs::metadata(&path).unwrap().len() > gzip::WHOLE_LIMIT_BYTES);
    assert_eq!(events(&read_one(&path).unwrap()), 300);
}

#[test]
fn one_endless_record_is_refused_by_name() {
    let folder = folder();
    let one = record(0);
    let head = one.strip_suffix('}').unwrap();
    let text = format!("[{head},\"responseElements\":\"{}\"}}]", "x".repeat(20 << 20));
    let path = write(folder.path(), "a.json", text.as_bytes());
    let failure = read_one(&path).unwrap_err();
    assert!(failure.to_string().contains("longer than 8388608 bytes"), "{failure}");
}

#[cfg(unix)]
#[test]
fn a_link_upwards_ends_nowhere() {
    let folder = folder();
    write(folder.path(), "logs/a.json", &log(0..1));
    std::os::unix::fs::symlink(folder.path(), folder.path().join("logs/up")).unwrap();
    assert_eq!(read_one(folder.path()).unwrap().observations.files, 1);
}

/// A digest of the logs, by name and content, hashed by another library than the reader's.
fn digest_of(logs: &[(&str, &[u8])]) -> Vec<u8> {
    use sha2::Digest as _;
    let listed = logs.iter().map(|(name, content)| {
        let hash: String =
            sha2::Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        format!(r#"{{"s3Object":"AWSLogs/{name}","hashValue":"{hash}","hashAlgorithm":"SHA-256"}}"#)
    });
    format!(
        r#"{{"digestStartTime":"2026-11-01T08:00:00Z","digestEndTime":"2026-11-01T09:00:00Z","digestS3Bucket":"acme-trail",
        "digestS3Object":"AWSLogs/d_20261101T090000Z.json.gz","digestPublicKeyFingerprint":"f","logFiles":[{}]}}"#,
        listed.collect::<Vec<_>>().join(",")
    )
    .into_bytes()
}

fn verified(folder: &Path) -> Result<TrailEvidence, Failure> {
    read(&[folder.to_owned()], &Verify::Hashes, &Progress::hidden())
}

#[test]
fn the_hash_is_of_the_content_however_it_is_packed() {
    let folder = folder();
    let (a, b, c) = (log(0..3), log(3..5), [record(7), record(8)].join("\n").into_bytes());
    write(folder.path(), "a.json.gz", &packed(&a));
    write(folder.path(), "b.json", &b);
    let members = [packed(&c[..100]), packed(&c[100..])].concat();
    write(folder.path(), "c.jsonl.gz", &members);
    let digest = digest_of(&[("a.json.gz", &a), ("b.json.gz", &b), ("c.jsonl.gz", &c)]);
    write(folder.path(), "some.json.gz", &packed(&digest));
    let evidence = verified(folder.path()).unwrap();
    assert!(evidence.refused.is_empty(), "{:?}", evidence.refused);
    assert_eq!((evidence.observations.files, events(&evidence)), (3, 7));
    assert!(evidence.observations.not_calls.is_empty());
    assert_eq!(evidence.notes.len(), 1);
}

#[test]
fn an_altered_log_is_refused_however_it_is_packed() {
    let good = log(0..3);
    let bad = String::from_utf8(good.clone()).unwrap().replace("/jobs", "/mine").into_bytes();
    let cut = &bad[..bad.len() - 2];
    let members = [packed(&bad[..100]), packed(&bad[100..])].concat();
    let cut_members = [packed(&cut[..100]), packed(&cut[100..])].concat();
    for content in [&bad[..], cut, &packed(&bad), &packed(cut), &members, &cut_members] {
        let folder = folder();
        write(folder.path(), "a.json.gz", content);
        write(folder.path(), "b.json.gz", &log(8..9));
        let digest = digest_of(&[("a.json.gz", &good), ("b.json.gz", &log(8..9))]);
        write(folder.path(), "d.json", &digest);
        let evidence = verified(folder.path()).unwrap();
        assert_eq!(events(&evidence), 1);
        assert_eq!(evidence.refused_files, 1);
        let [finding] = evidence.refused.as_slice() else { panic!("{:?}", evidence.refused) };
        assert_eq!(finding.code, Code::DigestMismatch);
        assert!(finding.places[0].file.ends_with("a.json.gz"));
    }
}

#[test]
fn a_large_log_is_hashed_while_it_is_read() {
    let folder = folder();
    let blanks = " ".repeat(3 << 20);
    let records: Vec<String> = (0..3).map(|id| format!("{blanks}{}", record(id))).collect();
    let text = format!("[{}]", records.join(",")).into_bytes();
    let path = write(folder.path(), "a.json", &text);
    write(folder.path(), "d.json", &digest_of(&[("a.json.gz", &text)]));
    assert_eq!(events(&verified(folder.path()).unwrap()), 3);
    fs::write(path, [text, b"\n".to_vec()].concat()).unwrap();
    let failure = verified(folder.path()).unwrap_err();
    assert!(failure.to_string().contains("another hash"), "{failure}");
}

#[test]
fn a_broken_digest_is_named() {
    let folder = folder();
    write(folder.path(), "a.json", &log(0..1));
    let digest = String::from_utf8(digest_of(&[("a.json.gz", &log(0..1))])).unwrap();
    write(folder.path(), "d.json", digest.replace("SHA-256", "MD5").as_bytes());
    let failure = verified(folder.path()).unwrap_err();
    assert!(
        failure.to_string().contains("of the digest is `MD5`, expected `SHA-256`"),
        "{failure}"
    );
}
