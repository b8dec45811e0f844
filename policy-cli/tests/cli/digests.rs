//! `generate --verify-digests`: what is accepted, and every alteration that is refused.
//!
//! The hashes are made by another library than the program's; the signed trail was made with other programs (its README).

use std::io::Write as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::House;

const LINE: &str = "generate --trail AWSLogs --verify-digests --role orders-exec --merge observed --account 111122223333 --region eu-west-1 --out out";
const HERE: &str =
    "111122223333/CloudTrail/eu-west-1/2026/11/01/111122223333_CloudTrail_eu-west-1_20261101T";
const DIGESTS: &str = "111122223333/CloudTrail-Digest/eu-west-1/2026/11/01/111122223333_CloudTrail-Digest_eu-west-1_main_eu-west-1_20261101T";

fn log(id: u32, name: &str) -> String {
    format!(
        r#"{{"Records":[{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","principalId":"AROAEXAMPLE:orders","arn":"arn:aws:sts::111122223333:assumed-role/orders-exec/orders","accountId":"111122223333","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::111122223333:role/orders-exec","accountId":"111122223333","userName":"orders-exec"}}}},"inScopeOf":{{"issuerType":"AWS::Lambda::Function","credentialsIssuedTo":"arn:aws:lambda:eu-west-1:111122223333:function:orders"}}}},"eventTime":"2026-11-01T08:30:{id:02}Z","eventSource":"dynamodb.amazonaws.com","eventName":"{name}","awsRegion":"eu-west-1","requestParameters":{{"tableName":"orders"}},"responseElements":null,"eventID":"00000000-0000-4000-8000-{id:012}","resources":[{{"accountId":"111122223333","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders"}}],"eventType":"AwsApiCall","eventCategory":"Data"}}]}}"#
    )
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn log_path(hour: u32) -> String {
    format!("AWSLogs/{HERE}{hour:02}05Z_AAAAAAAAAAAAAAAA.json.gz")
}

fn digest_path(hour: u32) -> String {
    format!("AWSLogs/{DIGESTS}{hour:02}0000Z.json.gz")
}

/// The digest of an hour that lists one log, and follows another digest.
fn digest(hour: u32, log: &str, previous: Option<&str>) -> String {
    let before = |text: String| previous.map_or("null".to_owned(), |_| format!("\"{text}\""));
    format!(
        r#"{{"awsAccountId":"111122223333","digestStartTime":"2026-11-01T{start:02}:00:00Z","digestEndTime":"2026-11-01T{hour:02}:00:00Z","digestS3Bucket":"acme-trail","digestS3Object":"{}","digestPublicKeyFingerprint":"00","digestSignatureAlgorithm":"SHA256withRSA","previousDigestS3Bucket":{},"previousDigestS3Object":{},"previousDigestHashValue":{},"previousDigestHashAlgorithm":"SHA-256","previousDigestSignature":null,"logFiles":[{{"s3Bucket":"acme-trail","s3Object":"{}","hashValue":"{}","hashAlgorithm":"SHA-256"}}]}}"#,
        digest_path(hour),
        before("acme-trail".into()),
        before(digest_path(hour - 1)),
        before(hash(previous.unwrap_or_default())),
        log_path(hour),
        hash(log),
        start = hour - 1,
    )
}

const NAMES: [(u32, &str); 3] = [(8, "GetItem"), (9, "PutItem"), (10, "Query")];

/// Three hours of a trail, each with a log and its digest.
fn house() -> House {
    let house = House::new(&[]);
    let mut previous: Option<String> = None;
    for (hour, name) in NAMES {
        let log = log(hour, name);
        house.write(&log_path(hour), &packed(&log));
        let digest = digest(hour, &log, previous.as_deref());
        house.write(&digest_path(hour), &packed(&digest));
        previous = Some(digest);
    }
    house
}

fn granted(house: &House) -> Vec<&'static str> {
    let role = std::fs::read_to_string(house.path("out/orders/execution-role.json")).unwrap();
    ["DeleteItem", "GetItem", "PutItem", "Query", "Scan"]
        .into_iter()
        .filter(|name| role.contains(&format!("dynamodb:{name}")))
        .collect()
}

/// Runs, expects exit 1 and that nothing is written; gives the first line of stderr and its place.
fn refused(house: &House) -> String {
    let text = house.run(LINE);
    assert!(text.starts_with("exit 1\n"), "{text}");
    assert!(!house.path("out").exists());
    let lines = text.lines().skip_while(|line| !line.starts_with("error")).take(2);
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_whole_trail_is_accepted_and_its_digests_are_no_calls() {
    let house = house();
    assert_eq!(house.exit(LINE), 0, "{}", house.run(LINE));
    assert_eq!(granted(&house), ["GetItem", "PutItem", "Query"]);
    let json = house.run(&LINE.replace("--out out", "--format json"));
    assert!(json.contains("\"files\": 3") && json.contains("warning[digest-unsigned]"), "{json}");
    // Without the check, a digest is a file like others in which there are no calls.
    let json =
        house.run(&LINE.replace("--out out", "--format json").replace(" --verify-digests", ""));
    assert!(json.contains("\"files\": 6") && !json.contains("digest-unsigned"), "{json}");
}

#[test]
fn an_altered_log_is_refused_and_counts_not_even_with_keep_going() {
    let house = house();
    house.write(&log_path(9), &packed(&log(9, "Scan")));
    insta::assert_snapshot!(house.run(LINE), @r"
    exit 1
    --- stderr
    error[digest-mismatch]: its content has another hash than the digest file that lists it says
     --> AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/01/111122223333_CloudTrail_eu-west-1_20261101T0905Z_AAAAAAAAAAAAAAAA.json.gz
    help: 1 of 3 files cannot be used, so nothing is written; mend them, or add `--keep-going` to go on without them
    ");
    assert!(!house.path("out").exists());
    assert_eq!(house.exit(&format!("{LINE} --keep-going")), 1);
    assert_eq!(granted(&house), ["GetItem", "Query"]);
}

#[test]
fn a_missing_log_is_refused() {
    let house = house();
    std::fs::remove_file(house.path(&log_path(9))).unwrap();
    assert_eq!(
        refused(&house),
        format!(
            "error[digest-missing-file]: a log file that it lists is missing: `{}`\n --> {}",
            log_path(9),
            digest_path(9)
        )
    );
}

#[test]
fn a_log_that_no_digest_lists_is_refused() {
    let house = house();
    let added = log_path(9).replace("AAAA.", "BBBB.");
    house.write(&added, &packed(&log(11, "DeleteItem")));
    assert_eq!(
        refused(&house),
        format!("error[file-not-in-digest]: no digest file lists it\n --> {added}")
    );
    assert_eq!(house.exit(&format!("{LINE} --keep-going")), 1);
    assert_eq!(granted(&house), ["GetItem", "PutItem", "Query"]);
}

#[test]
fn an_altered_digest_breaks_the_chain() {
    let house = house();
    let altered = log(9, "DeleteItem");
    house.write(&log_path(9), &packed(&altered));
    let first = digest(8, &log(8, "GetItem"), None);
    house.write(&digest_path(9), &packed(&digest(9, &altered, Some(&first))));
    let text = refused(&house);
    assert!(text.starts_with("error[digest-chain-broken]: its content is not what `"), "{text}");
    assert!(text.ends_with(&format!("\n --> {}", digest_path(9))), "{text}");
    assert_eq!(house.exit(&format!("{LINE} --keep-going")), 1);
    assert_eq!(granted(&house), ["Query"]);
}

#[test]
fn a_missing_digest_breaks_the_chain() {
    let house = house();
    std::fs::remove_file(house.path(&digest_path(9))).unwrap();
    std::fs::remove_file(house.path(&log_path(9))).unwrap();
    let text = refused(&house);
    assert!(text.starts_with("error[digest-chain-broken]: it follows `acme-trail/"), "{text}");
}

#[test]
fn what_cannot_be_verified_at_all_is_bad_input() {
    let house = house();
    for (line, problem) in [
        (LINE.replace("--trail AWSLogs", "--trail -"), "standard input cannot be verified"),
        (
            LINE.replace("--trail AWSLogs", "--trail AWSLogs/111122223333/CloudTrail"),
            "needs digest files; there are none",
        ),
        (
            LINE.replace("--trail AWSLogs", &format!("--trail {}", digest_path(8))),
            "digest-missing-file",
        ),
        (format!("{LINE} --digest-key nowhere"), "`nowhere` does not exist; expected a public key"),
        (format!("{LINE} --digest-key {}", digest_path(8)), "it holds no RSA public key"),
        (LINE.replace("--verify-digests", "--digest-key k"), "--verify-digests"),
    ] {
        let text = house.run(&line);
        assert!(text.starts_with("exit 2\n") && text.contains(problem), "{line}\n{text}");
    }
}

/// The signed trail, copied.
fn signed() -> House {
    fn copy(house: &House, from: &Path, to: &str) {
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{to}{}", path.file_name().unwrap().to_string_lossy());
            if path.is_dir() {
                copy(house, &path, &format!("{name}/"));
            } else {
                house.write(&name, &std::fs::read(&path).unwrap());
            }
        }
    }
    let house = House::new(&[]);
    copy(&house, &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trails/signed"), "");
    house
}

fn signed_digest(hour: u32) -> String {
    digest_path(hour).trim_end_matches(".gz").to_owned()
}

#[test]
fn signatures_made_elsewhere_are_right_by_a_key_in_each_form() {
    let house = signed();
    for key in ["key.pem", "key-pkcs1.pem", "key.der", "keys.json"] {
        let line = format!("{LINE} --digest-key {key}");
        let text = house.run(&line);
        assert!(text.starts_with("exit 0\n") && !text.contains("digest-"), "{key}: {text}");
        assert_eq!(granted(&house), ["GetItem", "PutItem"]);
        std::fs::remove_dir_all(house.path("out")).unwrap();
    }
}

#[test]
fn the_newest_signature_is_enough_and_without_it_nothing_counts() {
    let house = signed();
    for hour in [9, 10] {
        std::fs::remove_file(house.path(&format!("{}.signature", signed_digest(hour)))).unwrap();
    }
    assert_eq!(house.exit(&format!("{LINE} --digest-key keys.json")), 0);
    std::fs::remove_file(house.path(&format!("{}.signature", signed_digest(11)))).unwrap();
    let text = house.run(&format!("{LINE} --digest-key keys.json"));
    assert!(text.starts_with("exit 2\n") && text.contains("no signature was given"), "{text}");
}

#[test]
fn another_key_an_unknown_key_and_an_altered_digest_are_refused() {
    let house = signed();
    let text = house.run(&format!("{LINE} --digest-key other.pem"));
    assert!(
        text.starts_with("exit 2\n") && text.contains("its signature is not that of"),
        "{text}"
    );
    let keys = std::fs::read_to_string(house.path("keys.json")).unwrap();
    let path = house.path(&signed_digest(9));
    let digest = std::fs::read_to_string(&path).unwrap();
    let known = digest.split("Fingerprint\":\"").nth(1).unwrap().split('"').next().unwrap();
    house.write("less.json", keys.replace(known, "00").as_bytes());
    let text = house.run(&format!("{LINE} --digest-key less.json"));
    let problem = format!("`less.json` has no key with its fingerprint `{known}`");
    assert!(text.starts_with("exit 2\n") && text.contains(&problem), "{text}");
    // The first digest with the hash of an altered log: the chain and its own signature say no.
    let log = log_path(8).trim_end_matches(".gz").to_owned();
    let content = std::fs::read_to_string(house.path(&log)).unwrap();
    let altered = content.replace("GetItem", "DeleteItem");
    house.write(&log, altered.as_bytes());
    std::fs::write(&path, digest.replace(&hash(&content), &hash(&altered))).unwrap();
    let text = house.run(&format!("{LINE} --digest-key keys.json"));
    assert!(text.starts_with("exit 1\n") && text.contains("digest-signature-invalid"), "{text}");
    assert!(!house.path("out").exists());
}

#[test]
fn a_reduction_of_a_verified_trail_is_whole_or_nothing() {
    let house = house();
    let line = "observe --trail AWSLogs --verify-digests --out o.json";
    assert_eq!(house.exit(line), 0);
    let text = std::fs::read_to_string(house.path("o.json")).unwrap();
    assert!(text.contains(r#""files":3,"refusedFiles":0,"records":3"#), "{text}");
    std::fs::remove_file(house.path("o.json")).unwrap();
    house.write(&log_path(9), &packed(&log(9, "DeleteItem")));
    let altered = house.run(line);
    assert!(altered.starts_with("exit 1\n--- stderr\nerror[digest-mismatch]"), "{altered}");
    assert!(
        altered.ends_with("help: 1 of 3 files cannot be used, so nothing is written; mend them"),
        "{altered}"
    );
    std::fs::remove_file(house.path(&log_path(9))).unwrap();
    let missing = house.run(line);
    assert!(missing.starts_with("exit 1\n"), "{missing}");
    assert!(
        missing.ends_with(
            "help: the trail is not what its digest files say, so nothing is written; mend it"
        ),
        "{missing}"
    );
    assert_eq!(house.exit(&format!("{line} --keep-going")), 2);
    assert_eq!(house.exit("observe --join x --verify-digests"), 2);
    assert!(!house.path("o.json").exists());
    let signed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trails/signed");
    let signed = signed.display();
    for (key, exit) in [("key.pem", 0), ("other.pem", 2)] {
        let line = format!(
            "observe --trail {signed}/AWSLogs --verify-digests --digest-key {signed}/{key} -q"
        );
        assert_eq!(house.exit(&line), exit, "{key}");
    }
}
