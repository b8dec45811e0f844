//! Every setting that `-v` shows says where it is written, whoever says it.

use super::House;

const MAIN: &str = r#"#[derive(AwsAccess)]
#[aws(function = "Orders")]
struct Access {
    #[aws(s3(GetObject), on = "acme-receipts/*")]
    receipts: Receipts,
    #[aws(sqs(SendMessage), on = "jobs")]
    jobs: Jobs,
}
"#;

const TEMPLATE: &str = r#"Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: orders
      Role: !GetAtt Role.Arn
      KmsKeyArn: arn:aws:kms:eu-west-1:111122223333:key/e
      LoggingConfig:
        LogGroup: /acme/orders
      CodeSigningConfigArn: arn:aws:lambda:eu-west-1:111122223333:code-signing-config:csc-1
      Environment:
        Variables:
          STAGE: prod
  Log:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: /acme/orders
  Receipts:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: acme-receipts
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault:
              KMSMasterKeyID: arn:aws:kms:eu-west-1:111122223333:key/r
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: orders-exec
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
            Principal:
              Service: [lambda.amazonaws.com, edgelambda.amazonaws.com]
"#;

const CONFIG: &str = r#"[encryption]
"arn:aws:sqs:eu-west-1:111122223333:jobs" = "key/j"
[functions.Orders]
tracing = false
code-key = "key/c"
required-endpoints = ["vpce-1"]
variables = { EXTRA = "yes" }
[[functions.Orders.polls]]
kind = "sqs"
source = "jobs"
"#;

/// What `-v` says of settings, and the evidence.
fn said(config: &str, more: &str) -> (Vec<String>, serde_json::Value) {
    let house = House::new(&[
        ("Cargo.toml", "[package]\nname = \"orders\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
        ("src/main.rs", MAIN),
        ("template.yaml", TEMPLATE),
        ("policy.toml", config),
    ]);
    let generate = format!(
        "generate --crate . --template template.yaml --account 111122223333 --region eu-west-1 {more}"
    );
    let text = house.run(&format!("{generate} --format human -v"));
    let words =
        ["log group", "variable", "encrypted", "edge", "come through", "code signed", "no "];
    let is_setting = |line: &&str| {
        line.starts_with("  ")
            && words.iter().any(|word| line.trim_start().contains(word))
            && !line.contains("characters")
    };
    let settings = text.split("--- stderr").next().unwrap_or_default();
    let lines = settings.lines().filter(is_setting).map(|line| line.trim().to_owned()).collect();
    let output = house.command(&format!("{generate} --format json")).output().unwrap();
    let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    (lines, made["functions"][0]["evidence"].clone())
}

#[test]
fn every_setting_says_where_it_is_written() {
    let (lines, evidence) = said(CONFIG, "");
    insta::assert_snapshot!(lines.join("\n"), @"
    no tracing, from ./policy.toml:4:11 (functions.Orders.tracing)
    log group /acme/orders, from template.yaml:10:19 (Resources.Orders.Properties.LoggingConfig.LogGroup)
    the log group is made by something else, from template.yaml:16:5 (Resources.Log)
    variable EXTRA = yes, from ./policy.toml:7:23 (functions.Orders.variables.EXTRA)
    variable STAGE = prod, from template.yaml:14:18 (Resources.Orders.Properties.Environment.Variables.STAGE)
    arn:aws:logs:eu-west-1:111122223333:log-group:/acme/orders is encrypted with a key of AWS, from template.yaml:16:5 (Resources.Log)
    arn:aws:s3:::acme-receipts is encrypted with arn:aws:kms:eu-west-1:111122223333:key/r, from template.yaml:24:9 (Resources.Receipts.Properties.BucketEncryption)
    arn:aws:sqs:eu-west-1:111122223333:jobs is encrypted with key/j, from ./policy.toml:2:45 (encryption.arn:aws:sqs:eu-west-1:111122223333:jobs)
    variables are encrypted with arn:aws:kms:eu-west-1:111122223333:key/e, from template.yaml:8:18 (Resources.Orders.Properties.KmsKeyArn)
    the code is encrypted with key/c, from ./policy.toml:5:12 (functions.Orders.code-key)
    runs at the edge, from template.yaml:36:47 (Resources.Role.Properties.AssumeRolePolicyDocument.Statement)
    calls come through vpce-1, from ./policy.toml:6:22 (functions.Orders.required-endpoints)
    code signed as arn:aws:lambda:eu-west-1:111122223333:code-signing-config:csc-1 says, from template.yaml:11:29 (Resources.Orders.Properties.CodeSigningConfigArn)
    ");
    // The grants that settings ask for say so too.
    let of = |action: &str| -> Vec<String> {
        let all = evidence.as_array().unwrap().iter().filter(|entry| entry["action"] == action);
        let settings = all.filter_map(|entry| entry["settings"].as_array().cloned()).flatten();
        let place =
            |it: serde_json::Value| format!("{} {}", it["source"], it["path"]).replace('"', "");
        settings.map(place).collect()
    };
    let key = "./policy.toml encryption.arn:aws:sqs:eu-west-1:111122223333:jobs".to_owned();
    assert!(of("kms:Decrypt").contains(&key), "{:?}", of("kms:Decrypt"));
    assert_eq!(
        of("logs:PutLogEvents"),
        ["template.yaml Resources.Orders.Properties.LoggingConfig.LogGroup"]
    );
}

#[test]
fn a_flag_is_a_place_too() {
    let (lines, _) = said("", "--require-vpce vpce-2");
    assert!(
        lines.contains(&"calls come through vpce-2, from --require-vpce".to_owned()),
        "{lines:?}"
    );
}
