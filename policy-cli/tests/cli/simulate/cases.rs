//! Files of cases.

use std::fs::File;

use super::{CASES, NO_TABLES, house};
use crate::House;

/// A case of one line about an identity policy.
fn case(request: &str, policies: &str, expected: &str) -> String {
    format!(
        r#"{{"name":"n","request":{{"principal":"arn:aws:iam::111122223333:role/orders","action":"s3:GetObject","resource":"arn:aws:s3:::b/k"{request}}},"policies":{{{policies}}},"expected":"{expected}"}}"#
    )
}

#[test]
fn our_cases_of_every_kind_of_policy_pass() {
    let house = House::new(&[("cases.jsonl", include_str!("../../simulate/cases.jsonl"))]);
    assert_eq!(
        house.run("simulate --cases cases.jsonl"),
        "exit 0\n--- stdout\n80 cases: 80 as expected"
    );
    let output = house.command("simulate --cases cases.jsonl --format json").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let cases: Vec<serde_json::Value> = include_str!("../../simulate/cases.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), cases.len());
    let mut kinds = std::collections::BTreeSet::new();
    for (line, case) in lines.iter().zip(&cases) {
        assert_eq!(line["name"], case["name"]);
        assert_eq!(line["decision"], case["expected"], "{}", case["name"]);
        assert_eq!(line["pass"], true);
        for statement in line["statements"].as_array().unwrap() {
            let kind = statement["policy"].as_str().unwrap();
            kinds.insert(kind.to_owned());
            let documents = &case["policies"][kind];
            let documents = match statement["level"].as_u64() {
                Some(level) => &documents[level as usize],
                None => documents,
            };
            let document = match documents.as_array() {
                Some(all) => &all[statement["document"].as_u64().unwrap() as usize],
                None => documents,
            };
            let found = &document["Statement"][statement["index"].as_u64().unwrap() as usize];
            assert_eq!(found["Sid"], statement["sid"], "{}", case["name"]);
            let effect = if line["decision"] == "allowed" { "Allow" } else { "Deny" };
            assert_eq!(found["Effect"], effect, "{}", case["name"]);
        }
    }
    let all = ["boundary", "endpoint", "identity", "rcp", "resource", "scp", "session", "trust"];
    assert!(kinds.iter().eq(all), "{kinds:?}");
}

#[test]
fn a_case_that_fails_is_told_with_what_matched() {
    let house = house();
    insta::assert_snapshot!(house.run("simulate --cases cases.jsonl"), @r#"
    exit 1
    --- stdout
    failed: allowed, expected implicitly denied: orders are not written (cases.jsonl:2)
        dynamodb:PutItem on arn:aws:dynamodb:eu-west-1:111122223333:table/orders by arn:aws:iam::111122223333:role/orders
        by statement 1 of `identity[0]`
        by statement 1 of `scp[0][0]`
        by statement `AllTables` of `scp[1][0]`
    failed: implicitly denied, expected allowed: keys are used (cases.jsonl:3)
        kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/k by arn:aws:iam::111122223333:role/orders
        nothing allows it in the policy of the resource
    decided: explicitly denied: what of topics (cases.jsonl:4)
        sns:Publsh on arn:aws:sns:eu-west-1:111122223333:uploads by s3.amazonaws.com
        by statement `No` of `resource`
    4 cases: 1 as expected, 2 not as expected, 1 without an expectation
    --- stderr
    note[policy-not-given]: a case is denied without the policy of the KMS key, which it does not give
     --> cases.jsonl:3
    help: add `resource` to `policies`
    warning[action-unknown]: the catalog knows no action `sns:Publsh`
     --> cases.jsonl:4
    help: did you mean `sns:Publish`?
    "#);
    insta::assert_snapshot!(house.run("simulate --cases cases.jsonl --format json"), @r#"
    exit 1
    --- stdout
    {"name":"orders are read","decision":"allowed","expected":"allowed","pass":true,"statements":[{"policy":"identity","document":0,"index":0,"sid":"Reads"}],"lacking":[]}
    {"name":"orders are not written","decision":"allowed","expected":"implicitly-denied","pass":false,"statements":[{"policy":"identity","document":0,"index":0,"sid":null},{"policy":"scp","level":0,"document":0,"index":0,"sid":null},{"policy":"scp","level":1,"document":0,"index":0,"sid":"AllTables"}],"lacking":[]}
    {"name":"keys are used","decision":"implicitly-denied","expected":"allowed","pass":false,"statements":[],"lacking":[{"policy":"resource"}]}
    {"name":"what of topics","decision":"explicitly-denied","expected":null,"pass":null,"statements":[{"policy":"resource","document":0,"index":0,"sid":"No"}],"lacking":[]}
    --- stderr
    note[policy-not-given]: a case is denied without the policy of the KMS key, which it does not give
     --> cases.jsonl:3
    help: add `resource` to `policies`
    warning[action-unknown]: the catalog knows no action `sns:Publsh`
     --> cases.jsonl:4
    help: did you mean `sns:Publish`?
    "#);
    insta::assert_snapshot!(house.run("simulate --cases cases.jsonl -q"), @r#"
    exit 1
    --- stdout
    4 cases: 1 as expected, 2 not as expected, 1 without an expectation
    "#);
}

#[test]
fn passing_cases_are_shown_on_request() {
    let house = house();
    let first = CASES.lines().next().unwrap();
    house.write("one.jsonl", first.as_bytes());
    insta::assert_snapshot!(house.run("simulate --cases one.jsonl"), @r#"
    exit 0
    --- stdout
    1 case: 1 as expected
    "#);
    insta::assert_snapshot!(house.run("simulate --cases one.jsonl -v"), @r#"
    exit 0
    --- stdout
    passed: allowed: orders are read (one.jsonl:1)
        dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:111122223333:table/orders by arn:aws:iam::111122223333:role/orders
        by statement `Reads` of `identity[0]`
    1 case: 1 as expected
    "#);
}

#[test]
fn a_case_without_an_expectation_is_only_decided() {
    let house = house();
    let open = case("", "", "allowed").replace(r#","expected":"allowed""#, "");
    for text in [open.replace("}}", r#"},"expected":null}"#), open] {
        house.write("open.jsonl", text.as_bytes());
        let text = house.run("simulate --cases open.jsonl --format json");
        assert_eq!(
            text,
            "exit 0\n--- stdout\n{\"name\":\"n\",\"decision\":\"implicitly-denied\",\"expected\":null,\"pass\":null,\"statements\":[],\"lacking\":[{\"policy\":\"identity\"}]}"
        );
    }
}

#[test]
fn every_malformed_line_is_told_and_nothing_is_decided() {
    let house = house();
    house.write("bad.jsonl", br#"{"name":"fine","request":{"principal":"anonymous","action":"s3:GetObject","resource":"*"},"policies":{}}
{"name":"cut off"
{"nmae":"n","request":{"principal":"x","action":"s3:Get*","resource":"r","resourceAcount":"1"},"policies":{"identiy":[]},"expected":"allow"}

{"name":"a","name":"b","request":{"principal":{"servce":"lambda"},"action":"s3:GetObject","resource":"*","context":{"aws:SourceIp":[{}],"AWS:sourceip":"1","b":null}},"policies":[]}
[1]
{"name":3,"request":{"principal":{"service":"lambda","federated":"x"},"action":"s3:GetObject","resource":"*"},"policies":{"identity":[{"Version":"2012-10-17","Statement":[{"Effect":"Alow","Action":"*","Resource":"*"}]}],"resource":[],"scp":[[3]]}}
{"name":"caf\u00e9 \ud800","request":{},"policies":{"identity":[{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}]}}
{"name":"n","request":{"principal":"arn:aws:iam::111122223333:role/r","action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/s"},"policies":{"resource":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]},"trust":{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}}}
{"name":"n","request":{"principal":"arn:aws:iam::111122223333:role/r","action":"s3:GetObject","resource":"*","resourceAccount":"111122223333","context":{"aws:ResourceAccount":"444455556666"}},"policies":{"trust":{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}}}
{"name":"n"} {}
{}
"#);
    insta::assert_snapshot!(house.run("simulate --cases bad.jsonl cases.jsonl gone.jsonl --format json"), @r#"
    exit 2
    --- stderr
    error: not JSON: EOF while parsing an object
     --> bad.jsonl:2:17
    help: write one object a line, `{"name": …, "request": …, "policies": …, "expected": …}`
    error: unknown member `nmae` in a case
     --> bad.jsonl:3:3
    help: did you mean `name`?
    error: `allow` is not a decision
     --> bad.jsonl:3:133
    help: write one of `allowed`, `implicitly-denied`, `explicitly-denied`
    error: unknown member `resourceAcount` in `request`
     --> bad.jsonl:3:75
    help: did you mean `resourceAccount`?
    error: `x` is not a principal such as `arn:aws:iam::111122223333:role/orders`, `lambda.amazonaws.com` or `anonymous`
     --> bad.jsonl:3:36
    help: role sessions, users and root users are named by their ARNs too
    error: `s3:Get*` is not an action such as `s3:GetObject`
     --> bad.jsonl:3:49
    help: write `service:Name`, such as `s3:GetObject`
    error: `r` is not an ARN of six parts
     --> bad.jsonl:3:70
    help: write an ARN such as `arn:aws:sqs:eu-west-1:111122223333:jobs`, or `*` for an action without a resource
    error: unknown member `identiy` in `policies`
     --> bad.jsonl:3:109
    help: did you mean `identity`?
    error: `name` stands twice in a case
     --> bad.jsonl:5:14
    help: keep one of them
    error: unknown member `servce` in `principal`
     --> bad.jsonl:5:49
    help: did you mean `service`?
    error: a value of `aws:SourceIp` is an object, expected a string, a number or a boolean
     --> bad.jsonl:5:133
    help: write a string, a number or a boolean
    error: `AWS:sourceip` stands twice in `context`
     --> bad.jsonl:5:152
    help: write it once, with all its values; the case of a key does not count
    error: `b` is null, expected one value or several
     --> bad.jsonl:5:160
    help: leave the key out; write `[]` to say that the request lacks a key that would be filled in
    error: `policies` is an array, expected an object
     --> bad.jsonl:5:178
    help: write an object
    error: a case is an object
     --> bad.jsonl:6:1
    help: write one object a line, `{"name": …, "request": …, "policies": …, "expected": …}`
    error: `name` is a number, expected a string
     --> bad.jsonl:7:9
    help: write a string
    error: `principal` names one caller
     --> bad.jsonl:7:34
    help: write one of `service`, `federated`, `canonicalUser`
    error[effect-invalid]: `Alow` is not an effect
     --> bad.jsonl:7:182
    help: write `Allow`; the value is case-sensitive
    error: `resource` is a list of 0 documents, expected one
     --> bad.jsonl:7:232
    help: write the document; without one, leave it out
    error[policy-malformed]: a policy document is a number, expected an object with `Version` and `Statement`
     --> bad.jsonl:7:243
    help: write an object with `Version` and `Statement`
    error: `name` has an escape that stands for no character
     --> bad.jsonl:8:9
    help: write both halves of a surrogate pair
    error: `request` has no `principal`
     --> bad.jsonl:8:38
    help: write an ARN, `{"service": "lambda.amazonaws.com"}` or `"anonymous"`
    error: `request` has no `action`
     --> bad.jsonl:8:38
    help: write `"action": "s3:GetObject"`
    error: `request` has no `resource`
     --> bad.jsonl:8:38
    help: write the ARN, or `"*"` for an action without a resource
    error[policy-element-misplaced]: `Principal` does not belong in an identity policy
     --> bad.jsonl:8:97
    help: it is about whoever holds it; a document that names principals is the policy of a resource or the trust policy of a role
    error[policy-element-misplaced]: `Resource` does not belong in a trust policy
     --> bad.jsonl:9:228
    help: leave it out; the resource is the role itself
    error[policy-element-missing]: a statement of a trust policy has no `Principal`
     --> bad.jsonl:9:267
    help: write who may assume the role, such as `"Principal": { "Service": "lambda.amazonaws.com" }`
    error[policy-element-misplaced]: `Resource` does not belong in a trust policy
     --> bad.jsonl:9:311
    help: leave it out; the resource is the role itself
    error: `resource` and `trust` are both the policy of the role
     --> bad.jsonl:9:155
    help: keep one of them
    error: the account of the resource is told as `111122223333`, but `aws:ResourceAccount` as `444455556666`
     --> bad.jsonl:10:23
    help: say it once; the key is filled in from the account
    error: not JSON: trailing characters
     --> bad.jsonl:11:14
    help: write one object a line, `{"name": …, "request": …, "policies": …, "expected": …}`
    error: a case has no `name`
     --> bad.jsonl:12:1
    help: write `"name": "what the case shows"`
    error: a case has no `request`
     --> bad.jsonl:12:1
    help: write `"request": {"principal": …, "action": …, "resource": …}`
    error: a case has no `policies`
     --> bad.jsonl:12:1
    help: write `"policies": {"identity": [ … ]}`, or give documents with `--policy` and its like
    error: `gone.jsonl` does not exist; expected a file of cases
    "#);
}

#[test]
fn places_count_characters_from_the_start_of_the_line() {
    let house = house();
    let text = "\u{feff}{\"name\":\"é\u{1f600}\",\"x\":1}\r\n";
    house.write("places.jsonl", text.as_bytes());
    let text = house.run("simulate --cases places.jsonl");
    assert!(text.contains(" --> places.jsonl:1:15\n"), "{text}");
    house.write("latin1.jsonl", b"{}\n{\"name\":\"\xe9\"}");
    let text = house.run("simulate --cases latin1.jsonl");
    assert!(text.contains("error: not UTF-8 text\n --> latin1.jsonl:2:10\n"), "{text}");
}

#[test]
fn files_of_another_shape_are_refused_once() {
    let house = house();
    let line = case("", "", "allowed");
    for (text, says) in [
        (format!("[\n  {line},\n  {line}\n]\n"), "found a list"),
        (format!("[{line}]"), "found a list"),
        (
            "{\n  \"name\": \"n\",\n  \"request\": {}\n}\n".to_owned(),
            "found an object over several lines",
        ),
        (String::new(), "there is no case in it"),
        ("\n \r\n".to_owned(), "there is no case in it"),
    ] {
        house.write("shape.jsonl", text.as_bytes());
        let text = house.run("simulate --cases shape.jsonl");
        assert!(text.starts_with("exit 2\n--- stderr\nerror: ") && text.contains(says), "{text}");
        assert_eq!(text.matches("error").count(), 1, "{text}");
    }
}

#[test]
fn line_ends_blank_lines_marks_and_length_do_not_matter() {
    let house = house();
    let all = r#""identity":[{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}]"#;
    let line = case("", all, "allowed");
    let long = line.replace("b/k", &format!("b/{}", "k".repeat(3_000_000)));
    for text in [
        line.clone(),
        format!("{line}\n"),
        format!("\u{feff}{line}\r\n\r\n  \t\r\n{line}"),
        format!("\n\n  {line}  \n\n"),
        long,
    ] {
        house.write("ends.jsonl", text.as_bytes());
        assert_eq!(house.exit("simulate --cases ends.jsonl"), 0);
        let mut command = house.command("simulate --cases - -q");
        let output = command.stdin(File::open(house.path("ends.jsonl")).unwrap()).output().unwrap();
        assert!(output.status.success());
    }
}

#[test]
fn one_document_and_a_list_of_one_are_the_same() {
    let house = house();
    let document =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let named = document.replace(r#""Action""#, r#""Principal":"*","Action""#);
    let forms = |kind: &str, document: &str, lists: &[&str]| -> Vec<String> {
        lists.iter().map(|list| format!(r#""{kind}":{}"#, list.replace('D', document))).collect()
    };
    let mut texts = Vec::new();
    for kind in ["identity", "boundary", "session"] {
        texts.extend(forms(kind, document, &["D", "[D]"]));
    }
    texts.extend(forms("endpoint", &named, &["D", "[D]"]));
    texts.extend(forms("resource", &named, &["D", "[D]"]));
    texts.extend(forms("scp", document, &["D", "[D]", "[[D]]", "[[D],D,[D,D]]"]));
    for text in texts {
        let identity = format!(r#""identity":{document},"#);
        let text = if text.contains("identity") { text } else { identity + &text };
        house.write("forms.jsonl", case("", &text, "allowed").as_bytes());
        let line = "simulate --cases forms.jsonl";
        assert_eq!(house.exit(line), 0, "{text}: {}", house.run(line));
    }
}

#[test]
fn null_is_a_member_that_is_left_out() {
    let house = house();
    let text = case(
        r#","resourceAccount":null,"context":null"#,
        r#""identity":null,"boundary":null,"scp":null,"resource":null"#,
        "implicitly-denied",
    );
    house.write("null.jsonl", text.as_bytes());
    assert_eq!(
        house.exit("simulate --cases null.jsonl"),
        0,
        "{}",
        house.run("simulate --cases null.jsonl")
    );
}

#[test]
fn documents_of_flags_stand_for_what_a_case_does_not_give() {
    let house = house();
    let request = r#""request":{"principal":"arn:aws:iam::111122223333:role/orders","action":"dynamodb:GetItem","resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders"}"#;
    let assume = r#""request":{"principal":{"service":"lambda.amazonaws.com"},"action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/orders"}"#;
    let cases = format!(
        "{{\"name\":\"a\",{request},\"expected\":\"allowed\"}}\n{{\"name\":\"b\",{request},\"policies\":{{\"identity\":[]}},\"expected\":\"implicitly-denied\"}}\n{{\"name\":\"c\",{request},\"policies\":{{\"boundary\":{NO_TABLES}}},\"expected\":\"explicitly-denied\"}}\n{{\"name\":\"d\",{assume},\"expected\":\"allowed\"}}\n"
    );
    house.write("tests.jsonl", cases.as_bytes());
    let line =
        "simulate --policy generated/orders --trust-policy generated/orders --cases tests.jsonl";
    let text = house.run(&format!("{line} --format json"));
    insta::assert_snapshot!(text, @r#"
    exit 0
    --- stdout
    {"name":"a","decision":"allowed","expected":"allowed","pass":true,"statements":[{"policy":"identity","document":0,"index":0,"sid":"Reads","file":"generated/orders/execution-role.json"}],"lacking":[]}
    {"name":"b","decision":"implicitly-denied","expected":"implicitly-denied","pass":true,"statements":[],"lacking":[{"policy":"identity"}]}
    {"name":"c","decision":"explicitly-denied","expected":"explicitly-denied","pass":true,"statements":[{"policy":"boundary","document":0,"index":0,"sid":"NoTables"}],"lacking":[]}
    {"name":"d","decision":"allowed","expected":"allowed","pass":true,"statements":[{"policy":"trust","document":0,"index":0,"sid":null,"file":"generated/orders/trust-policy.json"}],"lacking":[]}
    "#);
    assert_eq!(house.exit("simulate --cases tests.jsonl"), 2);
    assert_eq!(house.exit("simulate --policy topic.json --cases tests.jsonl"), 2);
}

#[test]
fn a_number_in_a_value_keeps_its_text() {
    let house = house();
    for (value, policy, expected) in [
        ("10", "10", "allowed"),
        ("1e1", "1e1", "allowed"),
        ("1.50", "1.50", "allowed"),
        ("true", "true", "allowed"),
        ("\"10\"", "10", "allowed"),
        ("[10,\"b\"]", "b", "allowed"),
        ("1.5", "1.50", "implicitly-denied"),
    ] {
        let policies = format!(
            r#""identity":{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"ForAnyValue:StringEquals":{{"k:k":"{policy}"}}}}}}}}"#
        );
        let text = case(&format!(r#","context":{{"k:k":{value}}}"#), &policies, expected);
        house.write("value.jsonl", text.as_bytes());
        assert_eq!(house.exit("simulate --cases value.jsonl"), 0, "{value} {policy}");
    }
}

#[test]
fn several_files_of_cases_count_together() {
    let house = house();
    let text = house.run("simulate --cases cases.jsonl cases.jsonl -q");
    assert!(text.contains("8 cases: 2 as expected, 4 not as expected, 2 without"), "{text}");
}

#[test]
fn colour_is_only_where_it_is_wanted() {
    let house = house();
    assert!(!house.run("simulate --cases cases.jsonl").contains('\u{1b}'));
    assert!(house.run("simulate --cases cases.jsonl --color always").contains('\u{1b}'));
    let json = house.command("simulate --cases cases.jsonl --format json --color always");
    let json = { json }.output().unwrap().stdout;
    assert!(!json.contains(&0x1b));
}

#[test]
fn actions_that_nobody_knows_are_told_once() {
    let house = house();
    let line = case("", "", "implicitly-denied");
    let actions = ["Ab", "Cd", "Ef", "Gh", "Ij", "Kl", "Mn"].map(|name| format!("zzz:{name}"));
    let lines: Vec<String> = actions.iter().map(|it| line.replace("s3:GetObject", it)).collect();
    house.write("new.jsonl", lines.join("\n").as_bytes());
    let text = house.run("simulate --cases new.jsonl");
    let says = "the catalog knows none of the actions `zzz:Ab`, `zzz:Cd`, `zzz:Ef`, `zzz:Gh`, `zzz:Ij` and 2 more";
    assert!(text.starts_with("exit 0") && text.contains(says), "{text}");
    assert_eq!(text.matches("warning").count(), 1, "{text}");
}

#[test]
fn hostile_lines_are_refused_like_any_other() {
    let house = house();
    let deep = |open: &str, close: &str| open.repeat(200_000) + &close.repeat(200_000);
    let lists = deep("[", "]");
    let objects = format!("{}1{}", "{\"a\":".repeat(200_000), "}".repeat(200_000));
    let line = case("", "", "allowed");
    for text in [
        line.replace("\"n\"", &lists),
        case(&format!(r#","context":{{"k":{lists}}}"#), "", "allowed"),
        case(&format!(r#","context":{objects}"#), "", "allowed"),
        case("", &format!(r#""identity":{lists}"#), "allowed"),
        case("", &format!(r#""identity":[{objects}]"#), "allowed"),
        case("", &format!(r#""scp":{lists}"#), "allowed"),
        "[".repeat(500_000).replace("[[", "{\"a\":["),
        "\u{0}".to_owned(),
        line.replace("\"n\"", "\"\u{1b}[2J\""),
    ] {
        house.write("hostile.jsonl", text.as_bytes());
        let text = house.run("simulate --cases hostile.jsonl");
        assert!(text.starts_with("exit 2\n--- stderr\nerror"), "{text}");
        assert!(text.contains("--> hostile.jsonl:1:") && text.len() < 2_000, "{text}");
    }
}

#[test]
fn text_of_a_case_gives_no_command_to_a_terminal() {
    let house = house();
    let line = case("", "", "allowed").replace("\"n\"", r#""a\u001b[2J\nb""#);
    house.write("escape.jsonl", line.as_bytes());
    let text = house.run("simulate --cases escape.jsonl");
    assert!(text.contains(r"expected allowed: a\u{1b}[2J\nb (escape.jsonl:1)"), "{text}");
}
