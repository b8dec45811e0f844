//! Roles that several functions share: their folder, `--check`, JSON, and what happens when they are separated.

use super::House;

const GENERATE: &str =
    "generate --crate shop --config policy.toml --account 111122223333 --region eu-west-1";

const MAIN: &str = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "orders", invoked_by(events("rule/nightly")), polls(sqs("jobs")))]
struct Orders {
    #[aws(dynamodb(GetItem, PutItem), on = "table/orders")]
    orders: OrdersTable,
}

#[derive(AwsAccess)]
#[aws(function = "bills")]
struct Bills {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: BillsTable,
}

fn main() {}
"#;

const SHARED: &str = "[functions.orders]\nfunction-name = \"orders\"\nrole = \"arn:aws:iam::111122223333:role/lambda/shop-exec\"\n[functions.bills]\nfunction-name = \"bills\"\nrole = \"arn:aws:iam::111122223333:role/lambda/shop-exec\"\n";

fn house() -> House {
    House::new(&[
        (
            "shop/Cargo.toml",
            "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\npolicy-macros = \"0.1\"\n",
        ),
        ("shop/src/main.rs", MAIN),
        ("policy.toml", SHARED),
    ])
}

/// Every file below `dir`.
fn files(house: &House, dir: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut open = vec![house.path(dir)];
    while let Some(path) = open.pop() {
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => {
                    let name = path.strip_prefix(house.path(dir)).unwrap();
                    files.push(name.display().to_string().replace('\\', "/"));
                }
            }
        }
    }
    files.sort();
    files
}

fn json(house: &House, line: &str) -> serde_json::Value {
    let output = house.command(line).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_shared_role_has_a_folder_of_its_own_and_its_functions_keep_theirs() {
    let house = house();
    assert_eq!(house.exit(&format!("{GENERATE} --out policies")), 0);
    assert_eq!(
        files(&house, "policies"),
        [
            "orders/resource-policy.json",
            "roles/shop-exec/evidence.json",
            "roles/shop-exec/execution-role.json",
            "roles/shop-exec/trust-policy.json",
        ]
    );
    let evidence =
        std::fs::read_to_string(house.path("policies/roles/shop-exec/evidence.json")).unwrap();
    let evidence: serde_json::Value = serde_json::from_str(&evidence).unwrap();
    let of: Vec<&str> =
        evidence.as_array().unwrap().iter().map(|it| it["function"].as_str().unwrap()).collect();
    assert!(of.contains(&"orders") && of.contains(&"bills"), "{of:?}");
    assert_eq!(house.exit(&format!("{GENERATE} --out policies --check")), 0);
    let policy = "policies/roles/shop-exec/execution-role.json";
    let changed = std::fs::read_to_string(house.path(policy)).unwrap().replace("PutItem", "*");
    house.write(policy, changed.as_bytes());
    let found = house.run(&format!("{GENERATE} --out policies --check"));
    assert!(found.starts_with("exit 1"), "{found}");
    assert!(found.contains("roles/shop-exec/execution-role.json: differs"), "{found}");
}

#[test]
fn what_separating_a_role_would_remove_is_said() {
    let found = house().run(&format!("{GENERATE} --out policies"));
    let said: Vec<&str> = found.lines().filter(|line| line.contains("[role-shared]")).collect();
    insta::assert_snapshot!(said.join("\n"), @"warning[role-shared]: function `bills` may do what only others of role `shop-exec` need: `sqs:DeleteMessage` on `arn:aws:sqs:eu-west-1:111122223333:jobs` (of `orders`), `sqs:GetQueueAttributes` on `arn:aws:sqs:eu-west-1:111122223333:jobs` (of `orders`), `sqs:ReceiveMessage` on `arn:aws:sqs:eu-west-1:111122223333:jobs` (of `orders`)");
}

#[test]
fn json_has_the_documents_once() {
    let made = json(&house(), GENERATE);
    let functions = made["functions"].as_array().unwrap();
    for function in functions {
        assert_eq!(function["executionRole"], serde_json::json!([]));
        assert_eq!(function["trustPolicy"], serde_json::Value::Null);
        assert_eq!(function["evidence"], serde_json::json!([]));
    }
    assert!(functions[1]["resourcePolicies"][""].is_object(), "orders is invoked");
    let role = &made["roles"][0];
    assert_eq!(role["name"], "shop-exec");
    assert_eq!(role["functions"], serde_json::json!(["bills", "orders"]));
    let read: Vec<String> = role["executionRole"][0]["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|statement| statement["Action"] == "dynamodb:GetItem")
        .map(|statement| statement["Condition"]["ArnEquals"].to_string())
        .collect();
    assert_eq!(
        read,
        [
            r#"{"lambda:SourceFunctionArn":["arn:aws:lambda:eu-west-1:111122223333:function:bills","arn:aws:lambda:eu-west-1:111122223333:function:orders"]}"#
        ]
    );
}

#[test]
fn separated_functions_take_their_documents_back() {
    let house = house();
    assert_eq!(house.exit(&format!("{GENERATE} --out policies")), 0);
    let apart = SHARED.replacen("shop-exec", "orders-exec", 1);
    house.write("policy.toml", apart.as_bytes());
    let found = house.run(&format!("{GENERATE} --out policies --check"));
    assert!(found.contains("roles/shop-exec/execution-role.json: stale"), "{found}");
    assert_eq!(house.exit(&format!("{GENERATE} --out policies")), 0);
    let left = files(&house, "policies");
    assert!(left.contains(&"bills/execution-role.json".to_owned()), "{left:?}");
    assert!(left.iter().all(|file| !file.starts_with("roles/")), "{left:?}");
    // And together again.
    house.write("policy.toml", SHARED.as_bytes());
    assert_eq!(house.exit(&format!("{GENERATE} --out policies")), 0);
    assert_eq!(files(&house, "policies").len(), 4);
}

#[test]
fn one_of_them_alone_leaves_the_folder_of_the_role() {
    let house = house();
    assert_eq!(house.exit(&format!("{GENERATE} --out policies")), 0);
    assert_eq!(house.exit(&format!("{GENERATE} --out policies --function bills")), 0);
    let left = files(&house, "policies");
    assert!(left.contains(&"roles/shop-exec/execution-role.json".to_owned()), "{left:?}");
}

#[test]
fn a_function_cannot_be_called_like_the_folder_of_roles() {
    let house = house();
    house.write("shop/src/main.rs", MAIN.replace("\"bills\"", "\"roles\"").as_bytes());
    house.write("policy.toml", SHARED.replace("functions.bills", "functions.roles").as_bytes());
    let found = house.run(&format!("{GENERATE} --out policies"));
    assert!(found.starts_with("exit 2"), "{found}");
    assert!(found.contains("would be written to the folder of shared roles"), "{found}");
}

#[test]
fn the_proof_is_about_the_documents_that_are_written_for_the_role() {
    let house = house();
    let made = json(&house, &format!("{GENERATE} --prove"));
    let rows = |of: &serde_json::Value| -> Vec<String> {
        let rows = of["proof"]["rows"].as_array().into_iter().flatten();
        rows.map(|row| {
            let (claim, subject) =
                (row["claim"].as_str().unwrap(), row["subject"].as_str().unwrap());
            format!("{claim} {} {subject}", row["requests"])
        })
        .collect()
    };
    let (bills, orders) = (&made["functions"][0], &made["functions"][1]);
    // Their own documents are not written, so that only who invokes them is theirs to show.
    assert!(bills["proof"].is_null(), "{bills}");
    assert_eq!(rows(orders), ["invokes 5 `EventsRuleNightly`"]);
    assert_eq!(orders["proof"]["requests"], 0);
    let role = &made["roles"][0];
    let proved = rows(role);
    // Both need it, each with a request of its own.
    let item =
        "allowed 2 `dynamodb:GetItem` on `arn:aws:dynamodb:eu-west-1:111122223333:table/orders`";
    assert!(proved.contains(&item.to_owned()), "{proved:?}");
    for row in [
        "needed 2 the whole of `DynamodbGetItemOrders`",
        "needed 2 the value `arn:aws:lambda:eu-west-1:111122223333:function:bills` of `lambda:SourceFunctionArn` of `DynamodbGetItemOrders`",
        "needed 1 the whole of `DynamodbPutItemOrders`",
        "trusted 3 `LambdaMayAssume`",
    ] {
        assert!(proved.contains(&row.to_owned()), "{row} is not in {proved:?}");
    }
    assert_eq!(role["proof"]["requests"], 32);
    // Every statement of the document is proved, and no other.
    let statements = role["executionRole"][0]["Statement"].as_array().unwrap();
    let written: Vec<String> = statements
        .iter()
        .map(|it| format!("the whole of `{}`", it["Sid"].as_str().unwrap()))
        .collect();
    let whole: Vec<&str> =
        proved.iter().filter_map(|row| row.find("the whole").map(|at| &row[at..])).collect();
    assert_eq!(whole, written);
    let text = house.run(&format!("{GENERATE} --prove --format human"));
    assert!(
        text.contains("proof: 1 statement lets in who is named there, and nobody else"),
        "{text}"
    );
    assert!(text.contains("proof: 13 items of evidence, 32 requests allowed"), "{text}");
    assert_eq!(text.matches("[trust-condition-unverified]").count(), 1, "{text}");
}

#[test]
fn limits_are_held_against_the_documents_of_the_role() {
    let house = house();
    house.write(
        "narrow.json",
        br#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:*","dynamodb:*"],"Resource":"*"}]}"#,
    );
    let line = format!("{GENERATE} --boundary narrow.json");
    let text = house.run(&line);
    assert!(text.starts_with("exit 1"), "{text}");
    let output = house.command(&line).output().unwrap();
    let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let proof = &made["roles"][0]["proof"];
    assert_eq!(proof["within"], "within narrow.json");
    let blocked: Vec<&str> = proof["blocked"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["action"].as_str().unwrap())
        .collect();
    assert_eq!(blocked, ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]);
    assert!(made["functions"][1]["proof"]["within"].is_null(), "{made}");
    // Said once, of the role.
    let codes = |of: &serde_json::Value| of["findings"].to_string().contains("grant-ineffective");
    assert!(codes(&made["roles"][0]) && !codes(&made["functions"][1]), "{made}");
}
