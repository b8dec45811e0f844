//! `generate --binary`: what the binary can call, against declarations and a trail.

use object::Architecture;
use serde_json::json;

use super::House;
use super::binary::{declaration, house, notes};
use super::scan::{Fixture, LEGACY, V0};

pub(super) const HERE: &str = "--account 111122223333 --region eu-west-1";

/// One call of the function `orders`, as a log file.
pub(super) fn call(service: &str, name: &str, arn: &str) -> serde_json::Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:orders",
            "arn": "arn:aws:sts::111122223333:assumed-role/orders-exec/orders",
            "accountId": "111122223333",
            "sessionContext": { "sessionIssuer": {
                "type": "Role",
                "arn": "arn:aws:iam::111122223333:role/orders-exec",
                "accountId": "111122223333",
            } },
            "inScopeOf": {
                "issuerType": "AWS::Lambda::Function",
                "credentialsIssuedTo": "arn:aws:lambda:eu-west-1:111122223333:function:orders",
            },
        },
        "eventTime": "2026-11-01T08:30:00Z",
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "eventID": format!("{service}-{name}"),
        "eventType": "AwsApiCall",
        "eventCategory": "Data",
        "managementEvent": false,
        "recipientAccountId": "111122223333",
        "resources": [{ "ARN": arn, "accountId": "111122223333" }],
    })
}

/// A trail with the calls of a table, of a queue, and one that no fixture can make.
fn trail(house: &House) {
    let records = [
        call("dynamodb", "GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"),
        call("sqs", "SendMessage", "arn:aws:sqs:eu-west-1:111122223333:jobs"),
        call("s3", "GetObject", "arn:aws:s3:::acme-secret/a"),
    ];
    house.write("trail/a.json", json!({ "Records": records }).to_string().as_bytes());
}

/// `verdict action resource` of every grant that Lambda itself does not need.
pub(super) fn grants(house: &House, line: &str) -> Vec<String> {
    let output = house.command(line).output().unwrap();
    let made: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let functions = made["functions"].as_array().unwrap();
    assert_eq!(functions.len(), 1);
    let entries = functions[0]["evidence"].as_array().unwrap().iter();
    let text = |entry: &serde_json::Value, name: &str| entry[name].as_str().unwrap().to_owned();
    entries
        .filter(|entry| entry["verdict"] != "platform")
        .map(|entry| {
            let parts = ["verdict", "action", "resource"].map(|name| text(entry, name));
            format!("{}, reached {}", parts.join(" "), entry["reachable"].as_array().unwrap().len())
        })
        .collect()
}

#[test]
fn an_observed_call_is_granted_when_the_binary_can_make_it() {
    let house = house();
    trail(&house);
    let notes = notes(&[declaration("orders", 3)]);
    let both = Fixture { symbols: &[LEGACY, V0], notes: &notes, ..Fixture::default() };
    house.write("bootstrap", &both.bytes());
    let line = format!("generate --binary bootstrap --trail trail {HERE}");
    assert_eq!(
        grants(&house, &line),
        [
            "confirmed dynamodb:GetItem arn:aws:dynamodb:eu-west-1:111122223333:table/orders, reached 1",
            "confirmed sqs:SendMessage arn:aws:sqs:eu-west-1:111122223333:jobs, reached 1",
        ]
    );
    let text = house.run(&format!("{line} --format human"));
    assert!(text.starts_with("exit 1"), "{text}");
    for part in [
        "warning[reachable-not-declared]: `SendMessage` of `sqs` can be called but is not declared; what the trail shows of it is granted",
        "error[observed-not-declared]: `s3:GetObject` was called once on `arn:aws:s3:::acme-secret/a` but is not declared, and no code of the function makes that call",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    // Without the code in the binary the same call is somebody else's.
    let one = Fixture { symbols: &[LEGACY], notes: &notes, ..Fixture::default() };
    house.write("bootstrap", &one.bytes());
    assert_eq!(grants(&house, &line).len(), 1);
}

#[test]
fn a_linked_call_that_nobody_declared_is_an_error_when_only_declarations_count() {
    let house = house();
    let notes = notes(&[declaration("orders", 3)]);
    for (symbols, exit) in [(&[LEGACY, V0][..], 1), (&[LEGACY], 0)] {
        house.write("bootstrap", &Fixture { symbols, notes: &notes, ..Fixture::default() }.bytes());
        let line = format!("generate --binary bootstrap {HERE} --merge declared -q");
        assert_eq!(house.exit(&line), exit, "{}", house.run(&line));
    }
}

#[test]
fn a_binary_without_declarations_is_a_function_of_its_own() {
    let house = House::new(&[]);
    trail(&house);
    let file = Fixture { symbols: &[LEGACY, V0], ..Fixture::default() };
    house.write("lambda/orders/bootstrap", &file.bytes());
    let alone = format!("generate --binary lambda/orders/bootstrap {HERE}");
    insta::assert_snapshot!(house.run(&format!("{alone} --format human --out out")), @r"
    exit 0
    --- stdout
    orders (role not known)
      verdict   seen  action                declared             resource
      platform     -  logs:CreateLogGroup   log of the function  arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders
      platform     -  logs:CreateLogGroup   log of the function  arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*
      platform     -  logs:CreateLogStream  log of the function  arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*
      platform     -  logs:PutLogEvents     log of the function  arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*
      4 grants: 4 platform
      execution-role (inline): 432 of 10240 characters, 9808 left
      trust-policy: 220 of 2048 characters, 1828 left
      written to out/orders
    --- stderr
    warning[access-section-missing]: `lambda/orders/bootstrap` holds no declared accesses
     --> lambda/orders/bootstrap
    help: declare them with `#[derive(AwsAccess)]` and build again; a stripped binary keeps them
    warning[function-name-assumed]: the log group is taken to be `/aws/lambda/orders`, since all that is known of the function is the name `orders`
    help: give the deployed function with `--function-name`, or its log group in policy.toml
    warning[resource-unknown]: `dynamodb:GetItem`, `sqs:SendMessage` can be called by the code, but a binary does not tell its resources; they are not granted
     --> lambda/orders/bootstrap
    help: declare the access with its resource, or give a trail that shows it
    note[trust-condition-unverified]: the trust policy asks for `aws:SourceAccount`, which AWS documents thinly
    help: deploy once and see that Lambda assumes the role
    ");
    assert_eq!(grants(&house, &alone), [""; 0]);
    let with = format!("{alone} --trail trail");
    assert_eq!(
        grants(&house, &with),
        [
            "confirmed dynamodb:GetItem arn:aws:dynamodb:eu-west-1:111122223333:table/orders, reached 1",
            "confirmed sqs:SendMessage arn:aws:sqs:eu-west-1:111122223333:jobs, reached 1",
        ]
    );
}

#[test]
fn evidence_names_the_binary_and_what_in_it_tells() {
    let house = house();
    let notes = notes(&[declaration("orders", 3)]);
    let literals = &["aws_sdk_dynamodb::operation::get_item"];
    let machine = Architecture::Aarch64;
    house.write(
        "bootstrap",
        &Fixture { machine, literals, notes: &notes, ..Fixture::default() }.bytes(),
    );
    let output = house.command(&format!("generate --binary bootstrap {HERE}")).output().unwrap();
    let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let entries = made["functions"][0]["evidence"].as_array().unwrap();
    let reached: Vec<_> =
        entries.iter().flat_map(|it| it["reachable"].as_array().unwrap()).collect();
    let expected = json!({
        "binary": "bootstrap",
        "source": "strings",
        "client": "dynamodb",
        "operation": "GetItem",
        "confidence": "likely",
    });
    assert_eq!(reached, [&expected]);
}

#[test]
fn a_binary_of_which_the_function_cannot_be_told_counts_for_none() {
    let house = house();
    let of = |function: &str| policy_core::evidence::Declaration {
        target: None,
        function: Some(function.into()),
        ..declaration("orders", 3)
    };
    house.write("policy.toml", b"trust-crates = [\"orders\"]\n");
    let records = notes(&[of("a"), of("b")]);
    house.write("x", &Fixture { symbols: &[V0], notes: &records, ..Fixture::default() }.bytes());
    let text = house.run(&format!("generate --binary x {HERE} --format human"));
    assert!(
        text.contains("warning[calls-unknown]: which function this binary is cannot be told"),
        "{text}"
    );
    assert!(!text.contains("reachable-not-declared"), "{text}");
}
