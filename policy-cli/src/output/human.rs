//! Values as text for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use policy_core::finding::{Finding, Place, Severity};

use crate::failure::Problem;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NOTE: Style = AnsiColor::Blue.on_default().bold();
const PLACE: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();

/// One problem: message, places, note, help.
pub(super) fn problem(out: &mut impl Write, problem: &Problem) -> io::Result<()> {
    let code = problem.code.map(|code| format!("[{code}]")).unwrap_or_default();
    let (style, severity) = (style(problem.severity), problem.severity.as_str());
    writeln!(out, "{style}{severity}{code}{style:#}: {}", problem.message)?;
    places(out, &problem.places, true)?;
    if let Some(note) = &problem.note {
        writeln!(out, "{BOLD}note{BOLD:#}: {note}")?;
    }
    if let Some(help) = &problem.help {
        writeln!(out, "{BOLD}help{BOLD:#}: {help}")?;
    }
    Ok(())
}

/// How many places of one finding are shown unless all are asked for.
const PLACES_SHOWN: usize = 3;

/// One finding: severity, code, message, places, help. Only `verbose` shows more than a few places.
pub(super) fn finding(out: &mut impl Write, finding: &Finding, verbose: bool) -> io::Result<()> {
    let (style, severity) = (style(finding.severity), finding.severity.as_str());
    writeln!(out, "{style}{severity}[{}]{style:#}: {}", finding.code.as_str(), finding.message)?;
    places(out, &finding.places, verbose)?;
    if let Some(help) = &finding.help {
        writeln!(out, "{BOLD}help{BOLD:#}: {help}")?;
    }
    Ok(())
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
        Severity::Note => NOTE,
    }
}

fn places(out: &mut impl Write, places: &[Place], all: bool) -> io::Result<()> {
    let shown = if all || places.len() <= PLACES_SHOWN { places.len() } else { PLACES_SHOWN };
    for place in &places[..shown] {
        writeln!(out, " {PLACE}-->{PLACE:#} {}", place_text(place))?;
    }
    if shown < places.len() {
        writeln!(out, "     and {} more (-v shows them)", places.len() - shown)?;
    }
    Ok(())
}

/// `file:line:column`, or `file, record N`.
pub(super) fn place_text(place: &Place) -> String {
    let mut text = place.file.to_string();
    if let Some(line) = place.line {
        text.push_str(&format!(":{line}"));
        if let Some(column) = place.column {
            text.push_str(&format!(":{column}"));
        }
    }
    if let Some(record) = place.record {
        text.push_str(&format!(", record {record}"));
    }
    text
}
