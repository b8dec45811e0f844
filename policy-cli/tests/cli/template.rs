//! `generate --template`: what a SAM or CloudFormation template tells of a function's variables.

use super::House;

const MANIFEST: &str = "[package]\nname = \"orders\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\npolicy-macros = \"0.1\"\naws-sdk-dynamodb = \"1\"\n";

const DECLARED: &str = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(sqs(SendMessage), on = env("QUEUE_URL", as = "url"))]
    queue: Queue,
}

fn main() {}
"#;

const BARE: &str = "async fn main() {
    let client = aws_sdk_dynamodb::Client::new(&aws_config::load_from_env().await);
    client.put_item().table_name(std::env::var(\"TABLE\").unwrap()).send().await;
}
";

const TEMPLATE: &str = "Parameters:
  Stage: { Type: String }
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties: { QueueName: !Sub 'jobs-${Stage}' }
  Table:
    Type: AWS::DynamoDB::Table
    Properties: { TableName: archive }
  Orders:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: rust-cargolambda, BuildProperties: { Binary: orders } }
    Properties:
      Environment:
        Variables:
          QUEUE_URL: !Ref Jobs
          TABLE: !Ref Table
";

const LINE: &str = "generate --crate orders --account 111122223333 --region eu-west-1";

fn house(main: &str) -> House {
    House::new(&[
        ("orders/Cargo.toml", MANIFEST),
        ("orders/src/main.rs", main),
        ("template.yaml", TEMPLATE),
    ])
}

fn statements(house: &House, line: &str) -> String {
    let output = house.command(line).output().unwrap();
    let read: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    read["functions"][0]["executionRole"][0]["Statement"].to_string()
}

#[test]
fn a_declared_variable_gets_its_value_from_the_template() {
    let house = house(DECLARED);
    let line = format!("{LINE} --template template.yaml --param Stage=prod");
    let found = statements(&house, &line);
    assert!(found.contains("arn:aws:sqs:eu-west-1:111122223333:jobs-prod"), "{found}");
    // What the settings say comes before.
    house.write(
        "policy.toml",
        b"[functions.orders]\nvariables = { QUEUE_URL = \"https://sqs.eu-west-1.amazonaws.com/111122223333/mine\" }\n",
    );
    let found = statements(&house, &format!("{line} --config policy.toml"));
    assert!(found.contains(":mine") && !found.contains("jobs-prod"), "{found}");
}

#[test]
fn the_calls_of_a_crate_that_declares_nothing_get_theirs_too() {
    let house = house(BARE);
    assert!(!statements(&house, LINE).contains("dynamodb:PutItem"));
    let found = statements(&house, &format!("{LINE} --template template.yaml"));
    assert!(found.contains("table/archive"), "{found}");
}

#[test]
fn what_the_template_does_not_tell_is_said_with_its_place() {
    let house = house(DECLARED);
    insta::assert_snapshot!(house.run(&format!("{LINE} --template template.yaml")), @r#"
    exit 2
    --- stderr
    error: the template does not tell the value of `QUEUE_URL` for `orders`: the parameter `Stage` has no default; give `--param Stage=VALUE`
     --> template.yaml:16:22
    help: write `variables.QUEUE_URL = "..."` under `[functions.orders]` in policy.toml
    "#);
    let other = TEMPLATE.replace("Binary: orders", "Binary: other");
    house.write("template.yaml", other.as_bytes());
    insta::assert_snapshot!(house.run(&format!("{LINE} --template template.yaml")), @r"
    exit 2
    --- stderr
    error: no function of the template is called `orders`
     --> template.yaml:1:1
    note: it has: `Orders`, also called `other`
    help: write `FunctionName: orders`, or `Metadata: { BuildProperties: { Binary: orders } }`, or the values under `[functions.orders]` in policy.toml
    ");
    house.write("template.yaml", b"Resources:\n  A: [1\n");
    insta::assert_snapshot!(house.run(&format!("{LINE} --template template.yaml")), @r"
    exit 2
    --- stderr
    error: the template is not YAML: did not find expected ',' or ']'
     --> template.yaml:3:1
    ");
    assert_eq!(house.exit(&format!("{LINE} --template nowhere.yaml")), 2);
}
