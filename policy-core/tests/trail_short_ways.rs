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

fn call(source: &str, name: &str, session: u8, parameters: Value) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": format!("arn:aws:sts::111122223333:assumed-role/orders-exec/s{session}"),
            "sessionContext": {"sessionIssuer": {
                "type": "Role",
                "arn": "arn:aws:iam::111122223333:role/orders-exec"
            }},
        },
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
    (name, bucket, any_key(), any_key(), 0..4_u8, 0..12_u8).prop_map(
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

/// A call whose request is kept whole.
fn any_nested_call() -> impl Strategy<Value = Value> {
    (0..5_u8, 0..5_u8, 0..3_u8, "[a-c]{1,2}").prop_map(|(kind, table, session, id)| {
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
    let record = prop_oneof![4 => any_object_call(), 1 => any_nested_call()];
    prop::collection::vec(record, 0..120).prop_map(|mut records| {
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
