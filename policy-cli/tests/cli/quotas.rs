//! What a role has room for: inline and managed policies, and what `policy.toml` says of the account.

use std::fmt::Write as _;

use serde_json::Value;

use super::House;

/// A crate that declares so many queues, each by its name.
fn house(queues: usize) -> House {
    let mut source = "#[derive(AwsAccess)]\nstruct Access {\n".to_owned();
    let names: Vec<String> = (0..queues)
        .map(|number| {
            format!("\"order-events-of-the-shop-of-region-{number:04}-with-a-long-name\"")
        })
        .collect();
    let names = names.join(", ");
    writeln!(source, "    #[aws(sqs(SendMessage), on = [{names}])]\n    queues: Sqs,\n}}").unwrap();
    let manifest = "[package]\nname = \"orders\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    House::new(&[("Cargo.toml", manifest), ("src/main.rs", &source)])
}

const GENERATE: &str =
    "generate --crate . --role orders-exec --account 111122223333 --region eu-west-1";

fn json(house: &House) -> Value {
    let output = house.command(&format!("{GENERATE} --format json")).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn what_the_inline_policy_has_no_room_for_is_managed_and_said_so() {
    let house = house(200);
    let text = house.run(&format!("{GENERATE} --out out"));
    let said: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("characters,") || line.contains("managed policies"))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
      execution-role (inline): 10224 of 10240 characters, 16 left
      execution-role-2 (managed): 6120 of 6144 characters, 24 left
      execution-role-3 (managed): 4124 of 6144 characters, 2020 left
      trust-policy: 220 of 2048 characters, 1828 left
      managed policies: 2 generated, of 10; 8 left
    ");
    let of_documents = |made: &Value| -> Vec<(String, String)> {
        let sizes = made["functions"][0]["sizes"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        sizes.iter().map(|size| (text(&size["document"]), text(&size["kind"]))).collect()
    };
    let made = json(&house);
    let expected = [
        ("execution-role", "inline"),
        ("execution-role-2", "managed"),
        ("execution-role-3", "managed"),
        ("trust-policy", ""),
    ];
    let expected = expected.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
    assert_eq!(of_documents(&made), expected);
    let managed = serde_json::json!({ "generated": 2, "others": 0, "quota": 10, "headroom": 8 });
    assert_eq!(made["functions"][0]["managedPolicies"], managed);
    // Each entry of the evidence names the file that has its statement.
    let text = std::fs::read_to_string(house.path("out/orders/evidence.json")).unwrap();
    let evidence: Value = serde_json::from_str(&text).unwrap();
    for entry in evidence.as_array().unwrap() {
        let file = entry["document"]["file"].as_str().unwrap();
        let document = std::fs::read_to_string(house.path(&format!("out/orders/{file}"))).unwrap();
        assert!(document.contains(&format!("\"Sid\": {}", entry["sid"])), "{entry}");
        let kind = if file == "execution-role.json" { "inline" } else { "managed" };
        assert_eq!(entry["document"]["kind"], kind);
    }
    assert_eq!(house.exit(&format!("{GENERATE} --out out --check")), 0);
}

#[test]
fn a_role_that_needs_one_policy_says_nothing_of_others() {
    let house = house(3);
    let text = house.run(&format!("{GENERATE} --format human"));
    assert!(text.contains("execution-role (inline): "), "{text}");
    assert!(!text.contains("managed"), "{text}");
    assert!(!json(&house)["functions"][0]["evidence"].to_string().contains("\"document\""));
}

#[test]
fn policies_that_others_attached_leave_less_room() {
    let house = house(200);
    let with = |text: &str| house.write("policy.toml", text.as_bytes());
    with("[quotas]\nattached-policies = 8");
    let text = house.run(&format!("{GENERATE} --format human"));
    assert!(
        text.contains("managed policies: 2 generated, 8 attached already, of 10; 0 left"),
        "{text}"
    );
    with("[quotas]\nattached-policies = 8\n[functions.orders]\nattached-policies = 9");
    let failed = house.run(GENERATE);
    insta::assert_snapshot!(failed, @"
    exit 2
    --- stderr
    error[policy-over-quota]: function `orders`: the execution role needs 19348 characters without white space, and 19696 in parts that such policies can hold; it has room for 16384, which are 10240 inline and 1 managed policy of 6144 each, since 9 of the 10 that may be attached are attached already: 3312 too many; the largest statements are `SqsSendMessageOrderEventsOfTheShopOfRegi6b5e9d46` (18915), `PlatformLogsWriteAwsLambdaOrders` (215), `PlatformLogsCreateLogGroupAwsLambdaOrders` (177)
    help: have the account's quota of managed policies per role raised to 11 and write `managed-policies-per-role = 11` under `[quotas]` in policy.toml, or detach 1 of the 9 policies that are attached already, or declare one pattern for the 200 resources of `SqsSendMessageOrderEventsOfTheShopOfRegi6b5e9d46`, or divide the function
    ");
    with("[quotas]\nmanaged-policies-per-role = 11\n[functions.orders]\nattached-policies = 9");
    let text = house.run(&format!("{GENERATE} --format human"));
    assert!(text.contains("2 generated, 9 attached already, of 11; 0 left"), "{text}");
}

#[test]
fn the_pipeline_says_which_managed_policies_no_duty_makes() {
    let said = |queues| {
        let house = house(queues);
        let line = "generate --crate . --account 111122223333 --region eu-west-1 --emit pipeline --format json";
        let output = house.command(line).output().unwrap();
        let made: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = made["findings"].as_array().unwrap().clone();
        let of_policies = findings.into_iter().filter_map(|finding| {
            let message = finding["message"].as_str()?.to_owned();
            (finding["code"] == "pipeline-incomplete" && message.contains("managed"))
                .then_some(message)
        });
        of_policies.collect::<Vec<String>>()
    };
    assert_eq!(
        said(200),
        [
            "the duty `policy` lacks what makes and attaches the managed policies of `orders` (2 beside the inline one)"
        ]
    );
    assert!(said(3).is_empty());
}
