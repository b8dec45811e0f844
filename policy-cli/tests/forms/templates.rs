//! Forms that refer to the resources of a template.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::reader::{self, Read};

const MAIN: &str = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "OrderApi", invoked_by(s3("acme-uploads"), events("rule/nightly")))]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    #[aws(dynamodb(Query), on = "table/orders/index/by-day")]
    orders: Orders,
    #[aws(sqs(SendMessage), on = env("QUEUE_URL", as = "url"))]
    queue: Queue,
    #[aws(sns(Publish), on = "elsewhere")]
    topic: Topic,
}

fn main() {}
"#;

const TEMPLATE: &str = r#"AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  OrderApi:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: order-api
      CodeUri: target/lambda/order-api
      Handler: bootstrap
      Runtime: provided.al2023
      Environment:
        Variables:
          QUEUE_URL: !Ref Jobs
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
  Jobs:
    Type: AWS::SQS::Queue
"#;

const MANIFEST: &str = "[package]\nname = \"order-api\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

pub(crate) type House = tempfile::TempDir;

fn house() -> House {
    house_of(MAIN, TEMPLATE)
}

/// A crate with this source and this template.
pub(crate) fn house_of(main: &str, template: &str) -> House {
    let house = tempfile::tempdir().unwrap();
    std::fs::create_dir(house.path().join("src")).unwrap();
    for (path, text) in
        [("src/main.rs", main), ("template.yaml", template), ("Cargo.toml", MANIFEST)]
    {
        std::fs::write(house.path().join(path), text).unwrap();
    }
    house
}

/// Exit code, stdout and stderr.
pub(crate) fn run(house: &Path, more: &[&str]) -> (i32, String, String) {
    let line =
        "generate --crate . --template template.yaml --account 111122223333 --region eu-west-1";
    let output = Command::new(env!("CARGO_BIN_EXE_policy-cli"))
        .args(line.split(' ').chain(more.iter().copied()))
        .current_dir(house)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_owned()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// What CloudFormation would fill in.
fn world() -> reader::World {
    let mut world = reader::world("111122223333", "eu-west-1");
    let own = [
        ("Orders.Arn", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"),
        ("OrderApi.Arn", "arn:aws:lambda:eu-west-1:111122223333:function:order-api"),
        ("Jobs.Arn", "arn:aws:sqs:eu-west-1:111122223333:stack-jobs-1a2b"),
    ];
    world.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    world
}

#[test]
fn resources_of_the_template_are_referred_to() {
    let house = house();
    let (code, text, problems) = run(house.path(), &["--format", "sam"]);
    assert_eq!(code, 0, "{problems}");
    let value: Value = serde_json::from_str(&text).unwrap();
    let role = &value["Resources"]["OrderApiRole"]["Properties"]["Policies"][0]["PolicyDocument"];
    let resources: Vec<&Value> =
        role["Statement"].as_array().unwrap().iter().map(|it| &it["Resource"]).collect();
    for expected in [
        serde_json::json!({"Fn::GetAtt": ["Orders", "Arn"]}),
        serde_json::json!({"Fn::Sub": "${Orders.Arn}/index/by-day"}),
        serde_json::json!({"Fn::GetAtt": ["Jobs", "Arn"]}),
        serde_json::json!({"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:elsewhere"}),
    ] {
        assert!(resources.contains(&&expected), "{expected} is not in {resources:?}");
    }
    let role = serde_json::json!({"Fn::GetAtt": ["OrderApiRole", "Arn"]});
    assert_eq!(value["Resources"]["OrderApi"]["Properties"], serde_json::json!({"Role": role}));
    assert!(!text.contains("madelater") && !text.contains("111122223333"), "{text}");
    assert!(!problems.contains("madelater"), "{problems}");
}

#[test]
fn a_template_says_what_the_documents_say() {
    let house = house();
    let named = TEMPLATE.replace(
        "AWS::SQS::Queue",
        "AWS::SQS::Queue\n    Properties: { QueueName: stack-jobs-1a2b }",
    );
    let (_, by_reference, _) = run(house.path(), &["--format", "cloudformation"]);
    std::fs::write(house.path().join("template.yaml"), named).unwrap();
    let (_, by_name, _) = run(house.path(), &["--format", "cloudformation"]);
    let (_, terraform, _) = run(house.path(), &["--format", "terraform"]);
    let statements = |read: Read| {
        // Sids come from names, which are made up where the template makes them later.
        let mut all: Vec<_> = read.role.into_iter().flat_map(|it| it.statements).collect();
        all.iter_mut().for_each(|it| it.sid = None);
        let mut permissions = read.permissions;
        permissions.iter_mut().for_each(|it| it.sid = None);
        all.sort();
        permissions.sort();
        (all, permissions, read.trust)
    };
    let known = statements(reader::terraform(&terraform, "order_api"));
    assert_eq!(statements(reader::template(&by_reference, &world(), "OrderApi")), known);
    assert_eq!(statements(reader::template(&by_name, &world(), "OrderApi")), known);
    assert_eq!((known.0.len(), known.1.len()), (6, 2), "{known:?}");
}

#[test]
fn a_folder_holds_one_form_and_check_knows_it() {
    let house = house();
    let files = || {
        let folder = house.path().join("out/OrderApi");
        let names = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name());
        let mut names: Vec<String> = names.map(|it| it.into_string().unwrap()).collect();
        names.sort();
        names
    };
    for (form, file) in [
        ("terraform", "policies.tf.json"),
        ("cloudformation", "cloudformation.json"),
        ("sam", "sam.json"),
    ] {
        let line = ["--format", form, "--out", "out"];
        let checked = ["--format", form, "--out", "out", "--check"];
        if form != "terraform" {
            assert_eq!(run(house.path(), &line).0, 0);
        } else {
            // Terraform has no reference for what the template makes later.
            assert_eq!(run(house.path(), &line).0, 2);
            continue;
        }
        let mut expected = ["evidence.json", file];
        expected.sort_unstable();
        assert_eq!(files(), expected);
        assert_eq!(run(house.path(), &checked).0, 0);
        let path = house.path().join("out/OrderApi").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("madelater"), "{text}");
        let evidence = house.path().join("out/OrderApi/evidence.json");
        let evidence = std::fs::read_to_string(evidence).unwrap();
        assert!(evidence.contains("${Jobs.Arn}"), "{evidence}");
        std::fs::write(&path, text.replace("PutItem", "DeleteItem").replace("GetItem", "PutItem"))
            .unwrap();
        let (code, said, _) = run(house.path(), &checked);
        assert_eq!(code, 1);
        assert!(said.contains(file) && said.contains("dynamodb:PutItem"), "{said}");
    }
}
