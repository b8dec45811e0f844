//! Usage: what clap refuses, and what is not there.

use super::House;

#[test]
fn a_misspelt_command_is_refused() {
    insta::assert_snapshot!(House::new(&[]).run("generat"), @r"
    exit 2
    --- stderr
    error: unrecognized subcommand 'generat'

      tip: a similar subcommand exists: 'generate'

    Usage: policy-cli [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn a_misspelt_flag_is_refused() {
    insta::assert_snapshot!(House::new(&[]).run("diff --deployd a"), @r"
    exit 2
    --- stderr
    error: unexpected argument '--deployd' found

      tip: a similar argument exists: '--deployed'

    Usage: policy-cli diff --deployed <PATH>... --proposed <PATH>...

    For more information, try '--help'.
    ");
}

#[test]
fn check_needs_a_folder() {
    insta::assert_snapshot!(House::new(&[]).run("generate --crate . --check"), @r"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      --out <DIR>

    Usage: policy-cli generate --out <DIR> --crate <DIR>... --check

    For more information, try '--help'.
    ");
}

#[test]
fn flags_of_parts_that_are_not_built_do_not_exist() {
    for line in [
        "generate --template t.yaml",
        "generate --observations o.json",
        "generate --crate . --format terraform",
        "diff --deployed-role r --proposed p",
    ] {
        assert_eq!(House::new(&[]).exit(line), 2, "{line}");
    }
}

#[test]
fn help_and_version_are_data() {
    let house = House::new(&[]);
    for line in ["--help", "generate --help", "diff -h", "--version"] {
        let output = house.command(line).output().unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{line}");
        assert!(output.stderr.is_empty(), "{line}");
    }
}
