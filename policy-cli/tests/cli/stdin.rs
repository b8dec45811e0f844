//! `-`: a policy on standard input.

use std::io::Write;
use std::process::Stdio;

use super::House;

const OLD: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme/*"}]}"#;
const ASKED: &str = "--action s3:GetObject --resource arn:aws:s3:::acme/a";

/// Exit code, stdout and stderr of a command with this on stdin.
fn piped(house: &House, line: &str, text: &str) -> (i32, String, String) {
    let mut command = house.command(line);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who refuses the command line does not read it.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn house() -> House {
    House::new(&[("old.json", OLD), ("new.json", &OLD.replace("GetObject", "PutObject"))])
}

#[test]
fn a_dash_says_the_same_as_the_file() {
    let house = house();
    for line in [
        "diff --deployed PATH --proposed new.json".to_owned(),
        "diff --deployed new.json --proposed PATH --fail-on never".to_owned(),
        "diff --deployed new.json --proposed new.json --boundary PATH".to_owned(),
        "check PATH".to_owned(),
        "check new.json --scp PATH".to_owned(),
        format!("simulate --policy PATH {ASKED}"),
        format!("simulate --policy old.json --boundary PATH {ASKED}"),
        format!("simulate --resource-policy old.json --policy PATH {ASKED}"),
    ] {
        let (code, data, errors) = piped(&house, &line.replace("PATH", "old.json"), "");
        let (piped_code, piped_data, piped_errors) = piped(&house, &line.replace("PATH", "-"), OLD);
        assert_eq!(piped_code, code, "{line}: {piped_errors}");
        let named = |text: String| text.replace("old.json", "FILE").replace("stdin", "FILE");
        assert_eq!(named(piped_data), named(data), "{line}");
        assert_eq!(named(piped_errors), named(errors), "{line}");
    }
}

#[test]
fn two_dashes_are_refused() {
    let house = house();
    for line in [
        "diff --deployed - --proposed -".to_owned(),
        "diff --deployed - --proposed new.json --scp -".to_owned(),
        "check - -".to_owned(),
        "check - --boundary -".to_owned(),
        format!("simulate --policy - --boundary - {ASKED}"),
        format!("simulate --policy - --scp old.json,- {ASKED}"),
        "simulate --policy - --cases -".to_owned(),
        "generate --trail - --boundary -".to_owned(),
    ] {
        let (code, data, errors) = piped(&house, &line, OLD);
        assert_eq!((code, data.as_str()), (2, ""), "{line}: {errors}");
        let expected = "error: `-` is given 2 times, and stdin is read once\nhelp: save all but one of them in files, and name these\n";
        assert_eq!(errors, expected, "{line}");
    }
}

#[test]
fn what_is_wrong_on_stdin_is_said_of_stdin() {
    let house = house();
    let said = |text: &str| piped(&house, "check -", text);
    assert_eq!(said("").2, "error: stdin is empty; expected a policy document\n");
    let (code, _, errors) =
        said("{\"Version\":\"2012-10-17\",\n\"Statement\":[{\"Effect\":\"Perhaps\"}]}");
    assert_eq!(code, 2);
    assert!(errors.contains("--> stdin:2:"), "{errors}");
    assert!(said("{\"Statement\": \"").2.contains("stdin"), "{errors}");
    // A file of that name is named as one.
    house.write("-", OLD.as_bytes());
    assert_eq!(piped(&house, "check ./-", "").0, 0);
}
