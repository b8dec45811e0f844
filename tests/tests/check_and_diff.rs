//! `generate --check` and `diff`, as a pipeline uses them.

use std::{fs, path::Path};

use policy_tests::{PLACE, Run, files, policy_cli, root};
use serde_json::Value;

fn generate(out: &Path, more: &[&str]) -> Run {
    let out = out.display().to_string();
    let arguments = [
        "generate",
        "--crate",
        "examples/order-api",
        "--trail",
        "examples/order-api/trail",
        "--out",
        &out,
    ];
    policy_cli(arguments.iter().chain(&PLACE).chain(more))
}

#[test]
fn check_is_content_with_what_generate_wrote_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path(), &[]).expect_code(0);
    let before = files(folder.path());
    generate(folder.path(), &["--check"]).expect_code(0);
    assert_eq!(files(folder.path()), before);
}

#[test]
fn check_says_no_to_an_edited_policy_and_leaves_it_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path(), &[]).expect_code(0);
    let policy = folder.path().join("order-api/execution-role.json");
    let edited = fs::read_to_string(&policy).unwrap().replacen("dynamodb:GetItem", "dynamodb:*", 1);
    fs::write(&policy, &edited).unwrap();
    let run = generate(folder.path(), &["--check"]).expect_code(1);
    assert!(
        run.stderr.contains("execution-role.json") || run.stdout.contains("execution-role.json"),
        "{run:?}"
    );
    assert_eq!(fs::read_to_string(&policy).unwrap(), edited);
}

#[test]
fn check_says_no_to_a_missing_file_and_does_not_make_it() {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path(), &[]).expect_code(0);
    let policy = folder.path().join("order-api/trust-policy.json");
    fs::remove_file(&policy).unwrap();
    generate(folder.path(), &["--check"]).expect_code(1);
    assert!(!policy.exists());
}

#[test]
fn the_deployed_role_is_wider_in_places_and_lacks_the_uploads() {
    let run = policy_cli([
        "diff",
        "--deployed",
        "examples/order-api/deployed-role.json",
        "--proposed",
        "examples/order-api/expected/order-api",
        "--format",
        "json",
    ])
    .expect_code(1);
    let comparison = run.json();
    let actions = |side: &str| -> Vec<String> {
        let entries = comparison[side].as_array().unwrap();
        entries.iter().map(|entry| entry["action"].as_str().unwrap().to_lowercase()).collect()
    };
    let added = actions("added");
    assert!(added.iter().any(|action| action == "s3:getobject"), "{added:?}");
    let removed = actions("removed");
    for service in ["dynamodb", "logs", "s3", "secretsmanager", "kms", "sqs"] {
        let prefix = format!("{service}:");
        assert!(removed.iter().any(|action| action.starts_with(&prefix)), "{service}: {removed:?}");
    }
    let uploads = comparison["added"].as_array().unwrap().iter().any(|entry| {
        entry["resource"].as_str().is_some_and(|resource| {
            resource.starts_with("arn:aws:s3:::acme-order-uploads/incoming/")
        })
    });
    assert!(uploads, "{:#}", comparison["added"]);
    assert!(
        comparison["text"].as_str().is_some_and(|text| text.contains("-") && text.contains("+"))
    );
}

#[test]
fn a_policy_compared_with_itself_is_equivalent() {
    let expected = root().join("examples/order-api/expected/order-api").display().to_string();
    let run =
        policy_cli(["diff", "--deployed", &expected, "--proposed", &expected, "--format", "json"])
            .expect_code(0);
    assert_eq!(run.json()["relation"], Value::from("equivalent"));
}
