//! `cargo xtask trail`: writes a CloudTrail folder of any size, the same for the same seed.
//!
//! The records have the members, their order and about the size of real ones. Everything in them is made up:
//! fourteen kinds of calls by the roles of four functions and a person, with copies, denials and failures.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

use crate::run::{Outcome, root, run};

/// What to write, and where.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Number of events.
    #[arg(long, default_value_t = 200_000)]
    events: u64,
    /// Number of distinct object keys.
    #[arg(long, default_value_t = 14_300)]
    keys: u64,
    /// Folder to write; emptied first.
    #[arg(long, default_value = "target/trail")]
    out: PathBuf,
    /// Another seed gives other events.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Reads the folder after writing it, and prints time and peak memory.
    #[arg(long)]
    bench: bool,
    /// Also writes a digest file for every hour; with --bench, reads once more and verifies.
    #[arg(long)]
    digests: bool,
}

/// Events of one file, about as many as CloudTrail delivers at once from a busy account.
const EVENTS_A_FILE: u64 = 900;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

/// Files that one digest lists: those of an hour.
const FILES_A_DIGEST: u64 = 12;

/// Writes the folder.
pub(crate) fn trail(args: &Args) -> Outcome {
    let out = if args.out.is_absolute() { args.out.clone() } else { root().join(&args.out) };
    let account = out.join("AWSLogs").join(ACCOUNT);
    let logs = account.join("CloudTrail").join(REGION);
    let mut digests = Digests::new(account.join("CloudTrail-Digest").join(REGION));
    for folder in [&logs, &digests.folder] {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
    }
    let mut random = Random(args.seed);
    let mut maker = Maker { keys: args.keys.max(1), next_key: 0 };
    let (mut written, mut unpacked, mut packed, mut files) = (0, 0_u64, 0_u64, 0_u64);
    while written < args.events {
        let count = EVENTS_A_FILE.min(args.events - written);
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
        let (day, minute) = (1 + files / 288 % 28, files % 288 * 5);
        let folder = logs.join(format!("2026/11/{day:02}"));
        let stamp = format!("202611{day:02}T{:02}{:02}Z", minute / 60, minute % 60);
        let name = format!("{ACCOUNT}_CloudTrail_{REGION}_{stamp}_{:016x}.json.gz", random.next());
        packed += write(&folder, &name, &text).map_err(|error| format!("{name}: {error}"))?;
        unpacked += text.len() as u64;
        written += count;
        files += 1;
        if args.digests {
            digests.list(&format!("2026/11/{day:02}/{name}"), &text);
            if files % FILES_A_DIGEST == 0 || written == args.events {
                digests.write(files).map_err(|error| format!("a digest: {error}"))?;
            }
        }
    }
    eprintln!(
        "{}: {written} events in {files} files, {} MB packed, {} MB unpacked",
        out.display(),
        packed / 1_000_000,
        unpacked / 1_000_000
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

/// The digest files of the trail, each with the hash of the one before; unsigned.
struct Digests {
    folder: PathBuf,
    listed: Vec<String>,
    /// The key and the hash of the last one.
    previous: Option<(String, String)>,
}

impl Digests {
    fn new(folder: PathBuf) -> Self {
        Self { folder, listed: Vec::new(), previous: None }
    }

    fn list(&mut self, name: &str, text: &str) {
        self.listed.push(format!(
            r#"{{"s3Bucket":"acme-trail","s3Object":"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{name}","hashValue":"{}","hashAlgorithm":"SHA-256"}}"#,
            hash(text)
        ));
    }

    /// Writes what was listed since the last one; `files` is all there are so far.
    fn write(&mut self, files: u64) -> std::io::Result<()> {
        let minutes = files * 5;
        let (day, hour, minute) = (1 + minutes / 1440, minutes / 60 % 24, minutes % 60);
        let name = format!(
            "{ACCOUNT}_CloudTrail-Digest_{REGION}_main_{REGION}_202611{day:02}T{hour:02}{minute:02}00Z.json.gz"
        );
        let key = format!("AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/2026/11/{day:02}/{name}");
        let previous = match &self.previous {
            None => String::new(),
            Some((key, hash)) => format!(
                r#""previousDigestS3Bucket":"acme-trail","previousDigestS3Object":"{key}","previousDigestHashValue":"{hash}","#
            ),
        };
        let text = format!(
            r#"{{"awsAccountId":"{ACCOUNT}","digestStartTime":"2026-11-01T00:00:00Z","digestEndTime":"2026-11-{day:02}T{hour:02}:{minute:02}:00Z","digestS3Bucket":"acme-trail","digestS3Object":"{key}","digestPublicKeyFingerprint":"00",{previous}"logFiles":[{}]}}"#,
            self.listed.join(",")
        );
        write(&self.folder.join(format!("2026/11/{day:02}")), &name, &text)?;
        self.previous = Some((key, hash(&text)));
        self.listed.clear();
        Ok(())
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write(folder: &Path, name: &str, text: &str) -> std::io::Result<u64> {
    fs::create_dir_all(folder)?;
    let mut packed = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes())?;
    let bytes = packed.finish()?;
    fs::write(folder.join(name), &bytes)?;
    Ok(bytes.len() as u64)
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        )
    }

    fn letters(&mut self, count: usize) -> String {
        const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        (0..count).map(|_| char::from(LETTERS[self.below(32) as usize])).collect()
    }
}

/// A function of the made-up account.
struct Function {
    name: &'static str,
    role: &'static str,
    /// Whether its records say which function the credentials were issued to.
    is_named: bool,
}

const FUNCTIONS: [Function; 5] = [
    Function { name: "thumbnailer", role: "thumbnailer-exec", is_named: true },
    Function { name: "orders", role: "lambda/orders-exec", is_named: true },
    Function { name: "mailer", role: "lambda/shared-exec", is_named: false },
    Function { name: "audit", role: "lambda/shared-exec", is_named: false },
    Function { name: "jane", role: "developers/console", is_named: false },
];

struct Maker {
    keys: u64,
    next_key: u64,
}

/// What differs between the kinds of calls.
struct Call {
    source: &'static str,
    name: &'static str,
    parameters: String,
    response: String,
    extra: String,
    resources: String,
    is_data: bool,
    is_read: bool,
    invoked_by: &'static str,
    error: &'static str,
}

impl Maker {
    fn key(&mut self) -> String {
        let number = self.next_key % self.keys;
        self.next_key += 1;
        format!(
            "in/2026/11/{:02}/order-{number:06}-{:04x}.json",
            1 + number % 28,
            number * 40_503 % 65_536
        )
    }

    fn record(&mut self, index: u64, random: &mut Random) -> String {
        let function = &FUNCTIONS[random.below(FUNCTIONS.len() as u64) as usize];
        let kind = random.below(100);
        if kind >= 98 {
            return assume_role(index, random, function);
        }
        let call = self.call(kind, random);
        // Objects are the business of two functions: one reads what the other writes.
        let function = match call.name {
            "GetObject" | "HeadObject" => &FUNCTIONS[0],
            "PutObject" => &FUNCTIONS[1],
            _ => function,
        };
        let second = index / 3 % 60;
        let (day, hour, minute) = (1 + index / 30_000 % 28, index / 1_200 % 24, index / 20 % 60);
        let time = format!("2026-11-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
        let Function { name, role, is_named } = function;
        let short = role.rsplit('/').next().unwrap_or(role);
        let scope = if *is_named {
            format!(
                ",\"inScopeOf\":{{\"issuerType\":\"AWS::Lambda::Function\",\"credentialsIssuedTo\":\"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}\"}}"
            )
        } else {
            String::new()
        };
        let via = call.invoked_by;
        let invoked =
            if via.is_empty() { String::new() } else { format!(",\"invokedBy\":\"{via}\"") };
        let (address, agent) = if via.is_empty() {
            (
                "203.0.113.24",
                "aws-sdk-rust/1.3.9 ua/2.1 api/s3#1.157.0 os/linux lang/rust#1.95.0 exec-env/AWS_Lambda_provided.al2023 m/E,b",
            )
        } else {
            (via, via)
        };
        let error = call.error;
        let error = if error.is_empty() {
            String::new()
        } else {
            format!(
                ",\"errorCode\":\"{error}\",\"errorMessage\":\"The request was not carried out: {error}\""
            )
        };
        let principal = format!("AROA{:0>17}", short.to_ascii_uppercase().replace('-', ""));
        format!(
            "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"AssumedRole\",\"principalId\":\"{principal}:{name}\",\"arn\":\"arn:aws:sts::{ACCOUNT}:assumed-role/{short}/{name}\",\"accountId\":\"{ACCOUNT}\",\"accessKeyId\":\"ASIA{access}\",\"sessionContext\":{{\"sessionIssuer\":{{\"type\":\"Role\",\"principalId\":\"{principal}\",\"arn\":\"arn:aws:iam::{ACCOUNT}:role/{role}\",\"accountId\":\"{ACCOUNT}\",\"userName\":\"{short}\"}},\"attributes\":{{\"creationDate\":\"{time}\",\"mfaAuthenticated\":\"false\"}}}}{scope}{invoked}}},\"eventTime\":\"{time}\",\"eventSource\":\"{source}.amazonaws.com\",\"eventName\":\"{event}\",\"awsRegion\":\"{REGION}\",\"sourceIPAddress\":\"{address}\",\"userAgent\":\"{agent}\"{error},\"requestParameters\":{parameters},\"responseElements\":{response},\"additionalEventData\":{extra},\"requestID\":\"{request}\",\"eventID\":\"{id}\",\"readOnly\":{read},\"resources\":{resources},\"eventType\":\"AwsApiCall\",\"managementEvent\":{management},\"recipientAccountId\":\"{ACCOUNT}\",\"eventCategory\":\"{category}\",\"tlsDetails\":{{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"clientProvidedHostHeader\":\"{source}.{REGION}.amazonaws.com\"}}}}",
            access = random.letters(16),
            source = call.source,
            event = call.name,
            parameters = call.parameters,
            response = call.response,
            extra = call.extra,
            request = random.letters(16),
            id = random.uuid(),
            read = call.is_read,
            resources = call.resources,
            management = !call.is_data,
            category = if call.is_data { "Data" } else { "Management" },
        )
    }

    fn call(&mut self, kind: u64, random: &mut Random) -> Call {
        match kind {
            0..30 => self.object("GetObject", random),
            30..45 => self.object("PutObject", random),
            45..50 => self.object("HeadObject", random),
            50..53 => listed(random),
            53..65 => item("GetItem", true, ""),
            65..73 => item(
                "PutItem",
                false,
                if random.below(9) == 0 { "ConditionalCheckFailedException" } else { "" },
            ),
            73..80 => item("Query", true, ""),
            80..85 => queue(),
            85..88 => secret(),
            88..92 => decrypt(),
            92..94 => invoke(),
            94..96 => topic(),
            _ => parameter(random),
        }
    }

    fn object(&mut self, name: &'static str, random: &mut Random) -> Call {
        let size = random.below(900_000);
        let is_read = name != "PutObject";
        let (key, error) = match random.below(200) {
            // What a role may not touch lies apart from what it may.
            0 => (format!("legal-hold/case-{}.json", random.below(40)), "AccessDenied"),
            1 if is_read => (self.key(), "NoSuchKey"),
            _ => (self.key(), ""),
        };
        Call {
            source: "s3",
            name,
            parameters: format!(
                "{{\"bucketName\":\"acme-orders\",\"Host\":\"acme-orders.s3.{REGION}.amazonaws.com\",\"key\":\"{key}\",\"x-id\":\"{name}\"}}"
            ),
            response: if is_read {
                "null".into()
            } else {
                "{\"x-amz-server-side-encryption\":\"AES256\"}".into()
            },
            extra: format!(
                "{{\"SignatureVersion\":\"SigV4\",\"CipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"bytesTransferredIn\":0,\"AuthenticationMethod\":\"AuthHeader\",\"x-amz-id-2\":\"{}\",\"bytesTransferredOut\":{size}}}",
                random.letters(76)
            ),
            resources: format!(
                "[{{\"type\":\"AWS::S3::Object\",\"ARN\":\"arn:aws:s3:::acme-orders/{key}\"}},{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::S3::Bucket\",\"ARN\":\"arn:aws:s3:::acme-orders\"}}]"
            ),
            is_data: true,
            is_read,
            invoked_by: "",
            error,
        }
    }
}

fn listed(random: &mut Random) -> Call {
    Call {
        source: "s3",
        name: "ListObjects",
        parameters: format!(
            "{{\"list-type\":\"2\",\"bucketName\":\"acme-orders\",\"prefix\":\"in/2026/11/\",\"Host\":\"acme-orders.s3.{REGION}.amazonaws.com\"}}"
        ),
        response: "null".into(),
        extra: format!(
            "{{\"SignatureVersion\":\"SigV4\",\"bytesTransferredOut\":{}}}",
            random.below(90_000)
        ),
        resources: format!(
            "[{{\"type\":\"AWS::S3::Object\",\"ARNPrefix\":\"arn:aws:s3:::acme-orders/in/2026/11/\"}},{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::S3::Bucket\",\"ARN\":\"arn:aws:s3:::acme-orders\"}}]"
        ),
        is_data: true,
        is_read: true,
        invoked_by: "",
        error: "",
    }
}

fn item(name: &'static str, is_read: bool, error: &'static str) -> Call {
    let index = if name == "Query" { ",\"indexName\":\"by-date\"" } else { "" };
    Call {
        source: "dynamodb",
        name,
        parameters: format!(
            "{{\"tableName\":\"orders-prod\"{index},\"key\":{{\"id\":\"***\"}},\"consistentRead\":false,\"returnConsumedCapacity\":\"NONE\"}}"
        ),
        response: "null".into(),
        extra: "{}".into(),
        resources: format!(
            "[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::DynamoDB::Table\",\"ARN\":\"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders-prod\"}}]"
        ),
        is_data: true,
        is_read,
        invoked_by: "",
        error,
    }
}

fn management(source: &'static str, name: &'static str, parameters: String) -> Call {
    Call {
        source,
        name,
        parameters,
        response: "null".into(),
        extra: "{}".into(),
        resources: "null".into(),
        is_data: false,
        is_read: true,
        invoked_by: "",
        error: "",
    }
}

fn queue() -> Call {
    let parameters = format!(
        "{{\"queueUrl\":\"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work\",\"messageBody\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}}"
    );
    let resources = format!(
        "[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::SQS::Queue\",\"ARN\":\"arn:aws:sqs:{REGION}:{ACCOUNT}:work\"}}]"
    );
    Call {
        is_data: true,
        is_read: false,
        resources,
        ..management("sqs", "SendMessage", parameters)
    }
}

fn secret() -> Call {
    management("secretsmanager", "GetSecretValue", "{\"secretId\":\"orders/stripe\"}".into())
}

fn decrypt() -> Call {
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab");
    let parameters = format!(
        "{{\"encryptionContext\":{{\"aws:dynamodb:tableName\":\"orders-prod\",\"aws:dynamodb:subscriberId\":\"{ACCOUNT}\"}},\"encryptionAlgorithm\":\"SYMMETRIC_DEFAULT\"}}"
    );
    let resources =
        format!("[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::KMS::Key\",\"ARN\":\"{key}\"}}]");
    Call {
        resources,
        invoked_by: "dynamodb.amazonaws.com",
        ..management("kms", "Decrypt", parameters)
    }
}

fn invoke() -> Call {
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:audit");
    let resources = format!(
        "[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::Lambda::Function\",\"ARN\":\"{arn}\"}}]"
    );
    let parameters = format!("{{\"functionName\":\"{arn}\",\"invocationType\":\"Event\"}}");
    Call { is_data: true, is_read: false, resources, ..management("lambda", "Invoke", parameters) }
}

fn topic() -> Call {
    let arn = format!("arn:aws:sns:{REGION}:{ACCOUNT}:receipts");
    let resources =
        format!("[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::SNS::Topic\",\"ARN\":\"{arn}\"}}]");
    let parameters =
        format!("{{\"topicArn\":\"{arn}\",\"message\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}}");
    Call { is_data: true, is_read: false, resources, ..management("sns", "Publish", parameters) }
}

fn parameter(random: &mut Random) -> Call {
    let name = ["/orders/tax-rate", "/orders/currency"][random.below(2) as usize];
    management("ssm", "GetParameter", format!("{{\"name\":\"{name}\",\"withDecryption\":true}}"))
}

/// Lambda takes the role for a new environment.
fn assume_role(index: u64, random: &mut Random, function: &Function) -> String {
    let time = format!("2026-11-{:02}T06:{:02}:00Z", 1 + index / 30_000 % 28, index / 20 % 60);
    let Function { name, role, .. } = function;
    format!(
        "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"AWSService\",\"invokedBy\":\"lambda.amazonaws.com\"}},\"eventTime\":\"{time}\",\"eventSource\":\"sts.amazonaws.com\",\"eventName\":\"AssumeRole\",\"awsRegion\":\"{REGION}\",\"sourceIPAddress\":\"lambda.amazonaws.com\",\"userAgent\":\"lambda.amazonaws.com\",\"requestParameters\":{{\"roleArn\":\"arn:aws:iam::{ACCOUNT}:role/{role}\",\"roleSessionName\":\"{name}\"}},\"responseElements\":{{\"credentials\":{{\"accessKeyId\":\"ASIA{access}\",\"sessionToken\":\"{token}\",\"expiration\":\"{time}\"}}}},\"requestID\":\"{request}\",\"eventID\":\"{id}\",\"readOnly\":true,\"resources\":[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::IAM::Role\",\"ARN\":\"arn:aws:iam::{ACCOUNT}:role/{role}\"}}],\"eventType\":\"AwsApiCall\",\"managementEvent\":true,\"recipientAccountId\":\"{ACCOUNT}\",\"sharedEventID\":\"{shared}\",\"eventCategory\":\"Management\"}}",
        access = random.letters(16),
        token = random.letters(400),
        request = random.uuid(),
        id = random.uuid(),
        shared = random.uuid(),
    )
}
