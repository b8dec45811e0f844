//! Never seen, or cannot be seen: what the trail could have shown, from its own events and from what is said of it.

use super::{Event, House, evidence, findings, house};

const SOURCE: &str = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "orders")]
struct Access {
    #[aws(dynamodb(GetItem, Query, PutItem), on = "table/orders")]
    orders: Orders,
    #[aws(s3(PutObject), on = "acme-receipts/*")]
    receipts: Receipts,
    #[aws(secretsmanager(GetSecretValue), on = "secret:stripe-??????")]
    stripe: Stripe,
}

fn main() {}
"#;
const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
const RECEIPT: &str = "arn:aws:s3:::acme-receipts/1.pdf";
const OTHER: &str = "arn:aws:iam::111122223333:role/reports";
const HERE: &str =
    "generate --crate orders --account 111122223333 --region eu-west-1 --trail trail --out out";

fn verdicts(house: &House) -> Vec<String> {
    let short = |line: String| {
        let words: Vec<&str> = line.split(' ').collect();
        format!("{} {}", words[0], words[2])
    };
    evidence(house, "orders").into_iter().map(short).collect()
}

#[test]
fn an_access_that_cannot_be_seen_is_told_from_one_that_never_was() {
    let house = house(SOURCE, &[Event::data("dynamodb:GetItem", TABLE)]);
    let said = house.run(HERE);
    assert_eq!(
        verdicts(&house),
        [
            "dynamodb:GetItem confirmed",
            "dynamodb:PutItem unobservable",
            "dynamodb:Query declared-only",
            "s3:PutObject unobservable",
            "secretsmanager:GetSecretValue unobservable",
        ]
    );
    insta::assert_snapshot!(findings(&said, "declared-not-observed").join("\n"), @r#"
    note[declared-not-observed]: `dynamodb:Query` of `Access::orders` was not observed
    help: leave it out if no path needs it; say `keep = "reason"` if a rare one does
    "#);
    insta::assert_snapshot!(findings(&said, "declared-not-observable").join("\n"), @r"
    note[declared-not-observable]: `dynamodb:PutItem` of `Access::orders` cannot be seen: the trail does not show data events of `AWS::DynamoDB::Table` on `arn:aws:dynamodb:eu-west-1:111122223333:table/orders` (writing)
    help: let the trail record data events of `AWS::DynamoDB::Table` on `arn:aws:dynamodb:eu-west-1:111122223333:table/orders` (writing); if it does, say so with `--data-events AWS::DynamoDB::Table:write:arn:aws:dynamodb:eu-west-1:111122223333:table/orders`
    note[declared-not-observable]: `s3:PutObject` of `Access::receipts` cannot be seen: the trail does not show data events of `AWS::S3::Object` on `arn:aws:s3:::acme-receipts/` (writing)
    help: let the trail record data events of `AWS::S3::Object` on `arn:aws:s3:::acme-receipts/` (writing); if it does, say so with `--data-events AWS::S3::Object:write:arn:aws:s3:::acme-receipts/`
    note[declared-not-observable]: `secretsmanager:GetSecretValue` of `Access::stripe` cannot be seen: the trail does not show management events in eu-west-1 (reading)
    help: use a trail of all Regions that records management events, reading and writing
    ");
}

#[test]
fn what_other_roles_do_shows_what_the_trail_records() {
    let by_other = |event: Event| event.by(OTHER, "reports");
    let house = house(
        SOURCE,
        &[
            Event::data("dynamodb:GetItem", TABLE),
            by_other(Event::data("dynamodb:DeleteItem", TABLE)),
            by_other(Event::data("s3:DeleteObject", RECEIPT)),
            by_other(Event::management(
                "ssm:GetParameter",
                "arn:aws:ssm:eu-west-1:111122223333:parameter/x",
            )),
        ],
    );
    let said = house.run(HERE);
    assert_eq!(
        verdicts(&house),
        [
            "dynamodb:GetItem confirmed",
            "dynamodb:PutItem declared-only",
            "dynamodb:Query declared-only",
            "s3:PutObject declared-only",
            "secretsmanager:GetSecretValue declared-only",
        ]
    );
    assert_eq!(findings(&said, "declared-not-observable"), [""; 0]);
}

#[test]
fn a_trail_of_one_region_tells_nothing_of_another() {
    let far = SOURCE.replace(
        "secret:stripe-??????",
        "arn:aws:secretsmanager:us-east-2:111122223333:secret:stripe-??????",
    );
    let house = house(
        &far,
        &[
            Event::data("dynamodb:GetItem", TABLE),
            Event::management("ssm:GetParameter", "arn:aws:ssm:eu-west-1:111122223333:parameter/x")
                .by(OTHER, "r"),
            Event::management("iam:GetRole", "arn:aws:iam::111122223333:role/x")
                .by(OTHER, "r")
                .with("/awsRegion", "us-east-1"),
        ],
    );
    let said = house.run(HERE);
    let hidden = findings(&said, "declared-not-observable").join("\n");
    assert!(hidden.contains("`secretsmanager:GetSecretValue` of `Access::stripe` cannot be seen: the trail does not show management events in us-east-2 (reading)"), "{hidden}");
}

#[test]
fn what_is_said_with_data_events_counts() {
    let house = house(SOURCE, &[Event::data("dynamodb:GetItem", TABLE)]);
    house.run(&format!(
        "{HERE} --data-events s3:read,write:arn:aws:s3:::acme-receipts/ dynamodb:write"
    ));
    assert_eq!(
        verdicts(&house)[1..4],
        [
            "dynamodb:PutItem declared-only",
            "dynamodb:Query declared-only",
            "s3:PutObject declared-only"
        ]
    );
    house
        .write("orders/policy.toml", b"data-events = [\"s3:write:arn:aws:s3:::acme-receipts/\"]\n");
    house.run(HERE);
    assert_eq!(
        verdicts(&house)[1..4],
        [
            "dynamodb:PutItem unobservable",
            "dynamodb:Query declared-only",
            "s3:PutObject declared-only"
        ]
    );
}

#[test]
fn event_selectors_are_read_as_aws_prints_them() {
    let house = house(SOURCE, &[Event::data("dynamodb:GetItem", TABLE)]);
    let selectors = |table: &str| {
        format!(
            r#"{{"TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/t","AdvancedEventSelectors":[
            {{"Name":"management","FieldSelectors":[{{"Field":"eventCategory","Equals":["Management"]}}]}},
            {{"Name":"tables","FieldSelectors":[{{"Field":"eventCategory","Equals":["Data"]}},
             {{"Field":"resources.type","Equals":["AWS::DynamoDB::Table"]}},{table}]}}]}}"#
        )
    };
    house.write(
        "selectors.json",
        selectors(r#"{"Field":"readOnly","Equals":["false"]}"#).as_bytes(),
    );
    let said = house.run(&format!("{HERE} --data-events selectors.json"));
    assert_eq!(
        verdicts(&house)[1..],
        [
            "dynamodb:PutItem declared-only",
            "dynamodb:Query declared-only",
            "s3:PutObject unobservable",
            "secretsmanager:GetSecretValue declared-only",
        ],
        "{said}"
    );
    house.write(
        "selectors.json",
        selectors(r#"{"Field":"userIdentity.arn","Equals":["x"]}"#).as_bytes(),
    );
    let said = house.run(&format!("{HERE} --data-events selectors.json"));
    assert_eq!(verdicts(&house)[1], "dynamodb:PutItem unobservable");
    insta::assert_snapshot!(findings(&said, "selector-not-understood").join("\n"), @r"
    warning[selector-not-understood]: `AdvancedEventSelectors[1]` of `selectors.json` is left out: the field `userIdentity.arn` is not known
    help: what only it takes counts as not recorded
    ");
}

#[test]
fn what_is_no_statement_of_selectors_is_refused() {
    let house = house(SOURCE, &[Event::data("dynamodb:GetItem", TABLE)]);
    house.write("empty.json", b"{}");
    for (given, part) in [
        ("s3:delete", "`delete` is neither `read` nor `write`"),
        ("missing.json", "`missing.json` does not exist"),
        ("empty.json", "holds neither `EventSelectors` nor `AdvancedEventSelectors`"),
    ] {
        let said = house.run(&format!("{HERE} --data-events {given}"));
        assert!(said.starts_with("exit 2") && said.contains(part), "{said}");
    }
    house.write("orders/policy.toml", b"data-events = [\"s3\"]\nmin-window = \"soon\"\n");
    let said = house.run(HERE);
    assert!(
        said.starts_with("exit 2") && said.contains("`soon` is neither a number of days"),
        "{said}"
    );
}
