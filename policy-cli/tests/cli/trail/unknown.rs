//! Calls whose events do not tell the resource: reported, and granted only when asked for.

use super::{Event, evidence, findings, house};

const HERE: &str = "generate --trail trail --role orders-exec --merge observed";

fn calls() -> [Event; 2] {
    [
        Event::data("sqs:ReceiveMessage", "").with("/requestParameters", serde_json::Value::Null),
        Event::data("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:jobs"),
    ]
}

#[test]
fn a_call_without_a_resource_is_reported_and_not_granted() {
    let house = house("", &calls());
    let said = house.run(&format!("{HERE} --out out"));
    let told = findings(&said, "resource-unknown").join("\n");
    assert!(told.contains("`sqs:ReceiveMessage` was called once"), "{told}");
    assert!(told.contains("it is not granted"), "{told}");
    assert_eq!(
        evidence(&house, "orders"),
        ["sqs:SendMessage arn:aws:sqs:eu-west-1:111122223333:jobs observed-only issued"]
    );
}

#[test]
fn allow_unknown_grants_it_on_every_resource_of_its_kind_and_says_so() {
    let house = house("", &calls());
    let said = house.run(&format!("{HERE} --allow-unknown --out out"));
    let told = findings(&said, "resource-unknown").join("\n");
    assert!(told.contains("of its kind: `arn:aws:sqs:eu-west-1:111122223333:*`"), "{told}");
    assert_eq!(
        evidence(&house, "orders"),
        [
            "sqs:ReceiveMessage arn:aws:sqs:eu-west-1:111122223333:* observed-unknown issued",
            "sqs:SendMessage arn:aws:sqs:eu-west-1:111122223333:jobs observed-only issued",
        ]
    );
}
