//! What a trail could have shown, as a table; and how event selectors are read.

use super::*;
use crate::evidence::{
    CallCount, CallKey, ObservedCall, ObservedFunction, ObservedResource, Outcome,
};
use crate::iam::Pattern;

const ACCOUNT: &str = "111122223333";
const BUCKET: &str = "arn:aws:s3:::acme-receipts";
const OBJECT: &str = "arn:aws:s3:::acme-receipts/in/1.csv";
const OBJECTS: &str = "arn:aws:s3:::acme-receipts/*";
const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:jobs";
const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-Ab12Cd";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// `action[@operation] resource region [day [account]]`; `-` is no resource.
fn call(text: &str) -> ObservedCall {
    let mut words = text.split_whitespace();
    let (action, resource, region) =
        (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    let day = words.next().unwrap_or("01");
    let account = words.next().unwrap_or(ACCOUNT);
    let time = format!("2026-11-{day}T00:00:00Z");
    let (action, named) = match action.split_once('@') {
        Some((action, operation)) => (action, Some(operation)),
        None => (action, None),
    };
    let operation = match named.unwrap_or(action.split_once(':').unwrap().1) {
        "InvokeFunction" => "Invoke",
        "ListBucket" => "ListObjectsV2",
        other => other,
    };
    ObservedCall {
        key: CallKey {
            role: format!("arn:aws:iam::{account}:role/somebody").parse().unwrap(),
            function: ObservedFunction::Unknown,
            action: action.parse().unwrap(),
            operation: operation.into(),
            resource: match resource {
                "-" => ObservedResource::None,
                arn => ObservedResource::Arn(arn.parse().unwrap()),
            },
            resource_account: None,
            region: region.parse().unwrap(),
            via: None,
            outcome: Outcome::Succeeded,
            refusal: None,
        },
        count: CallCount::one(&time, "e"),
    }
}

/// Since which day, or why not.
fn sight(trail: &[&str], selectors: &Selectors, action: &str, resource: &str) -> String {
    let calls: Vec<ObservedCall> = trail.iter().map(|text| call(text)).collect();
    let recording = Recording::of(&calls, Catalog::embedded());
    let account = ACCOUNT.parse().unwrap();
    let sight = Sight {
        catalog: Catalog::embedded(),
        recording: &recording,
        selectors,
        account: Some(&account),
    };
    let resource = ArnPattern::new(Pattern::parse(resource, true));
    match sight.of(&action.parse().unwrap(), &resource) {
        Ok(since) => since[8..10].to_owned(),
        Err(Hidden::NoDataEvents { direction, .. }) => {
            format!("no data events {}", direction.words())
        }
        Err(Hidden::ManyContainers { .. }) => "many".to_owned(),
        Err(Hidden::NoManagementEvents { direction, region }) => {
            format!(
                "no management events {} {}",
                direction.words(),
                region.as_deref().unwrap_or("-")
            )
        }
        Err(other) => format!("{other:?}").split(' ').next().unwrap().to_owned(),
    }
}

#[test]
fn each_container_tells_for_itself_each_way_for_itself() {
    let table = |call: &str, day: &str| format!("{call} {TABLE} eu-west-1 {day}");
    let (get, put) = (table("dynamodb:GetItem", "03"), table("dynamodb:PutItem", "05"));
    let object = |call: &str, day: &str| format!("{call} {OBJECT} eu-west-1 {day}");
    let (read, written) = (object("s3:GetObjectTagging", "02"), object("s3:PutObject", "04"));
    let (get, put, read, written) = (&*get, &*put, &*read, &*written);
    let receive = &*format!("sqs:ReceiveMessage {QUEUE} eu-west-1 09");
    // What a copy reads is recorded as what it writes.
    let copy = &*object("s3:GetObject", "08").replace("s3:GetObject", "s3:GetObject@CopyObject");
    let other = TABLE.replace("orders", "bills");
    let cases: &[(&[&str], &str, &str, &str)] = &[
        (&[get], "dynamodb:Query", TABLE, "03"),
        (&[get], "dynamodb:UpdateItem", TABLE, "no data events write"),
        (&[put], "dynamodb:UpdateItem", TABLE, "05"),
        (&[put], "dynamodb:Query", TABLE, "no data events read"),
        (&[get, put], "dynamodb:ConditionCheckItem", TABLE, "05"),
        (&[get], "dynamodb:ConditionCheckItem", TABLE, "no data events read,write"),
        (&[get], "dynamodb:Query", &other, "no data events read"),
        (&[get], "dynamodb:Query", "arn:aws:dynamodb:eu-west-1:111122223333:table/o*", "many"),
        // A copy reads an object and is recorded as writing.
        (&[read], "s3:GetObject", OBJECTS, "no data events read,write"),
        (&[read, written], "s3:GetObject", OBJECTS, "04"),
        (&[read], "s3:ListBucket", BUCKET, "02"),
        // The very call tells whichever way it goes, if no other call needs the same action.
        (&[receive], "sqs:ReceiveMessage", QUEUE, "09"),
        (&[copy], "s3:GetObject", OBJECTS, "no data events read,write"),
        (&[copy], "s3:GetObjectAcl", OBJECTS, "no data events read"),
        (&[], "dynamodb:Query", TABLE, "no data events read"),
    ];
    for (trail, action, resource, expected) in cases {
        let found = sight(trail, &Selectors::default(), action, resource);
        assert_eq!(found, *expected, "{trail:?} {action} {resource}");
    }
}

#[test]
fn management_events_tell_for_their_region_and_way_only() {
    let read = "ssm:GetParameter arn:aws:ssm:eu-west-1:111122223333:parameter/x eu-west-1 02";
    let written = "sns:CreateTopic arn:aws:sns:eu-west-1:111122223333:t eu-west-1 03";
    let far = "ssm:GetParameter arn:aws:ssm:us-east-2:111122223333:parameter/x us-east-2 04";
    let topic = "arn:aws:sns:eu-west-1:111122223333:t";
    let far_secret = SECRET.replace("eu-west-1", "us-east-2");
    let virginia = SECRET.replace("eu-west-1", "us-east-1");
    let data = format!("dynamodb:GetItem {TABLE} eu-west-1");
    let cases: &[(&[&str], &str, &str, &str)] = &[
        (&[read], "secretsmanager:GetSecretValue", SECRET, "02"),
        (
            &[read],
            "secretsmanager:GetSecretValue",
            &far_secret,
            "no management events read us-east-2",
        ),
        (&[read, far], "secretsmanager:GetSecretValue", &far_secret, "04"),
        (
            &[written],
            "secretsmanager:GetSecretValue",
            SECRET,
            "no management events read eu-west-1",
        ),
        (&[read], "sns:DeleteTopic", topic, "no management events write eu-west-1"),
        (&[read, written], "sns:DeleteTopic", topic, "03"),
        // A trail of data events alone.
        (&[&data], "secretsmanager:GetSecretValue", SECRET, "no management events read eu-west-1"),
        // Global services report us-east-1 and tell nothing of it.
        (
            &["iam:GetRole arn:aws:iam::111122223333:role/r us-east-1", read],
            "secretsmanager:GetSecretValue",
            &virginia,
            "no management events read us-east-1",
        ),
        (
            &["sts:AssumeRole arn:aws:iam::111122223333:role/r us-east-1", read],
            "secretsmanager:GetSecretValue",
            &virginia,
            "no management events read us-east-1",
        ),
        // Without a Region in the ARN a trail of several is asked for.
        (&[read], "s3:ListAllMyBuckets", "*", "RegionOpen"),
        (&[read, far], "s3:ListAllMyBuckets", "*", "04"),
        (&[read], "ssm:GetParameter", "arn:aws:ssm:*:111122223333:parameter/x", "RegionOpen"),
        // KMS may be left out.
        (&[read], "kms:Decrypt", KEY, "Excludable"),
        (&[&format!("kms:GenerateDataKey {KEY} eu-west-1 07")], "kms:Decrypt", KEY, "07"),
    ];
    for (trail, action, resource, expected) in cases {
        let found = sight(trail, &Selectors::default(), action, resource);
        assert_eq!(found, *expected, "{trail:?} {action} {resource}");
    }
}

#[test]
fn what_is_never_recorded_or_not_documented_is_never_visible() {
    let log = "arn:aws:logs:eu-west-1:111122223333:log-group:g:*";
    let put = "logs:PutLogEvents arn:aws:logs:eu-west-1:111122223333:log-group:g eu-west-1";
    let read = "ssm:GetParameter arn:aws:ssm:eu-west-1:111122223333:parameter/x eu-west-1";
    for (action, resource, expected) in [
        ("logs:PutLogEvents", log, "Never"),
        ("iam:PassRole", "arn:aws:iam::111122223333:role/r", "Never"),
        ("ec2:RunInstances", "*", "Undocumented"),
        ("events:PutEvents", "arn:aws:events:eu-west-1:111122223333:event-bus/b", "Undocumented"),
        ("nosuch:Thing", "*", "Undocumented"),
    ] {
        let found = sight(&[put, read], &Selectors::default(), action, resource);
        assert_eq!(found, expected, "{action}");
    }
}

#[test]
fn another_account_tells_nothing_about_ours() {
    let trail = [format!("dynamodb:GetItem {TABLE} eu-west-1 01 444455556666")];
    let found = sight(&[&trail[0]], &Selectors::default(), "dynamodb:GetItem", TABLE);
    assert_eq!(found, "no data events read");
}

fn words(text: &str) -> Selectors {
    Selectors::from_words(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn words_state_which_data_events_there_are() {
    let trail = ["ssm:GetParameter arn:aws:ssm:eu-west-1:111122223333:parameter/x eu-west-1 02"];
    let all = "s3:read,write:arn:aws:s3:::acme-receipts/";
    for (stated, action, resource, expected) in [
        (all, "s3:GetObject", OBJECTS, "02"),
        (all, "s3:ListBucket", BUCKET, "02"),
        (all, "s3:GetObject", "arn:aws:s3:::acme-receipts-2/*", "no data events read,write"),
        ("s3:read:arn:aws:s3:::acme-receipts/", "s3:PutObject", OBJECTS, "no data events write"),
        (
            "s3:read,write:arn:aws:s3:::acme-receipts/in/",
            "s3:PutObject",
            OBJECTS,
            "no data events write",
        ),
        (
            "s3:read,write:arn:aws:s3:::acme-receipts/in/",
            "s3:PutObject",
            "arn:aws:s3:::acme-receipts/in/*",
            "02",
        ),
        ("s3:read,write", "s3:PutObject", "arn:aws:s3:::*", "02"),
        ("s3:read,write", "s3:PutObject", "arn:aws:s3:::acme-*/in/*", "02"),
        ("dynamodb:write", "dynamodb:PutItem", TABLE, "02"),
        ("dynamodb:write", "dynamodb:PutItem", "arn:aws:dynamodb:*:*:table/*", "02"),
        (
            "AWS::DynamoDB::Table:write:arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
            "dynamodb:PutItem",
            TABLE,
            "02",
        ),
        (
            "dynamodb:write:arn:aws:dynamodb:eu-west-1:111122223333:table/*",
            "dynamodb:PutItem",
            TABLE,
            "02",
        ),
        (
            "dynamodb:write:arn:aws:dynamodb:eu-west-1:111122223333:table/o",
            "dynamodb:PutItem",
            TABLE,
            "no data events write",
        ),
    ] {
        assert_eq!(sight(&trail, &words(stated), action, resource), expected, "{stated} {action}");
    }
}

#[test]
fn words_of_another_form_are_refused() {
    for bad in [
        "",
        "s3",
        "s3:",
        "s3:delete",
        "s3:read;write",
        "sthree:read",
        "AWS::S3::Object",
        "s3:read:acme-receipts",
        "s3:read:arn:aws:s3:::acme-*/x",
    ] {
        assert!(Selectors::from_words(bad).is_err(), "{bad}");
    }
}

/// What `aws cloudtrail get-event-selectors` prints.
fn printed(member: &str, selector: &str) -> String {
    format!(
        r#"{{"TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/t","{member}":[{selector}]}}"#
    )
}

const NEAR: &str = "ssm:GetParameter arn:aws:ssm:eu-west-1:111122223333:parameter/x eu-west-1 02";
const FAR: &str = "ssm:GetParameter arn:aws:ssm:us-east-2:111122223333:parameter/x us-east-2 04";

fn of_json(json: &str, trail: &[&str], action: &str, resource: &str) -> String {
    let (selectors, findings) = Selectors::from_json(json, "s.json").unwrap();
    assert!(findings.is_empty(), "{findings:?}");
    sight(trail, &selectors, action, resource)
}

#[test]
fn basic_selectors_are_read_as_aws_prints_them() {
    let data = r#"{"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[
        {"Type":"AWS::S3::Object","Values":["arn:aws:s3:::acme-receipts/"]},
        {"Type":"AWS::Lambda::Function","Values":["arn:aws:lambda"]},
        {"Type":"AWS::DynamoDB::Table","Values":["arn:aws:dynamodb:eu-west-1:111122223333:table/orders"]}],
        "ExcludeManagementEventSources":["kms.amazonaws.com"]}"#;
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:f";
    let far = "arn:aws:lambda:us-east-2:111122223333:function:f";
    let other = TABLE.replace("orders", "orders-2");
    let json = printed("EventSelectors", data);
    for (trail, action, resource, expected) in [
        // A bucket may be in any Region; the trail is known to be of one.
        (&[NEAR][..], "s3:GetObject", OBJECTS, "no data events read,write"),
        (&[NEAR, FAR][..], "s3:GetObject", OBJECTS, "02"),
        (&[NEAR][..], "lambda:InvokeFunction", function, "02"),
        (&[NEAR][..], "lambda:InvokeFunction", far, "no data events write"),
        (&[NEAR, FAR][..], "lambda:InvokeFunction", far, "02"),
        (&[NEAR][..], "dynamodb:PutItem", TABLE, "02"),
        (&[NEAR][..], "dynamodb:PutItem", &other, "no data events write"),
        (&[NEAR][..], "sns:DeleteTopic", "arn:aws:sns:eu-west-1:111122223333:t", "02"),
        (&[NEAR][..], "kms:Decrypt", KEY, "Excludable"),
    ] {
        assert_eq!(of_json(&json, trail, action, resource), expected, "{action} {resource}");
    }
    let read = printed("EventSelectors", r#"{"ReadWriteType":"ReadOnly"}"#);
    let topic = "arn:aws:sns:eu-west-1:111122223333:t";
    assert_eq!(
        of_json(&read, &[NEAR], "sns:DeleteTopic", topic),
        "no management events write eu-west-1"
    );
    let none = printed(
        "EventSelectors",
        r#"{"ReadWriteType":"All","IncludeManagementEvents":false,"DataResources":[]}"#,
    );
    assert_eq!(
        of_json(&none, &[NEAR], "sns:DeleteTopic", topic),
        "no management events write eu-west-1"
    );
}

/// An advanced selector of these fields: `field operator value,value`.
fn advanced(fields: &[&str]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|field| {
            let mut words = field.split_whitespace();
            let (name, operator) = (words.next().unwrap(), words.next().unwrap());
            let values: Vec<String> =
                words.next().unwrap().split(',').map(|value| format!("\"{value}\"")).collect();
            format!(r#"{{"Field":"{name}","{operator}":[{}]}}"#, values.join(","))
        })
        .collect();
    printed(
        "AdvancedEventSelectors",
        &format!(r#"{{"Name":"n","FieldSelectors":[{}]}}"#, fields.join(",")),
    )
}

#[test]
fn advanced_selectors_take_what_all_of_their_fields_take() {
    let data = "eventCategory Equals Data";
    let table = "resources.type Equals AWS::DynamoDB::Table";
    for (fields, action, expected) in [
        (&[data, table][..], "dynamodb:PutItem", "02"),
        (&[data, table, "readOnly Equals false"][..], "dynamodb:PutItem", "02"),
        (&[data, table, "readOnly Equals true"][..], "dynamodb:PutItem", "no data events write"),
        (&[data, table, "readOnly Equals true,false"][..], "dynamodb:ConditionCheckItem", "02"),
        (
            &[data, table, "resources.ARN StartsWith arn:aws:dynamodb:eu-west-1:"][..],
            "dynamodb:PutItem",
            "02",
        ),
        (&[data, table, "resources.ARN EndsWith table/orders"][..], "dynamodb:PutItem", "02"),
        (
            &[data, table, "resources.ARN NotEndsWith table/orders"][..],
            "dynamodb:PutItem",
            "no data events write",
        ),
        (
            &[data, table, "resources.ARN NotStartsWith arn:aws:dynamodb:us-"][..],
            "dynamodb:PutItem",
            "02",
        ),
        (
            &[
                data,
                table,
                "resources.ARN NotEquals arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
            ][..],
            "dynamodb:PutItem",
            "no data events write",
        ),
        // Another operation that needs the same action is not taken.
        (
            &[data, table, "eventName Equals PutItem"][..],
            "dynamodb:PutItem",
            "no data events write",
        ),
        (
            &[data, table, "eventName Equals PutItem,TransactWriteItems,BatchWriteItem"][..],
            "dynamodb:PutItem",
            "02",
        ),
        (&[data, table, "eventName NotEquals Scan"][..], "dynamodb:PutItem", "02"),
        (
            &[data, "resources.type Equals AWS::S3::Object"][..],
            "dynamodb:PutItem",
            "no data events write",
        ),
        (&["eventCategory Equals Management"][..], "dynamodb:PutItem", "no data events write"),
    ] {
        let found = of_json(&advanced(fields), &[NEAR], action, TABLE);
        assert_eq!(found, expected, "{fields:?} {action}");
    }
    let management = advanced(&["eventCategory Equals Management"]);
    let topic = "arn:aws:sns:eu-west-1:111122223333:t";
    assert_eq!(of_json(&management, &[NEAR], "sns:DeleteTopic", topic), "02");
    let without =
        advanced(&["eventCategory Equals Management", "eventSource NotEquals kms.amazonaws.com"]);
    assert_eq!(of_json(&without, &[NEAR], "sns:DeleteTopic", topic), "02");
    assert_eq!(of_json(&without, &[NEAR], "kms:Decrypt", KEY), "Excludable");
    assert_eq!(of_json(&management, &[NEAR], "kms:Decrypt", KEY), "02");
    let only =
        advanced(&["eventCategory Equals Management", "eventSource Equals sns.amazonaws.com"]);
    assert_eq!(
        of_json(&only, &[NEAR], "sns:DeleteTopic", topic),
        "no management events write eu-west-1"
    );
}

#[test]
fn a_selector_that_is_not_understood_counts_for_nothing_and_is_said() {
    let unknown = [
        advanced(&[
            "eventCategory Equals Data",
            "resources.type Equals AWS::S3::Object",
            "userIdentity.arn Equals x",
        ]),
        advanced(&[
            "eventCategory Equals Data",
            "resources.type Equals AWS::S3::Object",
            "readOnly Like x",
        ]),
        advanced(&[
            "eventCategory Equals Data",
            "resources.type Equals AWS::S3::Object",
            "readOnly Equals maybe",
        ]),
        advanced(&["eventCategory NotEquals Data"]),
        advanced(&["eventCategory Equals Data"]),
        advanced(&["resources.type Equals AWS::S3::Object"]),
        printed("AdvancedEventSelectors", r#"{"FieldSelectors":[{"Field":"eventCategory"}]}"#),
        printed("AdvancedEventSelectors", r#"{"Selectors":[]}"#),
        printed("EventSelectors", r#"{"ReadWriteType":"Some"}"#),
        printed("EventSelectors", r#"{"ReadWriteType":"All","Sampling":0.5}"#),
        printed("EventSelectors", r#"{"IncludeManagementEvents":"yes"}"#),
        printed(
            "EventSelectors",
            r#"{"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::b"]}]}"#,
        ),
        printed("EventSelectors", r#"{"DataResources":[{"Type":"AWS::S3::Object","Values":[1]}]}"#),
        printed("EventSelectors", "7"),
    ];
    for json in unknown {
        let (selectors, findings) = Selectors::from_json(&json, "s.json").unwrap();
        assert_eq!(findings.len(), 1, "{json}");
        assert_eq!(findings[0].code, crate::finding::Code::SelectorNotUnderstood);
        let found = sight(&[NEAR, FAR], &selectors, "s3:GetObject", OBJECTS);
        assert_eq!(found, "no data events read,write", "{json}");
    }
    for no_selectors in ["", "{}", "[]", r#"{"EventSelectors":{}}"#, r#"{"EventSelectors":null}"#] {
        assert!(Selectors::from_json(no_selectors, "s.json").is_err(), "{no_selectors}");
    }
}

#[test]
fn selectors_of_two_trails_are_taken_together() {
    let first = words("dynamodb:read");
    let second = words("dynamodb:write");
    let both = first.clone().and(second.clone());
    assert_eq!(both, second.and(first));
    assert_eq!(sight(&[NEAR], &both, "dynamodb:ConditionCheckItem", TABLE), "02");
}
