//! Declarations come out of a built binary as they went in, and as the source says them.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use policy_tests::{PLACE, example_binary, policy_cli};
use serde_json::Value;

/// The functions that `generate` tells about from declarations alone. What a binary can call besides is left out: `linked.rs`
/// is about that.
fn functions(input: &[&str], config: &str) -> Value {
    let arguments = ["generate", "--merge", "declared", "--format", "json", "--config", config];
    let run = policy_cli(arguments.iter().chain(input).chain(&PLACE)).expect_code(0);
    let mut functions = run.json()["functions"].take();
    for function in functions.as_array_mut().unwrap() {
        for entry in function["evidence"].as_array_mut().unwrap() {
            entry["reachable"].take();
        }
    }
    functions
}

const ORDERS: &str = "examples/order-api/policy.toml";
const REPORTS: &str = "examples/nightly-reports/policy.toml";

fn from_binary(binary: &Path, config: &str) -> Value {
    functions(&["--binary", &binary.display().to_string()], config)
}

/// Runs `strip`, or says that there is none.
fn stripped(binary: &Path) -> Option<PathBuf> {
    let stripped = binary.with_extension("stripped");
    match Command::new("strip").arg("-o").arg(&stripped).arg(binary).status() {
        Ok(status) => {
            assert!(status.success());
            assert!(fs::metadata(&stripped).unwrap().len() < fs::metadata(binary).unwrap().len());
            Some(stripped)
        }
        Err(error) => {
            println!("skipped: `strip` does not start: {error}");
            None
        }
    }
}

#[test]
fn a_binary_says_what_its_source_says() {
    let folder = tempfile::tempdir().unwrap();
    let binary = example_binary("order-api", "order-api", &[], folder.path());
    let source = functions(&["--crate", "examples/order-api"], ORDERS);
    assert_eq!(source.as_array().unwrap().len(), 1);
    assert_eq!(from_binary(&binary, ORDERS), source);
}

#[test]
fn a_stripped_binary_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let binary = example_binary("order-api", "order-api", &[], folder.path());
    if let Some(stripped) = stripped(&binary) {
        assert_eq!(from_binary(&stripped, ORDERS), from_binary(&binary, ORDERS));
    }
}

#[test]
fn the_zip_around_a_bootstrap_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let binary = example_binary("order-api", "order-api", &[], folder.path());
    let archive = folder.path().join("bootstrap.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&archive).unwrap());
    zip.start_file("bootstrap", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&fs::read(&binary).unwrap()).unwrap();
    zip.finish().unwrap();
    assert_eq!(from_binary(&archive, ORDERS), from_binary(&binary, ORDERS));
}

#[test]
fn two_binaries_together_say_what_their_package_says() {
    let folder = tempfile::tempdir().unwrap();
    let binaries = ["report-builder", "report-mailer"].map(|name| {
        example_binary("nightly-reports", name, &[], folder.path()).display().to_string()
    });
    let both = functions(&["--binary", &binaries[0], "--binary", &binaries[1]], REPORTS);
    let names: Vec<&str> =
        both.as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["report-builder", "report-mailer"]);
    assert_eq!(both, functions(&["--crate", "examples/nightly-reports"], REPORTS));
}

#[test]
fn a_feature_adds_the_same_declaration_to_binary_and_source() {
    let folder = tempfile::tempdir().unwrap();
    let plain = example_binary("nightly-reports", "report-builder", &[], folder.path());
    let archiving =
        example_binary("nightly-reports", "report-builder", &["archive"], folder.path());
    let of_builder = |more: &[&str]| {
        let input = ["--crate", "examples/nightly-reports", "--bin", "report-builder"];
        functions(&[&input, more].concat(), REPORTS)
    };
    assert_eq!(from_binary(&plain, REPORTS), of_builder(&[]));
    assert_eq!(from_binary(&archiving, REPORTS), of_builder(&["--features", "archive"]));
    let archive = "arn:aws:s3:::acme-report-archive/*";
    assert!(!of_builder(&[]).to_string().contains(archive));
    assert!(of_builder(&["--features", "archive"]).to_string().contains(archive));
}

#[test]
fn a_binary_without_declarations_is_refused_with_a_reason() {
    // This very program: built by cargo, and nothing in it declares anything.
    let this = std::env::current_exe().unwrap().display().to_string();
    let run = policy_cli(["generate", "--binary", &this].iter().chain(&PLACE)).expect_code(2);
    assert!(run.stderr.contains("access-section-missing"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}
