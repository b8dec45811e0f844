//! What `scan` says.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use policy_core::catalog::Catalog;
use policy_core::evidence::{
    CallPlace, Confidence, DeclaredResource, ReachableCall, ReachableResource, UnknownCalls,
};

use super::Detail;
use super::json::Json;
use crate::command::scan::Report;

const HEAD: Style = Style::new().bold();
const MISSING: Style = AnsiColor::Red.on_default();
const UNKNOWN: Style = AnsiColor::Yellow.on_default();

/// One JSON document: `calls`, `undeclared`, `own` and `unknown`, as docs/scan.md describes them.
#[must_use]
pub fn json(report: &Report, catalog: &Catalog) -> String {
    let all = |calls: &mut dyn Iterator<Item = &ReachableCall>| {
        Json::array(calls.map(|it| call(it, report, catalog)))
    };
    Json::object([
        ("calls", all(&mut report.calls.iter())),
        ("undeclared", all(&mut report.undeclared.iter())),
        ("own", all(&mut report.own.iter())),
        ("unknown", Json::array(report.unknown.iter().map(unknown))),
    ])
    .text()
}

fn call(call: &ReachableCall, report: &Report, catalog: &Catalog) -> Json {
    let texts = |texts: Vec<String>| Json::array(texts.into_iter().map(Json::from));
    let actions = call.actions(catalog).iter().map(ToString::to_string).collect();
    let (file, line, column, enclosing, binaries) = match &call.place {
        CallPlace::Binary { file, .. } => (None, None, None, None, vec![file.to_string()]),
        CallPlace::Source { origin, binaries } => {
            let binaries = binaries.iter().map(ToString::to_string).collect();
            let (file, item) = (Some(&*origin.file), Some(&*origin.item));
            (file, Some(origin.line), Some(origin.column), item, binaries)
        }
    };
    let (resource, reason) = told(&call.resource);
    let mut object = Json::object([
        ("service", call.service(catalog).into()),
        ("operation", call.name().into()),
        ("actions", texts(actions)),
        ("client", (&*call.client).into()),
        ("file", file.into()),
        ("line", line.into()),
        ("column", column.into()),
        ("enclosing", enclosing.into()),
        ("binaries", texts(binaries)),
        ("resource", resource.into()),
        ("resourceUnknown", reason.into()),
        ("source", source(call).into()),
        ("confidence", call.confidence.as_str().into()),
    ]);
    if let (Json::Object(members), Some(kind)) = (&mut object, report.kinds.get(call)) {
        members.push(("kind".to_owned(), kind.as_str().into()));
    }
    object
}

fn unknown(unknown: &UnknownCalls) -> Json {
    Json::object([
        ("place", (&*unknown.place).into()),
        ("client", unknown.client.as_deref().into()),
        ("reason", (&*unknown.reason).into()),
    ])
}

/// A resource as a declaration writes it.
pub(super) fn shown(resource: &DeclaredResource) -> String {
    match resource {
        DeclaredResource::Arn(text) | DeclaredResource::Tail(text) => text.to_string(),
        DeclaredResource::Environment { name, form } => {
            format!("env(\"{name}\", as = \"{}\")", form.as_str())
        }
        DeclaredResource::Any { .. } => "*".to_owned(),
    }
}

/// The resource, and why it or a part of it is not known: `s3:GetObject on in/a, s3:PutObject on out/a` of a copy.
fn told(resource: &ReachableResource) -> (Option<String>, Option<String>) {
    match resource {
        ReachableResource::Known(resources) => {
            (Some(resources.iter().map(shown).collect::<Vec<_>>().join(", ")), None)
        }
        ReachableResource::ByAction(sides) => {
            let (mut known, mut unknown) = (Vec::new(), Vec::new());
            for (action, resource) in sides {
                let (told, reason) = told(resource);
                known.extend(told.map(|told| format!("{action} on {told}")));
                unknown.extend(reason.map(|reason| format!("{action}: {reason}")));
            }
            let joined = |all: Vec<String>| (!all.is_empty()).then(|| all.join(", "));
            (joined(known), joined(unknown))
        }
        ReachableResource::Unknown { reason } => (None, Some(reason.to_string())),
    }
}

/// Text for people: the calls of each place, then what is listed apart. Only a detailed report names the SDK's own.
#[must_use]
pub fn human(report: &Report, catalog: &Catalog, detail: Detail) -> String {
    let mut text = String::new();
    if detail.quiet {
        return text;
    }
    let mut places: BTreeMap<String, Rows<'_>> = BTreeMap::new();
    for call in &report.calls {
        places.entry(place(call)).or_default().calls.push(call);
    }
    for call in &report.own {
        places.entry(place(call)).or_default().own.push(call);
    }
    for unknown in &report.unknown {
        places.entry(unknown.place.to_string()).or_default().unknown.push(unknown);
    }
    for (place, rows) in &mut places {
        rows.calls.sort_by_key(|call| match &call.place {
            CallPlace::Source { origin, .. } => (origin.line, origin.column),
            CallPlace::Binary { .. } => (0, 0),
        });
        rows.write(place, report, catalog, &mut text);
    }
    let undeclared = report.undeclared.len();
    let (calls, unknown) = (report.calls.len(), report.unknown.len());
    let mut summary = match calls {
        0 => "no call was found".to_owned(),
        1 => "1 call".to_owned(),
        many => format!("{many} calls"),
    };
    match undeclared {
        0 if calls == 0 => {}
        0 => summary.push_str(", declared"),
        all if all == calls => summary.push_str(", not declared"),
        some => summary.push_str(&format!(", {some} of them not declared")),
    }
    if unknown > 0 {
        summary.push_str("; there may be more");
    }
    line(&mut text, format_args!("{summary}"));
    text
}

/// What is said of one place.
#[derive(Default)]
struct Rows<'a> {
    calls: Vec<&'a ReachableCall>,
    own: Vec<&'a ReachableCall>,
    unknown: Vec<&'a UnknownCalls>,
}

impl Rows<'_> {
    fn write(&self, place: &str, report: &Report, catalog: &Catalog, text: &mut String) {
        line(text, format_args!("{HEAD}{place}{HEAD:#}"));
        let named = |call: &ReachableCall| match &call.place {
            CallPlace::Source { origin, .. } => {
                format!("{:>4}:{:<3} {}({})", origin.line, origin.column, call.client, call.name())
            }
            CallPlace::Binary { .. } => format!("{}({})", call.client, call.name()),
        };
        let width = self.calls.iter().map(|call| named(call).len()).max().unwrap_or_default();
        for call in &self.calls {
            let actions: Vec<String> =
                call.actions(catalog).iter().map(ToString::to_string).collect();
            let needs = match (actions.is_empty(), call.operation(catalog)) {
                (false, _) => actions.join(", "),
                (true, Some(operation)) if operation.needs_no_permission() => {
                    "no permission".into()
                }
                (true, _) => "no known action".into(),
            };
            let name = named(call);
            let mut row = format!("  {name:width$}  {needs}");
            if call.confidence != Confidence::Certain {
                row.push_str(&format!(" ({}, by {})", call.confidence.as_str(), source(call)));
            }
            if let CallPlace::Source { binaries, .. } = &call.place {
                row.push_str(&on_what(call));
                if binaries.is_empty() && !report.targets.is_empty() {
                    row.push_str(", called by no binary");
                } else if report.targets.len() > 1 {
                    row.push_str(&format!(", in {}", binaries.join(", ")));
                }
            }
            if report.undeclared.contains(*call) {
                row.push_str(&format!("  {MISSING}not declared{MISSING:#}"));
            }
            line(text, format_args!("{row}"));
        }
        if !self.own.is_empty() {
            let own: Vec<String> = self.own.iter().map(|call| named(call)).collect();
            line(text, format_args!("  linked by the SDK for itself: {}", own.join(", ")));
        }
        for unknown in &self.unknown {
            line(text, format_args!("  {UNKNOWN}unknown{UNKNOWN:#}: {}", unknown.reason));
        }
        text.push('\n');
    }
}

/// What a call in source is done to: ` on table/orders`.
fn on_what(call: &ReachableCall) -> String {
    let (resource, reason) = told(&call.resource);
    let on = match &call.resource {
        ReachableResource::ByAction(_) => ": ",
        _ => " on ",
    };
    let mut text = resource.map(|resource| format!("{on}{resource}")).unwrap_or_default();
    text.extend(reason.map(|reason| format!(" ({reason})")));
    text
}

/// The binary, or the file of a call.
fn place(call: &ReachableCall) -> String {
    match &call.place {
        CallPlace::Binary { file, .. } => file.to_string(),
        CallPlace::Source { origin, .. } => origin.file.to_string(),
    }
}

/// What tells of a call.
fn source(call: &ReachableCall) -> &'static str {
    match &call.place {
        CallPlace::Binary { source, .. } => source.as_str(),
        CallPlace::Source { .. } => "code",
    }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(arguments);
    text.push('\n');
}
