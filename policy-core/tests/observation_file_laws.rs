//! Laws of observation files: what is reduced apart and joined is what is reduced together, byte for byte, and a
//! file gives back what it was made from. Beyond the number of events that a file knows by id only counts move.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use policy_core::catalog::Catalog;
use policy_core::evidence::CallKey;
use policy_core::evidence::trail::{Aggregate, Observations, Reader};
use proptest::prelude::*;
use serde_json::{Value, json};

fn reduced(records: &[Value]) -> Aggregate {
    let mut aggregate = Aggregate::new();
    let document = serde_json::to_vec(&json!({"Records": records})).unwrap();
    Reader::new(Catalog::embedded()).document(&document, "log.json", &mut aggregate).unwrap();
    aggregate
}

/// The file of some logs that were reduced together.
fn file(logs: &[&[Value]], kept: usize) -> String {
    let mut whole = Aggregate::new();
    for log in logs {
        whole.merge(reduced(log)).unwrap();
    }
    whole.settle(kept).unwrap();
    whole.to_file().unwrap()
}

/// The file of some files.
fn join(files: &[&str], kept: usize) -> String {
    let parts = files.iter().map(|file| Aggregate::from_file(file).unwrap());
    let mut whole = Aggregate::new().joined(parts).unwrap();
    whole.settle(kept).unwrap();
    whole.to_file().unwrap()
}

fn observed(file: &str) -> Observations {
    Aggregate::from_file(file).unwrap().finish().unwrap()
}

/// What grants stand on.
fn keys(observations: &Observations) -> BTreeSet<CallKey> {
    observations.calls.iter().map(|call| call.key.clone()).collect()
}

fn id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

fn record(number: u64, table: &str) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/orders-exec/orders",
            "sessionContext": {"sessionIssuer": {
                "type": "Role",
                "arn": "arn:aws:iam::111122223333:role/orders-exec"
            }},
        },
        "eventTime": format!("2026-11-01T08:{:02}:{:02}Z", number / 60 % 60, number % 60),
        "eventSource": "dynamodb.amazonaws.com",
        "eventName": "GetItem",
        "awsRegion": "eu-west-1",
        "requestParameters": {"tableName": table},
        "eventID": id(number),
        "eventType": "AwsApiCall",
    })
}

fn addendum(number: u64, original: u64, table: &str) -> Value {
    let mut record = record(number, table);
    record["addendum"] = json!({"reason": "UPDATED_DATA", "originalEventID": id(original)});
    record
}

/// A record of a small world in which copies, contradictions, addenda and shared events are likely, and every kind
/// of contribution.
fn any_record() -> impl Strategy<Value = Value> {
    let shape = (0..24_u64, 0..3_u8, 0..4_u8, 0..13_usize, 0..6_u8, 0..3_u8, 0..3_u8);
    shape.prop_map(|(number, day, table, kind, extra, error, scope)| {
        let mut record = record(number, &format!("table-{table}"));
        if number >= 20 {
            record["eventID"] = json!(format!("EXAMPLE-{number}"));
        }
        record["eventTime"] = json!(format!("2026-11-0{}T08:30:00Z", day + 1));
        match kind {
            0 => record["eventName"] = json!("Nonsense"),
            1 => {
                record["eventSource"] = json!("sts.amazonaws.com");
                record["eventName"] = json!("GetCallerIdentity");
            }
            2 => record["eventType"] = json!("AwsServiceEvent"),
            3 => record["userIdentity"]["type"] = json!("IAMUser"),
            4 => {
                record["userIdentity"] =
                    json!({"type": "AWSService", "invokedBy": "lambda.amazonaws.com"});
            }
            5 => record["userIdentity"]["sessionContext"] = Value::Null,
            6 => record["resources"] = json!([{"ARN": "REDACTED \u{1F980} \"\\"}]),
            7 => {
                record["eventSource"] = json!("secretsmanager.amazonaws.com");
                record["eventName"] = json!("GetSecretValue");
                record["requestParameters"] = json!({"secretId": format!("orders/{table}")});
            }
            8 => record["awsRegion"] = json!(""),
            9 => record["awsRegion"] = Value::Null,
            10 => record["eventTime"] = Value::Null,
            11 => {}
            _ => record["userIdentity"]["invokedBy"] = json!("athena.amazonaws.com"),
        }
        if scope == 1 {
            record["userIdentity"]["inScopeOf"] = json!({
                "issuerType": "AWS::Lambda::Function",
                "credentialsIssuedTo": "arn:aws:lambda:eu-west-1:111122223333:function:orders",
            });
        }
        record["errorCode"] =
            [Value::Null, json!("AccessDenied"), json!("Oops")][usize::from(error)].clone();
        match extra {
            1 => record["sharedEventID"] = json!(format!("shared-{}", number % 2)),
            2 => {
                let original = number.wrapping_add(u64::from(day)) % 20;
                record["addendum"] = json!({"originalEventID": id(original)});
            }
            _ => {}
        }
        record
    })
}

fn any_log() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(any_record(), 0..16)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_gives_back_what_it_was_made_from(log in any_log()) {
        let written = file(&[&log], 1000);
        prop_assert_eq!(observed(&written), reduced(&log).finish().unwrap());
        prop_assert_eq!(Aggregate::from_file(&written).unwrap().to_file().unwrap(), written);
    }

    #[test]
    fn what_is_joined_is_what_is_reduced_together(a in any_log(), b in any_log(), c in any_log()) {
        let (fa, fb, fc) = (file(&[&a], 1000), file(&[&b], 1000), file(&[&c], 1000));
        let whole = file(&[&a, &b, &c], 1000);
        prop_assert_eq!(&join(&[&fa, &fb, &fc], 1000), &whole);
        prop_assert_eq!(&join(&[&fc, &fb, &fa], 1000), &whole);
        prop_assert_eq!(&join(&[&join(&[&fa, &fb], 1000), &fc], 1000), &whole);
        prop_assert_eq!(&join(&[&fa, &join(&[&fc, &fb], 1000)], 1000), &whole);
    }

    #[test]
    fn a_file_joined_with_itself_shows_the_same_events(log in any_log()) {
        let once = observed(&file(&[&log], 1000));
        let written = file(&[&log], 1000);
        let twice = observed(&join(&[&written, &written], 1000));
        prop_assert_eq!(twice.events, once.events);
        prop_assert_eq!((twice.records, twice.files), (2 * once.records, 2 * once.files));
        let same = Observations { records: once.records, files: once.files, copies: once.copies, ..twice };
        prop_assert_eq!(same, once);
    }

    #[test]
    fn counts_beyond_the_bound_are_those_of_the_whole(
        numbers in prop::collection::btree_set(0..4000_u64, 0..60),
        kept in 0..30_usize,
        parts in prop::collection::vec(0..3_usize, 60),
    ) {
        let mut logs = [Vec::new(), Vec::new(), Vec::new()];
        for (number, part) in numbers.iter().zip(parts) {
            // Ids in an order of their own, apart from the times.
            let mut record = record(*number, &format!("table-{}", number % 5));
            record["eventID"] = json!(id(number * 7919 % 4001));
            logs[part].push(record);
        }
        let [a, b, c] = [&logs[0][..], &logs[1][..], &logs[2][..]];
        let whole = file(&[a, b, c], kept);
        let (fa, fb, fc) = (file(&[a], kept), file(&[b], kept), file(&[c], kept));
        prop_assert_eq!(&join(&[&fa, &fb, &fc], kept), &whole);
        prop_assert_eq!(&join(&[&fa, &join(&[&fc, &fb], kept)], kept), &whole);
        prop_assert_eq!(&join(&[&join(&[&fb, &fa], kept), &fc], kept), &whole);
        prop_assert!(Aggregate::from_file(&whole).unwrap().events() <= kept);
        prop_assert_eq!(observed(&whole), observed(&file(&[a, b, c], 1000)));
    }

    #[test]
    fn copies_beyond_the_bound_move_counts_upward_and_nothing_else(
        a in prop::collection::btree_set(0..40_u64, 0..40),
        b in prop::collection::btree_set(0..40_u64, 0..40),
        kept in 0..20_usize,
    ) {
        let log = |numbers: &BTreeSet<u64>| -> Vec<Value> {
            numbers.iter().map(|number| record(*number, &format!("table-{}", number % 5))).collect()
        };
        let (a, b) = (log(&a), log(&b));
        let whole = observed(&file(&[&a, &b], 1000));
        let (fa, fb) = (file(&[&a], kept), file(&[&b], kept));
        let joined = join(&[&fa, &fb], kept);
        prop_assert_eq!(&joined, &join(&[&fb, &fa], kept));
        let joined = observed(&joined);
        prop_assert_eq!(keys(&joined), keys(&whole));
        prop_assert!(joined.events >= whole.events && joined.events <= joined.records);
        for (mine, exact) in joined.calls.iter().zip(&whole.calls) {
            prop_assert!(mine.count.events >= exact.count.events);
            prop_assert_eq!(&mine.count.first_seen, &exact.count.first_seen);
            prop_assert_eq!(&mine.count.last_seen, &exact.count.last_seen);
            prop_assert_eq!(&mine.count.sample, &exact.count.sample);
        }
    }

    #[test]
    fn no_correction_across_files_grants_more_or_less(
        originals in prop::collection::vec(0..5_u8, 1..30),
        corrected in prop::collection::vec((0..30_u64, 0..8_u8), 0..8),
        kept in 0..10_usize,
    ) {
        let a: Vec<Value> = (0_u64..)
            .zip(&originals)
            .map(|(number, table)| record(number, &format!("table-{table}")))
            .collect();
        let b: Vec<Value> = (100_u64..)
            .zip(&corrected)
            .map(|(number, (original, table))| addendum(number, *original, &format!("table-{table}")))
            .collect();
        let whole = observed(&file(&[&a, &b], 1000));
        let parts = [file(&[&a], kept), file(&[&b], kept)];
        let parts = parts.iter().map(|file| Aggregate::from_file(file).unwrap());
        // Refused, or right.
        if let Ok(joined) = Aggregate::new().joined(parts) {
            prop_assert_eq!(keys(&joined.finish().unwrap()), keys(&whole));
        }
    }

    #[test]
    fn no_text_and_no_changed_byte_makes_the_reader_panic(
        log in any_log(),
        at in any::<prop::sample::Index>(),
        byte in 0..128_u8,
        cut in any::<bool>(),
        kept in 0..6_usize,
    ) {
        let mut bytes = file(&[&log], kept).into_bytes();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] = byte;
        }
        if let Ok(text) = String::from_utf8(bytes)
            && let Ok(aggregate) = Aggregate::from_file(&text)
        {
            let _ = aggregate.finish().unwrap().findings(|_| true);
        }
    }
}

#[test]
fn a_file_has_one_form() {
    let mut second = record(2, "orders");
    second["eventID"] = json!("EXAMPLE-2");
    let log = [record(1, "orders"), second, addendum(9, 1, "receipts"), record(7, "orders")];
    let written = file(&[&log], 1000);
    let call = |table: &str| {
        format!(
            r#"{{"call":{{"role":"arn:aws:iam::111122223333:role/orders-exec","function":{{"session":"orders"}},"action":"dynamodb:GetItem","operation":"GetItem","resource":{{"arn":"arn:aws:dynamodb:eu-west-1:111122223333:table/{table}"}},"region":"eu-west-1","outcome":"succeeded"}}}}"#
        )
    };
    let orders = call("orders");
    let receipts = call("receipts");
    assert_eq!(
        written,
        format!(
            r#"{{"format":"policy-observations","version":1,"files":1,"refusedFiles":0,"records":4,"idsBelow":null,"namesKept":256,"kinds":[
{{"shows":[{orders}],"events":[{{"time":"2026-11-01T08:00:01Z","id":"00000000-0000-4000-8000-000000000001"}},{{"time":"2026-11-01T08:00:02Z","id":"EXAMPLE-2"}},{{"time":"2026-11-01T08:00:07Z","id":"00000000-0000-4000-8000-000000000007"}}]}},
{{"shows":[{receipts}],"events":[{{"time":"2026-11-01T08:00:09Z","id":"00000000-0000-4000-8000-000000000009","addendum":true,"corrects":"00000000-0000-4000-8000-000000000001"}}]}}
]}}
"#
        )
    );
    // Addenda and what they correct stay; the others are counted.
    let counted = file(&[&log], 0);
    assert!(counted.contains(r#""idsBelow":"00000000-0000-4000-8000-000000000001""#), "{counted}");
    assert!(
        counted.contains(
            r#""counted":{"events":2,"first":"2026-11-01T08:00:02Z","last":"2026-11-01T08:00:07Z","smallest":[{"time":"2026-11-01T08:00:02Z","id":"EXAMPLE-2"},{"time":"2026-11-01T08:00:07Z","id":"00000000-0000-4000-8000-000000000007"}]}"#
        ),
        "{counted}"
    );
    assert_eq!(observed(&counted), observed(&written));
}

#[test]
fn a_correction_of_a_counted_event_takes_it_back_or_is_refused() {
    let log = |numbers: std::ops::Range<u64>| -> Vec<Value> {
        numbers.map(|number| record(number, "orders")).collect()
    };
    let addenda: Vec<Value> = (0..3).map(|at| addendum(100 + at, at, "receipts")).collect();
    let corrections = file(&[&addenda], 0);
    let table = |observations: &Observations| -> Vec<(String, u64)> {
        let calls = observations.calls.iter();
        calls.map(|call| (format!("{:?}", call.key.resource), call.count.events)).collect()
    };
    // All three events are known in the sample: they are taken back.
    let gone = observed(&join(&[&file(&[&log(0..3)], 0), &corrections], 0));
    assert_eq!(table(&gone).len(), 1, "{:?}", table(&gone));
    assert_eq!(gone, observed(&file(&[&log(0..3), &addenda], 1000)));
    // One of four is left, but which is not known any more.
    let parts = [file(&[&log(0..4)], 0), corrections.clone()];
    let parts = parts.iter().map(|file| Aggregate::from_file(file).unwrap());
    let error = Aggregate::new().joined(parts).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "an addendum corrects the event `{}`, and 1 of the same kind are only counted: whether they stand cannot be told",
            id(2)
        )
    );
    // With one of the sample left, the kind stands.
    let two = file(&[&addenda[..2]], 0);
    let left = observed(&join(&[&file(&[&log(0..9)], 0), &two], 0));
    let whole = observed(&file(&[&log(0..9), &addenda[..2]], 1000));
    assert_eq!(table(&left), table(&whole));
}

#[test]
fn copies_that_contradict_each_other_across_files_are_told_as_in_one() {
    let mut denied = record(1, "orders");
    denied["errorCode"] = json!("AccessDenied");
    let (a, b) = ([record(1, "orders"), record(2, "orders")], [denied]);
    let whole = observed(&file(&[&a, &b], 1000));
    assert_eq!(whole.conflicting, 1);
    for kept in [0, 1, 2] {
        // The contradicting copy is known by id where it is an addendum's or a conflict's, or below the bound.
        let joined = observed(&join(&[&file(&[&a], kept), &file(&[&b], 1000)], kept));
        assert_eq!(joined, whole, "{kept}");
    }
}

const HEAD: &str = r#"{"format":"policy-observations","version":1,"files":1,"refusedFiles":0,"records":9,"idsBelow":null,"namesKept":256,"kinds":["#;

fn refusal(text: &str) -> String {
    let error = Aggregate::from_file(text).unwrap_err();
    assert!(!error.help().is_empty());
    match error.place() {
        Some((line, column)) => format!("{line}:{column}: {error}"),
        None => error.to_string(),
    }
}

#[test]
fn what_is_no_observation_file_is_refused_with_place_and_reason() {
    let good = file(&[&[record(1, "orders")]], 1000);
    let counted = file(&[&[record(1, "orders"), record(2, "orders")]], 0);
    let with = |text: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let twice = {
        let (head, line) = good.split_once('\n').unwrap();
        let line = line.strip_suffix("\n]}\n").unwrap();
        format!("{head}\n{line},\n{line}\n]}}\n")
    };
    let cases = [
        ("[]", "invalid type: a list, expected an object"),
        (
            "{}",
            "no observation file: the member `format` is missing, expected `policy-observations`",
        ),
        (
            r#"{"Records":[]}"#,
            "no observation file: the member `format` is missing, expected `policy-observations`",
        ),
        (
            r#"{"format":"other"}"#,
            "no observation file: the member `format` is `other`, expected `policy-observations`",
        ),
        (r#"{"format":"policy-observations"}"#, "1:32: missing member `version`"),
        (
            r#"{"format":"policy-observations","version":2,"new":[]}"#,
            "observations in version 2 of the format; version 1 is understood",
        ),
        (
            r#"{"format":"policy-observations","version":"1"}"#,
            "1:45: invalid type: string \"1\", expected a whole number from 0",
        ),
        (HEAD, "the file ends in the middle"),
        ("no", "1:2: not JSON: expected ident"),
    ];
    for (text, expected) in cases {
        let found = refusal(text);
        assert!(found.ends_with(expected), "{text}\n{found}\n{expected}");
    }
    let changed = [
        (
            with(&good, "\"files\":1", "\"files\":-1"),
            "1:54: invalid value: integer `-1`, expected a whole number from 0",
        ),
        (with(&good, "\"files\":1", "\"files\":1,\"files\":1"), "duplicate member `files`"),
        (with(&good, "\"version\":1", "\"version\":1,\"version\":1"), "duplicate member `version`"),
        (with(&good, "\"files\":1", "\"files\":1,\"more\":1"), "unknown member `more`"),
        (with(&good, "\"id\":", "\"id\":\"x\",\"id\":"), "duplicate member `id`"),
        (with(&good, "\"region\":\"eu-west-1\"", "\"region\":\"nowhere\""), "nowhere"),
        (with(&good, "role/orders-exec", "user/orders-exec"), "user/orders-exec"),
        (with(&good, "dynamodb:GetItem", "GetItem"), "`GetItem` is not"),
        (with(&good, "succeeded", "won"), "unknown word `won`"),
        (
            with(&good, "2026-11-01T08:00:01Z", "yesterday"),
            "`yesterday` is not a UTC time such as `2026-11-01T08:30:00Z`",
        ),
        (with(&good, "\"events\":[{", "\"events\":[[\"2026-11-01T08:00:01Z\",\"a\"],{"), "2:"),
        (
            with(&good, "{\"call\":{", "{\"notACall\":[\"x\"]},{\"call\":{"),
            "invalid type: a list, expected an object",
        ),
        (with(&good, "\"call\"", "\"cal\""), "unknown word `cal`"),
        (
            with(&good, "\"records\":1", "\"records\":0"),
            "`records` is 0, but there are more events",
        ),
        (with(&good, "\"files\":1", "\"files\":0"), "`files` is 0, but there are records"),
        (
            with(&with(&twice, "\"records\":1", "\"records\":9"), "000000000001", "000000000002"),
            "`kinds`: number 2 shows what an earlier one shows",
        ),
        (with(&counted, "\"events\":2", "\"events\":1"), "`smallest` has to name 1 to 3 of them"),
        (
            with(&counted, "\"events\":2", "\"events\":3"),
            "`records` is 2, but there are more events",
        ),
        (
            with(
                &counted,
                "\"idsBelow\":\"00000000-0000-4000-8000-000000000001\"",
                "\"idsBelow\":null",
            ),
            "`idsBelow` does not say which events are only counted",
        ),
        (
            with(
                &counted,
                "\"first\":\"2026-11-01T08:00:01Z\"",
                "\"first\":\"2026-11-01T08:00:02Z\"",
            ),
            "one of `smallest` is not between `first` and `last`",
        ),
        (
            with(&counted, "\"idsBelow\":\"0", "\"idsBelow\":\"X"),
            "is not an id in the form of a UUID, in lower case",
        ),
        (with(&counted, "000000000002\"}]", "000000000001\"}]"), "stands in the file twice"),
    ];
    for (text, expected) in &changed {
        let found = refusal(text);
        assert!(found.contains(expected), "{text}\n{found}\n{expected}");
    }
    assert!(Aggregate::from_file(cases[5].0).unwrap_err().is_too_new());
    for cut in 1..good.trim_end().len() {
        let found = refusal(&good[..cut]);
        assert!(found.ends_with("the file ends in the middle"), "{cut}: {found}");
    }
}
