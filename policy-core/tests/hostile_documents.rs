//! Documents made to hurt: large, deep or full of mistakes. Each is read, or refused with a place.
//!
//! Small bad input is held by the cases in `tests/cases/parse`; what is fed to the readers at random, by the fuzz targets.

use policy_core::finding::{Finding, Severity};
use policy_core::policy::{
    MAX_BYTES, MAX_DEPTH, MAX_FINDINGS, MAX_VALUES, PolicyDocument, parse, write,
};

fn read(text: &str) -> PolicyDocument {
    match parse(text, "policy.json") {
        Ok(parsed) => parsed.document,
        Err(findings) => panic!("refused: {}", shown(&findings).join("\n")),
    }
}

fn refused(text: &str) -> Vec<String> {
    let findings = parse(text, "policy.json").expect_err("this should be refused");
    assert!(findings.iter().any(|f| f.severity == Severity::Error));
    shown(&findings)
}

fn shown(findings: &[Finding]) -> Vec<String> {
    let of = |f: &Finding| {
        let place = &f.places[0];
        format!("{}:{} {}", place.line.unwrap_or(0), place.column.unwrap_or(0), f.message)
    };
    findings.iter().map(of).collect()
}

fn statement(actions: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":"*"}}"#)
}

fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

#[test]
fn a_million_actions_in_one_statement_are_read() {
    let actions = vec![r#""s3:GetObject""#; 1_000_000].join(",");
    let read = read(&document(&statement(&format!("[{actions}]"))));
    assert_eq!(read.statements[0].action.values().len(), 1_000_000);
}

#[test]
fn a_hundred_thousand_statements_are_read_and_written() {
    let text = document(&vec![statement(r#"["s3:GetObject","s3:PutObject"]"#); 100_000].join(","));
    let read = read(&text);
    assert_eq!(read.statements.len(), 100_000);
    assert_eq!(write::minified(&read), text);
}

#[test]
fn one_string_may_be_all_of_the_text() {
    let long = "x".repeat(MAX_BYTES - 200);
    let read = read(&document(&statement(&format!(r#""s3:{long}""#))));
    assert_eq!(read.statements[0].action.values()[0].len(), long.len() + 3);
}

#[test]
fn a_message_stays_short_however_long_the_word_that_is_wrong() {
    let long = "é".repeat(1_000_000);
    for text in [
        format!(r#"{{"Statement":[],"{long}":1}}"#),
        format!(r#"{{"Statement":[],"Version":"{long}"}}"#),
        document(&format!(r#"{{"Effect":"{long}","Action":"*","Resource":"*"}}"#)),
        document(&statement(&format!(r#""{long}""#))),
        document(&format!(
            r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{long}":{{}}}}}}"#
        )),
        document(&format!(
            r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"Bool":{{"{long}":{{}},"{long}":[]}}}}}}"#
        )),
        document(&format!(
            r#"{{"Effect":"Allow","Action":"*","Principal":"{long}","Condition":{{"Null":{{"a":"{long}"}}}}}}"#
        )),
        document(&format!(
            r#"{{"Sid":"{long}","Effect":"Allow","Action":"*","Resource":"*"}},{{"Sid":"{long}"}}"#
        )),
    ] {
        for message in refused(&text) {
            assert!(message.len() < 400, "{} bytes: {:.300}", message.len(), message);
        }
    }
}

#[test]
fn nesting_is_refused_wherever_it_stands() {
    let (open, close) = ("[".repeat(1_000_000), "]".repeat(1_000_000));
    let deep = format!("brackets nested deeper than {MAX_DEPTH}");
    for (text, place) in [
        (open.clone(), "1:33"),
        (format!("{open}{close}"), "1:33"),
        (format!(r#"{{"Statement":[],"Note":{open}{close}}}"#), "1:55"),
        (document(&format!(r#"{{"Condition":{{"Bool":{{"a":{open}{close}}}}}}}"#)), "1:91"),
        (format!("{{\"Statement\":\n{}", "{\"Statement\":".repeat(1_000_000)), "2:404"),
        ("{\"a\":[".repeat(1_000_000), "1:97"),
    ] {
        assert_eq!(refused(&text), [format!("{place} {deep}")]);
    }
}

#[test]
fn brackets_inside_strings_do_not_nest() {
    let text = document(&statement(&format!(r#""s3:{}\"{}""#, "[".repeat(100), "{".repeat(100))));
    assert_eq!(read(&text).statements.len(), 1);
}

#[test]
fn values_without_number_are_refused_before_they_are_kept() {
    let many = "0,".repeat(9_000_000);
    let at = r#"{"Statement":["#.len() + 2 * (MAX_VALUES - 1);
    assert_eq!(
        refused(&format!(r#"{{"Statement":[{many}0]}}"#)),
        [format!("1:{at} a policy document of more than {MAX_VALUES} values is not read")]
    );
    let many = "{},".repeat(6_000_000);
    assert_eq!(refused(&format!(r#"{{"Statement":[{many}"#)).len(), 1);
}

#[test]
fn a_million_mistakes_are_counted_and_a_hundred_are_shown() {
    let text = document(&vec!["{}"; 600_000].join(","));
    let messages = refused(&text);
    assert_eq!(messages.len(), MAX_FINDINGS + 1);
    assert_eq!(messages[0], "1:38 a statement has no `Effect`");
    // Each has no Effect, no Action and no Resource.
    let more = format!("{} more mistakes are not shown", 3 * 600_000 - MAX_FINDINGS);
    let last = text.len() - "{}]}".len() + 1;
    assert_eq!(messages[MAX_FINDINGS], format!("1:{last} {more}"));
    let unknown: Vec<String> = (0..300_000).map(|i| format!(r#""Actoin{i}":1"#)).collect();
    let messages = refused(&format!(r#"{{"Statement":[{{}}],{}}}"#, unknown.join(",")));
    assert_eq!(messages.len(), MAX_FINDINGS + 1);
}

#[test]
fn a_mistake_after_more_warnings_than_are_shown_still_refuses() {
    let warned = vec![statement("[]"); 1_000].join(",");
    assert_eq!(read(&document(&warned)).statements.len(), 1_000);
    let messages = refused(&document(&format!("{warned},{}", statement("7"))));
    assert_eq!(messages.len(), MAX_FINDINGS + 2);
    assert!(messages.iter().any(|m| m.ends_with("900 more warnings are not shown")));
    let mistakes = vec![r#"{"Effect":"Allow","Action":"s3","Resource":[]}"#; 1_000].join(",");
    assert_eq!(refused(&document(&mistakes)).len(), 2 * (MAX_FINDINGS + 1));
}

#[test]
fn a_document_of_line_ends_is_refused_at_its_end() {
    let text = "\n".repeat(MAX_BYTES);
    let line = MAX_BYTES + 1;
    assert_eq!(refused(&text), [format!("{line}:1 not JSON: EOF while parsing a value")]);
}

#[test]
fn no_end_of_an_escape_makes_the_reader_panic() {
    for tail in
        ["\\", "\\u", "\\ud83d", "\\ud83d\\", "\\ud83d\\u0041", "\\udc00", "\\x41", "\\\r\n"]
    {
        for end in ["", "\"", "\"]}", "\"}]}"] {
            let text = format!(r#"{{"Statement":[{{"Sid":"{tail}{end}"#);
            assert_eq!(refused(&text).len(), 1, "{text}");
        }
    }
}
