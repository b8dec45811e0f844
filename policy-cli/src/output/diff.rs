//! What `diff` says.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use policy_core::semantics::{
    Blocker, Context, Difference, Doubt, Ineffective, PolicyKind, Principal, Relation, StatementRef,
};
use serde_json::{Map, Value};

use super::Detail;
use super::human;
use super::json::{self, Json};
use crate::command::diff::Report;
use crate::command::review::Reported;
use crate::input::limits::Limits;
use crate::input::policy::NamedDocument;

const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const UNKNOWN: Style = AnsiColor::Yellow.on_default();
const HEAD: Style = Style::new().bold();

/// One JSON document.
#[must_use]
pub fn json(report: &Report) -> String {
    let comparison = &report.comparison;
    let unknown = comparison.unknown.iter().map(|unknown| {
        let documents = match unknown.doubt {
            Doubt::Added => &report.proposed,
            Doubt::Removed => &report.deployed,
        };
        Json::object([
            ("statement", statement_json(&unknown.statement, documents)),
            ("reason", unknown.reason.as_str().into()),
        ])
    });
    let mut members = members([
        ("relation", comparison.relation.as_str().into()),
        (
            "added",
            Json::array(comparison.added.iter().map(|difference| {
                let why = report.why(difference).into_iter().cloned().collect();
                difference_json(difference, &report.proposed, why)
            })),
        ),
        (
            "removed",
            Json::array(
                comparison
                    .removed
                    .iter()
                    .map(|difference| difference_json(difference, &report.deployed, Vec::new())),
            ),
        ),
        ("unknown", Json::array(unknown)),
        ("findings", findings_json(&report.findings)),
    ]);
    if !report.limits.is_empty() {
        members.extend(limits_json(&report.limits, &report.ineffective, &report.proposed));
    }
    members.push(("text".to_owned(), report.text.as_str().into()));
    Json::Object(members).text()
}

pub(super) type Members = Vec<(String, Json)>;

pub(super) fn members<const N: usize>(members: [(&str, Json); N]) -> Members {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The members `limits` and `ineffective`.
pub(super) fn limits_json(
    limits: &Limits,
    ineffective: &[Ineffective],
    documents: &[NamedDocument],
) -> Members {
    let names = |documents: &[NamedDocument]| {
        Json::array(documents.iter().map(|document| document.name.as_str().into()))
    };
    let mut given = Vec::new();
    if let Some(boundary) = &limits.boundary {
        given.push(("boundary".to_owned(), names(boundary)));
    }
    if !limits.scp.is_empty() {
        given.push(("scp".to_owned(), Json::array(limits.scp.iter().map(|level| names(level)))));
    }
    if let Some(session) = &limits.session {
        given.push(("session".to_owned(), names(session)));
    }
    let blocked = ineffective.iter().map(|grant| {
        let by = grant.blocked_by.iter().map(|by| match by {
            Blocker::Layer(kind, level) => layer_json(*kind, *level),
            Blocker::Statement(statement) => {
                let mut members = layer_json(statement.kind, statement.level);
                let documents = limits.of(statement.kind, statement.level);
                members.push(("statement".to_owned(), statement_json(statement, documents)));
                members
            }
        });
        Json::object([
            ("statement", statement_json(&grant.statement, documents)),
            ("actions", Value::from(grant.actions.clone()).into()),
            ("resources", Value::from(grant.resources.clone()).into()),
            ("partly", grant.partly.into()),
            ("blockedBy", Json::array(by.map(Json::Object))),
            (
                "example",
                Json::object([
                    ("action", grant.example.action.as_str().into()),
                    ("resource", grant.example.resource.as_str().into()),
                    ("context", Value::Object(context(&grant.example.context)).into()),
                ]),
            ),
        ])
    });
    members([("limits", Json::Object(given)), ("ineffective", Json::array(blocked))])
}

fn layer_json(kind: PolicyKind, level: usize) -> Members {
    let mut layer = members([("policy", kind.as_str().into())]);
    if kind == PolicyKind::Scp {
        layer.push(("level".to_owned(), level.into()));
    }
    layer
}

/// Findings, each with its statement.
pub(super) fn findings_json(findings: &[Reported]) -> Json {
    Json::array(findings.iter().map(|reported| {
        let mut member = json::finding(&reported.finding, None);
        if let (Json::Object(members), Some(statement)) = (&mut member, &reported.statement) {
            let statement = Json::object([
                ("sid", statement.sid.as_deref().into()),
                ("index", statement.index.into()),
                ("document", statement.document.as_str().into()),
            ]);
            members.push(("statement".to_owned(), statement));
        }
        member
    }))
}

pub(super) fn difference_json(
    difference: &Difference,
    documents: &[NamedDocument],
    why: Vec<Value>,
) -> Json {
    let mut members = Vec::new();
    if let Some(principal) = &difference.principal {
        members.push(("principal".to_owned(), principal_text(principal).into()));
    }
    members.push(("action".to_owned(), difference.action.as_str().into()));
    members.push(("resource".to_owned(), difference.resource.as_str().into()));
    members.push(("context".to_owned(), Value::Object(context(&difference.context)).into()));
    members.push(("statement".to_owned(), statement_json(&difference.statement, documents)));
    if !why.is_empty() {
        members.push(("why".to_owned(), Value::from(why).into()));
    }
    Json::Object(members)
}

pub(super) fn context(context: &Context) -> Map<String, Value> {
    context
        .iter()
        .map(|(key, values)| {
            let value = match values {
                [one] => Value::from(one.as_str()),
                several => Value::from(several.to_vec()),
            };
            (key.to_string(), value)
        })
        .collect()
}

pub(super) fn statement_json(statement: &StatementRef, documents: &[NamedDocument]) -> Json {
    Json::object([
        ("sid", statement.sid.as_deref().into()),
        ("index", statement.index.into()),
        ("document", document_name(statement, documents).into()),
    ])
}

fn document_name<'a>(statement: &StatementRef, documents: &'a [NamedDocument]) -> &'a str {
    documents.get(statement.document).map_or("", |document| &document.name)
}

fn principal_text(principal: &Principal) -> String {
    match principal {
        Principal::Role { arn, .. } => arn.to_string(),
        Principal::Iam(arn) => arn.to_string(),
        Principal::Service(service) => service.to_string(),
        Principal::Federated(name) | Principal::CanonicalUser(name) | Principal::Opaque(name) => {
            name.clone()
        }
        _ => "*".to_owned(),
    }
}

/// Text for people.
#[must_use]
pub fn human(report: &Report, detail: Detail) -> String {
    let mut text = String::new();
    let comparison = &report.comparison;
    line(&mut text, format_args!("{HEAD}{}{HEAD:#}", summary(report)));
    if let Some(limits) = report.limits.line() {
        line(&mut text, format_args!("{limits}"));
    }
    if detail.quiet {
        return text;
    }
    let removed = comparison.removed.iter().map(|it| (it, &report.deployed[..], Vec::new()));
    let added = comparison.added.iter().map(|it| (it, &report.proposed[..], report.why(it)));
    differences(&mut text, "takes away", '-', REMOVED, removed.collect());
    differences(&mut text, "adds", '+', ADDED, added.collect());
    if !comparison.unknown.is_empty() {
        line(&mut text, format_args!("\ncannot tell:"));
        for unknown in &comparison.unknown {
            let (documents, whether) = match unknown.doubt {
                Doubt::Added => (&report.proposed, "adds something"),
                Doubt::Removed => (&report.deployed, "takes something away"),
            };
            let place = place(&unknown.statement, documents);
            line(
                &mut text,
                format_args!(
                    "  {UNKNOWN}? {place}{UNKNOWN:#} whether it {whether}: {}",
                    unknown.reason
                ),
            );
        }
    }
    if !report.text.is_empty() {
        text.push('\n');
        for line in report.text.lines() {
            let style = match line.as_bytes().first() {
                Some(b'+') => ADDED,
                Some(b'-') => REMOVED,
                _ => Style::new(),
            };
            self::line(&mut text, format_args!("{style}{line}{style:#}"));
        }
    }
    text
}

type Shown<'a> = (&'a Difference, &'a [NamedDocument], Vec<&'a Value>);

fn differences(text: &mut String, what: &str, sign: char, style: Style, all: Vec<Shown<'_>>) {
    if all.is_empty() {
        return;
    }
    line(text, format_args!("\nthe proposed policy {what}, for example:"));
    for (difference, documents, why) in all {
        line(text, format_args!("  {style}{sign} {}{style:#}", request(difference)));
        for (key, value) in context(&difference.context) {
            line(text, format_args!("      with {key} = {value}"));
        }
        line(text, format_args!("      by {}", place(&difference.statement, documents)));
        for entry in why {
            line(text, format_args!("      because {}", reason(entry)));
        }
    }
}

pub(super) fn request(difference: &Difference) -> String {
    let who = difference
        .principal
        .as_ref()
        .map(|principal| format!("{} ", principal_text(principal)))
        .unwrap_or_default();
    format!("{who}{} on {}", difference.action, difference.resource)
}

/// ``statement `Orders` of deployed.json``.
pub(super) fn place(statement: &StatementRef, documents: &[NamedDocument]) -> String {
    let document = document_name(statement, documents);
    match &statement.sid {
        Some(sid) => format!("statement `{sid}` of {document}"),
        None => format!("statement {} of {document}", statement.index + 1),
    }
}

/// One entry of the evidence as a clause.
fn reason(entry: &Value) -> String {
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let mut parts = Vec::new();
    for origin in entry["declared"].as_array().into_iter().flatten() {
        parts.push(format!(
            "declared at {}:{} ({})",
            text(origin, "file"),
            origin["line"],
            text(origin, "item")
        ));
    }
    let observed = &entry["observed"];
    match observed["events"].as_u64().unwrap_or_default() {
        0 => {}
        1 => parts.push(format!("seen once, {}", text(observed, "firstSeen"))),
        events => parts.push(format!("seen {events} times, last {}", text(observed, "lastSeen"))),
    }
    for reason in entry["platform"].as_array().into_iter().flatten() {
        parts.push(format!("needed by Lambda: {}", reason.as_str().unwrap_or_default()));
    }
    for accepted in entry["accepted"].as_array().into_iter().flatten() {
        parts.push(format!("accepted: {}", text(accepted, "reason")));
    }
    if parts.is_empty() {
        parts.push(text(entry, "verdict"));
    }
    parts.join("; ")
}

fn summary(report: &Report) -> &'static str {
    match report.comparison.relation {
        Relation::Equivalent if report.text.is_empty() => "equivalent: the documents are the same",
        Relation::Equivalent => "equivalent: both allow the same requests",
        Relation::Wider => "wider: the proposed policy allows more than the deployed one",
        Relation::Narrower => "narrower: the proposed policy allows less than the deployed one",
        Relation::Incomparable => {
            "incomparable: each policy allows something that the other does not"
        }
        Relation::CannotTell => "cannot tell: part of the policies could not be compared",
    }
}

/// Markdown for a review comment.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut text = String::new();
    let comparison = &report.comparison;
    line(&mut text, format_args!("### Policy change: {}\n", summary(report)));
    if let Some(limits) = report.limits.line() {
        line(&mut text, format_args!("{}\n", plain(&limits)));
    }
    if !comparison.added.is_empty() || !comparison.removed.is_empty() {
        line(&mut text, format_args!("| | action | resource | context | statement | why |"));
        line(&mut text, format_args!("|---|---|---|---|---|---|"));
        for (sign, list, documents) in [
            ("added", &comparison.added, &report.proposed),
            ("removed", &comparison.removed, &report.deployed),
        ] {
            for difference in list {
                let why: Vec<String> = if sign == "added" {
                    report.why(difference).into_iter().map(reason).collect()
                } else {
                    Vec::new()
                };
                let context: Vec<String> = context(&difference.context)
                    .into_iter()
                    .map(|(key, value)| format!("{} = {}", code(&key), code(&value.to_string())))
                    .collect();
                let action = match &difference.principal {
                    Some(principal) => {
                        format!(
                            "{} by {}",
                            code(difference.action.as_str()),
                            code(&principal_text(principal))
                        )
                    }
                    None => code(difference.action.as_str()),
                };
                line(
                    &mut text,
                    format_args!(
                        "| {sign} | {action} | {} | {} | {} | {} |",
                        code(&difference.resource),
                        context.join(", "),
                        plain(&place(&difference.statement, documents)),
                        plain(&why.join("; ")),
                    ),
                );
            }
        }
        text.push('\n');
    }
    for unknown in &comparison.unknown {
        let documents = match unknown.doubt {
            Doubt::Added => &report.proposed,
            Doubt::Removed => &report.deployed,
        };
        line(
            &mut text,
            format_args!(
                "- cannot tell for {}: {}",
                plain(&place(&unknown.statement, documents)),
                plain(&unknown.reason)
            ),
        );
    }
    if !comparison.unknown.is_empty() {
        text.push('\n');
    }
    for Reported { finding, .. } in &report.findings {
        let at: Vec<String> = finding.places.iter().take(1).map(human::place_text).collect();
        line(
            &mut text,
            format_args!(
                "- **{}** {}: {} ({})",
                finding.severity.as_str(),
                code(finding.code.as_str()),
                plain(&finding.message),
                plain(&at.join(", "))
            ),
        );
    }
    if !report.findings.is_empty() {
        text.push('\n');
    }
    if !report.text.is_empty() {
        line(&mut text, format_args!("<details><summary>Text</summary>\n\n```diff"));
        text.push_str(&report.text);
        line(&mut text, format_args!("```\n\n</details>"));
    }
    text
}

/// A code span in a table cell: no character of the text ends it.
fn code(text: &str) -> String {
    let ticks = if text.contains('`') { "``" } else { "`" };
    format!("{ticks}{}{ticks}", text.replace('|', "\\|").replace('\n', " "))
}

/// Text in a table cell.
fn plain(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;")
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(arguments);
    text.push('\n');
}
