//! What real builds of the examples can call: debug, stripped, and small.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use policy_tests::{PLACE, example_binary, old_sdk, policy_cli, small_example};
use serde_json::Value;

/// What the functions call, read from their sources by a person.
const CALLS: [(&str, &str, &[&str]); 3] = [
    (
        "order-api",
        "order-api",
        &[
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
            "s3:GetObject",
            "s3:ListObjectsV2",
            "s3:PutObject",
            "secretsmanager:GetSecretValue",
            "sqs:SendMessage",
        ],
    ),
    (
        "nightly-reports",
        "report-builder",
        &["dynamodb:GetItem", "dynamodb:Query", "s3:PutObject", "sqs:SendMessage"],
    ),
    ("nightly-reports", "report-mailer", &["dynamodb:GetItem", "s3:GetObject", "sqs:SendMessage"]),
];

/// What the SDK links for itself in all of them.
const OWN: [&str; 3] = ["s3:CreateSession", "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"];

/// `service:Operation` of every call of a list.
fn names(calls: &Value) -> Vec<String> {
    let text = |call: &Value, name: &str| call[name].as_str().unwrap().to_owned();
    let mut names: Vec<String> = calls
        .as_array()
        .unwrap()
        .iter()
        .map(|call| format!("{}:{}", text(call, "client"), text(call, "operation")))
        .collect();
    names.sort();
    names
}

/// Scans a binary in which every call is declared, and says by what it told.
#[track_caller]
fn scans_as(binary: &Path, calls: &[&str]) -> Vec<String> {
    let binary = binary.display().to_string();
    let found = policy_cli(["scan", "--binary", &binary, "--format", "json"]).expect_code(0).json();
    assert_eq!(names(&found["calls"]), calls, "{binary}");
    let own: Vec<&str> = OWN.into_iter().filter(|own| !calls.contains(own)).collect();
    assert_eq!(names(&found["own"]), own, "{binary}");
    assert_eq!(found["undeclared"], Value::Array(Vec::new()), "{binary}");
    assert_eq!(found["unknown"], Value::Array(Vec::new()), "{binary}");
    let calls = found["calls"].as_array().unwrap().iter();
    let mut sources: Vec<String> =
        calls.map(|call| call["source"].as_str().unwrap().to_owned()).collect();
    sources.sort();
    sources.dedup();
    sources
}

/// A copy without its symbols, or nothing where there is no `strip`.
fn stripped(binary: &Path) -> Option<PathBuf> {
    let stripped = binary.with_extension("stripped");
    match Command::new("strip").arg("-o").arg(&stripped).arg(binary).status() {
        Ok(status) => {
            assert!(status.success());
            Some(stripped)
        }
        Err(error) => {
            println!("skipped: `strip` does not start: {error}");
            None
        }
    }
}

#[test]
fn a_binary_can_call_what_its_code_calls_stripped_or_not() {
    let folder = tempfile::tempdir().unwrap();
    for (package, name, calls) in CALLS {
        let binary = example_binary(package, name, &[], folder.path());
        assert_eq!(scans_as(&binary, calls), ["symbols"]);
        if let Some(stripped) = stripped(&binary) {
            assert_eq!(scans_as(&stripped, calls), ["strings"]);
        }
    }
}

#[test]
fn the_smallest_build_tells_the_same() {
    let (package, name, calls) = CALLS[2];
    let folder = tempfile::tempdir().unwrap();
    let Some(binary) = small_example(package, name, folder.path()) else {
        println!("skipped: POLICY_SMALL_BUILD is not set, and the build takes minutes");
        return;
    };
    assert_eq!(scans_as(&binary, calls), ["symbols"]);
    if let Some(stripped) = stripped(&binary) {
        assert_eq!(scans_as(&stripped, calls), ["strings"]);
    }
}

#[test]
fn the_smallest_build_with_an_old_sdk_and_without_its_spans_tells_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let Some(binary) = old_sdk(folder.path()) else {
        println!("skipped: POLICY_SMALL_BUILD is not set, and the build takes a minute");
        return;
    };
    for (binary, source) in [(Some(binary.clone()), "symbols"), (stripped(&binary), "strings")] {
        let Some(binary) = binary else { continue };
        let binary = binary.display().to_string();
        let run = policy_cli(["scan", "--binary", &binary, "--format", "json"]);
        // Nothing is declared in it.
        let found = run.expect_code(1).json();
        assert_eq!(names(&found["calls"]), ["sqs:ReceiveMessage", "sqs:SendMessage"], "{source}");
        assert_eq!(found["calls"][0]["source"], source);
        assert_eq!(found["own"], Value::Array(Vec::new()));
        assert_eq!(found["unknown"], Value::Array(Vec::new()));
    }
}

#[test]
fn every_declared_operation_of_the_examples_is_in_their_binaries() {
    let folder = tempfile::tempdir().unwrap();
    for (package, name, _) in CALLS {
        let binary = example_binary(package, name, &[], folder.path()).display().to_string();
        let config = format!("examples/{package}/policy.toml");
        let mut line = vec!["generate", "--binary", &binary, "--config", &config];
        line.extend(["--function", name, "--format", "json"]);
        let run = policy_cli(line.iter().chain(&PLACE)).expect_code(0);
        for code in ["reachable-not-declared", "declared-not-reachable", "calls-unknown"] {
            assert!(!run.stdout.contains(code), "{name}: {}", run.stderr);
        }
        let made = run.json();
        let evidence = made["functions"][0]["evidence"].as_array().unwrap();
        let declared = evidence.iter().filter(|it| it["verdict"] == "declared-only");
        for entry in declared {
            assert_ne!(entry["reachable"], Value::Array(Vec::new()), "{entry}");
        }
    }
}

#[test]
fn with_the_binary_the_trail_of_the_example_gives_the_same_policies() {
    let folder = tempfile::tempdir().unwrap();
    let binary = example_binary("order-api", "order-api", &[], folder.path());
    let role = |more: &[&str]| {
        let out = folder.path().join(more.join("").replace('/', "-"));
        let out = out.display().to_string();
        let mut line = vec!["generate", "--config", "examples/order-api/policy.toml"];
        line.extend(["--trail", "examples/order-api/trail", "--out", &out]);
        policy_cli(line.iter().chain(more).chain(&PLACE)).expect_code(0);
        fs::read_to_string(Path::new(&out).join("order-api/execution-role.json")).unwrap()
    };
    let source = role(&["--crate", "examples/order-api"]);
    assert_eq!(role(&["--binary", &binary.display().to_string()]), source);
}
