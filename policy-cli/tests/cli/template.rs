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

#[test]
fn a_parameter_that_nothing_asks_for_is_said_with_the_nearest_name() {
    let house = house(DECLARED);
    let said = |line: &str| -> Vec<String> {
        let found = house.run(line);
        let is_said =
            |line: &&str| ["warning", "error", "help"].iter().any(|word| line.starts_with(word));
        let lines = found.lines().filter(is_said).filter(|line| line.contains("--param"));
        lines.map(str::to_owned).collect()
    };
    let unused = |name: &str| {
        format!(
            "nothing asks for `--param {name}`: neither a declaration nor policy.toml nor the template has"
        )
    };
    let line = format!("{LINE} --template template.yaml");
    let found = said(&format!("{line} --param Stage=prod --param Jbos=j"));
    assert!(
        found[0].starts_with(&format!("warning[config-unused]: {}", unused("Jbos=j"))),
        "{found:?}"
    );
    assert_eq!(found[1..], ["help: did you mean `--param Jobs=j`?"]);
    // One that is misspelt is said beside the value that is missing.
    let found = said(&format!("{line} --param Stge=prod"));
    assert!(found[0].contains("the parameter `Stage` has no default"), "{found:?}");
    assert!(found[1].contains(&unused("Stge=prod")), "{found:?}");
    assert_eq!(found[2..], ["help: did you mean `--param Stage=prod`?"]);
    let found = said(&format!("{line} --param Stage=prod --param Stge=x --bin orders"));
    assert_eq!(found, [""; 0]);
    let found =
        said("scan --crate orders --template template.yaml --param Stge=prod --param Stage=prod");
    assert!(found[0].contains(&unused("Stge=prod")), "{found:?}");
    let found = said("scan --crate orders --template template.yaml --param Stage=prod");
    assert_eq!(found, [""; 0]);
}

const SAM: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: jobs } }
  Uploads: { Type: 'AWS::S3::Bucket', Properties: { BucketName: acme-uploads } }
  Api: { Type: 'AWS::Serverless::Api', Properties: { StageName: prod } }
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: orders-prod
      CodeUri: target/lambda/orders/
      AutoPublishAlias: live
      Tracing: Active
      VpcConfig: { SubnetIds: [subnet-1], SecurityGroupIds: [sg-1] }
      DeadLetterQueue: { Type: SQS, TargetArn: 'arn:aws:sqs:eu-west-1:111122223333:lost' }
      Policies: [AWSLambdaBasicExecutionRole]
      Environment: { Variables: { QUEUE_URL: !Ref Jobs } }
      Events:
        Jobs: { Type: SQS, Properties: { Queue: !GetAtt Jobs.Arn } }
        Upload: { Type: S3, Properties: { Bucket: !Ref Uploads, Events: 's3:ObjectCreated:*' } }
        Read: { Type: Api, Properties: { RestApiId: !Ref Api, Path: /orders, Method: get } }
";

fn generated(house: &House, line: &str) -> serde_json::Value {
    let output = house.command(line).output().unwrap();
    let read: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    read["functions"][0].clone()
}

#[test]
fn how_a_template_configures_a_function_is_in_its_policies() {
    let house = house(DECLARED);
    house.write("template.yaml", SAM.as_bytes());
    let line = format!("{LINE} --template template.yaml");
    let found = generated(&house, &format!("{line} --param Api=a1b2c3d4e5"));
    assert_eq!(found["deployed"], "arn:aws:lambda:eu-west-1:111122223333:function:orders-prod");
    let role = found["executionRole"].to_string();
    for part in [
        "log-group:/aws/lambda/orders-prod:*",
        "xray:PutTraceSegments",
        "ec2:CreateNetworkInterface",
        "arn:aws:sqs:eu-west-1:111122223333:lost",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
    ] {
        assert!(role.contains(part), "{part}: {role}");
    }
    let live = found["resourcePolicies"]["live"].to_string();
    for part in [
        "arn:aws:s3:::acme-uploads",
        "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/*/GET/orders",
        "function:orders-prod:live",
    ] {
        assert!(live.contains(part), "{part}: {live}");
    }
    assert!(!role.contains("execute-api") && found["resourcePolicies"][""].is_null());
    let codes = |found: &serde_json::Value| -> Vec<String> {
        let findings = found["findings"].as_array().unwrap().iter();
        findings.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
    };
    assert!(codes(&found).contains(&"granted-by-hand".to_owned()));
    assert!(!codes(&found).contains(&"setting-unknown".to_owned()), "{:?}", codes(&found));
    // Without the id that only the deployment makes, that invoker alone is missing, and said.
    let without = generated(&house, &line);
    assert!(codes(&without).contains(&"setting-unknown".to_owned()));
    let live = without["resourcePolicies"]["live"].to_string();
    assert!(live.contains("acme-uploads") && !live.contains("execute-api"), "{live}");
}

#[test]
fn flags_come_before_policy_toml_which_comes_before_the_template() {
    let house = house(DECLARED);
    house.write("template.yaml", SAM.as_bytes());
    let line = format!("{LINE} --template template.yaml");
    let name = |line: &str| generated(&house, line)["deployed"].as_str().unwrap().to_owned();
    assert!(name(&line).ends_with(":orders-prod"));
    house.write(
        "policy.toml",
        b"[functions.orders]\nfunction-name = \"orders-file\"\ntracing = false\ndead-letter = \"arn:aws:sns:eu-west-1:111122223333:mine\"\n",
    );
    let line = format!("{line} --config policy.toml");
    assert!(name(&line).ends_with(":orders-file"));
    assert!(name(&format!("{line} --function-name orders-flag")).ends_with(":orders-flag"));
    let role = generated(&house, &line)["executionRole"].to_string();
    assert!(!role.contains("xray:"), "the file says that there is no tracing: {role}");
    assert!(role.contains(":mine") && !role.contains(":lost"), "{role}");
    // The code names the queue with nothing but a variable; a value of the file comes before that of the template.
    assert!(role.contains("ec2:CreateNetworkInterface") && role.contains(":jobs"), "{role}");
}

#[test]
fn a_plan_of_terraform_says_as_much() {
    let house = house(DECLARED);
    let plan = include_bytes!("../plans/shop.json");
    house.write("plan.json", plan);
    house.write(
        "policy.toml",
        b"[functions.orders]\nvariables = { QUEUE_URL = \"https://sqs.eu-west-1.amazonaws.com/111122223333/jobs\" }\n",
    );
    let line = format!("{LINE} --template plan.json --param aws_kms_key.shop=k1");
    insta::assert_snapshot!(house.run(&line).lines().next().unwrap(), @"exit 2");
    let found = generated(&house, &format!("{line} --config policy.toml"));
    let role = found["executionRole"].to_string();
    for part in ["xray:PutTraceSegments", "dynamodb:GetRecords", "key/k1", "fsap-1"] {
        assert!(role.contains(part), "{part}: {role}");
    }
    assert!(!role.contains("log-group:/aws/lambda/orders\""), "the plan makes it: {role}");
    assert!(found["resourcePolicies"]["live"].to_string().contains("rule/shop/paid"));
}

#[test]
fn verbose_output_says_which_settings_were_read_from_where() {
    let house = house(DECLARED);
    house.write("template.yaml", SAM.as_bytes());
    house.write("policy.toml", b"[functions.orders]\nrotates = [\"orders/db\"]\n");
    let line =
        format!("{LINE} --template template.yaml --config policy.toml --param Api=a1 --out out");
    let quiet = house.run(&line);
    assert!(!quiet.contains("from template.yaml"), "{quiet}");
    let said = house.run(&format!("{line} -v"));
    let settings: Vec<&str> =
        said.lines().filter(|line| line.contains(", from ")).map(str::trim).collect();
    insta::assert_snapshot!(settings.join("\n"), @r#"
    rotation orders/db, from policy.toml:2:12 (functions.orders.rotates[0])
    tracing, from template.yaml:12:16 (Resources.Orders.Properties.Tracing)
    vpc, from template.yaml:13:18 (Resources.Orders.Properties.VpcConfig)
    dead-letter arn:aws:sqs:eu-west-1:111122223333:lost, from template.yaml:14:48 (Resources.Orders.Properties.DeadLetterQueue.TargetArn)
    polls sqs arn:aws:sqs:eu-west-1:111122223333:jobs, from template.yaml:18:40 (Resources.Orders.Properties.Events.Jobs)
    invoked by s3 acme-uploads as live, from template.yaml:19:17 (Resources.Orders.Properties.Events.Upload)
    invoked by apigateway a1/*/GET/orders as live, from template.yaml:20:15 (Resources.Orders.Properties.Events.Read)
    variable QUEUE_URL = https://sqs.eu-west-1.amazonaws.com/111122223333/jobs, from template.yaml:16:46 (Resources.Orders.Properties.Environment.Variables.QUEUE_URL)
    arn:aws:sqs:eu-west-1:111122223333:jobs is encrypted with a key of AWS, from template.yaml:3:9 (Resources.Jobs)
    "#);
}

#[test]
fn columns_are_as_wide_as_the_names_that_the_deployment_makes() {
    let template = "Resources:
  Jobs: { Type: AWS::SQS::Queue }
  Orders:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: rust-cargolambda, BuildProperties: { Binary: orders } }
    Properties:
      Events:
        Work: { Type: SQS, Properties: { Queue: !GetAtt Jobs.Arn } }
      Environment:
        Variables:
          QUEUE_URL: !Ref Jobs
";
    let house = House::new(&[
        ("orders/Cargo.toml", MANIFEST),
        ("orders/src/main.rs", DECLARED),
        ("template.yaml", template),
    ]);
    let output = house
        .command(&format!("{LINE} --template template.yaml --format sam --out out"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let row = |action: &str| text.lines().find(|line| line.contains(action)).unwrap();
    let column = |action: &str| row(action).rfind("${Jobs.Arn}").unwrap();
    assert!(row("sqs:DeleteMessage").contains("poller of `${Jobs.Arn}`"), "{text}");
    assert_eq!(column("sqs:DeleteMessage"), column("sqs:SendMessage"), "{text}");
    let head = text.lines().find(|line| line.contains("resource")).unwrap();
    assert_eq!(head.find("resource"), Some(column("sqs:SendMessage")), "{text}");
}
