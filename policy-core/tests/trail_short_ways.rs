//! What a reader remembers from document to document makes it quick and changes nothing: the same comes out as from one that
//! reads every record completely and remembers nothing.
#![allow(clippy::unwrap_used, reason = "a test")]

use policy_core::catalog::Catalog;
use policy_core::evidence::trail::{Aggregate, NameLimits, Observations, Reader};
use proptest::prelude::*;
use serde_json::{Value, json};

/// So few that names are made coarser while they are read.
const SMALL: NameLimits = NameLimits { in_container: 3, others: 4, sessions: 3, in_all: 24 };

const BUCKETS: [&str; 3] = ["acme", "acme-in", "accesspoint"];

fn any_key() -> impl Strategy<Value = String> {
    let odd = [
        "a:table/b",
        "f:function:g",
        "k*y",
        "${aws:username}",
        "ä/1",
        "a b",
        "a%20b",
        "",
        "/",
        "x/",
        "acme",
        "111122223333/x",
    ];
    prop_oneof![
        4 => "(in/|out/|tenants/[ab]/|20(25|26)/){0,3}(a|b|[0-9]{1,3}|up-[0-9]{2}\\.csv)",
        1 => prop::sample::select(odd.to_vec()).prop_map(str::to_owned),
    ]
}

fn arn(bucket: &str, key: &str) -> String {
    format!("arn:aws:s3:::{bucket}/{key}")
}

/// Sessions of one role from 0 on, then callers of every other kind.
fn identity(number: u8) -> Value {
    let session = |partition: &str, account: &str, role: &str| {
        json!({
            "type": "AssumedRole",
            "arn": format!("arn:{partition}:sts::{account}:assumed-role/{role}/s{number}"),
            "sessionContext": {"sessionIssuer": {
                "type": "Role",
                "arn": format!("arn:{partition}:iam::{account}:role/{role}")
            }},
        })
    };
    let mut identity = session("aws", "111122223333", "orders-exec");
    let function = |account| format!("arn:aws:lambda:eu-west-1:{account}:function:orders");
    match number {
        20 => return session("aws", "111122223333", "billing-exec"),
        21 => return session("aws", "444455556666", "orders-exec"),
        22 => return session("aws-cn", "111122223333", "orders-exec"),
        23 => identity["invokedBy"] = json!("dynamodb.amazonaws.com"),
        24 => identity["invokedBy"] = json!("s3.amazonaws.com"),
        25 => identity["invokedBy"] = json!("AWS Internal"),
        26 | 27 => {
            let account = if number == 26 { "111122223333" } else { "444455556666" };
            identity["inScopeOf"] = json!({
                "issuerType": "AWS::Lambda::Function",
                "credentialsIssuedTo": function(account),
            });
        }
        28 => identity["sessionContext"] = json!({}),
        29 => return json!({"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}),
        30 => return json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann"}),
        _ => {}
    }
    identity
}

fn call(source: &str, name: &str, caller: u8, parameters: Value) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": identity(caller),
        "eventTime": "2026-11-01T08:30:00Z",
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "requestParameters": parameters,
        "eventType": "AwsApiCall",
    })
}

/// A call on an object, with its resources told in several ways.
fn any_object_call() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "GetObject",
        "GetObject",
        "PutObject",
        "DeleteObject",
        "ListObjects",
        "GetObjectTagging",
    ]);
    let bucket = prop::sample::select(BUCKETS.to_vec());
    (name, bucket, any_key(), any_key(), any_caller(), 0..12_u8).prop_map(
        |(name, bucket, key, other, session, kind)| {
            let parameters = match kind {
                0 => json!({"bucketName": bucket, "key": other}),
                1 => json!({"bucketName": bucket, "key": key, "versionId": "v1"}),
                2 => json!({"bucketName": key, "key": key}),
                3 => json!({"bucketName": bucket, "prefix": key}),
                _ => json!({"bucketName": bucket, "key": key}),
            };
            let mut record = call("s3", name, session, parameters);
            let object = json!({"type": "AWS::S3::Object", "ARN": arn(bucket, &key)});
            let whole = json!({
                "type": "AWS::S3::Bucket",
                "ARN": format!("arn:aws:s3:::{bucket}"),
                "accountId": "111122223333",
            });
            record["resources"] = match kind {
                4 => json!([whole]),
                5 => json!([object, {"ARN": arn(bucket, &other)}, whole]),
                6 => json!([{"ARN": format!("arn:aws:s3:::{bucket}/")}, whole]),
                7 => json!([]),
                _ => json!([object, whole]),
            };
            if kind == 8 {
                record["errorCode"] = json!("AccessDenied");
                record["errorMessage"] = json!(format!(
                    "User: x is not authorized to perform: s3:{name} on resource: \"{}\" because no identity-based policy allows the s3:{name} action",
                    arn(bucket, &key)
                ));
            }
            record
        },
    )
}

fn any_caller() -> impl Strategy<Value = u8> {
    prop_oneof![2 => 0..4_u8, 1 => 20..31_u8]
}

/// A call that shows more than an action, or none; of few kinds, so that most come again.
fn any_other_call() -> impl Strategy<Value = Value> {
    (0..9_u8, any_caller(), 0..3_u8).prop_map(|(kind, caller, more)| {
        let role = "arn:aws:iam::111122223333:role/render-exec";
        let create = json!({"functionName": "render", "role": role});
        let mut record = match kind {
            0 => call("sts", "GetCallerIdentity", caller, Value::Null),
            1 => call("orders", "ShipOrder", caller, json!({"id": "1"})),
            2 | 3 => call("lambda", "CreateFunction20150331", caller, create),
            4 => call("sqs", "SendMessage", caller, json!({
                "queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/work",
            })),
            5 => call("kms", "Decrypt", caller, json!({
                "keyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            })),
            6 => call("secretsmanager", "GetSecretValue", caller, json!({"secretId": "stripe"})),
            7 => call("dynamodb", "GetItem", caller, json!({"tableName": "orders"})),
            _ => call("ssm", "GetParameter", caller, json!({"name": "/orders/url"})),
        };
        match more {
            1 => {
                record["errorCode"] = json!("AccessDenied");
                record["errorMessage"] = json!("not authorized");
            }
            2 => record["resources"] = json!([{"ARN": "no ARN"}]),
            _ => {}
        }
        record
    })
}

/// A call whose request is kept whole.
fn any_nested_call() -> impl Strategy<Value = Value> {
    (0..5_u8, 0..5_u8, any_caller(), "[a-c]{1,2}").prop_map(|(kind, table, session, id)| {
        let table = format!("table-{table}");
        match kind {
            0 => {
                let keys = json!([{"id": id}, {"id": {"n": 7, "is": true}}]);
                let items = json!({"requestItems": {table: {"keys": keys}}});
                call("dynamodb", "BatchGetItem", session, items)
            }
            1 => {
                let items = json!([{"put": {"tableName": table}}, {"delete": {"tableName": id}}]);
                call("dynamodb", "TransactWriteItems", session, json!({"transactItems": items}))
            }
            2 => {
                let entries = json!([{"eventBusName": id, "detailType": "x"}]);
                call("events", "PutEvents", session, json!({"entries": entries}))
            }
            3 => call("ec2", "DescribeInstances", session, json!({"instancesSet": {}, "x": id})),
            _ => call("dynamodb", "BatchGetItem", session, json!({"requestItems": id})),
        }
    })
}

fn any_log() -> impl Strategy<Value = Vec<Value>> {
    let record = prop_oneof![4 => any_object_call(), 3 => any_other_call(), 1 => any_nested_call()];
    prop::collection::vec(record, 0..200).prop_map(|mut records| {
        for (at, record) in records.iter_mut().enumerate() {
            record["eventID"] = json!(format!("{:08x}-0000-4000-8000-{at:012x}", at * 7919));
        }
        records
    })
}

fn document(records: &[Value]) -> Vec<u8> {
    serde_json::to_vec(&json!({"Records": records})).unwrap()
}

fn counted(whole: Aggregate) -> Observations {
    Observations { files: 0, ..whole.finish().unwrap() }
}

/// By a reader that gives what it holds after every document, and reads some into another aggregate; also how many records it knew.
fn quick(limits: NameLimits, log: &[Value], size: usize) -> (Observations, u64) {
    let mut reader = Reader::new(Catalog::embedded());
    let mut wholes = [Aggregate::with_limits(limits), Aggregate::with_limits(limits)];
    for (at, records) in log.chunks(size).enumerate() {
        // A document that is refused leaves nothing.
        let broken = [&document(records)[..], b"}"].concat();
        reader.hold(&broken, "broken.json").unwrap_err();
        let [whole, other] = &mut wholes;
        if at % 5 == 4 {
            reader.document(&document(records), "log.json", other).unwrap();
        } else if at % 5 == 3 {
            // Not given before the stream.
            reader.hold(&document(&records[..records.len() / 2]), "log.json").unwrap();
            let rest = document(&records[records.len() / 2..]);
            reader.stream(&*rest, "log.json", whole).unwrap();
            reader.give(whole);
        } else {
            reader.hold(&document(records), "log.json").unwrap();
            reader.give(whole);
        }
    }
    let [mut whole, other] = wholes;
    whole.merge(other).unwrap();
    (counted(whole), reader.known_records())
}

fn thorough(limits: NameLimits, log: &[Value]) -> Observations {
    let mut whole = Aggregate::with_limits(limits);
    for record in log {
        let mut reader = Reader::thorough(Catalog::embedded());
        let records = document(std::slice::from_ref(record));
        reader.document(&records, "log.json", &mut whole).unwrap();
    }
    counted(whole)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_remembered_changes_nothing(log in any_log(), size in 1..30_usize, is_small in any::<bool>()) {
        let limits = if is_small { SMALL } else { NameLimits::default() };
        let (quick, thorough) = (quick(limits, &log, size).0, thorough(limits, &log));
        let lines = |of: &Observations| -> Vec<String> {
            of.calls.iter().map(|call| format!("{:?} {:?}", call.key, call.count)).collect()
        };
        // What differs, and not all that does not.
        let (some, others) = (lines(&quick), lines(&thorough));
        let only = |some: &[String], others: &[String]| -> Vec<String> {
            some.iter().filter(|line| !others.contains(line)).cloned().collect()
        };
        prop_assert_eq!(only(&some, &others), only(&others, &some));
        let rest = |of: Observations| Observations { calls: Vec::new(), ..of };
        prop_assert_eq!(some.len(), others.len());
        prop_assert_eq!(rest(quick), rest(thorough));
    }
}

/// One call on one object.
fn get(number: usize) -> Value {
    let key = format!("in/2026/{}/part-{number}.csv", number % 7);
    let mut record =
        call("s3", "GetObject", 0, json!({"bucketName": "acme", "key": key, "Host": "acme"}));
    record["resources"] = json!([{"ARN": arn("acme", &key)}, {"ARN": "arn:aws:s3:::acme"}]);
    record["eventID"] = json!(format!("{number:08x}-0000-4000-8000-000000000000"));
    record
}

#[test]
fn how_coarse_names_are_in_one_aggregate_says_nothing_of_another() {
    let mut reader = Reader::new(Catalog::embedded());
    let mut whole = Aggregate::with_limits(SMALL);
    let many: Vec<Value> = (0..40).map(get).collect();
    for records in many.chunks(10) {
        reader.document(&document(records), "log.json", &mut whole).unwrap();
    }
    let mut other = Aggregate::with_limits(SMALL);
    let few: Vec<Value> = (40..43).map(get).collect();
    reader.document(&document(&few), "log.json", &mut other).unwrap();
    assert_eq!(counted(other), thorough(SMALL, &few));
    // Back in the first one, they are as coarse as there.
    reader.document(&document(&few), "log.json", &mut whole).unwrap();
    let all: Vec<Value> = (0..43).map(get).collect();
    assert_eq!(counted(whole), thorough(SMALL, &all));
}

#[test]
fn a_stream_takes_the_short_way_past_every_bound() {
    // More than are held at a time, than the tables of a reader hold, and than are kept of one kind.
    let log: Vec<Value> = (0..30_000).map(get).collect();
    let mut reader = Reader::new(Catalog::embedded());
    let mut whole = Aggregate::new();
    reader.stream(&*document(&log[..12_000]), "log.json", &mut whole).unwrap();
    assert_eq!(reader.known_records(), 11_999);
    // What is refused at its end leaves nothing, however much was read; what was held before it stays.
    reader.hold(&document(&log[12_000..12_100]), "held.json").unwrap();
    let broken = [&document(&log[12_100..])[..], b"}"].concat();
    let before = whole.records();
    reader.stream(&*broken, "broken.json", &mut whole).unwrap_err();
    assert_eq!(whole.records(), before);
    assert!(reader.is_laden(), "what was held before a stream should be given soon");
    reader.hold(&document(&log[12_100..12_200]), "held.json").unwrap();
    reader.give(&mut whole);
    reader.stream(&*document(&log[12_200..]), "log.json", &mut whole).unwrap();
    assert_eq!(reader.records(), 30_000);
    let mut one_by_one = Aggregate::new();
    let mut thorough = Reader::thorough(Catalog::embedded());
    thorough.document(&document(&log), "log.json", &mut one_by_one).unwrap();
    assert_eq!(counted(whole), counted(one_by_one));
}

#[test]
fn names_by_the_thousand_are_read_as_one_by_one() {
    // More than the tables of a reader hold, and more than are kept of one kind.
    let log: Vec<Value> = (0..12_000).map(get).collect();
    let limits = NameLimits::default();
    let (observed, known) = quick(limits, &log, 900);
    assert_eq!(
        known,
        2 * 12_000 - 1,
        "all but the first are known, those of refused documents too"
    );
    let mut whole = Aggregate::with_limits(limits);
    let mut reader = Reader::thorough(Catalog::embedded());
    reader.document(&document(&log), "log.json", &mut whole).unwrap();
    assert_eq!(observed, counted(whole));
}
