//! What `generate` says.

use std::fmt::Write;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use policy_core::evidence::{CallPlace, ReachableCall};
use policy_core::graph::Verdict;
use policy_core::policy::PolicyDocument;
use policy_core::render;
use policy_core::synthesis::{AttachQuota, DocumentSize, Duty, EvidenceEntry, Fragment};
use serde_json::Value;

use super::Detail;
use super::folder::{self, Folder};
use super::folders::{fragment_json, role_folder_name};
use super::json::{self, Json};
use super::proof::{self, Shown};
use crate::command::generate::{Generated, GeneratedFunction, GeneratedRole, Reported};
use crate::failure::shown;

const HEAD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// One JSON document with everything.
#[must_use]
pub fn json(generated: &Generated) -> String {
    let mut members = vec![(
        "functions".to_owned(),
        Json::array(
            generated
                .functions
                .iter()
                .map(|function| function_json(function, generated.shared_role(function))),
        ),
    )];
    if !generated.roles.is_empty() {
        members.push(("roles".to_owned(), Json::array(generated.roles.iter().map(role_json))));
    }
    if let Some(boundary) = &generated.boundary {
        members.push(("boundary".to_owned(), Json::document(&boundary.document)));
    }
    if let Some(duties) = &generated.pipeline {
        let one = |(duty, document): &(Duty, PolicyDocument)| {
            (duty.as_str().to_owned(), Json::document(document))
        };
        members.push(("pipeline".to_owned(), Json::Object(duties.iter().map(one).collect())));
    }
    members.push(("findings".to_owned(), findings_json(&generated.findings)));
    if let Some(trail) = &generated.trail {
        members.push((
            "trail".to_owned(),
            Json::object([
                ("files", trail.files.into()),
                ("refusedFiles", trail.refused_files.into()),
                ("records", trail.records.into()),
                ("events", trail.events.into()),
            ]),
        ));
    }
    Json::Object(members).text()
}

fn findings_json(findings: &[Reported]) -> Json {
    Json::array(findings.iter().map(|it| json::finding(&it.finding, it.waived.as_deref())))
}

/// A role of several functions: its documents, and why each grant is there, by function.
fn role_json(role: &GeneratedRole) -> Json {
    let policies = &role.policies;
    let functions = policies.functions.iter().map(|name| (&**name).into());
    let mut members = vec![
        ("name", role.name.as_str().into()),
        ("role", policies.role.as_str().into()),
        ("functions", Json::array(functions)),
        ("executionRole", Json::array(policies.execution_role.iter().map(Json::document))),
        ("trustPolicy", Json::document(&policies.trust_policy)),
        ("evidence", render::evidence::shared_value(&policies.evidence).into()),
        ("sizes", sizes_json(&policies.sizes)),
        ("managedPolicies", attached_json(policies.execution_role.len(), policies.attach)),
        ("findings", findings_json(&role.findings)),
    ];
    let proved = Shown::role(role);
    if !proved.is_empty() {
        members.push(("proof", proof::json(&proved)));
    }
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// `kind` says of an identity policy whether it is inline or managed.
fn sizes_json(sizes: &[DocumentSize]) -> Json {
    Json::array(sizes.iter().map(|size| {
        let mut members = vec![("document".to_owned(), size.document.as_str().into())];
        if let Some(kind) = size.kind {
            members.push(("kind".to_owned(), kind.as_str().into()));
        }
        members.push(("size".to_owned(), size.size.into()));
        members.push(("quota".to_owned(), size.quota.into()));
        members.push(("headroom".to_owned(), size.headroom().into()));
        Json::Object(members)
    }))
}

/// How many managed policies a role of so many documents needs, and what is left of the quota.
fn attached_json(documents: usize, attach: AttachQuota) -> Json {
    let managed = managed(documents);
    Json::object([
        ("generated", managed.into()),
        ("others", attach.others.into()),
        ("quota", attach.quota.into()),
        ("headroom", attach.free().saturating_sub(managed).into()),
    ])
}

/// How many of so many documents of a role are managed policies: all but the first.
fn managed(documents: usize) -> usize {
    documents.saturating_sub(1)
}

/// Of a function that shares its role, the documents of the role are the role's.
fn function_json(function: &GeneratedFunction, shared: Option<&GeneratedRole>) -> Json {
    let policies = &function.policies;
    let settings = &function.settings;
    let of_role = match shared {
        None => policies.evidence.as_slice(),
        Some(_) => &[],
    };
    let execution_role = match shared {
        None => policies.execution_role.as_slice(),
        Some(_) => &[],
    };
    let trust_policy = match shared {
        None => Json::document(&policies.trust_policy),
        Some(_) => Value::Null.into(),
    };
    let sizes: Vec<DocumentSize> = policies
        .sizes
        .iter()
        .filter(|size| shared.is_none() || size.document.starts_with("resource-policy"))
        .cloned()
        .collect();
    let evidence: Vec<Value> = of_role.iter().map(render::evidence::value).collect();
    let resource_policies = policies
        .resource_policies
        .iter()
        .map(|(qualifier, document)| (qualifier.clone(), Json::document(document)))
        .collect();
    let mut members = vec![
        ("name", (&*settings.name).into()),
        ("deployed", settings.deployed.as_ref().map(|arn| arn.as_str()).into()),
        ("role", settings.role.as_ref().map(|role| role.as_str()).into()),
        ("executionRole", Json::array(execution_role.iter().map(Json::document))),
        ("trustPolicy", trust_policy),
        ("resourcePolicies", Json::Object(resource_policies)),
        ("evidence", Value::from(evidence).into()),
        ("sizes", sizes_json(&sizes)),
        ("findings", findings_json(&function.findings)),
    ];
    if shared.is_none() {
        let attached = attached_json(policies.execution_role.len(), policies.attach);
        members.insert(members.len() - 1, ("managedPolicies", attached));
    }
    let proved = Shown::function(function, shared.is_some());
    if !proved.is_empty() {
        members.push(("proof", proof::json(&proved)));
    }
    if let Some(fragments) = &function.fragments {
        let one = |fragment: &Fragment| fragment_json(fragment, "name", &fragment.name, true);
        members.push(("fragments", Json::array(fragments.iter().map(one))));
    }
    if !function.dropped.is_empty() {
        let dropped = render::evidence::dropped_value(&function.dropped);
        members.push(("dropped", dropped.into()));
    }
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A table of grants for each function; `written` is where and what was written, `readable` spells what stands in for names
/// that the deployment makes.
#[must_use]
pub fn human(
    generated: &Generated,
    written: Option<(&Path, &[Folder])>,
    detail: Detail,
    readable: &dyn Fn(String) -> String,
) -> String {
    let mut text = String::new();
    let out = written.map(|(out, _)| out);
    let has_files = |name: &str| {
        let mut folders = written.iter().flat_map(|(_, folders)| folders.iter());
        folders.any(|folder| folder.name == name && !folder.files.is_empty())
    };
    if detail.quiet {
        return text;
    }
    for (index, function) in generated.functions.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let shared = generated.shared_role(function);
        table(&mut text, function, shared.is_some(), (detail, readable));
        if let Some(role) = shared {
            let name = role_folder_name(&role.name);
            line(
                &mut text,
                format_args!("  the role is shared: its documents are those of {name}"),
            );
        }
        if let Some(out) = out
            && has_files(&folder::file_name(&function.settings.name))
        {
            let dir = out.join(folder::file_name(&function.settings.name));
            line(&mut text, format_args!("  written to {}", shown(&dir)));
        }
        for fragment in function.fragments.iter().flatten() {
            let (kind, of) = (fragment.kind.as_str(), &fragment.of);
            line(&mut text, format_args!("  {kind} for {of}: {}", fragment.reason));
        }
    }
    for role in &generated.roles {
        let functions = role.policies.functions.join(", ");
        let name = &role.name;
        line(&mut text, format_args!("\n{HEAD}role {name}{HEAD:#} (of {functions})"));
        sizes(&mut text, &role.policies.sizes);
        attached(&mut text, role.policies.execution_role.len(), role.policies.attach);
        let proved = Shown::role(role);
        if !proved.is_empty() {
            line(&mut text, format_args!("{}", proof::human(&proved)));
        }
        if let Some(out) = out {
            let dir = out.join(role_folder_name(&role.name));
            line(&mut text, format_args!("  written to {}", shown(&dir)));
        }
    }
    if let Some(boundary) = &generated.boundary {
        line(&mut text, format_args!("\n{HEAD}permissions boundary{HEAD:#} (of all functions)"));
        sizes(&mut text, std::slice::from_ref(&boundary.size));
        if let Some(out) = out {
            line(&mut text, format_args!("  written to {}", shown(&out.join(folder::BOUNDARY))));
        }
    }
    if let Some(duties) = &generated.pipeline {
        let names: Vec<&str> = duties.iter().map(|(duty, _)| duty.as_str()).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        line(&mut text, format_args!("\n{HEAD}pipeline{HEAD:#} (duties: {names})"));
        if let Some(out) = out {
            line(&mut text, format_args!("  written to {}", shown(&out.join(folder::PIPELINE))));
        }
    }
    readable(text)
}

pub(super) fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(arguments);
    text.push('\n');
}

fn table(
    text: &mut String,
    function: &GeneratedFunction,
    is_shared: bool,
    (detail, readable): (Detail, &dyn Fn(String) -> String),
) {
    let settings = &function.settings;
    let role = settings.role.as_ref().map_or_else(
        || "role not known".to_owned(),
        |role| format!("role {}", role.arn().resource().trim_start_matches("role/")),
    );
    line(text, format_args!("{HEAD}{}{HEAD:#} ({role})", settings.name));
    let entries = function.policies.evidence.iter();
    let rows: Vec<Row> = entries.map(|entry| Row::new(entry).spelled(readable)).collect();
    let head = Row {
        verdict: None,
        seen: "seen".into(),
        action: "action".into(),
        declared: "declared".into(),
        resource: "resource".into(),
        more: Vec::new(),
    };
    let width = |cell: fn(&Row) -> usize| rows.iter().chain([&head]).map(cell).max().unwrap_or(0);
    let widths = [
        width(|row| row.verdict_text().len()),
        width(|row| row.seen.chars().count()),
        width(|row| row.action.chars().count()),
        width(|row| row.declared.chars().count()),
    ];
    head.write(text, widths, DIM);
    for row in &rows {
        row.write(text, widths, row.style());
        if detail.verbose {
            for more in &row.more {
                line(text, format_args!("    {DIM}{more}{DIM:#}"));
            }
        }
    }
    if rows.is_empty() {
        line(text, format_args!("  no grants"));
    }
    if detail.verbose {
        let named = function.policies.evidence.iter().map(|entry| &*entry.resource);
        for setting in super::settings::lines(settings, named) {
            line(text, format_args!("  {DIM}{setting}{DIM:#}"));
        }
    }
    counts(text, function);
    let own: Vec<DocumentSize> = function
        .policies
        .sizes
        .iter()
        .filter(|size| !is_shared || size.document.starts_with("resource-policy"))
        .cloned()
        .collect();
    sizes(text, &own);
    if !is_shared {
        attached(text, function.policies.execution_role.len(), function.policies.attach);
    }
    let proved = Shown::function(function, is_shared);
    if !proved.is_empty() {
        line(text, format_args!("{}", proof::human(&proved)));
    }
}

fn sizes(text: &mut String, sizes: &[DocumentSize]) {
    for size in sizes {
        // Lambda counts bytes, IAM characters without white space.
        let unit =
            if size.document.starts_with("resource-policy") { "bytes" } else { "characters" };
        let (used, quota, left) = (size.size, size.quota, size.headroom());
        let kind = size.kind.map(|kind| format!(" ({})", kind.as_str())).unwrap_or_default();
        line(
            text,
            format_args!("  {}{kind}: {used} of {quota} {unit}, {left} left", size.document),
        );
    }
}

/// How many managed policies the role carries, where it carries any.
fn attached(text: &mut String, documents: usize, attach: AttachQuota) {
    let (managed, others) = (managed(documents), attach.others);
    if managed + others == 0 {
        return;
    }
    let beside = if others == 0 { String::new() } else { format!(", {others} attached already") };
    let (quota, left) = (attach.quota, attach.free().saturating_sub(managed));
    line(
        text,
        format_args!("  managed policies: {managed} generated{beside}, of {quota}; {left} left"),
    );
}

/// `12 grants: 8 confirmed, 4 platform`.
fn counts(text: &mut String, function: &GeneratedFunction) {
    let evidence = &function.policies.evidence;
    let parts: Vec<String> = Verdict::ALL
        .iter()
        .map(|verdict| (verdict, evidence.iter().filter(|it| it.verdict == *verdict).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{count} {verdict}"))
        .collect();
    if !parts.is_empty() {
        line(text, format_args!("  {} grants: {}", evidence.len(), parts.join(", ")));
    }
}

/// Where code can make a call: the line, or else the binary.
fn called_at(calls: &[ReachableCall]) -> Option<String> {
    let place = |call: &ReachableCall| match &call.place {
        CallPlace::Binary { file, .. } => file.to_string(),
        CallPlace::Source { origin, .. } => format!("{}:{}", origin.file, origin.line),
    };
    let in_source = |call: &&ReachableCall| matches!(call.place, CallPlace::Source { .. });
    calls.iter().find(in_source).or(calls.first()).map(place)
}

/// One grant, as text.
struct Row {
    verdict: Option<Verdict>,
    seen: String,
    action: String,
    declared: String,
    resource: String,
    more: Vec<String>,
}

impl Row {
    fn new(entry: &EvidenceEntry) -> Self {
        let observed = &entry.observed;
        let mut more = Vec::new();
        let places: Vec<String> = entry
            .declared
            .iter()
            .map(|it| format!("{}:{} {}", it.file, it.line, it.item))
            .collect();
        if places.len() > 1 {
            more.push(format!("declared at {}", places.join(", ")));
        }
        if let (Some(first), Some(last)) = (&observed.first_seen, &observed.last_seen) {
            let events = observed.event_ids.join(", ");
            more.push(format!("seen {first} to {last}, first events {events}"));
        }
        if let Some(names) = &entry.names {
            let count = match names.more {
                true => "more observed names than are kept,".to_owned(),
                false => format!("{} observed names", names.count),
            };
            more.push(format!("stands for {count} such as {}", names.example));
        }
        if observed.denied > 0 {
            more.push(format!("denied {} times", observed.denied));
        }
        if !entry.condition.is_empty() {
            let condition = policy_core::policy::write::condition_value(&entry.condition);
            more.push(format!("only with {condition}"));
        }
        if let Some(place) = called_at(&entry.reachable).filter(|_| !entry.declared.is_empty()) {
            more.push(format!("called by code, {place}"));
        }
        for origin in &entry.settings {
            let line = origin.line.map(|line| format!(":{line}")).unwrap_or_default();
            more.push(format!("set in {}{line}, `{}`", origin.source, origin.path));
        }
        for grant in &entry.accepted {
            more.push(format!("accepted in {}: {}", grant.origin.source, grant.reason));
        }
        let declared = match &entry.declared[..] {
            [] => entry
                .platform
                .first()
                .cloned()
                .or_else(|| entry.accepted.first().map(|it| it.origin.source.to_string()))
                .or_else(|| called_at(&entry.reachable))
                .unwrap_or_else(|| "-".to_owned()),
            [one] => format!("{}:{}", one.file, one.line),
            [first, rest @ ..] => format!("{}:{} +{}", first.file, first.line, rest.len()),
        };
        Self {
            verdict: Some(entry.verdict),
            seen: if observed.events == 0 { "-".to_owned() } else { observed.events.to_string() },
            action: entry.action.to_string(),
            declared,
            resource: entry.resource.clone(),
            more,
        }
    }

    fn verdict_text(&self) -> &'static str {
        self.verdict.map_or("verdict", Verdict::as_str)
    }

    fn style(&self) -> Style {
        match self.verdict {
            Some(Verdict::Confirmed) => AnsiColor::Green.on_default(),
            Some(
                Verdict::ObservedOnly
                | Verdict::ReachableOnly
                | Verdict::DeclaredOnly
                | Verdict::Unobservable,
            ) => AnsiColor::Yellow.on_default(),
            _ => Style::new(),
        }
    }

    /// As people read it, so that columns are as wide as what stands in them.
    fn spelled(mut self, readable: &dyn Fn(String) -> String) -> Self {
        let Self { action, declared, resource, more, .. } = &mut self;
        for cell in [action, declared, resource].into_iter().chain(more) {
            *cell = readable(std::mem::take(cell));
        }
        self
    }

    fn write(&self, text: &mut String, widths: [usize; 4], style: Style) {
        let [verdict, seen, action, declared] = widths;
        line(
            text,
            format_args!(
                "  {style}{:verdict$}{style:#}  {:>seen$}  {:action$}  {:declared$}  {}",
                self.verdict_text(),
                self.seen,
                self.action,
                self.declared,
                self.resource
            ),
        );
    }
}
