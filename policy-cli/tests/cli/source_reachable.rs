//! `generate --crate` on a package that declares: what its source can call besides.

use serde_json::json;

use super::House;
use super::reachable::{HERE, call, grants};
use super::scan::{Fixture, LEGACY, V0};

const MANIFEST: &str = "[package]\nname = \"orders\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\naws-sdk-dynamodb = \"1\"\naws-sdk-glacier = \"1\"\naws-sdk-s3 = \"1\"\naws-sdk-sqs = \"1\"\npolicy-macros = \"0.1\"\n";

const DECLARED: &str = "use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem, Query), on = \"table/orders\")]
    orders: Orders,
}

fn main() {
    let access = Access::new(&config()).unwrap();
    access.orders.get_item().send();
    aws_sdk_sqs::Client::new(&config()).send_message().queue_url(outside()).send();
    outside().list_multipart_uploads().send();
}

fn unused(s3: &aws_sdk_s3::Client) {
    s3.get_object().send();
}
";

fn house() -> House {
    House::new(&[("orders/Cargo.toml", MANIFEST), ("orders/src/main.rs", DECLARED)])
}

#[test]
fn a_call_in_the_source_that_nobody_declared_is_said_and_an_absent_one_proves_nothing() {
    let text = house().run(&format!("generate --crate orders {HERE} --format human --out out"));
    let said: Vec<&str> = text.lines().filter(|line| line.contains("reachable")).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    warning[reachable-not-declared]: `SendMessage` of `sqs` can be called but is not declared; nothing of it is granted
    warning[reachable-not-declared]: this call is one of `glacier(ListMultipartUploads)`, `s3(ListMultipartUploads)`, since the type of the receiver is not told; none of them is declared
    ");
}

#[test]
fn an_observed_call_is_granted_when_the_source_can_make_it() {
    let house = house();
    let records = [
        call("dynamodb", "GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"),
        call("sqs", "SendMessage", "arn:aws:sqs:eu-west-1:111122223333:jobs"),
        call("s3", "GetObject", "arn:aws:s3:::acme-secret/a"),
    ];
    house.write("trail/a.json", json!({ "Records": records }).to_string().as_bytes());
    let line = format!("generate --crate orders --trail trail {HERE}");
    insta::assert_snapshot!(grants(&house, &line).join("\n"), @r"
    confirmed dynamodb:GetItem arn:aws:dynamodb:eu-west-1:111122223333:table/orders, reached 1
    declared-only dynamodb:Query arn:aws:dynamodb:eu-west-1:111122223333:table/orders, reached 0
    confirmed sqs:SendMessage arn:aws:sqs:eu-west-1:111122223333:jobs, reached 1
    ");
    let said = house.run(&format!("{line} --format human"));
    // Nobody knows what dependencies call, so it is not said that no code does.
    assert!(said.contains("error[observed-not-declared]: `s3:GetObject` was called once on `arn:aws:s3:::acme-secret/a` but is not declared; it is not granted\n"), "{said}");
    let strict = house.run(&format!("generate --crate orders {HERE} --merge declared -q"));
    assert!(strict.starts_with("exit 1") && strict.contains("`SendMessage` of `sqs`"), "{strict}");
    // The binary knows what the source leaves open, and says no call twice.
    house.write(
        "orders/bootstrap",
        &Fixture { symbols: &[LEGACY, V0], ..Fixture::default() }.bytes(),
    );
    let both = house
        .run(&format!("generate --crate orders --binary orders/bootstrap {HERE} --format human"));
    assert!(
        both.contains("warning[declared-not-reachable]: `Query` of `Access::orders`"),
        "{both}"
    );
    assert_eq!(both.matches("`SendMessage` of `sqs` can be called").count(), 1, "{both}");
}

#[test]
fn a_binary_that_no_declaration_is_for_is_no_function_but_its_calls_are_said() {
    let house = house();
    house.write(
        "orders/src/bin/seed.rs",
        b"fn main() { let c = aws_sdk_dynamodb::Client::new(&config()); c.get_item().send(); c.batch_write_item().send(); }",
    );
    let text = house.run(&format!("generate --crate orders {HERE} --format human"));
    assert!(text.contains("warning[reachable-not-declared]: binary target `seed` can call `dynamodb(BatchWriteItem)`, which is not declared"), "{text}");
    assert!(!text.contains("seed (role not known)"), "{text}");
}
