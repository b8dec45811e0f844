//! Values of environment variables in the calls of a source: from `policy.toml`, from a template.

use super::House;

const MANIFEST: &str = "[package]\nname = \"orders\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\naws-sdk-dynamodb = \"1\"\naws-sdk-sqs = \"1\"\n";

const API: &str = "fn main() {
    let config = config();
    let table = std::env::var(\"TABLE\").unwrap();
    orders::read(&aws_sdk_dynamodb::Client::new(&config), &table);
    let archive = format!(\"{table}-archive\");
    aws_sdk_dynamodb::Client::new(&config).put_item().table_name(archive).send();
    aws_sdk_sqs::Client::new(&config).send_message().queue_url(std::env::var(\"JOBS\").unwrap()).send();
}
";

const WORKER: &str = "fn main() {
    let config = config();
    orders::read(&aws_sdk_dynamodb::Client::new(&config), &std::env::var(\"TABLE\").unwrap());
    aws_sdk_dynamodb::Client::new(&config).scan().table_name(std::env::var(\"SEEN\").unwrap()).send();
}
";

const LIBRARY: &str = "pub fn read(client: &aws_sdk_dynamodb::Client, table: &str) {
    client.get_item().table_name(table).send();
}
";

const TEMPLATE: &str = "Parameters:
  Stage: { Type: String, Default: dev }
Globals:
  Function:
    Environment: { Variables: { TABLE: !Sub 'orders-${Stage}' } }
Resources:
  Api:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: api } }
    Properties:
      Environment: { Variables: { JOBS: !Ref Jobs } }
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: worker
      Environment: { Variables: { TABLE: returns, SEEN: !ImportValue seen } }
  Jobs:
    Type: AWS::SQS::Queue
    Properties: { QueueName: jobs }
";

fn house() -> House {
    House::new(&[
        ("orders/Cargo.toml", MANIFEST),
        ("orders/src/lib.rs", LIBRARY),
        ("orders/src/bin/api.rs", API),
        ("orders/src/bin/worker.rs", WORKER),
        ("template.yaml", TEMPLATE),
    ])
}

const PLACE: &str = "--account 111122223333 --region eu-west-1";

#[test]
fn a_template_tells_the_values_of_variables_for_each_binary() {
    let line = format!("scan --crate orders --template template.yaml --param Stage=prod {PLACE}");
    let output = house().command(&format!("{line} --format json")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let calls: Vec<String> = read["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| format!("{}:{} {}", call["file"], call["line"], call["resource"]))
        .collect();
    insta::assert_snapshot!(calls.join("\n"), @r#"
    "src/lib.rs":2 "table/orders-prod, table/returns"
    "src/bin/api.rs":6 "table/orders-prod-archive"
    "src/bin/worker.rs":4 "env(\"SEEN\", as = \"name\")"
    "src/bin/api.rs":7 "arn:aws:sqs:eu-west-1:111122223333:jobs"
    "#);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let untold = said.split("warning[resource-unknown]").nth(1).unwrap_or(&said);
    insta::assert_snapshot!(untold.split("\nerror").next().unwrap(), @r#"
    : the template does not tell the value of `SEEN` for `worker`: `Fn::ImportValue` is not worked out
     --> template.yaml:16:57
    help: write `variables.SEEN = "..."` under `[functions.worker]` in policy.toml
    "#);
}

#[test]
fn settings_come_before_the_template_and_a_binary_may_be_called_otherwise() {
    let house = house();
    house.write("orders/policy.toml", b"[functions.front]\nvariables = { TABLE = \"stated\" }\n");
    let line = "scan --crate orders --bin api --function front";
    let text = house.run(line);
    assert!(text.contains("on table/stated\n") || text.contains("on table/stated "), "{text}");
    assert!(text.contains("on table/stated-archive"), "{text}");
    assert!(text.contains("on env(\"JOBS\", as = \"url\")"), "{text}");
    let text = house.run("scan --crate orders --function front");
    assert!(
        text.starts_with("exit 2") && text.contains("name one of them with `--bin NAME`"),
        "{text}"
    );
    let text = house.run(&format!("{line} --template template.yaml"));
    assert!(text.contains("no function of the template is called `front`"), "{text}");
}

#[test]
fn each_function_gets_what_its_own_variables_name() {
    let house = house();
    house.write("orders/policy.toml", b"[functions.worker]\nvariables = { SEEN = \"seen\" }\n");
    let line = format!("generate --crate orders --template template.yaml {PLACE}");
    let output = house.command(&line).output().unwrap();
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut granted: Vec<String> = Vec::new();
    for function in read["functions"].as_array().unwrap() {
        for entry in function["evidence"].as_array().unwrap() {
            if entry["verdict"] == "reachable-only" {
                granted.push(format!(
                    "{} {} {}",
                    function["name"], entry["action"], entry["resource"]
                ));
            }
        }
    }
    insta::assert_snapshot!(granted.join("\n"), @r#"
    "api" "dynamodb:GetItem" "arn:aws:dynamodb:eu-west-1:111122223333:table/orders-dev"
    "api" "dynamodb:PutItem" "arn:aws:dynamodb:eu-west-1:111122223333:table/orders-dev-archive"
    "api" "sqs:SendMessage" "arn:aws:sqs:eu-west-1:111122223333:jobs"
    "worker" "dynamodb:GetItem" "arn:aws:dynamodb:eu-west-1:111122223333:table/returns"
    "worker" "dynamodb:Scan" "arn:aws:dynamodb:eu-west-1:111122223333:table/seen"
    "#);
}
