//! `observe` and `generate --observations`: the same policies as from the logs, and every input that is refused.

use super::House;

fn record(id: u32, name: &str, more: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/orders-exec/orders","sessionContext":{{"sessionIssuer":{{"type":"Role","arn":"arn:aws:iam::111122223333:role/lambda/orders-exec"}}}},"inScopeOf":{{"issuerType":"AWS::Lambda::Function","credentialsIssuedTo":"arn:aws:lambda:eu-west-1:111122223333:function:orders"}}}},"eventTime":"2026-11-01T08:30:{id:02}Z","eventSource":"dynamodb.amazonaws.com","eventName":"{name}","awsRegion":"eu-west-1","requestParameters":{{"tableName":"orders-prod"}},"eventID":"00000000-0000-4000-8000-{id:012}","eventType":"AwsApiCall"{more}}}"#
    )
}

fn log(records: &[String]) -> String {
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

const DENIED: &str = r#","errorCode":"AccessDenied""#;

/// Two logs with a copy in both, a denied call, an addendum and a call that no action is known for.
fn house() -> House {
    let addendum = r#","addendum":{"reason":"UPDATED_DATA","originalEventID":"00000000-0000-4000-8000-000000000002"}"#;
    House::new(&[
        (
            "a.json",
            &log(&[
                record(1, "GetItem", ""),
                record(2, "DeleteItem", ""),
                record(3, "Nonsense", ""),
                record(4, "Scan", DENIED),
            ]),
        ),
        (
            "b.json",
            &log(&[
                record(1, "GetItem", ""),
                record(5, "PutItem", ""),
                record(6, "Query", addendum),
            ]),
        ),
    ])
}

fn text(house: &House, path: &str) -> String {
    std::fs::read_to_string(house.path(path)).unwrap()
}

/// Every file below `dir`, with its text.
fn files(house: &House, dir: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(house.path(dir)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.strip_prefix(house.path("")).unwrap().display().to_string();
            files.extend(self::files(house, &name));
        } else {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort();
    files
}

#[test]
fn logs_are_reduced_to_one_file() {
    let house = house();
    insta::assert_snapshot!(house.run("observe --trail a.json b.json --out o.json"), @r"
    exit 0
    --- stdout
    7 records of 2 files, written to o.json
    ");
    insta::assert_snapshot!(text(&house, "o.json"), @r#"
    {"format":"policy-observations","version":1,"files":2,"refusedFiles":0,"records":7,"idsBelow":null,"namesKept":256,"kinds":[
    {"shows":[{"call":{"role":"arn:aws:iam::111122223333:role/lambda/orders-exec","function":{"issued":"arn:aws:lambda:eu-west-1:111122223333:function:orders"},"action":"dynamodb:DeleteItem","operation":"DeleteItem","resource":{"arn":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod"},"region":"eu-west-1","outcome":"succeeded"}}],"events":[{"time":"2026-11-01T08:30:02Z","id":"00000000-0000-4000-8000-000000000002"}]},
    {"shows":[{"call":{"role":"arn:aws:iam::111122223333:role/lambda/orders-exec","function":{"issued":"arn:aws:lambda:eu-west-1:111122223333:function:orders"},"action":"dynamodb:GetItem","operation":"GetItem","resource":{"arn":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod"},"region":"eu-west-1","outcome":"succeeded"}}],"events":[{"time":"2026-11-01T08:30:01Z","id":"00000000-0000-4000-8000-000000000001"}]},
    {"shows":[{"call":{"role":"arn:aws:iam::111122223333:role/lambda/orders-exec","function":{"issued":"arn:aws:lambda:eu-west-1:111122223333:function:orders"},"action":"dynamodb:PutItem","operation":"PutItem","resource":{"arn":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod"},"region":"eu-west-1","outcome":"succeeded"}}],"events":[{"time":"2026-11-01T08:30:05Z","id":"00000000-0000-4000-8000-000000000005"}]},
    {"shows":[{"call":{"role":"arn:aws:iam::111122223333:role/lambda/orders-exec","function":{"issued":"arn:aws:lambda:eu-west-1:111122223333:function:orders"},"action":"dynamodb:Query","operation":"Query","resource":{"arn":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod"},"region":"eu-west-1","outcome":"succeeded"}}],"events":[{"time":"2026-11-01T08:30:06Z","id":"00000000-0000-4000-8000-000000000006","addendum":true,"corrects":"00000000-0000-4000-8000-000000000002"}]},
    {"shows":[{"call":{"role":"arn:aws:iam::111122223333:role/lambda/orders-exec","function":{"issued":"arn:aws:lambda:eu-west-1:111122223333:function:orders"},"action":"dynamodb:Scan","operation":"Scan","resource":{"arn":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders-prod"},"region":"eu-west-1","outcome":"denied"}}],"events":[{"time":"2026-11-01T08:30:04Z","id":"00000000-0000-4000-8000-000000000004"}]},
    {"shows":[{"unmapped":{"role":"arn:aws:iam::111122223333:role/lambda/orders-exec","source":"dynamodb.amazonaws.com","name":"Nonsense","reason":"the catalog knows no operation or action of that name"}}],"events":[{"time":"2026-11-01T08:30:03Z","id":"00000000-0000-4000-8000-000000000003"}]}
    ]}
    "#);
    insta::assert_snapshot!(house.run("observe --trail a.json b.json --out o.json -q"), @"exit 0");
}

#[test]
fn without_out_the_file_goes_to_stdout() {
    let house = house();
    assert_eq!(house.exit("observe --trail a.json --out o.json"), 0);
    let output = house.command("observe --trail a.json").output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), text(&house, "o.json"));
    assert!(output.stderr.is_empty());
}

#[test]
fn what_is_joined_is_what_is_reduced_together() {
    let house = house();
    for line in [
        "--trail a.json b.json --out whole.json",
        "--trail a.json --out a.obs",
        "--trail b.json --out b.obs",
        "--join a.obs b.obs --out ab.obs",
        "--join b.obs --join a.obs a.obs --out ba.obs",
        "--trail b.json --join a.obs --out mixed.obs",
        // The file that is written may be one of those that are read.
        "--trail b.json --join a.obs --out a.obs",
    ] {
        assert_eq!(house.exit(&format!("observe {line}")), 0, "{line}");
    }
    for file in ["ab.obs", "ba.obs", "mixed.obs", "a.obs"] {
        assert_eq!(text(&house, file), text(&house, "whole.json"), "{file}");
    }
}

#[test]
fn observations_give_the_policies_of_the_logs() {
    let house = house();
    assert_eq!(house.exit("observe --trail a.json --out a.obs"), 0);
    assert_eq!(house.exit("observe --trail a.json b.json --out o.obs"), 0);
    let generate = "generate --merge observed --account 111122223333 --region eu-west-1";
    let from_logs = house.run(&format!("{generate} --trail a.json b.json"));
    assert!(from_logs.contains("dynamodb:GetItem"), "{from_logs}");
    assert!(!from_logs.contains("\"dynamodb:DeleteItem\""), "{from_logs}");
    for inputs in ["--observations o.obs", "--observations o.obs o.obs"] {
        assert_eq!(house.run(&format!("{generate} {inputs}")), from_logs, "{inputs}");
    }
    // Beside logs they count as the logs do, copies once.
    let beside = "--observations a.obs --trail b.json";
    assert_eq!(house.run(&format!("{generate} {beside}")), from_logs);
    for (inputs, out) in
        [("--trail a.json b.json", "x"), ("--observations o.obs", "y"), (beside, "z")]
    {
        house.run(&format!("{generate} {inputs} --out {out}"));
    }
    assert_eq!(files(&house, "x").len(), 3);
    assert_eq!(files(&house, "x"), files(&house, "y"));
    assert_eq!(files(&house, "x"), files(&house, "z"));
}

#[test]
fn a_broken_log_is_named_and_nothing_is_written() {
    let house = house();
    house.write("broken.json", br#"{"Records":[{"eventVersion":"1.11","eventID":7"#);
    insta::assert_snapshot!(house.run("observe --trail a.json broken.json --out o.json"), @r"
    exit 1
    --- stderr
    error[trail-file-unreadable]: the file ends in the middle, after record 0
     --> broken.json
    help: 1 of 2 files cannot be used, so nothing is written; mend them, or add `--keep-going` to go on without them
    ");
    assert!(!house.path("o.json").exists());
    insta::assert_snapshot!(
        house.run("observe --trail a.json broken.json --out o.json --keep-going"), @r"
    exit 1
    --- stdout
    4 records of 1 file, written to o.json
    --- stderr
    error[trail-file-unreadable]: the file ends in the middle, after record 0
     --> broken.json
    help: nothing from this file was used; fetch it again, or leave it out
    ");
    assert!(text(&house, "o.json").contains(r#""files":1,"refusedFiles":1,"records":4"#));
    // What is missing stays known, here and after joining.
    insta::assert_snapshot!(
        house.run("generate --observations o.json --account 111122223333 --region eu-west-1"), @r"
    exit 1
    --- stderr
    error[trail-file-unreadable]: 1 file of the logs behind these observations was refused
     --> o.json
    help: 1 of 2 files cannot be used, so nothing is written; mend them, or add `--keep-going` to go on without them
    ");
    assert_eq!(house.exit("observe --join o.json"), 1);
    assert_eq!(
        house.exit(
            "generate --observations o.json --account 111122223333 --region eu-west-1 --keep-going"
        ),
        1
    );
    insta::assert_snapshot!(house.run("observe --trail broken.json"), @r"
    exit 2
    --- stderr
    error[trail-file-unreadable]: the file ends in the middle, after record 0
     --> broken.json
    help: nothing from this file was used; fetch it again, or leave it out
    ");
}

#[test]
fn what_is_no_observation_file_is_refused_with_its_place() {
    let house = house();
    house.write("empty.obs", b"\n");
    house.write("next.obs", br#"{"format":"policy-observations","version":2,"kinds":{}}"#);
    house.write("cut.obs", br#"{"format":"policy-observations","version":1,"#);
    house.write(
        "types.obs",
        b"{\"format\":\"policy-observations\",\n\"version\":1,\"files\":\"1\"}",
    );
    house.write(
        "twice.obs",
        b"{\"format\":\"policy-observations\",\"version\":1,\n\"files\":1,\"files\":2}",
    );
    insta::assert_snapshot!(
        house.run("observe --join empty.obs next.obs cut.obs types.obs twice.obs a.json none.obs --out o.json"), @r#"
    exit 2
    --- stderr
    error: no observation file: the member `format` is missing, expected `policy-observations`
     --> a.json
    help: give CloudTrail logs with `--trail`; reduce them with `policy-cli observe --trail PATH --out FILE`
    error: the file ends in the middle
     --> cut.obs:1:44
    help: fetch the file again, or reduce the logs again
    error: the file is empty; expected an observation file
     --> empty.obs
    help: reduce the logs again: `policy-cli observe --trail PATH --out FILE`
    error: observations in version 2 of the format; version 1 is understood
     --> next.obs
    help: upgrade this tool, or reduce the logs again with it: `policy-cli observe --trail PATH --out FILE`
    error: `none.obs` does not exist; expected an observation file
    error: duplicate member `files`
     --> twice.obs:2:17
    help: reduce the logs again: `policy-cli observe --trail PATH --out FILE`; the file is not meant to be edited
    error: invalid type: string "1", expected a whole number from 0
     --> types.obs:2:23
    help: reduce the logs again: `policy-cli observe --trail PATH --out FILE`; the file is not meant to be edited
    "#);
    assert!(!house.path("o.json").exists());
    insta::assert_snapshot!(
        house.run("generate --observations cut.obs --account 111122223333 --region eu-west-1"), @r"
    exit 2
    --- stderr
    error: the file ends in the middle
     --> cut.obs:1:44
    help: fetch the file again, or reduce the logs again
    ");
    insta::assert_snapshot!(house.run("generate --trail a.json --observations a.json"), @r"
    exit 2
    --- stderr
    error: no observation file: the member `format` is missing, expected `policy-observations`
     --> a.json
    help: give CloudTrail logs with `--trail`; reduce them with `policy-cli observe --trail PATH --out FILE`
    ");
}

#[test]
fn a_correction_that_cannot_be_placed_refuses_the_join() {
    let house = House::new(&[]);
    let kind = |table: &str, rest: &str| {
        format!(
            r#"{{"shows":[{{"call":{{"role":"arn:aws:iam::111122223333:role/orders-exec","function":"unknown","action":"dynamodb:GetItem","operation":"GetItem","resource":{{"arn":"arn:aws:dynamodb:eu-west-1:111122223333:table/{table}"}},"region":"eu-west-1","outcome":"succeeded"}}}}],{rest}}}"#
        )
    };
    let file = |below: &str, kind: &str| {
        format!(
            r#"{{"format":"policy-observations","version":1,"files":1,"refusedFiles":0,"records":9,"idsBelow":{below},"kinds":[{kind}]}}"#
        )
    };
    let event = r#""time":"2026-11-01T08:30:00Z","id":"00000000-0000-4000-8000-00000000000"#;
    let counted = format!(
        r#""counted":{{"events":9,"first":"2026-11-01T08:30:00Z","last":"2026-11-02T08:30:00Z","smallest":[{{{event}1"}}]}}"#
    );
    let below = r#""00000000-0000-4000-8000-000000000001""#;
    house.write("a.obs", file(below, &kind("orders", &counted)).as_bytes());
    let addendum = format!(
        r#""events":[{{{event}2","addendum":true,"corrects":"00000000-0000-4000-8000-000000000001"}}]"#
    );
    house.write("b.obs", file("null", &kind("receipts", &addendum)).as_bytes());
    insta::assert_snapshot!(house.run("observe --join a.obs b.obs --out o.json"), @r"
    exit 2
    --- stderr
    error: an addendum corrects the event `00000000-0000-4000-8000-000000000001`, and 8 of the same kind are only counted: whether they stand cannot be told
    help: reduce the logs behind these files together, with one `policy-cli observe --trail PATH...`
    ");
    assert!(!house.path("o.json").exists());
}

#[test]
fn observe_needs_something_to_read() {
    let house = house();
    insta::assert_snapshot!(house.run("observe"), @r"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      <--trail <PATH>...|--join <FILE>...|--emit-sql <ENGINE>>

    Usage: policy-cli observe --trail <PATH>... [--join <FILE>...] [OPTIONS]
           policy-cli observe --join <FILE>... [OPTIONS]
           policy-cli observe --emit-sql <ENGINE> [--bucket-location <S3-URI>] [OPTIONS]

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(house.run("observe --trail none"), @r"
    exit 2
    --- stderr
    error: `none` does not exist
    help: `--trail` takes a CloudTrail file, a folder of them, or `-` for stdin
    ");
    house.write("folder/x.json", b"");
    insta::assert_snapshot!(house.run("observe --trail a.json --out folder"), @r"
    exit 2
    --- stderr
    error: `folder` is a folder
    help: name a file with `--out`
    ");
    insta::assert_snapshot!(house.run("observe --trail a.json --out no/such/o.json"), @r"
    exit 2
    --- stderr
    error: cannot write `no/such/o.json`: No such file or directory (os error 2)
    ");
}
