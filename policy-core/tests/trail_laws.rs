//! Laws of the trail reader: no input makes it panic, the order and grouping of files is nothing, and a
//! wrong type in any member that matters refuses the document.
#![allow(clippy::unwrap_used, reason = "a test")]

use policy_core::catalog::Catalog;
use policy_core::evidence::trail::{Aggregate, Observations, Reader, TrailError};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(documents: &[Vec<u8>]) -> Aggregate {
    let mut reader = Reader::new(Catalog::embedded());
    let mut aggregate = Aggregate::new();
    for document in documents {
        reader.document(document, "log.json", &mut aggregate).unwrap();
    }
    aggregate
}

fn record() -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEROLEID:orders",
            "arn": "arn:aws:sts::111122223333:assumed-role/orders-exec/orders",
            "accountId": "111122223333",
            "invokedBy": "dynamodb.amazonaws.com",
            "sessionContext": {"sessionIssuer": {
                "type": "Role",
                "arn": "arn:aws:iam::111122223333:role/orders-exec"
            }},
            "inScopeOf": {
                "issuerType": "AWS::Lambda::Function",
                "credentialsIssuedTo": "arn:aws:lambda:eu-west-1:111122223333:function:orders"
            }
        },
        "eventTime": "2026-11-01T08:30:00Z",
        "eventSource": "dynamodb.amazonaws.com",
        "eventName": "GetItem",
        "awsRegion": "eu-west-1",
        "errorCode": "ThrottlingException",
        "errorMessage": "slow down",
        "requestParameters": {"tableName": "orders"},
        "eventID": "00000000-0000-4000-8000-000000000001",
        "sharedEventID": "00000000-0000-4000-8000-000000000002",
        "resources": [{
            "accountId": "111122223333",
            "ARN": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
        }],
        "addendum": {"originalEventID": "00000000-0000-4000-8000-000000000003"},
        "eventType": "AwsApiCall",
        "eventCategory": "Data"
    })
}

/// Every member that matters, with the types that it may have beside `null`.
const MEMBERS: [(&str, &str); 29] = [
    ("/eventVersion", "text"),
    ("/userIdentity", "object"),
    ("/userIdentity/type", "text"),
    ("/userIdentity/principalId", "text"),
    ("/userIdentity/arn", "text"),
    ("/userIdentity/accountId", "text"),
    ("/userIdentity/invokedBy", "text"),
    ("/userIdentity/sessionContext", "object"),
    ("/userIdentity/sessionContext/sessionIssuer", "object"),
    ("/userIdentity/sessionContext/sessionIssuer/type", "text"),
    ("/userIdentity/sessionContext/sessionIssuer/arn", "text"),
    ("/userIdentity/inScopeOf", "object"),
    ("/userIdentity/inScopeOf/issuerType", "text"),
    ("/userIdentity/inScopeOf/credentialsIssuedTo", "text"),
    ("/eventTime", "text"),
    ("/eventSource", "text"),
    ("/eventName", "text"),
    ("/awsRegion", "text"),
    ("/errorCode", "text"),
    ("/errorMessage", "text"),
    ("/requestParameters", "object or text"),
    ("/eventID", "text"),
    ("/sharedEventID", "text"),
    ("/resources", "list"),
    ("/resources/0", "object"),
    ("/resources/0/ARN", "text"),
    ("/resources/0/accountId", "text"),
    ("/addendum", "object"),
    ("/addendum/originalEventID", "text"),
];

#[test]
fn a_wrong_type_in_any_member_that_matters_refuses_the_document() {
    let mut reader = Reader::new(Catalog::embedded());
    let good = serde_json::to_vec(&record()).unwrap();
    reader.document(&good, "log.json", &mut Aggregate::new()).unwrap();
    let wrong = [json!(5), json!(-1.5), json!(true), json!("x"), json!(["x"]), json!({"x": 1})];
    for (pointer, types) in MEMBERS {
        for value in &wrong {
            let is = match value {
                Value::String(_) => "text",
                Value::Array(_) => "list",
                Value::Object(_) => "object",
                _ => "scalar",
            };
            if types.contains(is) {
                continue;
            }
            let mut record = record();
            *record.pointer_mut(pointer).unwrap() = value.clone();
            let mut aggregate = Aggregate::new();
            let text = serde_json::to_vec(&json!({"Records": [record]})).unwrap();
            let error = reader.document(&text, "log.json", &mut aggregate).unwrap_err();
            let TrailError::Malformed { file, record: 1, member, found, .. } = &error else {
                panic!("{pointer} = {value}: {error:?}");
            };
            assert_eq!(&**file, "log.json");
            let expected = pointer[1..].replace('/', ".").replace(".0", "[]");
            assert_eq!(**member, *expected, "{pointer} = {value}");
            let shown = match is {
                "list" => "a list".to_owned(),
                "object" => "an object".to_owned(),
                _ => format!("`{value}`").replace('"', ""),
            };
            assert_eq!(*found, shown, "{pointer} = {value}");
            assert_eq!(aggregate.records(), 0, "nothing of it counts");
        }
    }
}

/// A record of a small world, in which copies, addenda and shared events are likely.
fn any_record() -> impl Strategy<Value = Value> {
    let kinds = ["GetItem", "PutItem", "Nonsense"];
    let identities = ["AssumedRole", "IAMUser"];
    (0..12_u8, 0..3_u8, 0..4_u8, 0..3_usize, 0..2_usize, 0..6_u8, 0..3_u8).prop_map(
        move |(id, day, table, kind, identity, extra, error)| {
            let mut record = record();
            record["eventID"] = if id < 10 {
                json!(format!("00000000-0000-4000-8000-{id:012}"))
            } else {
                json!(format!("EXAMPLE-{id}"))
            };
            record["eventTime"] = json!(format!("2026-11-0{}T08:30:00Z", day + 1));
            record["resources"] = Value::Null;
            record["requestParameters"] = json!({"tableName": format!("table-{table}")});
            record["eventName"] = json!(kinds[kind]);
            record["userIdentity"]["type"] = json!(identities[identity]);
            record["errorCode"] =
                [Value::Null, json!("AccessDenied"), json!("Oops")][usize::from(error)].clone();
            record["errorMessage"] = Value::Null;
            record["sharedEventID"] =
                if extra == 1 { json!(format!("shared-{}", id % 2)) } else { Value::Null };
            record["addendum"] = if extra == 2 {
                let original = id.wrapping_add(day) % 10;
                json!({"originalEventID": format!("00000000-0000-4000-8000-{original:012}")})
            } else {
                Value::Null
            };
            record
        },
    )
}

fn documents(records: &[Value], cuts: &[usize]) -> Vec<Vec<u8>> {
    let mut documents = Vec::new();
    let mut rest = records;
    for &cut in cuts {
        let (head, tail) = rest.split_at(cut.min(rest.len()));
        documents.push(serde_json::to_vec(&json!({"Records": head})).unwrap());
        rest = tail;
    }
    documents.push(serde_json::to_vec(&json!({"Records": rest})).unwrap());
    documents
}

/// The counts, without the number of files.
fn counts(aggregate: Aggregate) -> Observations {
    Observations { files: 0, ..aggregate.finish().unwrap() }
}

/// The documents of a reader that has read many of their kind, and of one that takes no short cuts.
fn both(training: &[Vec<u8>], document: &[u8]) -> [Result<Observations, String>; 2] {
    let mut quick = Reader::new(Catalog::embedded());
    for document in training {
        quick.document(document, "training.json", &mut Aggregate::new()).unwrap();
    }
    let mut thorough = Reader::thorough(Catalog::embedded());
    [&mut quick, &mut thorough].map(|reader| {
        let mut aggregate = Aggregate::new();
        // A second document shows whether the first left something behind.
        let read = reader.document(document, "log.json", &mut aggregate);
        let again = serde_json::to_vec(&json!({"Records": [record()]})).unwrap();
        reader.document(&again, "again.json", &mut aggregate).unwrap();
        read.map(|()| aggregate.finish().unwrap()).map_err(|error| error.to_string())
    })
}

/// As [`both`], as streams.
fn both_streamed(training: &[Vec<u8>], document: &[u8]) -> [Result<Observations, String>; 2] {
    let mut quick = Reader::new(Catalog::embedded());
    for document in training {
        quick.stream(&**document, "training.json", &mut Aggregate::new()).unwrap();
    }
    let again = serde_json::to_vec(&json!({"Records": [record()]})).unwrap();
    let thorough = Reader::thorough(Catalog::embedded());
    [quick, thorough].map(|mut reader| {
        let mut aggregate = Aggregate::new();
        // What is held is no part of the stream, whether that is refused or not.
        reader.hold(&again, "before.json").unwrap();
        let read = reader.stream(document, "log.json", &mut aggregate);
        if read.is_err() {
            assert_eq!((aggregate.records(), aggregate.files()), (0, 0));
        }
        reader.give(&mut aggregate);
        reader.stream(&*again, "again.json", &mut aggregate).unwrap();
        read.map(|()| aggregate.finish().unwrap()).map_err(|error| error.to_string())
    })
}

#[test]
fn a_mistake_far_into_a_stream_is_told_as_by_the_complete_reader() {
    let mut record = record();
    record.as_object_mut().unwrap().remove("addendum");
    let lines = serde_json::to_string_pretty(&record).unwrap();
    let record = record.to_string();
    // Longer than what is at hand at a time, on one line and on many.
    for (text, between) in [(&record, ","), (&lines, "\n , \n")] {
        let many = vec![text.as_str(); 600].join(between);
        let training = format!(r#"{{"Records":[{text}]}}"#).into_bytes();
        for end in [
            "]}",
            " \n] \n}\n\n ",
            "",
            "]",
            ",",
            ",]}",
            " {}]}",
            ",5]}",
            ",{\"eventName\":7}]}",
            ",{\"eventName\":\"x\"]}",
            "}",
            "],\"Records\":[]}",
            "],\"Records\":[7]}",
            "],\"more\":1}",
            "],}",
            "]}x",
            "]}\n{\"eventName\":\"GetItem\",\"eventSource\":\"dynamodb.amazonaws.com\"}",
            "]}\n{\"eventName\" \"GetItem\"}",
        ] {
            let document = format!(r#"{{"Records":[{many}{end}"#).into_bytes();
            let [quick, thorough] = both_streamed(std::slice::from_ref(&training), &document);
            assert_eq!(quick, thorough, "{end}");
        }
    }
}

#[test]
fn records_of_a_known_kind_take_the_short_way() {
    let mut reader = Reader::new(Catalog::embedded());
    let record = || {
        let mut record = record();
        record.as_object_mut().unwrap().remove("addendum");
        record
    };
    let mut aggregate = Aggregate::new();
    for number in 0..3 {
        let mut other = record();
        other["eventID"] = json!(format!("00000000-0000-4000-8000-00000000010{number}"));
        other["requestParameters"]["tableName"] = json!(format!("table-{number}"));
        let document = serde_json::to_vec(&json!({"Records": [record(), other]})).unwrap();
        reader.document(&document, "log.json", &mut aggregate).unwrap();
    }
    assert_eq!((aggregate.records(), reader.known_records()), (6, 5));
}

/// A change to the text of a document.
#[derive(Debug, Clone)]
enum Change {
    Byte(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Double(prop::sample::Index, usize),
    Insert(prop::sample::Index, &'static str),
}

fn any_change() -> impl Strategy<Value = Change> {
    let inserted = [
        " ",
        "\n",
        ",",
        "}",
        "]",
        "{",
        "[",
        "\"",
        "\\",
        "0",
        "-",
        "null",
        "true",
        "\\u0041",
        "\\ud800",
        "ä",
        "\"eventName\":\"x\",",
        "\"errorCode\":5,",
        "\"\":{},",
    ];
    prop_oneof![
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        any::<prop::sample::Index>().prop_map(Change::Cut),
        (any::<prop::sample::Index>(), 1..60_usize)
            .prop_map(|(at, length)| Change::Double(at, length)),
        (any::<prop::sample::Index>(), prop::sample::select(inserted.to_vec()))
            .prop_map(|(at, text)| Change::Insert(at, text)),
    ]
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Byte(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Double(at, length) => {
                let at = at.index(bytes.len());
                let end = bytes.len().min(at + length);
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            Self::Insert(at, text) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, text.bytes());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_and_the_grouping_of_records_change_nothing(
        records in prop::collection::vec(any_record(), 0..24),
        shuffled in any::<prop::sample::Index>(),
        cuts in prop::collection::vec(0..8_usize, 0..4),
    ) {
        let one = counts(read(&documents(&records, &[])));
        let mut turned = records.clone();
        if !turned.is_empty() {
            let middle = shuffled.index(turned.len());
            turned.rotate_left(middle);
            turned[..middle].reverse();
        }
        let other = read(&documents(&turned, &cuts));
        prop_assert_eq!(&one, &counts(other));
        // Merging in any tree gives the same.
        let parts = || documents(&records, &cuts).chunks(1).map(read).collect::<Vec<_>>();
        let left = parts().into_iter().fold(Aggregate::new(), |mut all, part| {
            all.merge(part).unwrap();
            all
        });
        let right = parts().into_iter().rev().fold(Aggregate::new(), |all, mut part| {
            part.merge(all).unwrap();
            part
        });
        prop_assert_eq!(&one, &counts(left));
        prop_assert_eq!(&one, &counts(right));
    }

    #[test]
    fn the_short_way_gives_what_the_complete_reader_gives(
        records in prop::collection::vec(any_record(), 1..6),
        changes in prop::collection::vec(any_change(), 0..3),
        is_pretty in prop::bool::weighted(0.1),
    ) {
        let value = json!({"Records": records});
        let mut document =
            if is_pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
        let mut shuffled = records;
        shuffled.reverse();
        let training = [document.clone(), serde_json::to_vec(&json!({"Records": shuffled})).unwrap()];
        for change in &changes {
            change.apply(&mut document);
        }
        let [quick, thorough] = both(&training, &document);
        prop_assert_eq!(quick, thorough, "{}", String::from_utf8_lossy(&document));
        let [quick, thorough] = both_streamed(&training, &document);
        prop_assert_eq!(quick, thorough, "{}", String::from_utf8_lossy(&document));
    }

    #[test]
    fn a_change_in_any_byte_of_a_known_record_is_seen_as_before(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut record = record();
        record.as_object_mut().unwrap().remove("addendum");
        let good = serde_json::to_vec(&json!({"Records": [record]})).unwrap();
        let mut document = good.clone();
        let at = at.index(document.len());
        document[at] = byte;
        let good = [good];
        let [quick, thorough] = both(&good, &document);
        prop_assert_eq!(quick, thorough, "{}", String::from_utf8_lossy(&document));
        let [quick, thorough] = both_streamed(&good, &document);
        prop_assert_eq!(quick, thorough, "{}", String::from_utf8_lossy(&document));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut reader = Reader::new(Catalog::embedded());
        let whole = reader.document(&bytes, "log.json", &mut Aggregate::new());
        let stream = reader.stream(&*bytes, "log.json", &mut Aggregate::new());
        prop_assert_eq!(whole.is_ok(), stream.is_ok());
    }

    #[test]
    fn no_cut_and_no_changed_byte_makes_the_reader_panic(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = serde_json::to_vec(&json!({"Records": [record(), record()]})).unwrap();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] = byte;
        }
        let mut aggregate = Aggregate::new();
        let outcome = Reader::new(Catalog::embedded()).document(&bytes, "log.json", &mut aggregate);
        if let Err(error) = outcome {
            prop_assert_eq!(aggregate.records(), 0);
            prop_assert!(error.to_string().contains("log.json"));
        }
        let _ = aggregate.finish().unwrap().findings(|_| true);
    }

    #[test]
    fn no_parameters_make_the_reader_panic(
        name in prop::sample::select(vec![
            ("s3", "CopyObject"), ("s3", "GetObject"), ("dynamodb", "ExecuteStatement"), ("dynamodb", "TransactWriteItems"),
            ("sqs", "SendMessage"), ("lambda", "Invoke"), ("secretsmanager", "GetSecretValue"), ("ssm", "GetParameter"),
            ("kms", "ReEncrypt"), ("events", "PutEvents"), ("iam", "GetRole"), ("logs", "GetLogEvents"),
        ]),
        text in "[a-z:/*?$\"'%. ]{0,24}|arn:aws:[a-z0-9]{0,6}:[a-z-]{0,9}:(111122223333)?:.{0,12}|https://.{0,20}",
    ) {
        let mut record = record();
        record["eventSource"] = json!(format!("{}.amazonaws.com", name.0));
        record["eventName"] = json!(name.1);
        record["resources"] = json!([{"ARN": text}]);
        let mut parameters = serde_json::Map::new();
        for key in ["bucketName", "key", "x-amz-copy-source", "statement", "queueUrl", "functionName", "secretId",
            "name", "sourceKeyId", "destinationKeyId", "roleName", "logGroupName", "versionId", "indexName", "tableName", "qualifier"] {
            parameters.insert(key.into(), json!(text));
        }
        parameters.insert("transactItems".into(), json!([{"put": {"tableName": text}}]));
        parameters.insert("entries".into(), json!([{"eventBusName": text}]));
        record["requestParameters"] = parameters.into();
        let aggregate = read(&[serde_json::to_vec(&record).unwrap()]);
        let observed = aggregate.finish().unwrap();
        prop_assert_eq!(observed.records, 1);
    }
}
