//! `generate`: what is written and printed, and every input that is refused.

use super::House;

const MANIFEST: &str = "[package]\nname = \"orders\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\npolicy-macros = \"0.1\"\n";

const MAIN: &str = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem, PutItem), on = "table/orders-{stage}")]
    orders: Orders,
}

fn main() {}
"#;

const HERE: &str = "--account 111122223333 --region eu-west-1";
const CRATE: &str =
    "generate --crate orders --param stage=prod --account 111122223333 --region eu-west-1";

/// One record of the function's role.
fn record(id: u32, name: &str, more: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","principalId":"AROAEXAMPLE:orders","arn":"arn:aws:sts::111122223333:assumed-role/orders-exec/orders","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::111122223333:role/lambda/orders-exec","accountId":"111122223333","userName":"orders-exec"}},"attributes":{{"creationDate":"2026-11-01T08:00:00Z","mfaAuthenticated":"false"}}}},"inScopeOf":{{"issuerType":"AWS::Lambda::Function","credentialsIssuedTo":"arn:aws:lambda:eu-west-1:111122223333:function:orders"}}}},"eventTime":"2026-11-01T08:30:{id:02}Z","eventSource":"dynamodb.amazonaws.com","eventName":"{name}","awsRegion":"eu-west-1","sourceIPAddress":"10.0.0.1","userAgent":"aws-sdk-rust","requestParameters":{{"tableName":"orders-prod"}},"responseElements":null,"requestID":"r{id}","eventID":"00000000-0000-4000-8000-{id:012}","readOnly":true,"resources":[{{"accountId":"111122223333","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod"}}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data"{more}}}"#
    )
}

fn log(records: &[String]) -> String {
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

fn house() -> House {
    House::new(&[
        ("orders/Cargo.toml", MANIFEST),
        ("orders/src/main.rs", MAIN),
        ("trail/a.json", &log(&[record(1, "GetItem", ""), record(2, "GetItem", "")])),
        ("trail/more/b.json", &log(&[record(3, "PutItem", "")])),
    ])
}

/// Every file below `dir`, with its text.
fn files(house: &House, dir: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut open = vec![house.path(dir)];
    while let Some(path) = open.pop() {
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(house.path(dir)).unwrap().display().to_string();
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

fn names(house: &House, dir: &str) -> Vec<String> {
    files(house, dir).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn declarations_and_a_trail_make_a_table_and_files() {
    let house = house();
    insta::assert_snapshot!(house.run(&format!("{CRATE} --trail trail --out out")), @r#"
    exit 0
    --- stdout
    orders (role lambda/orders-exec)
      verdict    seen  action                declared             resource
      confirmed     2  dynamodb:GetItem      src/main.rs:5        arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod
      confirmed     1  dynamodb:PutItem      src/main.rs:5        arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod
      platform      -  logs:CreateLogGroup   log of the function  arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders
      platform      -  logs:CreateLogGroup   log of the function  arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*
      platform      -  logs:CreateLogStream  log of the function  arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*
      platform      -  logs:PutLogEvents     log of the function  arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*
      6 grants: 2 confirmed, 4 platform
      execution-role (inline): 940 of 10240 characters, 9300 left
      trust-policy: 220 of 2048 characters, 1828 left
      written to out/orders
    --- stderr
    note[encryption-unknown]: `arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod` may be encrypted with a customer key, and then calls fail without a grant on it
    help: say `kms_key = "…"` where it is declared, or write the resource under `[encryption]` in policy.toml, with its key's ARN or "aws"
    note[trust-condition-unverified]: the trust policy asks for `aws:SourceAccount`, which AWS documents thinly
    help: deploy once and see that Lambda assumes the role
    "#);
    let all: Vec<String> = files(&house, "out")
        .into_iter()
        .filter(|(name, _)| !name.ends_with("evidence.json"))
        .map(|(name, text)| format!("{name}\n{text}"))
        .collect();
    insta::assert_snapshot!(all.join(""), @r#"
    orders/execution-role.json
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "DynamodbReadWriteOrdersProd",
          "Effect": "Allow",
          "Action": [
            "dynamodb:GetItem",
            "dynamodb:PutItem"
          ],
          "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod",
          "Condition": {
            "ArnEquals": {
              "lambda:SourceFunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:orders"
            }
          }
        },
        {
          "Sid": "PlatformLogsCreateLogGroupAwsLambdaOrders",
          "Effect": "Allow",
          "Action": "logs:CreateLogGroup",
          "Resource": "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders",
          "Condition": {
            "ArnEquals": {
              "lambda:SourceFunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:orders"
            }
          }
        },
        {
          "Sid": "PlatformLogsWriteAwsLambdaOrders",
          "Effect": "Allow",
          "Action": [
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents"
          ],
          "Resource": "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*",
          "Condition": {
            "ArnEquals": {
              "lambda:SourceFunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:orders"
            }
          }
        }
      ]
    }
    orders/trust-policy.json
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "LambdaMayAssume",
          "Effect": "Allow",
          "Principal": {
            "Service": "lambda.amazonaws.com"
          },
          "Action": "sts:AssumeRole",
          "Condition": {
            "StringEquals": {
              "aws:SourceAccount": "111122223333"
            }
          }
        }
      ]
    }
    "#);
    assert_eq!(
        names(&house, "out"),
        ["orders/evidence.json", "orders/execution-role.json", "orders/trust-policy.json"]
    );
}

#[test]
fn without_a_folder_one_json_document_has_everything() {
    let house = house();
    let output = house.command(&format!("{CRATE} --trail trail")).output().unwrap();
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let function = &value["functions"][0];
    assert_eq!(function["name"], "orders");
    assert_eq!(function["role"], "arn:aws:iam::111122223333:role/lambda/orders-exec");
    assert_eq!(function["executionRole"][0]["Version"], "2012-10-17");
    assert_eq!(function["trustPolicy"]["Statement"][0]["Action"], "sts:AssumeRole");
    assert_eq!(function["resourcePolicies"], serde_json::json!({}));
    let evidence = function["evidence"].as_array().unwrap();
    let get = evidence.iter().find(|entry| entry["action"] == "dynamodb:GetItem").unwrap();
    assert_eq!(get["verdict"], "confirmed");
    assert_eq!(get["observed"]["events"], 2);
    assert_eq!(get["declared"][0]["line"], 5);
    assert_eq!(value["trail"]["files"], 2);
    assert!(value["findings"].is_array() && function["findings"].is_array());
}

#[test]
fn the_same_inputs_in_any_order_give_the_same_bytes() {
    let house = house();
    let run = |trails: &str| house.command(&format!("{CRATE} --trail {trails}")).output().unwrap();
    let one = run("trail/a.json trail/more");
    assert_eq!(one.stdout, run("trail/more trail/a.json").stdout);
    assert_eq!(one.stdout, run("trail").stdout);
    assert_eq!(one.stderr, run("trail/more trail/a.json").stderr);
}

#[test]
fn a_dash_is_a_trail_on_standard_input() {
    let house = house();
    let record = std::fs::File::open(house.path("trail/a.json")).unwrap();
    let piped = house.command(&format!("{CRATE} --trail -")).stdin(record).output().unwrap();
    let named = house.command(&format!("{CRATE} --trail trail/a.json")).output().unwrap();
    assert_eq!(piped.status.code(), named.status.code());
    assert!(!piped.stdout.is_empty());
    assert_eq!(piped.stdout, named.stdout);

    let refused = house
        .command(&format!("{CRATE} --trail -"))
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2), "{}", String::from_utf8_lossy(&refused.stderr));
}

#[test]
fn check_tells_what_is_out_of_date_and_lets_counts_move() {
    let house = house();
    let generate = format!("{CRATE} --trail trail/a.json --out out");
    assert!(house.run(&format!("{generate} --check")).starts_with("exit 1"));
    assert!(!house.path("out").exists());
    assert_eq!(house.exit(&generate), 0);
    insta::assert_snapshot!(house.run(&format!("{generate} --check -q")), @"exit 0");
    insta::assert_snapshot!(house.run(&format!("{generate} --check")), @r#"
    exit 0
    --- stdout
    up to date: 3 files in out
    --- stderr
    note[declared-not-observable]: `dynamodb:PutItem` of `Access::orders` cannot be seen: the trail does not show data events of `AWS::DynamoDB::Table` on `arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod` (writing)
     --> src/main.rs:5:5
    help: let the trail record data events of `AWS::DynamoDB::Table` on `arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod` (writing); if it does, say so with `--data-events AWS::DynamoDB::Table:write:arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod`
    note[encryption-unknown]: `arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod` may be encrypted with a customer key, and then calls fail without a grant on it
    help: say `kms_key = "…"` where it is declared, or write the resource under `[encryption]` in policy.toml, with its key's ARN or "aws"
    note[trust-condition-unverified]: the trust policy asks for `aws:SourceAccount`, which AWS documents thinly
    help: deploy once and see that Lambda assumes the role
    "#);
    // More events of the same calls: the evidence moves, the policies do not.
    house.write(
        "trail/a.json",
        log(&[record(1, "GetItem", ""), record(9, "GetItem", "")]).as_bytes(),
    );
    assert_eq!(house.exit(&format!("{generate} --check")), 0);
    let role = house.path("out/orders/execution-role.json");
    let text = std::fs::read_to_string(&role).unwrap().replace("dynamodb:PutItem", "dynamodb:*");
    std::fs::write(&role, text).unwrap();
    house.write("out/orders/execution-role-2.json", b"{}");
    house.write("out/orders/notes.md", b"mine");
    insta::assert_snapshot!(house.run(&format!("{generate} --check")), @r#"
    exit 1
    --- stdout
    out/orders/execution-role.json: differs
    --- orders/execution-role.json
    +++ orders/execution-role.json
    @@ -6,7 +6,7 @@
           "Effect": "Allow",
           "Action": [
             "dynamodb:GetItem",
    -        "dynamodb:*"
    +        "dynamodb:PutItem"
           ],
           "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod",
           "Condition": {
    out/orders/execution-role-2.json: stale
    --- stderr
    note[declared-not-observable]: `dynamodb:PutItem` of `Access::orders` cannot be seen: the trail does not show data events of `AWS::DynamoDB::Table` on `arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod` (writing)
     --> src/main.rs:5:5
    help: let the trail record data events of `AWS::DynamoDB::Table` on `arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod` (writing); if it does, say so with `--data-events AWS::DynamoDB::Table:write:arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod`
    note[encryption-unknown]: `arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod` may be encrypted with a customer key, and then calls fail without a grant on it
    help: say `kms_key = "…"` where it is declared, or write the resource under `[encryption]` in policy.toml, with its key's ARN or "aws"
    note[trust-condition-unverified]: the trust policy asks for `aws:SourceAccount`, which AWS documents thinly
    help: deploy once and see that Lambda assumes the role
    "#);
    // Writing again removes what is stale and leaves what is not ours.
    assert_eq!(house.exit(&generate), 0);
    assert_eq!(
        names(&house, "out"),
        [
            "orders/evidence.json",
            "orders/execution-role.json",
            "orders/notes.md",
            "orders/trust-policy.json"
        ]
    );
    assert_eq!(house.exit(&format!("{generate} --check")), 0);
}

#[test]
fn the_folder_of_a_function_that_is_gone_is_named_and_left_alone() {
    let house = house();
    let generate = format!("{CRATE} --out out");
    assert_eq!(house.exit(&generate), 0);
    for file in ["old/resource-policy.json", "roles/shop-exec/trust-policy.json"] {
        house.write(&format!("out/{file}"), b"{}");
    }
    // Nothing that is written here.
    for file in ["notes/readme.md", "notes/in/evidence.json", "boundary/permissions-boundary.json"]
    {
        house.write(&format!("out/{file}"), b"{}");
    }
    let said = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.contains("left-over"));
        lines.map(str::to_owned).collect()
    };
    let found = house.run(&generate);
    assert!(found.starts_with("exit 0"), "{found}");
    assert_eq!(
        said(&found),
        [
            "warning[folder-left-over]: `out/old` has policies of a function `old` that is not here; they may still be deployed",
            "warning[folder-left-over]: `out/roles/shop-exec` has policies of a role `shop-exec` that no functions share here; they may still be deployed",
        ]
    );
    assert!(found.contains("help: delete the folder `out/old`; where"), "{found}");
    assert!(house.path("out/old/resource-policy.json").exists());
    let checked = house.run(&format!("{generate} --check"));
    assert!(checked.starts_with("exit 1"), "{checked}");
    assert_eq!(said(&checked)[..2], ["out/old: left-over", "out/roles/shop-exec: left-over"]);
    // A run that leaves functions out does not know.
    assert_eq!(said(&house.run(&format!("{generate} --function orders --check"))), [""; 0]);
    let waived = "[[waive]]\ncode = \"folder-left-over\"\nplace = \"out/PLACE\"\nreason = \"written by the other team\"\n";
    let waived = waived.replace("PLACE", "old") + &waived.replace("PLACE", "roles/shop-exec");
    house.write("orders/policy.toml", waived.as_bytes());
    let checked = house.run(&format!("{generate} --check"));
    assert!(checked.starts_with("exit 0"), "{checked}");
    assert_eq!(said(&checked), [""; 0]);
}

#[test]
fn a_call_that_is_not_declared_is_an_error_finding_and_not_granted() {
    let house = house();
    house.write("trail/c.json", log(&[record(4, "DeleteItem", "")]).as_bytes());
    let text = house.run(&format!("{CRATE} --trail trail --out out"));
    assert!(text.starts_with("exit 1"), "{text}");
    assert!(text.contains("error[observed-not-declared]"), "{text}");
    let role = std::fs::read_to_string(house.path("out/orders/execution-role.json")).unwrap();
    assert!(!role.contains("DeleteItem"));
    let union = format!("{CRATE} --trail trail --merge union --out out");
    assert_eq!(house.exit(&union), 0, "{}", house.run(&union));
    let role = std::fs::read_to_string(house.path("out/orders/execution-role.json")).unwrap();
    assert!(role.contains("DeleteItem"));
    let observed = format!("generate --trail trail --role orders-exec --merge observed {HERE}");
    assert_eq!(house.exit(&observed), 0, "{}", house.run(&observed));
}

#[test]
fn a_partial_trail_writes_nothing_unless_told_to_go_on() {
    let house = house();
    house.write("trail/broken.json", b"{\"Records\": [");
    insta::assert_snapshot!(house.run(&format!("{CRATE} --trail trail --out out")), @r"
    exit 1
    --- stderr
    error[trail-file-unreadable]: the file ends in the middle, after record 0
     --> trail/broken.json
    help: 1 of 3 files cannot be used, so nothing is written; mend them, or add `--keep-going` to go on without them
    ");
    assert!(!house.path("out").exists());
    let going = house.run(&format!("{CRATE} --trail trail --out out --keep-going"));
    assert!(going.starts_with("exit 1"), "{going}");
    assert!(house.path("out/orders/execution-role.json").is_file());
}

#[test]
fn a_waiver_silences_a_finding_and_an_unused_one_is_a_finding() {
    let house = house();
    house.write("trail/c.json", log(&[record(4, "DeleteItem", "")]).as_bytes());
    house.write(
        "orders/policy.toml",
        b"[parameters]\nstage = \"prod\"\n\n[[waive]]\ncode = \"observed-not-declared\"\nplace = \"orders\"\nreason = \"a migration of last month\"\n\n[[waive]]\ncode = \"role-shared\"\nplace = \"orders\"\nreason = \"x\"\n",
    );
    let line = format!("generate --crate orders --trail trail {HERE} --out out --format json");
    let output = house.command(&line).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{errors}");
    assert!(!errors.contains("observed-not-declared"), "{errors}");
    assert!(errors.contains("warning[waiver-unused]"), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\"waived\": \"a migration of last month\""), "{text}");
}

/// Each line refused, all in one snapshot.
#[test]
fn settings_of_a_function_that_is_not_there_are_a_finding() {
    let house = house();
    house.write("orders/policy.toml", b"[functions.order]\nrole = \"orders-exec\"\n");
    let text = house.run(&format!("{CRATE} --out policies -q --format human"));
    assert_eq!(text, "exit 0");
    let text = house.run(&format!("{CRATE} --out policies"));
    let at = text.find("warning[config-unused]").unwrap();
    insta::assert_snapshot!(text[at..].lines().take(3).collect::<Vec<_>>().join("\n"), @r"
    warning[config-unused]: `functions.order` is about a function that is not here
     --> orders/policy.toml:1:1
    help: did you mean `orders`?
    ");
    let one = house.run(&format!("{CRATE} --function orders --out policies"));
    assert!(!one.contains("config-unused"), "{one}");
}

fn refused(house: &House, lines: &[&str]) -> String {
    let texts: Vec<String> =
        lines.iter().map(|line| format!("$ {line}\n{}", house.run(line))).collect();
    texts.join("\n\n")
}

#[test]
fn flags_that_say_nothing_usable_are_refused() {
    let lines = [
        "generate",
        "generate --crate orders --account 11112222333 --region eu-west-1",
        "generate --crate orders --account 111122223333 --region Ireland",
        "generate --crate orders --partition amazon",
        "generate --crate orders --param stage",
        "generate --crate orders --role arn:aws:iam::1:user/x",
        "generate --crate orders --target arm64",
        "generate --crate orders --merge confirmed",
        "generate --crate orders --param stage=prod",
        "generate --crate orders --account 111122223333 --region eu-west-1",
        "generate --crate orders --param stage=prod --account 111122223333 --region eu-west-1 --function bills",
    ];
    insta::assert_snapshot!(refused(&house(), &lines), @r"
    $ generate
    exit 2
    --- stderr
    error: there is nothing to generate from
    help: name declarations with `--crate DIR` or `--binary FILE`, observations with `--trail PATH` or `--observations FILE`, or both

    $ generate --crate orders --account 11112222333 --region eu-west-1
    exit 2
    --- stderr
    error: `--account`: `11112222333` is not an account id of 12 digits
    help: write all 12 digits: `--account 111122223333`

    $ generate --crate orders --account 111122223333 --region Ireland
    exit 2
    --- stderr
    error: `--region`: `Ireland` is not a Region code such as `eu-west-1`
    help: write its code: `--region eu-west-1`

    $ generate --crate orders --partition amazon
    exit 2
    --- stderr
    error: `--partition`: `amazon` is not a partition such as `aws` or `aws-cn`
    help: leave it out for ordinary Regions

    $ generate --crate orders --param stage
    exit 2
    --- stderr
    error: `--param`: `stage` is not NAME=VALUE
    help: write `--param stage=prod`

    $ generate --crate orders --role arn:aws:iam::1:user/x
    exit 2
    --- stderr
    error: `--role`: `arn:aws:iam::1:user/x` is not a role ARN such as `arn:aws:iam::111122223333:role/orders`
    help: write `--role orders-exec`, or the whole ARN

    $ generate --crate orders --target arm64
    exit 2
    --- stderr
    error: `arm64` is not a target of rustc
    help: write a triple such as `aarch64-unknown-linux-gnu`; `rustc --print target-list` lists them

    $ generate --crate orders --merge confirmed
    exit 2
    --- stderr
    error: `--merge confirmed` drops only what was declared before, and nothing says what was
    help: name the folder that `generate` wrote before this change with `--base DIR`
    error: `--merge confirmed` drops what a trail proves unused, and there is no trail
    help: give one with `--trail PATH` or `--observations FILE`

    $ generate --crate orders --param stage=prod
    exit 2
    --- stderr
    error: function `orders`: `table/orders-prod` needs the account
     --> src/main.rs:5:5
    help: give `--account ID` (12 digits)
    error: function `orders`: `table/orders-prod` needs the Region
     --> src/main.rs:5:5
    help: give `--region REGION`, such as `--region eu-west-1`

    $ generate --crate orders --account 111122223333 --region eu-west-1
    exit 2
    --- stderr
    error: function `orders`: `table/orders-{stage}` needs a value for `{stage}`
     --> src/main.rs:5:5
    help: give `--param stage=VALUE`

    $ generate --crate orders --param stage=prod --account 111122223333 --region eu-west-1 --function bills
    exit 2
    --- stderr
    error: there is no function `bills`
    help: there are `orders`
    ");
}

#[test]
fn a_crate_is_named_by_its_folder() {
    let lines = ["generate --crate orders/Cargo.toml", "generate --crate orders/src/main.rs"];
    insta::assert_snapshot!(refused(&house(), &lines), @r"
    $ generate --crate orders/Cargo.toml
    exit 2
    --- stderr
    error: `orders/Cargo.toml` is a file, expected a folder
    help: write `orders`

    $ generate --crate orders/src/main.rs
    exit 2
    --- stderr
    error: `orders/src/main.rs` is a file, expected a folder
    help: name the folder of a package, the one with its Cargo.toml
    ");
}

#[test]
fn values_of_parameters_are_literal_and_one() {
    let house = house();
    let lines = [
        "generate --crate orders --param stage=*",
        "generate --crate orders --param stage=prod --param stage=test --function-name orders:live",
    ];
    insta::assert_snapshot!(refused(&house, &lines), @r"
    $ generate --crate orders --param stage=*
    exit 2
    --- stderr
    error: `--param stage`: the value `*` is no literal text; a wildcard belongs into the resource itself

    $ generate --crate orders --param stage=prod --param stage=test --function-name orders:live
    exit 2
    --- stderr
    error: `--param stage` has two values: `prod` and `test`
    error: `--function-name`: `orders:live` is neither a function name (up to 64 letters, digits, `-` and `_`) nor its ARN
    ");
    let twice = format!("{CRATE} --param stage=prod");
    assert_eq!(house.exit(&twice), 0);
}

#[test]
fn inputs_that_cannot_be_read_are_refused_with_their_place() {
    let house = house();
    std::fs::create_dir(house.path("empty")).unwrap();
    house.write("text.json", b"not json");
    house.write("other.json", b"{\"Statement\": []}");
    house.write("cut.json.gz", b"\x1f\x8b\x08\x00\x00\x00");
    house.write("broken/Cargo.toml", MANIFEST.as_bytes());
    house.write("broken/src/main.rs", b"fn main() {\n    let = 1;\n}\n");
    house.write("wrong/Cargo.toml", MANIFEST.as_bytes());
    house.write("wrong/src/main.rs", MAIN.replace("GetItem", "GetItems").as_bytes());
    house.write("silent/Cargo.toml", MANIFEST.as_bytes());
    house.write("silent/src/main.rs", b"fn main() {}\n");
    house.write("odd.toml", b"trust-crate = []\n");
    let lines = [
        "generate --crate nowhere",
        "generate --crate empty",
        "generate --crate broken",
        "generate --crate wrong",
        "generate --crate silent",
        "generate --trail nowhere",
        "generate --trail empty",
        "generate --trail text.json",
        "generate --trail other.json",
        "generate --trail cut.json.gz",
        "generate --trail trail --role absent",
        "generate --crate orders --config odd.toml",
        "generate --crate orders --config nowhere.toml",
    ];
    insta::assert_snapshot!(refused(&house, &lines), @r"
    $ generate --crate nowhere
    exit 2
    --- stderr
    error: `nowhere` does not exist; expected the folder of a package

    $ generate --crate empty
    exit 2
    --- stderr
    error: there is no Cargo.toml in `empty`
    help: name the folder of a package, the one with its Cargo.toml

    $ generate --crate broken
    exit 2
    --- stderr
    error: the source does not parse: expected one of: identifier, `::`, `<`, `_`, literal, `const`, `ref`, `mut`, `&`, parentheses, square brackets, `..`, `const`
     --> broken/src/main.rs:2:9

    $ generate --crate wrong
    exit 2
    --- stderr
    error: `GetItems` is neither an operation nor an action of `dynamodb`; did you mean `GetItem`?
     --> wrong/src/main.rs:5:20

    $ generate --crate silent
    exit 2
    --- stderr
    error: nothing declares an access, so there is no function
    help: declare accesses with `#[derive(AwsAccess)]`, or give observations with `--trail`

    $ generate --trail nowhere
    exit 2
    --- stderr
    error: `nowhere` does not exist
    help: `--trail` takes a CloudTrail file, a folder of them, or `-` for stdin

    $ generate --trail empty
    exit 2
    --- stderr
    error: the folder holds no CloudTrail file
     --> empty
    help: expected files that end in `.json`, `.json.gz`, `.jsonl` or `.ndjson`, in the folder or below it

    $ generate --trail text.json
    exit 2
    --- stderr
    error[trail-file-unreadable]: not JSON: expected ident
     --> text.json:1:2
    help: nothing from this file was used; fetch it again, or leave it out

    $ generate --trail other.json
    exit 2
    --- stderr
    error[trail-file-unreadable]: no CloudTrail log: its members are `Statement` …; expected `Records`, a list of records, or one record a line
     --> other.json
    help: nothing from this file was used; fetch it again, or leave it out

    $ generate --trail cut.json.gz
    exit 2
    --- stderr
    error[trail-file-unreadable]: cannot be read: its gzip data end too early
     --> cut.json.gz
    help: nothing from this file was used; fetch it again, or leave it out

    $ generate --trail trail --role absent
    exit 2
    --- stderr
    error: no call of role `absent` is in the trail
    help: the roles there are `arn:aws:iam::111122223333:role/lambda/orders-exec`

    $ generate --crate orders --config odd.toml
    exit 2
    --- stderr
    error: unknown key `trust-crate`
     --> odd.toml:1:1
    help: did you mean `trust-crates`?

    $ generate --crate orders --config nowhere.toml
    exit 2
    --- stderr
    error: `nowhere.toml` does not exist; expected a policy.toml
    ");
}

#[test]
fn what_cannot_be_written_leaves_everything_as_it_was() {
    let house = house();
    house.write("file", b"mine");
    insta::assert_snapshot!(house.run(&format!("{CRATE} --out file")), @r"
    exit 2
    --- stderr
    error: `file` is not a folder
    help: name another folder with `--out`, or move what is there
    ");
    house.write("out/orders/execution-role.json/inside", b"a folder where a file belongs");
    house.write("out/orders/trust-policy.json", b"old");
    insta::assert_snapshot!(house.run(&format!("{CRATE} --out out")), @r"
    exit 2
    --- stderr
    error: cannot write `out/orders/execution-role.json`: something that is no file has this name
    note: nothing was changed
    ");
    assert_eq!(
        files(&house, "out"),
        [
            ("orders/execution-role.json/inside".into(), "a folder where a file belongs".into()),
            ("orders/trust-policy.json".into(), "old".to_owned()),
        ]
    );
}

#[test]
fn a_role_of_which_no_event_is_known_is_not_passed_over() {
    let other =
        |text: String| text.replace("orders-exec", "mailer-exec").replace("orders", "mailer");
    let mapped = log(&[record(1, "GetItem", "")]);
    let unmapped = log(&[other(record(2, "FrobnicateItem", ""))]);
    let house = House::new(&[
        ("both/a.json", &mapped),
        ("both/b.json", &unmapped),
        ("one/b.json", &unmapped),
    ]);
    let both = house.run("generate --trail both");
    assert!(both.contains("no action is known for `FrobnicateItem`"), "{both}");
    let selected = house.run("generate --trail both --role orders-exec");
    assert!(!selected.contains("FrobnicateItem"), "{selected}");
    insta::assert_snapshot!(house.run("generate --trail one"), @r"
    exit 2
    --- stderr
    warning[event-unmapped]: no action is known for `FrobnicateItem` of `dynamodb.amazonaws.com` (1 event): the catalog knows no operation or action of that name
    help: declare the action that the call needs; it was not granted from the trail
    error: the trail has no usable call of a role, so there is no function
    ");
}
