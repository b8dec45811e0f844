use super::*;
use crate::finding::{Code, Severity};

const FOLDER: &str = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/11/01";
const LOGS: &str = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/01";

fn key(hour: u8) -> String {
    format!(
        "{FOLDER}/111122223333_CloudTrail-Digest_eu-west-1_main_eu-west-1_20261101T{hour:02}0000Z.json.gz"
    )
}

fn log_key(name: &str) -> String {
    format!("{LOGS}/{name}.json.gz")
}

/// The digest of an hour: its own content hashes to the hour, that of a log to its second letter.
fn digest(hour: u8, logs: &[&str], previous: Option<u8>) -> GivenDigest {
    let listed =
        |name: &&str| ListedFile { object: log_key(name).into(), hash: [name.as_bytes()[1]; 32] };
    GivenDigest {
        file: format!("digest-{hour:02}").into(),
        hash: [hour; 32],
        digest: Digest {
            bucket: "acme-trail".into(),
            object: key(hour).into(),
            end_time: format!("2026-11-01T{hour:02}:00:00Z").into(),
            fingerprint: "f".into(),
            files: logs.iter().map(listed).collect(),
            previous: previous.map(|hour| PreviousDigest {
                bucket: "acme-trail".into(),
                object: key(hour).into(),
                hash: [hour; 32],
            }),
            previous_signature: previous.map(|hour| format!("{hour:02x}").into()),
        },
        signature: None,
    }
}

/// Three hours with a log each.
fn chain() -> Vec<GivenDigest> {
    vec![digest(9, &["x1"], None), digest(10, &["x2"], Some(9)), digest(11, &["x3"], Some(10))]
}

const FILES: [&str; 3] = ["logs/x1.json.gz", "logs/x2.json.gz", "logs/x3.json.gz"];

fn texts(audit: &Audit) -> Vec<String> {
    let text = |finding: &crate::finding::Finding| {
        let place = finding.places.first().map_or("-", |place| &place.file);
        format!("{} {place}: {}", finding.code.as_str(), finding.message)
    };
    let told = |finding: &&crate::finding::Finding| finding.code != Code::DigestUnsigned;
    audit.findings.iter().filter(told).map(text).collect()
}

fn hashes(audit: &Audit) -> Vec<Option<u8>> {
    let first = |check: &Check| match check {
        Check::Hash(hash) => Some(hash[0]),
        _ => None,
    };
    audit.checks.iter().map(first).collect()
}

#[test]
fn a_whole_chain_gives_each_file_its_hash_and_says_that_nothing_is_signed() {
    let audited = audit(chain(), &FILES, None);
    assert_eq!(hashes(&audited), [Some(b'1'), Some(b'2'), Some(b'3')]);
    assert!(texts(&audited).is_empty(), "{audited:?}");
    assert_eq!(audited.findings.len(), 1);
    assert_eq!(audited.findings[0].code, Code::DigestUnsigned);
}

#[test]
fn neither_order_nor_copies_of_digests_matter() {
    let mut digests = chain();
    digests.push(digests[1].clone());
    digests.reverse();
    assert_eq!(audit(digests, &FILES, None), audit(chain(), &FILES, None));
}

#[test]
fn an_altered_digest_takes_what_it_and_those_before_it_list_with_it() {
    let mut digests = chain();
    digests[1].hash = [77; 32];
    let audited = audit(digests, &FILES, None);
    assert_eq!(hashes(&audited), [None, None, Some(b'3')]);
    assert_eq!(
        texts(&audited),
        [
            "digest-chain-broken digest-10: its content is not what `digest-11` says it was; the log files that it and the digest before it list do not count: 2"
        ]
    );
}

#[test]
fn a_digest_that_is_missing_between_others_breaks_the_chain() {
    let mut digests = chain();
    digests.remove(1);
    let audited = audit(digests, &["x1.json", "x3.json"], None);
    assert_eq!(
        texts(&audited),
        [format!(
            "digest-chain-broken digest-11: it follows `acme-trail/{}`, but the digest given before it is `digest-09`",
            key(10)
        )]
    );
}

#[test]
fn the_first_digest_of_a_time_may_follow_one_that_was_not_given() {
    let digests = chain().split_off(1);
    let audited = audit(digests, &FILES[1..], None);
    assert!(texts(&audited).is_empty(), "{audited:?}");
}

#[test]
fn a_digest_that_was_put_between_two_breaks_the_chain() {
    let mut digests = chain();
    let mut other = digest(10, &["x9"], Some(9));
    other.file = "other".into();
    other.digest.end_time = "2026-11-01T10:30:00Z".into();
    other.digest.object = key(10).replace("100000Z", "103000Z").into();
    digests.push(other);
    let audited = audit(digests, &FILES, None);
    assert_eq!(texts(&audited).len(), 3, "{:?}", texts(&audited));
    assert!(audited.findings.iter().any(|it| it.severity == Severity::Error));
}

#[test]
fn two_digests_of_one_key_and_different_content_are_told() {
    let mut digests = chain();
    let mut other = digest(10, &["x9"], Some(9));
    (other.file, other.hash) = ("other".into(), [5; 32]);
    digests.push(other);
    let audited = audit(digests, &FILES, None);
    assert!(
        texts(&audited).iter().any(|text| text.contains("has the same key and another content")),
        "{:?}",
        texts(&audited)
    );
}

#[test]
fn a_new_beginning_after_a_gap_is_an_error_and_of_backfills_a_warning() {
    let mut digests = vec![digest(9, &["x1"], None), digest(12, &["x3"], None)];
    let audited = audit(digests.clone(), &["x1.json", "x3.json"], None);
    assert_eq!(hashes(&audited), [Some(b'1'), Some(b'3')]);
    let [finding, _] = audited.findings.as_slice() else { panic!("{:?}", audited.findings) };
    assert_eq!((finding.code, finding.severity), (Code::DigestUnsigned, Severity::Warning));
    let broken = &audited.findings[1];
    assert_eq!((broken.code, broken.severity), (Code::DigestChainBroken, Severity::Error));
    assert!(broken.message.contains("since `2026-11-01T09:00:00Z`"), "{}", broken.message);
    for digest in &mut digests {
        digest.digest.object = digest.digest.object.replace(".json.gz", "_backfill.json.gz").into();
    }
    let audited = audit(digests, &["x1.json", "x3.json"], None);
    assert_eq!(audited.findings[1].severity, Severity::Warning);
}

#[test]
fn backfills_other_trails_and_empty_digests_are_chains_of_their_own() {
    let mut digests = chain();
    let mut backfill = digest(10, &["x4"], None);
    backfill.digest.object = key(10).replace(".json.gz", "_backfill.json.gz").into();
    backfill.hash = [70; 32];
    let mut other = digest(10, &[], None);
    other.digest.object = key(10).replace("_main_", "_second_").into();
    other.hash = [71; 32];
    let mut organization = digest(10, &[], None);
    organization.digest.object = key(10).replace("AWSLogs/", "AWSLogs/o-acme/").into();
    organization.hash = [72; 32];
    digests.extend([backfill, other, organization]);
    let files = ["x1.json", "x2.json", "x3.json", "x4.json"];
    let audited = audit(digests, &files, None);
    assert!(texts(&audited).is_empty(), "{:?}", texts(&audited));
    assert_eq!(hashes(&audited)[3], Some(b'4'));
}

#[test]
fn missing_files_are_named_by_digest_and_counted_past_three() {
    let digests =
        vec![digest(9, &["x1", "x2", "x3", "x4", "x5"], None), digest(10, &["y1"], Some(9))];
    let audited = audit(digests, &["x3.json.gz"], None);
    let [x1, x2, x4, y1] = ["x1", "x2", "x4", "y1"].map(log_key);
    assert_eq!(
        texts(&audited),
        [
            format!(
                "digest-missing-file digest-09: 4 log files that it lists are missing: `{x1}`, `{x2}`, `{x4}`, and 1 more"
            ),
            format!("digest-missing-file digest-10: a log file that it lists is missing: `{y1}`"),
        ]
    );
}

#[test]
fn a_file_that_no_digest_lists_is_refused_but_for_folders_without_calls() {
    let files = [
        FILES[0],
        FILES[1],
        FILES[2],
        "logs/x8.json.gz",
        "AWSLogs/111122223333/CloudTrail-Insight/eu-west-1/i.json.gz",
        "AWSLogs/111122223333/CloudTrail-NetworkActivity/n.json.gz",
        "AWSLogs/111122223333/CloudTrail-Aggregated/a.json.gz",
    ];
    let audited = audit(chain(), &files, None);
    assert_eq!(
        audited.checks[3..],
        [Check::Refused, Check::LeftOut, Check::LeftOut, Check::LeftOut]
    );
    assert_eq!(texts(&audited), ["file-not-in-digest logs/x8.json.gz: no digest file lists it"]);
}

#[test]
fn of_two_files_of_one_name_the_folders_tell_which_is_meant() {
    let mut digests = vec![digest(9, &["x1"], None)];
    let other = ListedFile {
        object: log_key("x1").replace("eu-west-1", "us-east-1").into(),
        hash: [7; 32],
    };
    digests[0].digest.files.push(other);
    let files = ["in/eu-west-1/2026/11/01/x1.json", "in/us-east-1/2026/11/01/x1.json"];
    let audited = audit(digests.clone(), &files, None);
    assert_eq!(hashes(&audited), [Some(b'1'), Some(7)]);
    assert!(texts(&audited).is_empty(), "{:?}", texts(&audited));
    let audited = audit(digests, &["2026/11/01/x1.json"], None);
    assert_eq!(audited.checks, [Check::Refused]);
    assert!(
        texts(&audited)[0]
            .starts_with("digest-mismatch 2026/11/01/x1.json: which listed file it is")
    );
}

/// Takes a signature that is the text of the fingerprint's letter and the end of what is signed.
fn verifier(fingerprint: &str, text: &[u8], signature: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(text);
    let end = text.rsplit('\n').next().unwrap_or_default().as_bytes();
    if fingerprint == "f" && signature == [b"s".as_slice(), end].concat() {
        return Ok(());
    }
    Err("wrong signature".into())
}

fn signed(mut given: GivenDigest) -> GivenDigest {
    let end = given.digest.previous_signature.as_deref().unwrap_or("null");
    let text = format!("s{end}");
    given.signature =
        Some(text.bytes().map(|byte| format!("{byte:02X}")).collect::<String>().into());
    given
}

#[test]
fn the_newest_signature_vouches_for_the_whole_chain() {
    let mut digests = chain();
    digests[2] = signed(digests[2].clone());
    let audited = audit(digests, &FILES, Some(&verifier));
    assert!(audited.findings.is_empty(), "{:?}", audited.findings);
    assert_eq!(hashes(&audited), [Some(b'1'), Some(b'2'), Some(b'3')]);
}

#[test]
fn without_the_newest_signature_nothing_counts_but_what_is_signed_itself() {
    let audited = audit(chain(), &FILES, Some(&verifier));
    assert_eq!(hashes(&audited), [None, None, None]);
    assert_eq!(
        texts(&audited),
        [
            "digest-signature-invalid digest-11: no signature was given: expected it in `digest-11.signature`; the log files that it and the 2 digests before it list do not count: 3"
        ]
    );
    let mut digests = chain();
    digests[1] = signed(digests[1].clone());
    let audited = audit(digests, &FILES, Some(&verifier));
    assert_eq!(hashes(&audited), [Some(b'1'), Some(b'2'), None]);
}

#[test]
fn a_wrong_signature_is_told_even_where_the_next_digest_vouches() {
    let mut digests: Vec<_> = chain().into_iter().map(signed).collect();
    digests[0].signature = Some("00".into());
    let audited = audit(digests.clone(), &FILES, Some(&verifier));
    assert_eq!(hashes(&audited), [None, Some(b'2'), Some(b'3')]);
    assert!(texts(&audited)[0].starts_with("digest-signature-invalid digest-09: wrong signature"));
    digests[0].signature = Some("not hex".into());
    let audited = audit(digests, &FILES, Some(&verifier));
    assert!(texts(&audited)[0].contains("not made of hexadecimal digits"));
}

#[test]
fn what_is_signed_is_time_place_hash_and_the_signature_before() {
    let given = digest(10, &[], Some(9));
    let text = given.digest.signed_text(&[0xab; 32]);
    let expected = format!("2026-11-01T10:00:00Z\nacme-trail/{}\n{}\n09", key(10), "ab".repeat(32));
    assert_eq!(text, expected);
    assert!(digest(9, &[], None).digest.signed_text(&[0; 32]).ends_with("\nnull"));
}

const WRITTEN: &str = r#"{"awsAccountId":"111122223333","digestStartTime":"2026-11-01T08:00:00Z","digestEndTime":"2026-11-01T09:00:00Z",
    "digestS3Bucket":"b","digestS3Object":"o","digestPublicKeyFingerprint":"f","digestSignatureAlgorithm":"SHA256withRSA",
    "newestEventTime":null,"oldestEventTime":null,"previousDigestS3Bucket":"b","previousDigestS3Object":"p",
    "previousDigestHashValue":"HASH","previousDigestHashAlgorithm":"SHA-256","previousDigestSignature":"00",
    "logFiles":[{"s3Bucket":"b","s3Object":"l","hashValue":"HASH","hashAlgorithm":"SHA-256"}]}"#;

#[test]
fn a_digest_is_read_and_every_mistake_in_it_is_told() {
    let written = WRITTEN.replace("HASH", &"Ab".repeat(32));
    let digest = Digest::parse(written.as_bytes()).unwrap();
    assert_eq!(digest.files, [ListedFile { object: "l".into(), hash: [0xab; 32] }]);
    assert_eq!(digest.previous.unwrap().hash, [0xab; 32]);
    for (from, to, problem) in [
        (
            "\"hashAlgorithm\":\"SHA-256\"",
            "\"hashAlgorithm\":\"MD5\"",
            "`logFiles[].hashAlgorithm` of the digest is `MD5`",
        ),
        ("\"hashValue\":\"Ab", "\"hashValue\":\"g", "expected 64 hexadecimal digits"),
        ("\"hashValue\":\"Ab", "\"hashValue\":\"", "expected 64 hexadecimal digits"),
        ("SHA256withRSA", "none", "expected `SHA256withRSA`"),
        ("\"previousDigestHashValue\"", "\"other\"", "`previousDigestHashValue` is missing"),
        ("\"previousDigestS3Bucket\"", "\"other\"", "`previousDigestS3Bucket` is missing"),
        ("\"logFiles\"", "\"other\"", "missing field `logFiles`"),
        ("\"digestEndTime\"", "\"other\"", "missing field `digestEndTime`"),
    ] {
        let error = Digest::parse(written.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert!(error.to_string().contains(problem), "{from}: {error}");
    }
}

#[test]
fn a_digest_is_known_by_its_first_members() {
    for (head, is) in [
        (WRITTEN, true),
        (&WRITTEN[..80], true),
        (r#"{"logFiles":[{"s3Bu"#, true),
        ("\u{feff}{\"oldestEventTime\":null,\"previousDigestHashValue\":\"", true),
        (r#"{"Records":[{"digestStartTime":"#, false),
        (r#"{"eventVersion":"1.11","digestEndTime":"x"}"#, false),
        (r#"{"awsAccountId":"111122223333","#, false),
        ("[{\"digestStartTime\":1}]", false),
        ("", false),
    ] {
        assert_eq!(is_digest(head.as_bytes()), is, "{head}");
    }
}
