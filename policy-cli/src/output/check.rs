//! What `check` says.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use policy_core::finding::Severity;
use policy_core::lint::DocumentKind;

use super::Detail;
use super::diff::{
    Members, context, difference_json, findings_json, limits_json, members, place, request,
    statement_json,
};
use super::json::Json;
use crate::command::check::{Asked, Report};
use crate::input::policy::NamedDocument;

const GRANTED: Style = AnsiColor::Red.on_default();
const UNKNOWN: Style = AnsiColor::Yellow.on_default();
const HEAD: Style = Style::new().bold();

/// One JSON document.
#[must_use]
pub fn json(report: &Report) -> String {
    let documents = report.groups.iter().flat_map(|group| {
        group.documents.iter().map(|document| {
            Json::object([
                ("document", document.name.as_str().into()),
                ("kind", kind(group.kind).into()),
            ])
        })
    });
    let mut all = members([("documents", Json::array(documents))]);
    if let Some(asked) = &report.asked {
        all.extend(asked_json(asked, report));
    }
    all.push(("findings".to_owned(), findings_json(&report.findings)));
    if !report.limits.is_empty() {
        let identity = identity(report);
        let mut limits = limits_json(&report.limits, &report.ineffective, identity);
        if report.asked.is_some() {
            // Only the question was answered.
            limits.retain(|(name, _)| name == "limits");
        }
        all.extend(limits);
    }
    Json::Object(all).text()
}

fn kind(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Identity => "identity",
        DocumentKind::Resource => "resource",
        DocumentKind::Trust => "trust",
    }
}

fn identity(report: &Report) -> &[NamedDocument] {
    let group = report.groups.iter().find(|group| group.kind == DocumentKind::Identity);
    group.map(|group| group.documents.as_slice()).unwrap_or_default()
}

/// The members `asked`, `granted` and `unknown`.
fn asked_json(asked: &Asked, report: &Report) -> Members {
    let question = Json::object([
        ("actions", serde_json::Value::from(asked.actions.clone()).into()),
        ("resources", serde_json::Value::from(asked.resources.clone()).into()),
    ]);
    let granted = asked.granted.iter().map(|(number, group, difference)| {
        let documents = &report.groups[*group].documents;
        let mut all = members([("asked", asked.actions[*number].as_str().into())]);
        if let Json::Object(rest) = difference_json(difference, documents, Vec::new()) {
            all.extend(rest);
        }
        Json::Object(all)
    });
    let unknown = asked.unknown.iter().map(|(number, group, unknown)| {
        let documents = &report.groups[*group].documents;
        Json::object([
            ("asked", asked.actions[*number].as_str().into()),
            ("statement", statement_json(&unknown.statement, documents)),
            ("reason", unknown.reason.as_str().into()),
        ])
    });
    members([
        ("asked", question),
        ("granted", Json::array(granted)),
        ("unknown", Json::array(unknown)),
    ])
}

/// Text for people.
#[must_use]
pub fn human(report: &Report, detail: Detail) -> String {
    let mut text = String::new();
    let head = match &report.asked {
        Some(asked) => asked_head(asked),
        None => head(report),
    };
    line(&mut text, format_args!("{HEAD}{head}{HEAD:#}"));
    if let Some(limits) = report.limits.line() {
        line(&mut text, format_args!("{limits}"));
    }
    if let (Some(asked), false) = (&report.asked, detail.quiet) {
        for (number, action) in asked.actions.iter().enumerate() {
            grants(&mut text, asked, number, action, report);
        }
    }
    text
}

/// `2 documents, no findings`.
fn head(report: &Report) -> String {
    let count = |number: usize, what: &str| match number {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        many => format!("{many} {what}s"),
    };
    let documents = report.groups.iter().map(|group| group.documents.len()).sum();
    let of = |severity| report.findings.iter().filter(|it| it.finding.severity == severity).count();
    format!(
        "{}: {}, {}, {}",
        count(documents, "document"),
        count(of(Severity::Error), "error"),
        count(of(Severity::Warning), "warning"),
        count(of(Severity::Note), "note")
    )
}

fn asked_head(asked: &Asked) -> String {
    let what = asked.actions.join(", ");
    let on = if asked.resources.is_empty() {
        "any resource".to_owned()
    } else {
        asked.resources.join(", ")
    };
    match (asked.granted.is_empty(), asked.unknown.is_empty()) {
        (false, _) => format!("granted: some of {what} on {on}"),
        (true, false) => format!("cannot tell: some of {what} on {on} may be granted"),
        (true, true) => format!("not granted: {what} on {on}"),
    }
}

fn grants(text: &mut String, asked: &Asked, number: usize, action: &str, report: &Report) {
    let granted: Vec<_> = asked.granted.iter().filter(|(of, ..)| *of == number).collect();
    let unknown: Vec<_> = asked.unknown.iter().filter(|(of, ..)| *of == number).collect();
    if granted.is_empty() && unknown.is_empty() {
        return;
    }
    let example = if granted.is_empty() { "" } else { ", for example" };
    line(text, format_args!("\n{action}{example}:"));
    for (_, group, difference) in granted {
        let documents = &report.groups[*group].documents;
        line(text, format_args!("  {GRANTED}! {}{GRANTED:#}", request(difference)));
        for (key, value) in context(&difference.context) {
            line(text, format_args!("      with {key} = {value}"));
        }
        line(text, format_args!("      by {}", place(&difference.statement, documents)));
    }
    for (_, group, unknown) in unknown {
        let place = place(&unknown.statement, &report.groups[*group].documents);
        line(
            text,
            format_args!("  {UNKNOWN}? {place}{UNKNOWN:#} may grant it: {}", unknown.reason),
        );
    }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(arguments);
    text.push('\n');
}
