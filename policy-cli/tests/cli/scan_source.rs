//! `scan --crate` and what follows from it: the calls that a source shows, and which of them nobody declared.

use super::House;

const MANIFEST: &str = "[package]\nname = \"orders\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\naws-config = \"1\"\naws-sdk-dynamodb = \"1\"\naws-sdk-glacier = \"1\"\naws-sdk-s3 = \"1\"\npolicy-macros = \"0.1\"\n";

const BARE: &str = "use aws_sdk_dynamodb::Client;

#[tokio::main]
async fn main() {
    let config = aws_config::load_from_env().await;
    let client = Client::new(&config);
    client.get_item().table_name(\"orders\").send().await;
    client.put_item().table_name(std::env::var(\"TABLE\").unwrap()).send().await;
    client.list_tables().send().await;
    outside().list_multipart_uploads().send().await;
    put!(client);
}

macro_rules! put {
    ($client:expr) => { $client.query().send() };
}

async fn unused(client: &Client) {
    client.scan().table_name(outside()).send().await;
}
";

const DECLARED: &str = "use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = \"table/orders\")]
    orders: Orders,
}

async fn main() {
    let access = Access::new(&config().await).unwrap();
    access.orders.get_item().send().await;
    aside(&config().await).await;
}

async fn aside(config: &aws_config::SdkConfig) {
    aws_sdk_s3::Client::new(config).list_buckets().send().await;
}
";

fn house(main: &str) -> House {
    House::new(&[("orders/Cargo.toml", MANIFEST), ("orders/src/main.rs", main)])
}

#[test]
fn a_source_lists_its_calls_and_says_what_they_are_made_on() {
    insta::assert_snapshot!(house(BARE).run("scan --crate orders"), @r#"
    exit 1
    --- stdout
    src/main.rs
         7:12  dynamodb(GetItem)              dynamodb:GetItem on table/orders  not declared
         8:12  dynamodb(PutItem)              dynamodb:PutItem on env("TABLE", as = "name")  not declared
         9:12  dynamodb(ListTables)           dynamodb:ListTables (`ListTables` is not made on a resource)  not declared
        10:15  glacier(ListMultipartUploads)  glacier:ListMultipartUploads (ambiguous, by code) (`vault_name` is not set where the request is made)  not declared
        10:15  s3(ListMultipartUploads)       s3:ListBucketMultipartUploads (ambiguous, by code) (`bucket` is not set where the request is made)  not declared
        19:12  dynamodb(Scan)                 dynamodb:Scan (`table_name`: its value is made while the function runs), called by no binary

    src/main.rs:14
      unknown: the macro `put!` may make calls of the SDK

    6 calls, 5 of them not declared; there may be more
    --- stderr
    warning[calls-unknown]: there may be calls that cannot be read: the macro `put!` may make calls of the SDK
     --> src/main.rs:14
    help: scan the built binary with `--binary`: it tells what can be called, macros and dependencies included
    error[reachable-not-declared]: `GetItem` of `dynamodb` can be called but is not declared
     --> src/main.rs:7:12
    help: declare it where the client is made: `#[aws(dynamodb(GetItem), on = …)]`, or take the call out
    error[reachable-not-declared]: `ListTables` of `dynamodb` can be called but is not declared
     --> src/main.rs:9:12
    help: declare it where the client is made: `#[aws(dynamodb(ListTables), on = …)]`, or take the call out
    error[reachable-not-declared]: `PutItem` of `dynamodb` can be called but is not declared
     --> src/main.rs:8:12
    help: declare it where the client is made: `#[aws(dynamodb(PutItem), on = …)]`, or take the call out
    error[reachable-not-declared]: this call is one of `glacier(ListMultipartUploads)`, `s3(ListMultipartUploads)`, since the type of the receiver is not told; none of them is declared
     --> src/main.rs:10:15
    help: write the type of the receiver, or scan the built binary with `--binary`
    "#);
}

#[test]
fn a_call_beside_the_declared_ones_is_an_error_and_declared_ones_are_none() {
    let house = house(DECLARED);
    insta::assert_snapshot!(house.run("scan --crate orders"), @r"
    exit 1
    --- stdout
    src/main.rs
        11:19  dynamodb(GetItem)  dynamodb:GetItem on table/orders
        16:37  s3(ListBuckets)    s3:ListAllMyBuckets (`ListBuckets` is not made on a resource)  not declared

    2 calls, 1 of them not declared
    --- stderr
    error[reachable-not-declared]: `ListBuckets` of `s3` can be called but is not declared
     --> src/main.rs:16:37
    help: declare it where the client is made: `#[aws(s3(ListBuckets), on = …)]`, or take the call out
    ");
    house.write(
        "orders/src/main.rs",
        DECLARED.replace("    aside(&config().await).await;\n", "").as_bytes(),
    );
    insta::assert_snapshot!(house.run("scan --crate orders"), @r"
    exit 0
    --- stdout
    src/main.rs
        11:19  dynamodb(GetItem)  dynamodb:GetItem on table/orders
        15:37  s3(ListBuckets)    s3:ListAllMyBuckets (`ListBuckets` is not made on a resource), called by no binary

    2 calls, declared
    ");
}

#[test]
fn a_client_made_beside_the_handles_is_told() {
    let beside = DECLARED.replace(
        "aws_sdk_s3::Client::new(config).list_buckets().send().await;",
        "
    let make = aws_sdk_dynamodb::Client::new;
    make(config).get_item().table_name(\"orders\").send().await;
    aws_sdk_dynamodb::Client::from_conf(config).get_item().table_name(\"orders\").send().await;",
    );
    let output = house(&beside).command("scan --crate orders").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.matches("warning[client-beside-handle]").count(), 2, "{said}");
    assert!(said.contains("src/main.rs:17:42") && said.contains("src/main.rs:19:31"), "{said}");
    // Whoever declares on functions makes the client somewhere.
    let on_function = beside.replace("#[derive(AwsAccess)]", "").replace(
        "async fn aside",
        "#[aws_access(dynamodb(GetItem), on = \"table/orders\")]\nasync fn aside",
    );
    let on_function =
        on_function.replace("use policy_macros::AwsAccess", "use policy_macros::aws_access");
    let output = house(&on_function).command("scan --crate orders").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("client-beside-handle"), "{said}");
}

#[test]
fn json_holds_the_contract_of_a_call() {
    let output = house(BARE).command("scan --crate orders --format json").output().unwrap();
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let put = read["calls"].as_array().unwrap().iter().find(|it| it["operation"] == "PutItem");
    assert_eq!(
        put.unwrap(),
        &serde_json::json!({
            "service": "dynamodb", "operation": "PutItem", "actions": ["dynamodb:PutItem"],
            "client": "dynamodb", "file": "src/main.rs", "line": 8, "column": 12, "enclosing": "main",
            "binaries": ["orders"], "resource": "env(\"TABLE\", as = \"name\")", "resourceUnknown": null,
            "source": "code", "confidence": "certain", "kind": "request"
        })
    );
    let scan = read["calls"].as_array().unwrap().iter().find(|it| it["operation"] == "Scan");
    assert_eq!(scan.unwrap()["binaries"], serde_json::json!([]));
    let undeclared: Vec<_> =
        read["undeclared"].as_array().unwrap().iter().map(|it| &it["operation"]).collect();
    assert_eq!(undeclared.len(), 5, "{undeclared:?}");
    assert_eq!(read["unknown"].as_array().unwrap().len(), 1);
}

#[test]
fn a_declaration_is_suggested_for_all_that_a_binary_calls() {
    insta::assert_snapshot!(house(BARE).run("scan --crate orders --suggest -q"), @r#"
    exit 0
    --- stdout
    use policy_macros::AwsAccess;
    /// What `orders` may do in AWS.
    ///
    /// Left out: src/main.rs:10 is one of `glacier(ListMultipartUploads)`, `s3(ListMultipartUploads)`.
    #[derive(AwsAccess)]
    pub struct Access {
        /// GetItem: src/main.rs:7
        /// PutItem: src/main.rs:8
        /// ListTables: src/main.rs:9
        #[aws(dynamodb(GetItem), on = "table/orders")]
        #[aws(dynamodb(PutItem), on = env("TABLE", as = "name"))]
        #[aws(dynamodb(ListTables), any_resource = "the action has no resource type")]
        pub dynamodb: Dynamodb,
    }
    "#);
}

#[test]
fn policies_are_made_of_the_calls_of_a_crate_that_declares_nothing() {
    let house = house(BARE);
    let line = "generate --crate orders --account 111122223333 --region eu-west-1";
    let output = house.command(line).output().unwrap();
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let statements = read["functions"][0]["executionRole"][0]["Statement"].to_string();
    assert!(statements.contains("table/orders") && !statements.contains("PutItem"), "{statements}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("the environment variable `TABLE`"), "{said}");
    // The value of the variable completes what the source tells.
    house.write("policy.toml", b"[functions.orders]\nvariables = { TABLE = \"archive\" }\n");
    let output = house.command(&format!("{line} --config policy.toml")).output().unwrap();
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let statements = read["functions"][0]["executionRole"][0]["Statement"].to_string();
    assert!(statements.contains("table/archive"), "{statements}{output:?}");
    assert!(!statements.contains("dynamodb:Scan") && !statements.contains("s3:"), "{statements}");
}

#[test]
fn sarif_points_at_the_calls() {
    let output = house(BARE).command("scan --crate orders --format sarif").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = read["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 5);
    let region = &results[1]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region, &serde_json::json!({ "startLine": 7, "startColumn": 12 }));
}

#[test]
fn a_source_or_a_binary_has_to_be_named() {
    let house = house(BARE);
    for (line, code) in [
        ("scan", 2),
        ("scan --crate nowhere", 2),
        ("scan --crate orders --bin other", 2),
        ("scan --crate orders --suggest --format json", 2),
        ("scan --binary orders --suggest", 2),
        ("scan --crate orders --bin orders", 1),
    ] {
        assert_eq!(house.exit(line), code, "{line}");
    }
}

const COPY: &str = "async fn main() {
    let s3 = aws_sdk_s3::Client::new(&config());
    s3.copy_object().bucket(\"acme-archive\").key(\"a\").copy_source(\"acme-inbox/a\").send().await;
    s3.copy_object().bucket(\"acme-archive\").key(\"b\").copy_source(outside()).send().await;
}
";

#[test]
fn a_copy_reads_one_object_and_writes_another() {
    let house = house(COPY);
    insta::assert_snapshot!(house.run("scan --crate orders"), @r"
    exit 1
    --- stdout
    src/main.rs
         3:8   s3(CopyObject)  s3:GetObject, s3:PutObject: s3:GetObject on acme-inbox/a, s3:PutObject on acme-archive/a  not declared
         4:8   s3(CopyObject)  s3:GetObject, s3:PutObject: s3:PutObject on acme-archive/b (s3:GetObject: `copy_source`: its value is made while the function runs)  not declared

    2 calls, not declared
    --- stderr
    error[reachable-not-declared]: `CopyObject` of `s3` can be called but is not declared
     --> src/main.rs:3:8
    help: declare it where the client is made: `#[aws(s3(CopyObject), on = …)]`, or take the call out
    error[reachable-not-declared]: `CopyObject` of `s3` can be called but is not declared
     --> src/main.rs:4:8
    help: declare it where the client is made: `#[aws(s3(CopyObject), on = …)]`, or take the call out
    ");
    insta::assert_snapshot!(house.run("scan --crate orders --suggest -q"), @r#"
    exit 0
    --- stdout
    use policy_macros::AwsAccess;
    /// What `orders` may do in AWS.
    #[derive(AwsAccess)]
    pub struct Access {
        /// CopyObject: src/main.rs:3
        /// CopyObject: src/main.rs:4
        /// action("s3:GetObject"): src/main.rs:3
        /// action("s3:GetObject"): src/main.rs:4: on what is not told, `copy_source`: its value is made while the function runs
        #[aws(s3(CopyObject), on = "acme-archive/a")]
        #[aws(s3(CopyObject), on = "acme-archive/b")]
        #[aws(s3(action("s3:GetObject")), on = "acme-inbox/a")]
        #[aws(s3(action("s3:GetObject")))]
        pub s3: S3,
    }
    "#);
    let output = house.command("scan --crate orders --format json").output().unwrap();
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let said: Vec<_> = read["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| (call["resource"].clone(), call["resourceUnknown"].clone()))
        .collect();
    assert_eq!(
        said,
        [
            (
                "s3:GetObject on acme-inbox/a, s3:PutObject on acme-archive/a".into(),
                serde_json::Value::Null
            ),
            (
                "s3:PutObject on acme-archive/b".into(),
                "s3:GetObject: `copy_source`: its value is made while the function runs".into()
            ),
        ]
    );
    // Each side is granted by itself.
    let line = "generate --crate orders --account 111122223333 --region eu-west-1";
    let output = house.command(line).output().unwrap();
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let evidence = read["functions"][0]["evidence"].as_array().unwrap();
    let granted: Vec<String> = evidence
        .iter()
        .filter(|it| it["verdict"] == "reachable-only")
        .map(|it| format!("{} {}", it["action"], it["resource"]))
        .collect();
    insta::assert_snapshot!(granted.join("\n"), @r#"
    "s3:GetObject" "arn:aws:s3:::acme-inbox/a"
    "s3:PutObject" "arn:aws:s3:::acme-archive/a"
    "s3:PutObject" "arn:aws:s3:::acme-archive/b"
    "#);
}
