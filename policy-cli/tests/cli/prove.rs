//! `generate --prove` and generation within limits.

use super::House;

const MANIFEST: &str = "[package]\nname = \"orders\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\npolicy-macros = \"0.1\"\n";

const MAIN: &str = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(sqs(SendMessage), on = "jobs")]
    jobs: Jobs,
}

fn main() {}
"#;

const CRATE: &str =
    "generate --crate orders --function-name orders --account 111122223333 --region eu-west-1";

/// A boundary that allows these actions on everything.
fn boundary(actions: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":{actions},"Resource":"*"}}]}}"#
    )
}

fn house() -> House {
    House::new(&[
        ("orders/Cargo.toml", MANIFEST),
        ("orders/src/main.rs", MAIN),
        ("wide.json", &boundary(r#"["sqs:*","logs:*"]"#)),
        ("narrow.json", &boundary(r#"["logs:*"]"#)),
        (
            "part.json",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"sqs:*","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}]}"#,
        ),
    ])
}

#[test]
fn the_proof_shows_evidence_parts_and_who_is_named() {
    insta::assert_snapshot!(house().run(&format!("{CRATE} --prove --format human")), @r#"
    exit 0
    --- stdout
    orders (role not known)
      verdict        seen  action                declared             resource
      platform          -  logs:CreateLogGroup   log of the function  arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders
      platform          -  logs:CreateLogGroup   log of the function  arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*
      platform          -  logs:CreateLogStream  log of the function  arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*
      platform          -  logs:PutLogEvents     log of the function  arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*
      declared-only     -  sqs:SendMessage       src/main.rs:5        arn:aws:sqs:eu-west-1:111122223333:jobs
      5 grants: 1 declared-only, 4 platform
      execution-role (inline): 891 of 10240 characters, 9349 left
      trust-policy: 220 of 2048 characters, 1828 left
      proof: 5 items of evidence, 14 requests allowed, 0 refused, 9 parts taken out, each of them needed
        allowed     1  `logs:CreateLogGroup` on `arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders`
        allowed     4  `logs:CreateLogGroup` on `arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*`
        allowed     4  `logs:CreateLogStream` on `arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*`
        allowed     4  `logs:PutLogEvents` on `arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*`
        allowed     1  `sqs:SendMessage` on `arn:aws:sqs:eu-west-1:111122223333:jobs`
        needed      1  the whole of `PlatformLogsCreateLogGroupAwsLambdaOrders`
        keeps-out   2  `ArnEquals lambda:SourceFunctionArn` of `PlatformLogsCreateLogGroupAwsLambdaOrders`
        needed     12  the whole of `PlatformLogsWriteAwsLambdaOrders`
        needed     12  the action `logs:CreateLogGroup` of `PlatformLogsWriteAwsLambdaOrders`
        needed     12  the action `logs:CreateLogStream` of `PlatformLogsWriteAwsLambdaOrders`
        needed     12  the action `logs:PutLogEvents` of `PlatformLogsWriteAwsLambdaOrders`
        keeps-out  24  `ArnEquals lambda:SourceFunctionArn` of `PlatformLogsWriteAwsLambdaOrders`
        needed      1  the whole of `SqsSendMessageJobs`
        keeps-out   2  `ArnEquals lambda:SourceFunctionArn` of `SqsSendMessageJobs`
        trusted     3  `LambdaMayAssume`
    --- stderr
    note[encryption-unknown]: `arn:aws:sqs:eu-west-1:111122223333:jobs` may be encrypted with a customer key, and then calls fail without a grant on it
    help: say `kms_key = "…"` where it is declared, or write the resource under `[encryption]` in policy.toml, with its key's ARN or "aws"
    note[trust-condition-unverified]: the trust policy asks for `aws:SourceAccount`, which AWS documents thinly
    help: deploy once and see that Lambda assumes the role
    "#);
}

#[test]
fn what_a_boundary_blocks_of_the_evidence_is_an_error() {
    let house = house();
    assert_eq!(house.exit(&format!("{CRATE} --boundary wide.json --scp wide.json")), 0);
    let text = house
        .run(&format!("{CRATE} --boundary narrow.json --scp wide.json --format human --prove"));
    assert!(text.starts_with("exit 1"), "{text}");
    assert!(text.contains("within narrow.json and 1 SCP level 1 are blocked"), "{text}");
    assert!(text.contains("error[grant-ineffective]"), "{text}");
    let json = house.json(&format!("{CRATE} --boundary narrow.json --format json"));
    let proof = &json["functions"][0]["proof"];
    assert_eq!(proof["within"], "within narrow.json");
    assert_eq!(proof["blocked"][0]["action"], "sqs:SendMessage");
    assert!(proof["requests"].as_u64().unwrap() > 4);
}

#[test]
fn a_limit_that_blocks_only_the_requests_of_the_evidence_is_an_error_too() {
    let house = house();
    let text = house.run(&format!("{CRATE} --scp part.json --format human"));
    assert!(text.starts_with("exit 1"), "{text}");
    assert!(
        text.contains("1 request of the evidence would be refused within 1 SCP level, such as `sqs:SendMessage`"),
        "{text}"
    );
    // Calls that come through the endpoint pass.
    let through = format!("{CRATE} --scp part.json --require-vpce vpce-1 --format human");
    assert_eq!(house.exit(&through), 0);
}

#[test]
fn required_endpoints_are_asked_of_the_code_alone() {
    let house = house();
    let json = house.json(&format!("{CRATE} --require-vpce vpce-1,vpce-2"));
    let statements = json["functions"][0]["executionRole"][0]["Statement"].as_array().unwrap();
    for statement in statements {
        let asked = &statement["Condition"]["StringEquals"]["aws:SourceVpce"];
        let is_code = statement["Sid"] == "SqsSendMessageJobs";
        assert_eq!(asked.is_array(), is_code, "{statement}");
    }
    let text = house.run(&format!("{CRATE} --require-vpce eu-west-1"));
    assert!(text.starts_with("exit 2"), "{text}");
    assert!(text.contains("vpce-0123456789abcdef0"), "{text}");
}

#[test]
fn a_limit_that_is_none_is_refused() {
    let house = house();
    house.write("trust.json", br#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#);
    let text = house.run(&format!("{CRATE} --boundary trust.json"));
    assert!(text.starts_with("exit 2"), "{text}");
}

#[test]
fn a_condition_that_is_switched_off_is_not_asked_for() {
    let house = house();
    house.write("orders/policy.toml", b"[conditions]\nsource-function-arn = false\n");
    assert!(!house.run(CRATE).contains("lambda:SourceFunctionArn"));
    house.write("orders/policy.toml", b"[conditions]\nsource-arn = false\n");
    let text = house.run(CRATE);
    assert!(text.starts_with("exit 2"), "{text}");
    assert!(text.contains("source-arn"), "{text}");
}

#[test]
fn a_grant_that_a_setting_asks_for_says_which() {
    let house = house();
    house.write("orders/policy.toml", b"[functions.orders]\ntracing = true\n");
    let json = house.json(CRATE);
    let entries = json["functions"][0]["evidence"].as_array().unwrap();
    let tracing = entries.iter().find(|entry| entry["action"] == "xray:PutTraceSegments").unwrap();
    assert_eq!(tracing["platform"][0], "tracing");
    assert_eq!(tracing["settings"][0]["path"], "functions.orders.tracing");
    assert_eq!(tracing["settings"][0]["line"], 2);
    let text = house.run(&format!("-v {CRATE} --format human"));
    assert!(text.contains("set in orders/policy.toml:2, `functions.orders.tracing`"), "{text}");
}
