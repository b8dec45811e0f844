use super::super::any::Any;
use super::super::container::{Item, Position, Sink, Stop};
use super::super::member::Fault;
use super::*;
use serde::de::DeserializeSeed;

const RECORD: &str = r#"{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:orders","arn":"arn:aws:sts::111122223333:assumed-role/orders-exec/orders","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/orders-exec"},"attributes":{"creationDate":"2026-11-01T08:00:00Z","mfaAuthenticated":"false"}},"inScopeOf":{"issuerType":"AWS::Lambda::Function","credentialsIssuedTo":"arn:aws:lambda:eu-west-1:111122223333:function:orders"}},"eventTime":"2026-11-01T08:30:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","errorCode":"AccessDenied","errorMessage":"not \"yours\"","requestParameters":{"bucketName":"acme","key":"in/a.json","flags":[1,2],"limit":25},"responseElements":{"errorCode":"x","count":7},"additionalEventData":{"bytesTransferredOut":0,"ratio":1.5,"is":true},"requestID":"Q1","eventID":"00000000-0000-4000-8000-000000000001","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARNPrefix":"x"},{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::acme/in/a.json"},{"accountId":"111122223333","ARN":"arn:aws:s3:::acme"}],"eventType":"AwsApiCall","sharedEventID":null,"eventCategory":"Data"}"#;

/// Gives every record that is read completely to a function.
struct Each<F>(F);

impl<F: FnMut(Record<'_>)> Sink for Each<F> {
    fn begin(&mut self) {}
    fn record(&mut self, mut record: Record<'_>) -> Result<(), Stop> {
        assert_eq!(record.take_fault(), None);
        (self.0)(record);
        Ok(())
    }
    fn fault(&mut self, fault: Fault) {
        panic!("{fault:?}");
    }
    fn no_trail(&mut self, found: String) {
        panic!("{found}");
    }
    fn digest(&mut self) {}
    fn other_event(&mut self) {}
}

fn completely(text: &str, each: impl FnMut(Record<'_>)) {
    let mut sink = Each(each);
    let item = Item { sink: &mut sink, position: Position::Element };
    Any(item).deserialize(&mut serde_json::Deserializer::from_str(text)).unwrap();
}

fn learn(shapes: &mut Shapes, text: &str) {
    completely(text, |record| shapes.learn(text.as_bytes(), &record));
}

/// Shapes that know `text`.
fn knowing(text: &str) -> Shapes {
    let mut shapes = Shapes::default();
    learn(&mut shapes, text);
    shapes
}

/// Whether `text` has a known shape; then it must mean what the complete reader says.
fn is_known(shapes: &mut Shapes, text: &str) -> bool {
    let mut found = Vec::new();
    let Some(known) = shapes.find(text.as_bytes(), &mut found) else { return false };
    assert_eq!(known.length, text.len());
    let mut count = 0;
    completely(text, |record| {
        assert_eq!(shapes.record(text.as_bytes(), &found).as_ref(), Some(&record), "{text}");
        count += 1;
    });
    count == 1
}

#[test]
fn a_record_with_other_values_has_the_same_shape() {
    let mut shapes = knowing(RECORD);
    assert!(is_known(&mut shapes, RECORD));
    for (from, to) in [
        ("orders", "a-much-longer-name-of-something-else"),
        ("\"arn:aws:s3:::acme/in/a.json\"", "\"\""),
        ("not \\\"yours\\\"", "plain"),
        ("in/a.json", "in/\\u00e4 \\\\ \\\" /b"),
        ("in/a.json", "in/ä"),
        ("\"limit\":25", "\"limit\":0"),
        ("[1,2]", "[10,999999999999999]"),
        ("AwsApiCall", "AwsServiceEvent"),
        ("\"errorCode\":\"x\"", "\"errorCode\":\"y \\n\""),
    ] {
        assert!(RECORD.contains(from), "{from}");
        assert!(is_known(&mut shapes, &RECORD.replace(from, to)), "{from} → {to}");
    }
}

#[test]
fn a_record_with_other_members_or_types_has_another_shape() {
    let mut shapes = knowing(RECORD);
    for (from, to) in [
        ("\"limit\":25", "\"limit\":\"25\""),
        ("\"limit\":25", "\"limit\":-25"),
        ("\"limit\":25", "\"limit\":2.5"),
        ("\"limit\":25", "\"limit\":025"),
        ("\"limit\":25", "\"limit\":null"),
        ("\"limit\":25", "\"limit\": 25"),
        ("\"is\":true", "\"is\":false"),
        ("[1,2]", "[1,2,3]"),
        ("[1,2]", "[1]"),
        (",\"sharedEventID\":null", ""),
        ("\"sharedEventID\":null", "\"sharedEventID\":\"s\""),
        ("\"ARNPrefix\"", "\"ARN\""),
        ("\"key\"", "\"Key\""),
        ("}", "},"),
        ("GetObject", "HeadObject"),
        ("in/a.json", "in\u{1}a"),
    ] {
        assert!(RECORD.contains(from), "{from}");
        let text = RECORD.replacen(from, to, 1);
        let mut found = Vec::new();
        assert_eq!(shapes.find(text.as_bytes(), &mut found), None, "{from} → {to}");
    }
    let mut broken = RECORD.as_bytes().to_vec();
    let at = RECORD.find("acme").unwrap();
    broken[at] = 0xff;
    assert_eq!(shapes.find(&broken, &mut Vec::new()), None, "no UTF-8");
    for end in 0..RECORD.len() {
        assert_eq!(shapes.find(&RECORD.as_bytes()[..end], &mut Vec::new()), None, "{end}");
    }
}

#[test]
fn shapes_that_part_late_are_all_known() {
    let mut shapes = knowing(RECORD);
    let others: Vec<String> = [
        ("GetObject", "HeadObject"),
        ("\"is\":true", "\"is\":null"),
        ("\"limit\":25", "\"limit\":\"25\""),
        ("\"limit\":25", "\"limit\":-1.5e3"),
        ("[1,2]", "[]"),
        ("\"requestParameters\":{", "\"requestParameters\":{ "),
        (",\"errorCode\":\"AccessDenied\",\"errorMessage\":\"not \\\"yours\\\"\"", ""),
        ("\"resources\":[", "\"resources\":[null,{},"),
    ]
    .into_iter()
    .map(|(from, to)| RECORD.replacen(from, to, 1))
    .collect();
    for text in &others {
        assert!(!is_known(&mut shapes, text), "{text}");
        learn(&mut shapes, text);
    }
    for text in others.iter().map(String::as_str).chain([RECORD]) {
        assert!(is_known(&mut shapes, text), "{text}");
    }
}

#[test]
fn of_what_is_kept_whole_all_values_are_found_and_no_record_is_made() {
    let nested = |items: &str| RECORD.replacen("\"flags\":[1,2]", items, 1);
    let text =
        nested(r#""requestItems":{"orders":[{"id":"a","count":7,"is":true}],"prices":null}"#);
    let mut shapes = knowing(&text);
    let same =
        nested(r#""requestItems":{"o\u0072ders":[{"x":"","count":8,"is":true}],"orders":null}"#);
    for (text, expected) in [
        (&text, ["orders", "id", "a", "count", "7", "is", "prices"]),
        (&same, ["o\\u0072ders", "x", "", "count", "8", "is", "orders"]),
    ] {
        let mut found = Vec::new();
        let known = shapes.find(text.as_bytes(), &mut found);
        assert_eq!(known.map(|known| known.length), Some(text.len()));
        let values: Vec<&[u8]> = found
            .iter()
            .filter(|one| one.slot == Slot::Nested)
            .map(|one| one.raw(text.as_bytes()))
            .collect();
        assert_eq!(values, expected.map(str::as_bytes));
        assert_eq!(shapes.record(text.as_bytes(), &found), None);
    }
    for other in [
        r#""requestItems":{"orders":[{"id":"a","count":7,"is":false}],"prices":null}"#,
        r#""requestItems":{"orders":[{"id":"a","count":"7","is":true}],"prices":null}"#,
        r#""requestItems":{"orders":[{"id":"a","count":7,"is":true},{}],"prices":null}"#,
    ] {
        assert_eq!(shapes.find(nested(other).as_bytes(), &mut Vec::new()), None, "{other}");
    }
}

#[test]
fn what_stands_for_another_record_has_no_shape() {
    for (from, to) in [
        ("\"sharedEventID\":null", "\"addendum\":{\"reason\":\"x\"}"),
        ("\"sharedEventID\":null", "\"addendum\":null"),
        ("\"sharedEventID\":null", "\"shared\\u0045ventID\":null"),
    ] {
        let text = RECORD.replacen(from, to, 1);
        let mut shapes = knowing(&text);
        assert_eq!(shapes.find(text.as_bytes(), &mut Vec::new()), None, "{to}");
    }
}

#[test]
fn a_shape_that_would_be_read_otherwise_is_not_kept() {
    let mut shapes = Shapes::default();
    let other = RECORD.replace("in/a.json", "in/b.json");
    // Told that the text means something else, it takes back what it learnt.
    completely(&other, |record| shapes.learn(RECORD.as_bytes(), &record));
    assert_eq!(shapes.find(RECORD.as_bytes(), &mut Vec::new()), None);
    learn(&mut shapes, RECORD);
    assert!(is_known(&mut shapes, RECORD));
}

#[test]
fn past_a_bound_all_is_forgotten_and_learnt_anew() {
    let mut shapes = knowing(RECORD);
    let mut largest = 0;
    for number in 0..2000 {
        let text = RECORD.replace("GetObject", &format!("Get{number}"));
        learn(&mut shapes, &text);
        assert!(is_known(&mut shapes, &text), "{number}");
        largest = largest.max(shapes.nodes.len());
    }
    assert!(largest > NODES && largest < NODES + HOLES_OF_RECORD);
    assert!(!is_known(&mut shapes, RECORD));
    let numbers = shapes.count;
    learn(&mut shapes, RECORD);
    assert!(shapes.count > numbers, "no number is given twice");
}

/// More than RECORD has.
const HOLES_OF_RECORD: usize = 100;
