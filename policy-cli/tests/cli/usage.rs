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
        "generate --crate . --format terraform",
        "diff --deployed-role r --proposed p",
    ] {
        assert_eq!(House::new(&[]).exit(line), 2, "{line}");
    }
}

#[test]
fn help_and_version_are_data() {
    let house = House::new(&[]);
    for line in [
        "--help",
        "generate --help",
        "scan --help",
        "diff -h",
        "simulate --help",
        "simulate -h",
        "--version",
    ] {
        let output = house.command(line).output().unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{line}");
        assert!(output.stderr.is_empty(), "{line}");
    }
}

#[test]
fn the_catalog_says_what_it_knows_and_what_is_near() {
    let house = House::new(&[]);
    let text = house.run("catalog sqs:sendmessage");
    assert!(text.starts_with("exit 0\n--- stdout\ncatalog of 20"), "{text}");
    for part in ["\nsqs:SendMessage\n", "access level: Write", "queue (required): arn:"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let output = house.command("catalog s3:GetObject --format json").output().unwrap();
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["actions"][0]["resources"][1]["type"], "object");
    insta::assert_snapshot!(house.run("catalog s3:GetObjects bogus"), @r"
    exit 2
    --- stderr
    error: the catalog knows no action `s3:GetObjects`
    help: did you mean `s3:GetObject`?
    error: `bogus` is not an action such as `s3:GetObject`
    help: write `service:Name`, such as `s3:GetObject`
    ");
}

#[test]
fn help_that_nobody_reads_to_the_end_is_no_fault() {
    let house = House::new(&[]);
    let mut command = house.command("generate --help");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = command.stdout(writer).status().unwrap();
    assert_eq!(status.code(), Some(0));
}
