//! `observe --emit-sql`, and the results of what it prints.

use super::House;

#[test]
fn the_table_lies_over_the_bucket_of_an_organization() {
    let house = House::new(&[]);
    let line = "observe --emit-sql athena --part table --bucket-location s3://acme-logs/AWSLogs/o-a1b2c3d4e5/ \
        --account 111122223333,444455556666 --region eu-west-1 us-east-1 --from 2026-11-01";
    insta::assert_snapshot!(house.run(line), @r"
    exit 0
    --- stdout
    CREATE EXTERNAL TABLE IF NOT EXISTS cloudtrail_for_policies (
      eventversion STRING,
      useridentity struct<type:STRING, arn:STRING, principalid:STRING, accountid:STRING, invokedby:STRING, sessioncontext:struct<sessionissuer:struct<type:STRING, arn:STRING>>, inscopeof:struct<issuertype:STRING, credentialsissuedto:STRING>>,
      eventtime STRING,
      eventsource STRING,
      eventname STRING,
      awsregion STRING,
      errorcode STRING,
      errormessage STRING,
      requestparameters STRING,
      responseelements STRING,
      eventid STRING,
      resources array<struct<arn:STRING, accountid:STRING>>,
      eventtype STRING,
      sharedeventid STRING,
      eventcategory STRING,
      addendum struct<reason:STRING, originaleventid:STRING>
    )
    PARTITIONED BY (account STRING, region STRING, day STRING)
    ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
    STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
    OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
    LOCATION 's3://acme-logs/AWSLogs/o-a1b2c3d4e5/'
    TBLPROPERTIES (
      'projection.enabled' = 'true',
      'projection.account.type' = 'enum',
      'projection.account.values' = '111122223333,444455556666',
      'projection.region.type' = 'enum',
      'projection.region.values' = 'eu-west-1,us-east-1',
      'projection.day.type' = 'date',
      'projection.day.format' = 'yyyy/MM/dd',
      'projection.day.range' = '2026/11/01,NOW',
      'projection.day.interval' = '1',
      'projection.day.interval.unit' = 'DAYS',
      'storage.location.template' = 's3://acme-logs/AWSLogs/o-a1b2c3d4e5/${account}/CloudTrail/${region}/${day}'
    )
    ");
}

#[test]
fn without_a_place_the_text_says_what_to_replace() {
    let house = House::new(&[]);
    let all = house.run("observe --emit-sql athena");
    for word in ["exit 0", "s3://BUCKET/AWSLogs/", "'ACCOUNT'", "'REGION'", "'NOW-90DAYS,NOW'"] {
        assert!(all.contains(word), "{word}");
    }
    let spark = house.run("observe --emit-sql spark");
    assert!(spark.contains("s3a://BUCKET/AWSLogs/ACCOUNT/CloudTrail/"), "{spark}");
    assert!(spark.contains("FROM cloudtrail_files"));
    let place = "--emit-sql spark --part table --bucket-location s3://acme-logs/AWSLogs";
    let paths = [
        ("", "s3://acme-logs/AWSLogs/*/CloudTrail/*"),
        (
            "--account 111122223333 --region eu-west-1,us-east-1",
            "s3://acme-logs/AWSLogs/111122223333/CloudTrail/{eu-west-1,us-east-1}",
        ),
    ];
    for (more, path) in paths {
        let table = house.run(&format!("observe {place} {more}"));
        assert!(table.contains(&format!("path '{path}'")), "{table}");
    }
    let [table, query] = ["table", "query"].map(|part| {
        let text = house.run(&format!("observe --emit-sql athena --part {part}"));
        text.strip_prefix("exit 0\n--- stdout\n").unwrap().to_owned()
    });
    assert_eq!(all, format!("exit 0\n--- stdout\n{table};\n\n{query};"));
}

#[test]
fn what_does_not_go_with_the_sql_is_refused() {
    let house = House::new(&[]);
    insta::assert_snapshot!(
        house.run("observe --emit-sql athena --bucket-location s3://acme-logs/"), @r"
    exit 2
    --- stderr
    error: invalid value 's3://acme-logs/' for '--bucket-location <S3-URI>': `s3://acme-logs/` is not where CloudTrail delivers: expected `s3://BUCKET/AWSLogs/`, with the prefix of the trail before `AWSLogs/` and the organization's id after it where there are such

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(
        house.run("observe --emit-sql athena --from 2026-11-02 --to 2026-11-01"), @r"
    exit 2
    --- stderr
    error: `--from` is a later day than `--to`
    ");
    insta::assert_snapshot!(house.run("observe --emit-sql spark --from 2026-11-01"), @r"
    exit 2
    --- stderr
    error: Spark finds the days by the path alone
    help: leave out `--from` and `--to`, and add the days to the path in the text: `…/CloudTrail/*/2026/11/*`
    ");
    for line in [
        "--emit-sql athena --trail a.json",
        "--emit-sql athena --from yesterday",
        "--emit-sql athena --account 1",
        "--emit-sql athena --region nowhere*",
        "--emit-sql hive",
        "--join o.json --from 2026-11-01",
    ] {
        assert_eq!(house.exit(&format!("observe {line}")), 2, "{line}");
    }
}

const RECORD: &str = r#""eventSource":"dynamodb.amazonaws.com","eventName":"GetItem","awsRegion":"eu-west-1","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/orders-exec/orders","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/lambda/orders-exec"}}},"requestParameters":{"tableName":"orders-prod"}"#;

const HEAD: &str = "\"policy_reduced_trail\",\"kind\",\"record\",\"records\",\"events\",\"first_time\",\"last_time\",\"smallest\",\"event_id\",\"shared_event_id\",\"is_addendum\",\"corrected_event_id\"\n";

/// Two events as Athena gives them, and as they stand in a log.
fn house() -> House {
    let id = |number: u32| format!("00000000-0000-4000-8000-{number:012}");
    let (one, two) = ("2026-11-01T08:30:01Z", "2026-11-01T08:30:02Z");
    let record = RECORD.replace('"', "\"\"");
    let csv = format!(
        "{HEAD}\"1\",\"files\",,\"2\",\"1\",,,,,,,\n\"1\",\"counted\",\"{{{record}}}\",\"2\",\"2\",\"{one}\",\"{two}\",\"{one} {} {two} {}\",,,,\n",
        id(1),
        id(2),
    );
    let log = format!(
        r#"{{"Records":[{{{RECORD},"eventTime":"{one}","eventID":"{}"}},{{{RECORD},"eventTime":"{two}","eventID":"{}"}}]}}"#,
        id(1),
        id(2),
    );
    House::new(&[("result.csv", &csv), ("log.json", &log)])
}

#[test]
fn a_result_gives_the_policies_of_the_logs() {
    let house = house();
    let generate = "generate --merge observed --account 111122223333 --region eu-west-1";
    let from_logs = house.run(&format!("{generate} --trail log.json"));
    assert!(from_logs.contains("dynamodb:GetItem"), "{from_logs}");
    assert_eq!(house.run(&format!("{generate} --observations result.csv")), from_logs);
    insta::assert_snapshot!(house.run("observe --join result.csv --out o.json"), @r"
    exit 0
    --- stdout
    2 records of 1 file, written to o.json
    ");
    assert_eq!(house.run(&format!("{generate} --observations o.json")), from_logs);
    let json = r#"{"policy_reduced_trail":1,"kind":"files","records":1,"events":1}"#;
    house.write("empty.jsonl", json.as_bytes());
    insta::assert_snapshot!(house.run("observe --join empty.jsonl"), @r"
    exit 2
    --- stderr
    error: the statement read 1 records, and the rows tell of 0: the result is not whole
     --> empty.jsonl
    help: fetch the whole result again
    ");
}

#[test]
fn every_wrong_row_of_a_result_is_named() {
    let house = house();
    let csv = std::fs::read_to_string(house.path("result.csv")).unwrap();
    house.write("bad.csv", csv.replace("\"counted\"", "\"guessed\"").as_bytes());
    insta::assert_snapshot!(house.run("observe --join bad.csv --out o.json"), @r"
    exit 2
    --- stderr
    error: unknown kind `guessed`, expected one of `counted`, `event`, `files`
     --> bad.csv:3
    help: run the statement of this tool again: `policy-cli observe --emit-sql athena|spark`; its result is not meant to be edited
    ");
    house.write("half.csv", csv.rsplit_once("\"1\",\"counted\"").unwrap().0.as_bytes());
    insta::assert_snapshot!(house.run("generate --observations half.csv"), @r"
    exit 2
    --- stderr
    error: the statement read 2 records, and the rows tell of 0: the result is not whole
     --> half.csv
    help: fetch the whole result again
    ");
    house.write("headless.csv", csv.replace(HEAD, "").as_bytes());
    insta::assert_snapshot!(house.run("observe --join headless.csv"), @r#"
    exit 2
    --- stderr
    error: invalid type: string "1", expected an object
     --> headless.csv:1:3
    help: reduce the logs again: `policy-cli observe --trail PATH --out FILE`; the file is not meant to be edited
    "#);
    house.write("new.csv", csv.replace("\"1\",\"files\"", "\"2\",\"files\"").as_bytes());
    insta::assert_snapshot!(house.run("observe --join new.csv"), @r"
    exit 2
    --- stderr
    error: reduced records in version 2 of the format; version 1 is understood
     --> new.csv
    help: upgrade this tool, or run its own statement: `policy-cli observe --emit-sql athena|spark`
    ");
    assert!(!house.path("o.json").exists());
}

#[test]
fn what_does_not_go_with_the_engine_is_refused() {
    let house = house();
    let spark = "observe --engine spark --trail log.json";
    insta::assert_snapshot!(house.run("observe --trail log.json --remote sc://localhost"), @r"
    exit 2
    --- stderr
    error: `--remote` is the server of another engine
    help: add `--engine spark`
    ");
    insta::assert_snapshot!(house.run(&format!("{spark} --remote localhost:15002")), @r"
    exit 2
    --- stderr
    error: `localhost:15002` is not the address of a Spark Connect server
    help: write it as `sc://HOST:PORT`; Spark's own port for it is 15002
    ");
    insta::assert_snapshot!(house.run(&format!("{spark} --verify-digests")), @r"
    exit 2
    --- stderr
    error: `--verify-digests` and `--keep-going` need the log files themselves
    help: leave them out with `--engine spark`, which stops at a file that it cannot read
    ");
    insta::assert_snapshot!(house.run("observe --engine spark --trail -"), @r"
    exit 2
    --- stderr
    error: Spark cannot read stdin
    help: name files or folders
    ");
    assert_eq!(house.exit("observe --engine spark --join result.csv"), 2);
    let without = house.command(spark).env("PATH", house.path("")).output().unwrap();
    assert_eq!(without.status.code(), Some(2));
    let said = String::from_utf8(without.stderr).unwrap();
    assert!(
        said.starts_with("error: `spark-submit` is not on the PATH\nhelp: install Spark"),
        "{said}"
    );
}

/// Runs `line` with a `spark-submit` of these lines.
#[cfg(unix)]
fn with_spark(house: &House, script: &str, line: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let program = house.path("bin/spark-submit");
    house.write("bin/spark-submit", format!("#!/bin/sh\n{script}\n").as_bytes());
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", house.path("bin").display());
    let output = house.command(line).env("PATH", path).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    format!("{:?}\n{}\n{}", output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[cfg(unix)]
#[test]
fn the_rows_of_spark_are_read_and_its_problems_are_said_in_a_line() {
    let house = house();
    // A client of a server: `--remote URL SCRIPT FOLDER URL`.
    let line =
        "observe --engine spark --remote sc://h:1 --trail s3a://acme/*/x log.json --out o.json";
    let copies = r#"test "$1 $2 $5" = "--remote sc://h:1 sc://h:1" || exit 9
cp result.csv "$4/rows.jsonl"; cp "$4/tables.json" "$4/query.sql" "$3" ."#;
    let said = with_spark(&house, copies, line);
    assert_eq!(said, "Some(0)\n2 records of 1 file, written to o.json\n");
    let tables = std::fs::read_to_string(house.path("tables.json")).unwrap();
    let here = house.path("log.json").canonicalize().unwrap();
    assert!(
        tables.contains("'s3a://acme/*/x'") && tables.contains(here.to_str().unwrap()),
        "{tables}"
    );
    let generate = "generate --merge observed --account 111122223333 --region eu-west-1";
    let from_logs = house.run(&format!("{generate} --trail log.json"));
    assert_eq!(house.run(&format!("{generate} --observations o.json")), from_logs);

    let table = [
        (r#"printf '[SOME] no such file' > "$4/problem.txt"; exit 1"#, "[SOME] no such file"),
        (
            "echo 'Exception in thread: no master'; echo more; exit 1",
            "Exception in thread: no master",
        ),
        ("echo quiet >&2; exit 3", "quiet"),
        ("exit 4", "`spark-submit` ended with exit status: 4"),
    ];
    std::fs::remove_file(house.path("o.json")).unwrap();
    for (script, problem) in table {
        let said = with_spark(&house, script, line);
        let expected = format!(
            "Some(2)\n\nerror: Spark could not reduce the logs: {problem}\nnote: nothing was written"
        );
        assert_eq!(said, expected);
        assert!(!house.path("o.json").exists());
    }
    // Without rows there is no result.
    assert!(with_spark(&house, "exit 0", line).starts_with("Some(2)"));
}
