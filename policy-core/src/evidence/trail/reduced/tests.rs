//! Tables that are right, and every way in which one is refused.

use super::*;
use crate::evidence::trail::{KEPT_EVENTS, read_document};

/// A record without time and ids, as a JSON text.
fn record(name: &str, more: &str) -> String {
    format!(
        r#"{{"eventSource":"dynamodb.amazonaws.com","eventName":"{name}","awsRegion":"eu-west-1","userIdentity":{{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/orders-exec/orders","sessionContext":{{"sessionIssuer":{{"type":"Role","arn":"arn:aws:iam::111122223333:role/orders-exec"}}}}}},"requestParameters":{{"tableName":"orders-\u00fc, \"x\""}}{more}}}"#
    )
}

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn time(second: u32) -> String {
    format!("2026-11-01T08:30:{second:02}Z")
}

/// The members of a row that are there.
type Cells = Vec<(&'static str, String)>;

fn counted(name: &str, seconds: &[u32], copies: u64) -> Cells {
    let smallest: Vec<String> =
        seconds.iter().take(3).map(|&at| format!("{} {}", time(at), id(at))).collect();
    vec![
        ("policy_reduced_trail", "1".into()),
        ("kind", "counted".into()),
        ("record", record(name, "")),
        ("records", (seconds.len() as u64 + copies).to_string()),
        ("events", seconds.len().to_string()),
        ("first_time", time(seconds[0])),
        ("last_time", time(*seconds.last().unwrap())),
        ("smallest", smallest.join(" ")),
    ]
}

fn event(name: &str, second: u32, more: &[(&'static str, &str)]) -> Cells {
    let mut cells = vec![
        ("policy_reduced_trail", "1".into()),
        ("kind", "event".into()),
        ("record", record(name, "")),
        ("records", "1".into()),
        ("events", "1".into()),
        ("first_time", time(second)),
        ("event_id", id(second)),
        ("is_addendum", "0".into()),
    ];
    for (column, value) in more {
        set(&mut cells, column, value);
    }
    cells
}

fn files(files: u64, records: u64) -> Cells {
    vec![
        ("policy_reduced_trail", "1".into()),
        ("kind", "files".into()),
        ("records", records.to_string()),
        ("events", files.to_string()),
    ]
}

fn set(cells: &mut Cells, column: &'static str, value: &str) {
    cells.retain(|(name, _)| *name != column);
    if !value.is_empty() {
        cells.push((column, value.to_owned()));
    }
}

fn csv(rows: &[Cells]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let line = |cells: Vec<String>| cells.join(",") + "\n";
    let mut text = line(COLUMNS.iter().map(|name| quoted(name)).collect());
    for row in rows {
        let cell = |name: &&str| {
            row.iter().find(|(column, _)| column == name).map_or(String::new(), |(_, v)| quoted(v))
        };
        text.push_str(&line(COLUMNS.iter().map(cell).collect()));
    }
    text
}

fn json_lines(rows: &[Cells]) -> String {
    let numbers = ["policy_reduced_trail", "records", "events", "is_addendum"];
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .map(|(column, value)| {
                let value = if numbers.contains(column) { value.clone() } else { json(value) };
                format!("\"{column}\":{value}")
            })
            .collect();
        text.push_str(&format!("{{{}}}\n", cells.join(",")));
    }
    text
}

fn read(text: &str) -> Result<Aggregate, ReducedTrailError> {
    assert!(Aggregate::is_reduced(text), "{text}");
    Aggregate::from_reduced(text, "result.csv", Catalog::embedded())
}

/// The same events as a log, each with a copy where the row has one.
fn log(events: &[(&str, u32, String)]) -> Aggregate {
    let records: Vec<String> = events
        .iter()
        .map(|(name, second, more)| {
            record(
                name,
                &format!(r#","eventTime":"{}","eventID":"{}"{more}"#, time(*second), id(*second)),
            )
        })
        .collect();
    let text = format!(r#"{{"Records":[{}]}}"#, records.join(","));
    let mut aggregate = Aggregate::new();
    read_document(text.as_bytes(), "a.json", &mut aggregate, Catalog::embedded()).unwrap();
    aggregate
}

#[test]
fn a_table_shows_what_the_log_shows_in_either_form() {
    let addendum =
        [("is_addendum", "1"), ("corrected_event_id", "00000000-0000-4000-8000-000000000005")];
    let rows = [
        counted("GetItem", &[1, 2, 3, 4], 1),
        event("PutItem", 5, &[]),
        event("Query", 6, &addendum),
        counted("Nonsense", &[7], 0),
        files(1, 8),
    ];
    let correction = format!(r#","addendum":{{"originalEventID":"{}"}}"#, id(5));
    let none = String::new;
    let native = log(&[
        ("GetItem", 1, none()),
        ("GetItem", 4, none()),
        ("GetItem", 3, none()),
        ("GetItem", 2, none()),
        ("GetItem", 2, none()),
        ("PutItem", 5, none()),
        ("Query", 6, correction),
        ("Nonsense", 7, none()),
    ]);
    let expected = native.finish().unwrap();
    assert_eq!(expected.events, 6);
    for text in [csv(&rows), json_lines(&rows), format!("\u{feff}{}", csv(&rows))] {
        assert_eq!(read(&text).unwrap().finish().unwrap(), expected);
        // And through an observation file.
        let written = read(&text).unwrap().to_file().unwrap();
        let written = Aggregate::from_file(&written).unwrap();
        assert_eq!(written.finish().unwrap(), expected);
    }
}

#[test]
fn tables_of_parts_of_the_logs_are_joined() {
    let none = String::new;
    let joined = || {
        let one = read(&csv(&[counted("GetItem", &[1, 2], 0), files(1, 2)])).unwrap();
        let two = read(&csv(&[counted("GetItem", &[3, 4], 0), files(2, 2)])).unwrap();
        let known = log(&[("GetItem", 5, none()), ("PutItem", 6, none())]);
        Aggregate::new().joined([one, known, two]).unwrap()
    };
    let events: Vec<_> =
        (1..=5).map(|at| ("GetItem", at, none())).chain([("PutItem", 6, none())]).collect();
    let mut expected = log(&events).finish().unwrap();
    expected.files = 4;
    assert_eq!(joined().finish().unwrap(), expected);
    let mut joined = joined();
    joined.settle(KEPT_EVENTS).unwrap();
    assert_eq!(joined.events(), 0, "what may be counted only is counted");
    assert_eq!(joined.finish().unwrap(), expected);
}

#[test]
fn records_without_an_id_are_events_of_their_own() {
    let unnamed = event("GetItem", 1, &[("event_id", ""), ("records", "3")]);
    let observations = read(&csv(&[unnamed, files(1, 3)])).unwrap().finish().unwrap();
    assert_eq!((observations.events, observations.records), (3, 3));
}

#[test]
fn every_wrong_row_is_named_with_its_line() {
    let cells = || counted("GetItem", &[1, 2, 3, 4], 0);
    let changed = |column: &'static str, value: &str| {
        let mut cells = cells();
        set(&mut cells, column, value);
        cells
    };
    let sample = |text: &str| changed("smallest", text);
    let (a, b, c) = (
        format!("{} {}", time(1), id(1)),
        format!("{} {}", time(2), id(2)),
        format!("{} {}", time(3), id(3)),
    );
    let table: [(Cells, &str); 20] = [
        (changed("kind", "other"), "unknown kind"),
        (changed("kind", ""), ""),
        (changed("records", "3"), "there are 4 events of 3 records"),
        (changed("records", ""), "`records` has to be a number from 1"),
        (changed("events", "0"), "`events` has to be a number from 1"),
        (changed("record", ""), "`record` is missing"),
        (changed("record", "5"), "`record` is no JSON object"),
        (changed("record", "{"), "`record`: the file ends in the middle"),
        (changed("record", r#"{"eventName":5}"#), "`record`: `eventName` is `5`"),
        (changed("record", r#"{"eventName":"GetItem"}"#), "`record`: `eventSource` is missing"),
        (changed("record", r#"{"eventID":"x"}"#), "`record`: `eventID` is written twice"),
        (changed("first_time", "yesterday"), "`first_time` is `yesterday`"),
        (changed("last_time", ""), "`last_time` is missing"),
        (changed("first_time", &time(0)), "`first_time` is not that of the first of `smallest`"),
        (changed("last_time", &time(2)), "one of `smallest` is not between"),
        (sample(""), "`smallest` is missing"),
        (sample(&a), "`smallest` has to hold time and id of 3 of 4 events"),
        (sample(&format!("{a} {a} {b}")), "stands in the table twice"),
        (sample(&format!("{a} {b} {} EXAMPLE", time(3))), "which is no UUID"),
        (sample(&format!("{a} {b} x {c}")), "`smallest` has to hold"),
    ];
    for (row, problem) in &table {
        for text in [csv(std::slice::from_ref(row)), json_lines(std::slice::from_ref(row))] {
            let Err(ReducedTrailError::Rows { mistakes, more: 0 }) = read(&text) else {
                panic!("accepted, or refused in another way: {text}");
            };
            let line = if text.starts_with('{') { 1 } else { 2 };
            assert_eq!(mistakes.len(), 1);
            assert_eq!(mistakes[0].line, line);
            assert!(mistakes[0].problem.contains(problem), "{:?}: {problem}", mistakes[0]);
        }
    }
    let rows: Vec<Cells> =
        table.into_iter().map(|(row, _)| row).chain([cells(), cells(), cells()]).collect();
    let error = read(&csv(&rows)).unwrap_err();
    let ReducedTrailError::Rows { mistakes, more } = &error else { panic!("{error}") };
    assert_eq!((mistakes.len(), *more), (20, 3), "{error}");
}

#[test]
fn an_event_stands_in_one_row_or_by_itself() {
    let rows = [counted("GetItem", &[1], 0), event("GetItem", 1, &[])];
    for rows in [rows.clone(), [rows[1].clone(), rows[0].clone()]] {
        assert!(matches!(read(&csv(&rows)), Err(ReducedTrailError::Rows { .. })));
    }
    // Copies that contradict each other are rows of one id.
    let rows = [event("GetItem", 1, &[]), event("PutItem", 1, &[]), files(1, 2)];
    assert_eq!(read(&csv(&rows)).unwrap().finish().unwrap().conflicting, 1);
}

#[test]
fn a_table_that_is_not_whole_is_refused() {
    let row = || counted("GetItem", &[1, 2], 0);
    assert_eq!(read(&csv(&[row()])).unwrap_err(), ReducedTrailError::Unread);
    let missing = ReducedTrailError::RowsMissing { read: 9, told: 2 };
    assert_eq!(read(&csv(&[row(), files(1, 9)])).unwrap_err(), missing);
    let twice = [files(1, 2), row(), files(1, 2)];
    assert!(read(&csv(&twice)).unwrap_err().to_string().contains("two results"));
    let whole = csv(&[row(), files(1, 2)]);
    for end in 30..whole.len() - 1 {
        if whole.is_char_boundary(end) && read(&whole[..end]).is_ok() {
            // Only closing signs of the last row may be missing.
            assert!(whole.len() - end <= 20, "{}", &whole[..end]);
        }
    }
}

#[test]
fn other_versions_are_told_apart_from_broken_tables() {
    let mut row = files(1, 1);
    set(&mut row, "policy_reduced_trail", "2");
    row.rotate_right(1);
    for text in [csv(std::slice::from_ref(&row)), json_lines(std::slice::from_ref(&row))] {
        let error = read(&text).unwrap_err();
        assert_eq!(error, ReducedTrailError::OtherVersion { found: 2 });
        assert!(error.is_too_new());
        assert!(error.help().starts_with("upgrade"));
    }
    let ragged = csv(&[files(1, 1)]) + "1,files\n";
    assert!(read(&ragged).unwrap_err().to_string().contains("line 3: the row has 2 values"));
    let unknown = r#"{"policy_reduced_trail":1,"kind":"files","records":1,"events":1,"more":1}"#;
    assert!(read(unknown).unwrap_err().to_string().contains("unknown column `more`"));
    let other = csv(&[files(1, 1)]).replace("\"kind\"", "\"sort\"");
    assert!(read(&other).unwrap_err().to_string().contains("column"));
}
