//! Whose call it is: credentials, then the session's name, then the role; facts about `userIdentity`.

use super::{ACCOUNT, Event, evidence, findings, house};

const ROLE: &str = "arn:aws:iam::111122223333:role/lambda/orders-exec";
const SOURCE: &str = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "orders")]
struct Access {
    #[aws(dynamodb(GetItem, PutItem, UpdateItem), on = "table/orders")]
    orders: Orders,
}

#[derive(AwsAccess)]
#[aws(function = "bills")]
struct BillsAccess {
    #[aws(dynamodb(GetItem, PutItem, UpdateItem), on = "table/orders")]
    orders: Orders,
}

fn main() {}
"#;
const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
const HERE: &str = "--account 111122223333 --region eu-west-1 --trail trail";

fn call(name: &str) -> Event {
    Event::data(&format!("dynamodb:{name}"), TABLE)
}

#[test]
fn two_functions_of_a_role_are_told_apart_by_credentials_and_by_the_sessions_name() {
    let house = house(
        SOURCE,
        &[
            call("GetItem"),
            call("GetItem").by(ROLE, "orders"),
            call("PutItem").by(ROLE, "orders"),
            call("UpdateItem").by(ROLE, "bills").issued("bills"),
            call("GetItem").by(ROLE, "bills"),
        ],
    );
    let said = house.run(&format!("generate --crate orders {HERE} --out out"));
    assert_eq!(
        evidence(&house, "orders"),
        [
            format!("dynamodb:GetItem {TABLE} confirmed issued"),
            format!("dynamodb:PutItem {TABLE} confirmed session"),
            format!("dynamodb:UpdateItem {TABLE} declared-only -"),
        ]
    );
    assert_eq!(
        evidence(&house, "bills"),
        [
            format!("dynamodb:GetItem {TABLE} confirmed session"),
            format!("dynamodb:PutItem {TABLE} declared-only -"),
            format!("dynamodb:UpdateItem {TABLE} confirmed issued"),
        ]
    );
    let shared = findings(&said, "role-shared").join("\n");
    for part in [
        "of function `orders` is also used by function `bills` (1 events), session `bills` (1 events)",
        "of its 3 events 1 by credentials, 2 by the session's name, 0 by the role alone",
        "of its 2 events 1 by credentials, 1 by the session's name, 0 by the role alone",
    ] {
        assert!(shared.contains(part), "{shared}");
    }
    let session = findings(&said, "function-by-session").join("\n");
    assert!(session.contains("by the name of the session alone: `dynamodb:PutItem`"), "{session}");
}

#[test]
fn functions_that_the_events_do_not_tell_apart_both_get_them_and_it_is_said() {
    let config =
        format!("[functions.orders]\nrole = \"{ROLE}\"\n[functions.bills]\nrole = \"{ROLE}\"\n");
    let house =
        house(SOURCE, &[call("GetItem").by(ROLE, "job-7"), call("PutItem").by(ROLE, "job-8")]);
    house.write("orders/policy.toml", config.as_bytes());
    let said = house.run(&format!("generate --crate orders {HERE} --out out"));
    for function in ["orders", "bills"] {
        assert_eq!(
            evidence(&house, function)[..2],
            [
                format!("dynamodb:GetItem {TABLE} confirmed session"),
                format!("dynamodb:PutItem {TABLE} confirmed session"),
            ],
            "{function}"
        );
    }
    let shared = findings(&said, "role-shared").join("\n");
    for (name, other) in [("orders", "bills"), ("bills", "orders")] {
        let wanted = format!(
            "function `{name}` shares role `{ROLE}` with `{other}`, and the events do not tell them apart; \
             of its 2 events 0 by credentials, 2 by the session's name, 0 by the role alone"
        );
        assert!(shared.contains(&wanted), "{shared}");
    }
}

#[test]
fn without_declarations_the_functions_of_a_role_are_told_apart_with_how_surely() {
    let house = house(
        SOURCE,
        &[
            call("GetItem"),
            call("GetItem").by(ROLE, "orders"),
            call("PutItem").by(ROLE, "bills").issued("bills"),
            call("PutItem").by(ROLE, "somebody"),
        ],
    );
    let said = house.run(&format!("generate {HERE} --out out"));
    let shared = findings(&said, "role-shared").join("\n");
    for part in [
        "`bills` (of its 1 event 1 by credentials, 0 by the session's name, 0 by the role alone)",
        "`orders` (of its 2 events 1 by credentials, 1 by the session's name, 0 by the role alone)",
        "others (1 events that no function can be named for)",
    ] {
        assert!(shared.contains(part), "{shared}");
    }
}

#[test]
fn an_arn_that_is_redacted_or_malformed_is_refused_by_its_name() {
    let issuer = "/userIdentity/sessionContext/sessionIssuer/arn";
    let scope = "/userIdentity/inScopeOf/credentialsIssuedTo";
    let house = house(
        SOURCE,
        &[
            call("GetItem"),
            call("PutItem").with(issuer, "arn:aws:iam::XXXXXXXXXXXX:role/orders-exec"),
            call("UpdateItem").with(scope, "arn:aws:lambda:eu-west-1:REDACTED:function:orders"),
        ],
    );
    let said = house.run(&format!("generate --crate orders --function orders {HERE} --out out"));
    assert_eq!(
        evidence(&house, "orders"),
        [
            format!("dynamodb:GetItem {TABLE} confirmed issued"),
            format!("dynamodb:PutItem {TABLE} declared-only -"),
            format!("dynamodb:UpdateItem {TABLE} confirmed session"),
        ]
    );
    let role = findings(&said, "trail-call-unattributed").join("\n");
    assert!(role.contains("`arn:aws:iam::XXXXXXXXXXXX:role/orders-exec`"), "{role}");
    let function = findings(&said, "trail-member-unusable").join("\n");
    assert!(function.contains("`arn:aws:lambda:eu-west-1:REDACTED:function:orders`"), "{function}");
}

#[test]
fn two_roles_of_one_name_are_told_apart_by_their_paths() {
    let other = format!("arn:aws:iam::{ACCOUNT}:role/batch/orders-exec");
    let house = house(SOURCE, &[call("GetItem"), call("PutItem").by(&other, "orders")]);
    let run = |role: &str| {
        house.run(&format!("generate --role {role} {HERE} --format json --merge observed"))
    };
    let (first, second) = (run("lambda/orders-exec"), run(&other));
    assert!(first.contains("dynamodb:GetItem") && !first.contains("dynamodb:PutItem"), "{first}");
    assert!(
        !second.contains("dynamodb:GetItem") && second.contains("dynamodb:PutItem"),
        "{second}"
    );
    let both = run("orders-exec");
    assert!(both.starts_with("exit 2") && both.contains("role/batch/orders-exec"), "{both}");
}
