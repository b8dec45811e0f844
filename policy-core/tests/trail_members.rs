//! What each member of a record does when it holds something else: a table of every member that is read, with
//! every kind of value, in `tests/cases/trail_members.txt`. `POLICY_GOLDEN=1` writes it anew: read the difference like code.
//!
//! The document is refused with the place and the member, or the value has a meaning: then the line says what the record shows.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fmt::Write as _;
use std::path::Path;

use policy_core::catalog::Catalog;
use policy_core::evidence::trail::{Aggregate, Reader};
use policy_core::evidence::{ObservedFunction, ObservedResource};
use serde_json::{Value, json};

/// A record of a call; an error in its answer counts only where it has none of its own.
fn of(member: &str) -> Value {
    let mut record = record();
    if member.starts_with("/responseElements") {
        record["errorCode"] = Value::Null;
        record["errorMessage"] = Value::Null;
    }
    record
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
        "responseElements": {"errorCode": "AccessDenied"},
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

/// The members of the record above that the reader knows, outermost first.
const MEMBERS: [&str; 34] = [
    "/eventVersion",
    "/userIdentity",
    "/userIdentity/type",
    "/userIdentity/principalId",
    "/userIdentity/arn",
    "/userIdentity/accountId",
    "/userIdentity/invokedBy",
    "/userIdentity/sessionContext",
    "/userIdentity/sessionContext/sessionIssuer",
    "/userIdentity/sessionContext/sessionIssuer/type",
    "/userIdentity/sessionContext/sessionIssuer/arn",
    "/userIdentity/inScopeOf",
    "/userIdentity/inScopeOf/issuerType",
    "/userIdentity/inScopeOf/credentialsIssuedTo",
    "/eventTime",
    "/eventSource",
    "/eventName",
    "/awsRegion",
    "/errorCode",
    "/errorMessage",
    "/requestParameters",
    "/requestParameters/tableName",
    "/responseElements",
    "/responseElements/errorCode",
    "/eventID",
    "/sharedEventID",
    "/resources",
    "/resources/0",
    "/resources/0/ARN",
    "/resources/0/accountId",
    "/addendum",
    "/addendum/originalEventID",
    "/eventType",
    "/eventCategory",
];

/// Gives a byte at a time, as a slow pipe may.
struct Slow<'d>(&'d [u8]);

impl std::io::Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let size = buffer.len().min(1);
        self.0.read(&mut buffer[..size])
    }
}

/// What a document shows, on one line; the error when it is refused.
fn shown(document: &[u8]) -> String {
    let mut reader = Reader::new(Catalog::embedded());
    let mut aggregate = Aggregate::new();
    let whole = reader.document(document, "log", &mut aggregate);
    let stream = reader.stream(Slow(document), "log", &mut Aggregate::new());
    assert_eq!(whole.is_ok(), stream.is_ok(), "{whole:?} {stream:?}");
    if let Err(error) = whole {
        assert_eq!(aggregate.records(), 0, "refused, but counted");
        return format!("refused: {error}");
    }
    let observed = aggregate.finish().unwrap();
    let mut parts = Vec::new();
    for call in &observed.calls {
        let key = &call.key;
        let resource = match &key.resource {
            ObservedResource::Arn(arn) => arn.resource().to_owned(),
            ObservedResource::Named(pattern) | ObservedResource::Names(pattern) => {
                pattern.to_string()
            }
            ObservedResource::None => "-".to_owned(),
            ObservedResource::Unknown => "?".to_owned(),
        };
        let function = match &key.function {
            ObservedFunction::Issued(_) => "issued",
            ObservedFunction::Session(_) => "session",
            ObservedFunction::Unknown => "role",
        };
        let via = if key.via.is_some() { " via" } else { "" };
        let owner = if key.resource_account.is_some() { " owned" } else { "" };
        parts.push(format!(
            "{} {resource} {function}{via}{owner} {:?}",
            key.action.as_str(),
            key.outcome
        ));
    }
    parts.extend(observed.unmapped.keys().map(|event| format!("unmapped: {}", event.reason)));
    parts.extend(observed.not_calls.keys().map(|kind| format!("no call: {kind}")));
    parts.extend(observed.other_identities.keys().map(|kind| format!("other identity: {kind}")));
    parts.extend(
        observed.unattributed.keys().map(|(who, why)| format!("unattributed {who}: {why}")),
    );
    parts.extend(observed.unusable.keys().map(|(member, value)| {
        format!("unusable {member}: {}", value.as_deref().unwrap_or("missing"))
    }));
    parts.join("; ")
}

#[test]
fn every_member_with_every_kind_of_value_is_refused_or_has_a_meaning() {
    let values =
        [json!(null), json!(5), json!(true), json!("x"), json!(""), json!(["x"]), json!({"x": 1})];
    let mut table = format!("as it is -> {}\n", shown(record().to_string().as_bytes()));
    for member in MEMBERS {
        let (parent, name) = member.rsplit_once('/').unwrap();
        for value in &values {
            let mut record = of(member);
            *record.pointer_mut(member).unwrap() = value.clone();
            writeln!(
                table,
                "{} = {value} -> {}",
                &member[1..],
                shown(record.to_string().as_bytes())
            )
            .unwrap();
        }
        let mut record = of(member);
        if let Some(parent) = record.pointer_mut(parent).and_then(Value::as_object_mut) {
            parent.remove(name);
            writeln!(table, "{} missing -> {}", &member[1..], shown(record.to_string().as_bytes()))
                .unwrap();
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/trail_members.txt");
    if std::env::var_os("POLICY_GOLDEN").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    for (found, expected) in table.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(table, expected);
}

#[test]
fn a_member_that_is_written_twice_refuses_the_document() {
    let record = record();
    for (name, value) in record.as_object().unwrap() {
        let text = record.to_string();
        let doubled = format!("{{\"{name}\":{value},{}", &text[1..]);
        let said = shown(doubled.as_bytes());
        if name == "responseElements" || said.starts_with("refused") {
            assert!(said.contains(&format!("`{name}")), "{name}: {said}");
            assert!(said.contains("written twice, expected one value"), "{name}: {said}");
        } else {
            panic!("{name} twice: {said}");
        }
    }
}

#[test]
fn a_parameter_with_two_values_names_nothing() {
    let text = record().to_string();
    let same =
        text.replace("\"requestParameters\":{", "\"requestParameters\":{\"tableName\":\"orders\",");
    let other =
        text.replace("\"requestParameters\":{", "\"requestParameters\":{\"TableName\":\"carts\",");
    let without = |text: &str| {
        let at = text.find("\"resources\"").unwrap();
        format!("{}\"other{}", &text[..at], &text[at + 1..])
    };
    assert!(shown(without(&same).as_bytes()).contains("GetItem table/orders"));
    assert!(shown(without(&other).as_bytes()).contains("GetItem ?"));
}

#[test]
fn bytes_that_are_no_text_refuse_the_document_where_they_matter() {
    let text = record().to_string();
    let with = |from: &str, to: &[u8]| {
        let (before, after) = text.split_once(from).unwrap();
        [before.as_bytes(), to, after.as_bytes()].concat()
    };
    for (from, bytes) in [
        ("GetItem", &b"Get\xffItem"[..]),
        ("GetItem", b"Get\\ud800Item"),
        ("\"orders\"", b"\"ord\xc3\""),
        ("\"eventName\"", b"\"event\xc0\x80Name\""),
        ("slow down", b"\x00"),
    ] {
        let said = shown(&with(from, bytes));
        assert!(said.starts_with("refused: log, line 1, column"), "{bytes:?}: {said}");
    }
    let plain = shown(text.as_bytes());
    for mark in [&b"\xef\xbb\xbf"[..], b" \n\t"] {
        assert_eq!(shown(&[mark, text.as_bytes()].concat()), plain);
    }
    for mark in [&b"\xff\xfe"[..], b"\xfe\xff", b"\0"] {
        let said = shown(&[mark, text.as_bytes()].concat());
        assert!(said.starts_with("refused: log, line 1, column 1"), "{said}");
    }
}

#[test]
fn times_far_away_are_times_and_impossible_ones_refuse_the_document() {
    let at =
        |time: &str| shown(record().to_string().replace("2026-11-01T08:30:00Z", time).as_bytes());
    let plain = shown(record().to_string().as_bytes());
    for time in ["1970-01-01T00:00:00Z", "2105-12-31T23:59:59Z", "2026-11-01T08:30:00.999Z"] {
        assert_eq!(at(time), plain, "{time}");
    }
    for time in [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-02-30T00:00:00Z",
        "2026-11-01T25:00:00Z",
        "",
    ] {
        assert!(
            at(time).starts_with("refused: log, record 1: `eventTime` is"),
            "{time}: {}",
            at(time)
        );
    }
}

#[test]
fn what_a_document_holds_instead_is_told_on_one_line() {
    let table = [
        (r#"{"a\nb":1,"\u001b[2J":2}"#, "its members are `a\\nb`, `\\u{1b}[2J` …"),
        (r#""x\ny""#, "it holds the text `x\\ny`"),
        (r#"[{"eventVersion":"1","eventTime":"a\tb"}]"#, "`eventTime` is `a\\tb`"),
    ];
    for (document, expected) in table {
        let said = shown(document.as_bytes());
        assert!(said.starts_with("refused: log") && said.contains(expected), "{said}");
        assert!(!said.contains(char::is_control), "{said}");
    }
}
