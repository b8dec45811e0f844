//! The policies of the examples, byte for byte.
//!
//! `cargo xtask golden` writes them anew. Whoever changes one of these files says, in review, why each grant is needed.

use std::{ffi::OsString, path::Path};

use policy_tests::{PLACE, assert_same_files, policy_cli, root};

/// `generate` on `example` gives what lies in its folder `expected`.
#[track_caller]
fn generates_what_is_expected(example: &str, more: &[&str]) {
    let example_folder = format!("examples/{example}");
    let expected = root().join(&example_folder).join("expected");
    let temporary = tempfile::tempdir().unwrap();
    let found = temporary.path().join("policies");
    let generate = |out: &Path| {
        let mut arguments: Vec<OsString> =
            ["generate", "--crate", &example_folder].map(Into::into).into();
        arguments.extend(more.iter().chain(&PLACE).map(Into::into));
        arguments.extend(["--out".into(), out.into()]);
        policy_cli(arguments).expect_code(0);
    };
    if std::env::var_os("POLICY_UPDATE_EXPECTED").is_some() {
        if expected.exists() {
            std::fs::remove_dir_all(&expected).unwrap();
        }
        generate(&expected);
    }
    generate(&found);
    assert_same_files(&expected, &found);
}

#[test]
fn the_order_example_gets_exactly_what_it_declares() {
    generates_what_is_expected("order-api", &["--trail", "examples/order-api/trail"]);
}

#[test]
fn two_functions_of_one_package_get_a_folder_each() {
    generates_what_is_expected("nightly-reports", &[]);
}
