//! What `simulate` says.

use std::borrow::Cow;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use policy_core::semantics::{DecisionEffect, PolicyKind, Request, StatementRef};
use serde_json::{Map, Value};

use super::Detail;
use super::json::Json;
use crate::command::simulate::{Answer, Single, Verdict};
use crate::input::given::Given;

const ALLOWED: Style = AnsiColor::Green.on_default();
const DENIED: Style = AnsiColor::Red.on_default();
const HEAD: Style = Style::new().bold();

/// One JSON document.
#[must_use]
pub fn json(single: &Single) -> String {
    let file = |statement: &StatementRef| single.given.name(statement);
    let mut members = answer_json(&single.answer, file);
    let principal = single.named.then(|| single.request.principal.to_string());
    let request = Json::object([
        ("principal", principal.into()),
        ("action", single.request.action.as_str().into()),
        ("resource", single.request.resource.as_str().into()),
        ("context", Value::Object(context(&single.request)).into()),
    ]);
    members.push(("request".to_owned(), request));
    Json::Object(members).text()
}

/// One line a case, in their order.
#[must_use]
pub fn cases_json(verdicts: &[Verdict], given: &Given) -> String {
    let mut text = String::new();
    for verdict in verdicts {
        let mut members = vec![("name".to_owned(), verdict.name.as_str().into())];
        members.extend(answer_json(&verdict.answer, |statement| file(verdict, given, statement)));
        text.push_str(&Json::Object(members).line());
    }
    text
}

type Members = Vec<(String, Json)>;

fn answer_json<'g>(answer: &Answer, file: impl Fn(&StatementRef) -> Option<&'g str>) -> Members {
    let statements = answer.decision.statements.iter().map(|statement| {
        let mut members = layer_json(statement.kind, statement.level);
        members.push(("document".to_owned(), statement.document.into()));
        members.push(("index".to_owned(), statement.index.into()));
        members.push(("sid".to_owned(), statement.sid.as_deref().into()));
        if let Some(file) = file(statement) {
            members.push(("file".to_owned(), file.into()));
        }
        Json::Object(members)
    });
    let lacking =
        answer.lacking.iter().map(|(kind, level)| Json::Object(layer_json(*kind, *level)));
    [
        ("decision", answer.decision.effect.as_str().into()),
        ("expected", answer.expected.map(DecisionEffect::as_str).into()),
        ("pass", answer.pass().into()),
        ("statements", Json::array(statements)),
        ("lacking", Json::array(lacking)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn layer_json(kind: PolicyKind, level: usize) -> Members {
    let mut members = vec![("policy".to_owned(), kind.as_str().into())];
    if has_levels(kind) {
        members.push(("level".to_owned(), level.into()));
    }
    members
}

fn has_levels(kind: PolicyKind) -> bool {
    matches!(kind, PolicyKind::Scp | PolicyKind::Rcp)
}

fn context(request: &Request) -> Map<String, Value> {
    let value = |values: &[String]| match values {
        [one] => Value::from(one.as_str()),
        several => Value::from(several.to_vec()),
    };
    request.context.iter().map(|(key, values)| (key.to_string(), value(values))).collect()
}

/// The file of a statement, when a flag gave it.
fn file<'g>(verdict: &Verdict, given: &'g Given, statement: &StatementRef) -> Option<&'g str> {
    if verdict.own.contains(&statement.kind) { None } else { given.name(statement) }
}

/// Text for people.
#[must_use]
pub fn human(single: &Single, detail: Detail) -> String {
    let mut text = String::new();
    let Single { answer, request, given, .. } = single;
    let style = style(answer.decision.effect);
    line(&mut text, format_args!("{style}{}{style:#}", words(answer.decision.effect)));
    if detail.quiet {
        return text;
    }
    if let (Some(false), Some(expected)) = (answer.pass(), answer.expected) {
        line(&mut text, format_args!("  expected: {}", words(expected)));
    }
    let who = match single.named {
        true => request.principal.to_string(),
        false => "whoever holds the identity policies".to_owned(),
    };
    let (resource, who) = (plain(&request.resource), plain(&who));
    line(&mut text, format_args!("  {} on {resource} by {who}", request.action));
    if detail.verbose {
        for (key, value) in context(request) {
            line(&mut text, format_args!("  with {key} = {value}"));
        }
    }
    reasons(
        &mut text,
        "  ",
        answer,
        |statement| of_file(given.name(statement).unwrap_or_default(), statement),
        |kind, level| given.files(kind, level).join(", "),
    );
    if !single.keys_lacking.is_empty() && (detail.verbose || !answer.decision.is_allowed()) {
        let keys: Vec<&str> = single.keys_lacking.iter().map(|key| key.as_str()).collect();
        let keys = keys.join(", ");
        line(
            &mut text,
            format_args!("  keys that the policies ask for and the request lacks: {keys}"),
        );
    }
    text
}

/// Text for people: the cases that fail, those that expect nothing, and how many there are.
#[must_use]
pub fn cases_human(verdicts: &[Verdict], given: &Given, detail: Detail) -> String {
    let mut text = String::new();
    let count = |pass: Option<bool>| verdicts.iter().filter(|it| it.answer.pass() == pass).count();
    let (passed, failed, open) = (count(Some(true)), count(Some(false)), count(None));
    for verdict in verdicts {
        let pass = verdict.answer.pass();
        if !detail.quiet && (detail.verbose || pass != Some(true)) {
            case(&mut text, verdict, given);
        }
    }
    let cases = if verdicts.len() == 1 { "case" } else { "cases" };
    let mut parts = Vec::new();
    if passed > 0 || open == 0 {
        parts.push(format!("{ALLOWED}{passed} as expected{ALLOWED:#}"));
    }
    if failed > 0 {
        parts.push(format!("{DENIED}{failed} not as expected{DENIED:#}"));
    }
    if open > 0 {
        parts.push(format!("{open} without an expectation"));
    }
    line(&mut text, format_args!("{} {cases}: {}", verdicts.len(), parts.join(", ")));
    text
}

fn case(text: &mut String, verdict: &Verdict, given: &Given) {
    let answer = &verdict.answer;
    let decision = words(answer.decision.effect);
    let (style, head) = match (answer.pass(), answer.expected) {
        (Some(false), Some(expected)) => {
            (DENIED, format!("failed: {decision}, expected {}", words(expected)))
        }
        (Some(true), _) => (ALLOWED, format!("passed: {decision}")),
        _ => (HEAD, format!("decided: {decision}")),
    };
    let (file, number) = (&verdict.file, verdict.line);
    let name = plain(&verdict.name);
    line(text, format_args!("{style}{head}{style:#}: {name} ({file}:{number})"));
    if let Some(request) = &verdict.request {
        let Request { principal, action, resource, .. } = request;
        let principal = principal.to_string();
        let (resource, principal) = (plain(resource), plain(&principal));
        line(text, format_args!("    {action} on {resource} by {principal}"));
    }
    let document = |statement: &StatementRef| match self::file(verdict, given, statement) {
        Some(file) => of_file(file, statement),
        None => member(statement),
    };
    reasons(text, "    ", answer, document, |_, _| String::new());
}

/// A document by its file: `role.json (identity policy)`.
fn of_file(file: &str, statement: &StatementRef) -> String {
    format!("{file} ({})", layer(statement.kind, statement.level))
}

/// A document by where it stands in a case: `` `scp[1][0]` ``.
fn member(statement: &StatementRef) -> String {
    let StatementRef { kind, level, document, .. } = statement;
    let name = kind.as_str();
    match kind {
        PolicyKind::Resource | PolicyKind::Trust => format!("`{name}`"),
        kind if has_levels(*kind) => format!("`{name}[{level}][{document}]`"),
        _ => format!("`{name}[{document}]`"),
    }
}

/// The statements responsible, or where one is lacking.
fn reasons(
    text: &mut String,
    indent: &str,
    answer: &Answer,
    document: impl Fn(&StatementRef) -> String,
    files: impl Fn(PolicyKind, usize) -> String,
) {
    for statement in &answer.decision.statements {
        let which = match &statement.sid {
            Some(sid) => format!("statement `{}`", plain(sid)),
            None => format!("statement {}", statement.index + 1),
        };
        line(text, format_args!("{indent}by {which} of {}", document(statement)));
    }
    if answer.decision.is_allowed() && answer.decision.statements.is_empty() {
        line(text, format_args!("{indent}a root user needs no policy in its own account"));
    }
    for (kind, level) in &answer.lacking {
        let files = files(*kind, *level);
        let files = if files.is_empty() { files } else { format!(" ({files})") };
        let layer = match kind {
            PolicyKind::Identity => "the identity policies".to_owned(),
            PolicyKind::Session => "the session policies".to_owned(),
            PolicyKind::Scp => format!("the SCPs of level {level}"),
            PolicyKind::Resource => "the policy of the resource".to_owned(),
            kind => format!("the {}", layer(*kind, *level)),
        };
        line(text, format_args!("{indent}nothing allows it in {layer}{files}"));
    }
}

/// Text of the user on one line that no terminal takes for a command.
fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// What a statement stands in, as a noun.
fn layer(kind: PolicyKind, level: usize) -> String {
    let noun = kind.noun().split_once(' ').map_or("", |(_, noun)| noun);
    if has_levels(kind) { format!("{noun}, level {level}") } else { noun.to_owned() }
}

fn style(effect: DecisionEffect) -> Style {
    if effect == DecisionEffect::Allowed { ALLOWED.bold() } else { DENIED.bold() }
}

fn words(effect: DecisionEffect) -> &'static str {
    match effect {
        DecisionEffect::Allowed => "allowed",
        DecisionEffect::ImplicitlyDenied => "implicitly denied",
        DecisionEffect::ExplicitlyDenied => "explicitly denied",
    }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(arguments);
    text.push('\n');
}
