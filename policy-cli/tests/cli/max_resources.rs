//! `generate --max-resources` and what a pattern is said to stand for.

use policy_core::synthesis::MAX_RESOURCES;

use super::House;

const GENERATE: &str = "generate --trail trail --account 111122223333 --region eu-west-1";

/// Reads of objects of one bucket.
fn trail<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    let records: Vec<String> = keys
        .into_iter()
        .enumerate()
        .map(|(id, key)| {
            format!(
                r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","principalId":"AROAEXAMPLE:orders","arn":"arn:aws:sts::111122223333:assumed-role/orders-exec/orders","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::111122223333:role/orders-exec","accountId":"111122223333","userName":"orders-exec"}},"attributes":{{"creationDate":"2026-11-01T08:00:00Z","mfaAuthenticated":"false"}}}},"inScopeOf":{{"issuerType":"AWS::Lambda::Function","credentialsIssuedTo":"arn:aws:lambda:eu-west-1:111122223333:function:orders"}}}},"eventTime":"2026-11-01T08:30:{id:02}Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","sourceIPAddress":"10.0.0.1","userAgent":"aws-sdk-rust","requestParameters":{{"bucketName":"acme","key":"{key}"}},"responseElements":null,"requestID":"r{id}","eventID":"00000000-0000-4000-8000-{id:012}","readOnly":true,"resources":[{{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::acme/{key}"}},{{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme"}}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data"}}"#
            )
        })
        .collect();
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

const KEYS: [&str; 6] = ["in/1.csv", "in/2.csv", "in/3.csv", "out/a.txt", "out/b.txt", "c.txt"];

fn house() -> House {
    House::new(&[("trail/a.json", &trail(KEYS))])
}

/// The object keys and patterns that `s3:GetObject` is allowed on.
fn granted(house: &House, more: &str) -> Vec<String> {
    let output = house.command(&format!("{GENERATE} {more}")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let evidence = made["functions"][0]["evidence"].as_array().unwrap();
    let resources = evidence.iter().filter(|entry| entry["action"] == "s3:GetObject");
    resources.map(|entry| entry["resource"].as_str().unwrap()[18..].to_owned()).collect()
}

#[test]
fn the_budget_comes_from_the_flag_then_the_function_then_every_function() {
    let house = house();
    let exact = ["c.txt", "in/*.csv", "out/a.txt", "out/b.txt"];
    assert_eq!(granted(&house, ""), exact);
    assert_eq!(granted(&house, "--max-resources 1"), ["*"]);
    let with = |text: &str| house.write("policy.toml", text.as_bytes());
    with("max-resources = 1");
    assert_eq!(granted(&house, "--config policy.toml"), ["*"]);
    with("max-resources = 1\n[functions.orders]\nmax-resources = 4");
    assert_eq!(granted(&house, "--config policy.toml"), exact);
    assert_eq!(granted(&house, "--config policy.toml --max-resources 1"), ["*"]);
    with("[functions.orders]\nmax-resources = 1");
    assert_eq!(granted(&house, "--config policy.toml"), ["*"]);
}

#[test]
fn a_budget_of_nothing_is_refused() {
    let house = house();
    insta::assert_snapshot!(house.run(&format!("{GENERATE} --max-resources 0")), @r"
    exit 2
    --- stderr
    error: invalid value '0' for '--max-resources <N>': expected a whole number from 1: what is observed needs at least one resource

    For more information, try '--help'.
    ");
    house.write("policy.toml", b"max-resources = 0\n[functions.orders]\nmax-resources = \"3\"");
    insta::assert_snapshot!(house.run(&format!("{GENERATE} --config policy.toml")), @r"
    exit 2
    --- stderr
    error: `max-resources`: expected a whole number from 1: what is observed needs at least one resource
     --> policy.toml:1:17
    error: `functions.orders.max-resources`: expected a whole number from 1: what is observed needs at least one resource
     --> policy.toml:3:17
    ");
}

#[test]
fn help_states_the_budget_that_is_used() {
    let output = house().command("generate --help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let about =
        help.split("--max-resources <N>").nth(1).unwrap().split("\n      --").next().unwrap();
    assert!(about.trim_end().ends_with(&format!("{MAX_RESOURCES} by default")), "{about}");
    let page = include_str!("../../../docs/policy-toml.md");
    assert!(page.contains(&format!("{MAX_RESOURCES} when nothing is said")));
}

#[test]
fn what_a_pattern_stands_for_is_in_the_evidence_and_in_the_table() {
    let house = house();
    assert_eq!(house.exit(&format!("{GENERATE} --out out")), 0);
    let written = std::fs::read_to_string(house.path("out/orders/evidence.json")).unwrap();
    let written: serde_json::Value = serde_json::from_str(&written).unwrap();
    let names: Vec<String> = written
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"] == "s3:GetObject")
        .map(|entry| entry["names"].to_string())
        .collect();
    let pattern = r#"{"count":3,"example":"arn:aws:s3:::acme/in/1.csv"}"#;
    assert_eq!(names, ["null", pattern, "null", "null"]);
    let page = include_str!("../../../docs/evidence.md");
    let example = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let example: serde_json::Value = serde_json::from_str(example).unwrap();
    let members = |entry: &serde_json::Value| -> Vec<String> {
        entry.as_object().unwrap().keys().cloned().collect()
    };
    let entry =
        written.as_array().unwrap().iter().find(|entry| entry["names"].is_object()).unwrap();
    assert_eq!(members(&example), members(entry));
    assert_eq!(members(&example["observed"]), members(&entry["observed"]));
    let output = house.command(&format!("{GENERATE} --format json")).output().unwrap();
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed["functions"][0]["evidence"], written);
    let table = house.run(&format!("{GENERATE} --format human -v"));
    let line = "stands for 3 observed names such as arn:aws:s3:::acme/in/1.csv";
    assert!(table.contains(line), "{table}");
}

#[test]
fn tenants_that_need_more_are_reported_with_what_to_declare() {
    let keys: Vec<String> = (0..30)
        .map(|i| format!("tenants/{}/{i}.csv", ["alfa", "bravo", "charlie"][i % 3]))
        .collect();
    let house = House::new(&[("trail/a.json", &trail(keys.iter().map(String::as_str)))]);
    let text = house.run(&format!("{GENERATE} --max-resources 2 --out out"));
    let finding = "\nwarning[resources-over-budget]: `s3:GetObject` gets 3 resources in `arn:aws:s3:::acme/`, where 2 should do: parts of the names tell tenants apart\nhelp: declare `arn:aws:s3:::acme/tenants/*/*.csv`, if that is meant, or set `--max-resources 3`";
    assert!(text.starts_with("exit 0\n") && text.contains(finding), "{text}");
    let raised = house.run(&format!("{GENERATE} --max-resources 3 --out out"));
    assert!(!raised.contains("resources-over-budget"), "{raised}");
}
