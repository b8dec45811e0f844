//! `generate --emit`: what is made beside the policies of functions.

use super::House;

const GENERATE: &str =
    "generate --crate shop --config policy.toml --account 111122223333 --region eu-west-1";

const MAIN: &str = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "orders", invoked_by(events("rule/nightly"), scheduler("schedule/default/hourly")))]
struct Orders {
    #[aws(dynamodb(GetItem, PutItem), on = "table/orders")]
    orders: OrdersTable,
    #[aws(sqs(SendMessage), on = "arn:aws:sqs:eu-west-1:444455556666:jobs")]
    jobs: Jobs,
}

fn main() {}
"#;

const CONFIG: &str = "[functions.orders]\nfunction-name = \"orders\"\nrole = \"arn:aws:iam::111122223333:role/lambda/orders-exec\"\ncode-key = \"key/1234abcd-12ab-34cd-56ef-1234567890ab\"\n[[functions.orders.polls]]\nkind = \"sqs\"\nsource = \"incoming\"\nfed-by = [{ kind = \"s3\", source = \"acme-uploads\" }]\n";

fn house() -> House {
    House::new(&[
        (
            "shop/Cargo.toml",
            "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\npolicy-macros = \"0.1\"\n",
        ),
        ("shop/src/main.rs", MAIN),
        ("policy.toml", CONFIG),
    ])
}

/// The names of the files in a folder.
fn names(house: &House, dir: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(house.path(dir)) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn fragments_are_documents_with_an_index_that_says_whom_they_are_for() {
    let house = house();
    assert_eq!(house.exit(&format!("{GENERATE} --out policies --emit fragments")), 0);
    assert_eq!(
        names(&house, "policies/orders/fragments"),
        [
            "caller-scheduler-schedule-default-hourly.json",
            "index.json",
            "key-policy-code-1234abcd-12ab-34cd-56ef-1234567890ab.json",
            "queue-policy-incoming-s3-acme-uploads.json",
            "queue-policy-jobs.json",
        ]
    );
    let read = |name: &str| -> serde_json::Value {
        let path = house.path(&format!("policies/orders/fragments/{name}"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    for entry in read("index.json").as_array().unwrap() {
        let document = read(entry["file"].as_str().unwrap());
        assert_eq!(document["Version"], "2012-10-17", "{entry}");
        assert!(!entry["of"].as_str().unwrap().is_empty(), "{entry}");
    }
    let simulated = house.run("simulate --resource-policy policies/orders/fragments/queue-policy-incoming-s3-acme-uploads.json --action sqs:SendMessage --resource arn:aws:sqs:eu-west-1:111122223333:incoming --principal s3.amazonaws.com --context aws:SourceArn=arn:aws:s3:::acme-uploads --context aws:SourceAccount=111122223333");
    assert!(simulated.starts_with("exit 0"), "{simulated}");
}

#[test]
fn fragments_are_checked_and_go_away_when_nothing_asks_for_them_any_more() {
    let house = house();
    let line = format!("{GENERATE} --out policies --emit fragments");
    assert_eq!(house.exit(&line), 0);
    assert_eq!(house.exit(&format!("{line} --check")), 0);
    house.write("policy.toml", CONFIG.replace("code-key", "environment-key").as_bytes());
    let found = house.run(&format!("{line} --check"));
    let stale = "orders/fragments/key-policy-code-1234abcd-12ab-34cd-56ef-1234567890ab.json: stale";
    assert!(found.contains(stale), "{found}");
    assert_eq!(house.exit(&line), 0);
    assert_eq!(names(&house, "policies/orders/fragments").len(), 4);
    // Without asking they are left alone.
    assert_eq!(house.exit(&format!("{GENERATE} --out policies")), 0);
    assert_eq!(names(&house, "policies/orders/fragments").len(), 4);
}

#[test]
fn json_has_fragments_with_their_documents_only_when_asked() {
    let house = house();
    let made = |line: &str| -> serde_json::Value {
        let output = house.command(line).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert!(made(GENERATE)["functions"][0]["fragments"].is_null());
    let with = made(&format!("{GENERATE} --emit fragments"));
    let fragments = with["functions"][0]["fragments"].as_array().unwrap();
    assert_eq!(fragments.len(), 4);
    assert!(fragments.iter().all(|it| it["document"]["Statement"].is_array()), "{fragments:?}");
}

#[test]
fn what_feeds_no_queue_is_refused_with_its_place() {
    let house = house();
    house.write("policy.toml", CONFIG.replace("kind = \"s3\"", "kind = \"iot\"").as_bytes());
    let found = house.run(GENERATE);
    assert!(found.starts_with("exit 2"), "{found}");
    assert!(found.contains("`iot` feeds no queue"), "{found}");
}

#[test]
fn within_the_boundary_every_grant_is_effective() {
    let house = house();
    assert_eq!(house.exit(&format!("{GENERATE} --out policies --emit boundary")), 0);
    assert_eq!(names(&house, "policies/boundary"), ["permissions-boundary.json"]);
    assert_eq!(house.exit(&format!("{GENERATE} --out policies --emit boundary --check")), 0);
    let within = house.run(&format!(
        "{GENERATE} --out policies --boundary policies/boundary/permissions-boundary.json"
    ));
    assert!(within.starts_with("exit 0"), "{within}");
    assert!(!within.contains("grant-ineffective"), "{within}");
}

#[test]
fn a_boundary_of_some_functions_is_refused() {
    let found = house().run(&format!("{GENERATE} --emit boundary --function orders"));
    assert!(found.starts_with("exit 2"), "{found}");
    assert!(found.contains("a boundary is for all functions"), "{found}");
}

const PIPELINE: &str = "[pipeline]\nsource = \"acme-ci/source/\"\nunsigned = \"acme-artifacts/unsigned/\"\nsigned = \"acme-artifacts/signed/\"\nproject = \"shop-build\"\nsigning-profile = \"arn:aws:signer:eu-west-1:111122223333:/signing-profiles/acme\"\nsigning-profile-version = \"a1b2c3d4e5\"\ncode-signing = \"arn:aws:lambda:eu-west-1:111122223333:code-signing-config:csc-0a1b2c3d4e5f60718\"\nboundary = \"arn:aws:iam::111122223333:policy/lambda-boundary\"\n";

#[test]
fn a_pipeline_has_a_document_for_each_duty() {
    let house = house();
    house.write("policy.toml", format!("{CONFIG}{PIPELINE}").as_bytes());
    let line = format!("{GENERATE} --out policies --emit pipeline");
    assert_eq!(house.exit(&line), 0);
    let duties = ["build.json", "deploy.json", "policy.json", "sign.json"];
    assert_eq!(names(&house, "policies/pipeline"), duties);
    assert_eq!(house.exit(&format!("{line} --check")), 0);
    let denied = house.run("simulate --policy policies/pipeline/deploy.json --action lambda:DeleteFunctionCodeSigningConfig --resource arn:aws:lambda:eu-west-1:111122223333:function:orders");
    assert!(denied.contains("explicit"), "{denied}");
}

#[test]
fn duties_that_overlap_are_an_error_and_are_not_written() {
    let house = house();
    let config = format!("{CONFIG}{}", PIPELINE.replace("/unsigned/", "/signed/"));
    house.write("policy.toml", config.as_bytes());
    let found = house.run(&format!("{GENERATE} --out policies --emit pipeline"));
    assert!(found.starts_with("exit 1"), "{found}");
    assert!(found.contains("error[pipeline-overlap]"), "{found}");
    assert_eq!(names(&house, "policies/pipeline"), [""; 0]);
}

#[test]
fn places_of_a_pipeline_are_checked_with_their_line() {
    let house = house();
    let config = format!("{CONFIG}{}", PIPELINE.replace("acme-ci/source/", "acme-ci"));
    house.write("policy.toml", config.as_bytes());
    let found = house.run(GENERATE);
    assert!(found.starts_with("exit 2"), "{found}");
    assert!(found.contains("`acme-ci` is not a bucket and a prefix that ends with `/`"), "{found}");
}
