//! The rows of a table: CSV or JSON lines.

use std::borrow::Cow;

use serde::Deserialize;

use super::error::ReducedTrailError;
use super::{COLUMNS, VERSION};

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Events that are alike.
    Counted,
    /// One event.
    Event,
    /// What was read: `events` files with `records` records.
    Files,
}

/// One row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row<'a> {
    #[serde(rename = "policy_reduced_trail")]
    pub(super) _version: u64,
    pub(super) kind: Kind,
    #[serde(borrow)]
    pub(super) record: Option<Cow<'a, str>>,
    pub(super) records: Option<u64>,
    pub(super) events: Option<u64>,
    pub(super) first_time: Option<Cow<'a, str>>,
    pub(super) last_time: Option<Cow<'a, str>>,
    pub(super) smallest: Option<Cow<'a, str>>,
    pub(super) event_id: Option<Cow<'a, str>>,
    pub(super) shared_event_id: Option<Cow<'a, str>>,
    pub(super) is_addendum: Option<u8>,
    pub(super) corrected_event_id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Head {
    policy_reduced_trail: u64,
}

/// Whether the text is JSON, by its first sign.
fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

pub(super) fn is_table(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
    let text = text.strip_prefix('{').map_or(text, str::trim_start);
    text.strip_prefix('"').unwrap_or(text).starts_with(COLUMNS[0])
}

/// Calls `take` with each row and its line.
pub(super) fn each(
    text: &str,
    mut take: impl FnMut(u64, Result<Row<'_>, String>),
) -> Result<(), ReducedTrailError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if is_json(text) { json_lines(text, &mut take) } else { csv_rows(text, &mut take) }
}

fn json_lines<'a>(
    text: &'a str,
    take: &mut impl FnMut(u64, Result<Row<'a>, String>),
) -> Result<(), ReducedTrailError> {
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        // Told before anything else is looked at.
        let head = serde_json::from_str::<Head>(text);
        if let Some(found) = head.ok().map(|head| head.policy_reduced_trail)
            && found != VERSION
        {
            return Err(ReducedTrailError::OtherVersion { found });
        }
        let row = serde_json::from_str(text).map_err(|error| in_words(&error.to_string()));
        take(line, row);
    }
    Ok(())
}

fn csv_rows(
    text: &str,
    take: &mut impl FnMut(u64, Result<Row<'_>, String>),
) -> Result<(), ReducedTrailError> {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let headers = reader.headers().cloned().unwrap_or_default();
    let mut row = csv::StringRecord::new();
    let is_version = |column: &str| column == COLUMNS[0];
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) => {}
            Err(error) => {
                take(line, Err(error_in_words(&error)));
                continue;
            }
        }
        let version = headers.iter().zip(&row).find(|(column, _)| is_version(column));
        if let Some(found) = version.and_then(|(_, value)| value.parse().ok())
            && found != VERSION
        {
            return Err(ReducedTrailError::OtherVersion { found });
        }
        let line = row.position().map_or(line, csv::Position::line);
        let read = row.deserialize(Some(&headers)).map_err(|error| error_in_words(&error));
        take(line, read);
    }
}

fn error_in_words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the row has {len} values, the head line {expected_len} columns")
        }
        csv::ErrorKind::Deserialize { err, .. } => {
            let kind = in_words(&err.kind().to_string());
            let column = err.field().and_then(|at| usize::try_from(at).ok());
            match column.and_then(|at| COLUMNS.get(at)) {
                Some(name) => format!("`{name}`: {kind}"),
                None => kind,
            }
        }
        _ => error.to_string(),
    }
}

/// The parser's words as those of a table.
fn in_words(problem: &str) -> String {
    let problem = problem.split(" at line ").next().unwrap_or(problem);
    let table = [
        ("missing field", "there is no column"),
        ("unknown field", "unknown column"),
        ("duplicate field", "written twice:"),
        ("unknown variant", "unknown kind"),
        ("expected u64", "expected a whole number from 0"),
        ("expected u8", "expected 0 or 1"),
    ];
    table.iter().fold(problem.to_owned(), |text, (from, to)| text.replace(from, to))
}
