//! The grants of identity policies that a boundary, a session policy or an SCP blocks, as findings.

use policy_core::catalog::Catalog;
use policy_core::finding::{Code, Finding, Place, Severity};
use policy_core::policy::PolicyDocument;
use policy_core::semantics::{
    Blocker, Ineffective, PolicyKind, Request, StatementRef, ineffective,
};

use super::review::{Reported, Spotted};
use crate::input::limits::Limits;
use crate::input::policy::NamedDocument;

/// How many entries of one statement a message names.
const SHOWN: usize = 3;

/// What limits block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlockedGrants {
    /// Each action entry and resource entry that is blocked, wholly or in part.
    pub grants: Vec<Ineffective>,
    /// The same for people, those of a statement that the same blocks together; and what could not be told.
    pub findings: Vec<Reported>,
}

/// What `limits` block of what `documents` grant.
#[must_use]
pub fn within(documents: &[NamedDocument], limits: &Limits) -> BlockedGrants {
    if limits.is_empty() {
        return BlockedGrants::default();
    }
    let identity: Vec<PolicyDocument> = documents.iter().map(|it| it.document.clone()).collect();
    let blocked = ineffective(&limits.on(identity), Catalog::embedded());
    let mut findings: Vec<Reported> = blocked
        .grants
        .chunk_by(|a, b| key(a) == key(b))
        .filter_map(|grants| report(grants, documents, limits))
        .collect();
    findings.extend(blocked.unknown.iter().map(|unknown| {
        let name = name(&unknown.statement);
        let message = format!(
            "whether a limit blocks a grant of {name} could not be told: {}",
            unknown.reason
        );
        reported(Finding::new(Code::CheckIncomplete, message), &unknown.statement, documents)
    }));
    BlockedGrants { grants: blocked.grants, findings }
}

fn key(grant: &Ineffective) -> (&StatementRef, &[Blocker], bool) {
    (&grant.statement, &grant.blocked_by, grant.partly)
}

/// One finding for entries of one statement that the same blocks.
fn report(
    grants: &[Ineffective],
    documents: &[NamedDocument],
    limits: &Limits,
) -> Option<Reported> {
    let first = grants.first()?;
    let mut entries: Vec<String> = grants.iter().take(SHOWN).map(entry).collect();
    if grants.len() > SHOWN {
        entries.push(format!("{} more entries", grants.len() - SHOWN));
    }
    let (blocked, severity) = if first.partly {
        ("blocked in part", Severity::Warning)
    } else {
        ("blocked", Severity::Error)
    };
    let by: Vec<String> = first.blocked_by.iter().map(|by| blocker(by, limits)).collect();
    let example = if is_whole(first) && grants.len() == 1 {
        String::new()
    } else {
        format!("; for example {}", request(&first.example))
    };
    let message = format!(
        "what {} grants, {}, is {blocked}: {}{example}",
        name(&first.statement),
        listed(&entries),
        listed(&by)
    );
    let help = if first.partly {
        "grant no more than the limits allow, or widen the limit"
    } else {
        "allow it in the limit, or take the grant out"
    };
    let finding = Finding::new(Code::GrantIneffective, message).severity(severity).help(help);
    let mut reported = reported(finding, &first.statement, documents);
    for by in &first.blocked_by {
        if let Blocker::Statement(statement) = by {
            reported.finding.places.extend(
                limits.document(statement).map(|document| place(document, statement.index)),
            );
        }
    }
    Some(reported)
}

fn reported(finding: Finding, statement: &StatementRef, documents: &[NamedDocument]) -> Reported {
    let document = documents.get(statement.document);
    let finding = match document {
        Some(document) => finding.at(place(document, statement.index)),
        None => finding,
    };
    let spotted = Spotted {
        sid: statement.sid.clone(),
        index: statement.index,
        document: document.map(|it| it.name.clone()).unwrap_or_default(),
    };
    Reported { finding, statement: Some(spotted) }
}

fn place(document: &NamedDocument, index: usize) -> Place {
    let spot = document.spots.get(index).map(|spots| spots.start);
    Place {
        file: document.file.as_str().into(),
        line: spot.map(|spot| spot.line),
        column: spot.map(|spot| spot.column),
        record: None,
    }
}

/// Whether the example says no more than the entry.
fn is_whole(grant: &Ineffective) -> bool {
    let Ineffective { actions, resources, example, .. } = grant;
    let [action] = &actions[..] else { return false };
    action.eq_ignore_ascii_case(example.action.as_str())
        && *resources == [example.resource.as_str()]
        && example.context.is_empty()
}

/// `` `s3:GetObject` on `arn:…` ``.
fn entry(grant: &Ineffective) -> String {
    let quoted = |values: &[String], all_but: bool| {
        let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        format!("{}{}", if all_but { "all but " } else { "" }, values.join(", "))
    };
    // An entry stands alone, what a negated element leaves out does not.
    let actions = quoted(&grant.actions, grant.actions.len() > 1);
    let resources = quoted(&grant.resources, grant.resources.len() > 1);
    format!("{actions} on {resources}")
}

/// What blocks, as a clause.
fn blocker(by: &Blocker, limits: &Limits) -> String {
    match by {
        Blocker::Layer(kind, level) => {
            let files: Vec<String> =
                limits.of(*kind, *level).iter().map(|it| it.name.clone()).collect();
            format!("{} ({}) does not allow it", layer(*kind, *level), files.join(", "))
        }
        Blocker::Statement(statement) => {
            let file = limits.document(statement).map_or("a limit", |document| &document.name);
            format!(
                "{} of {file} ({}) denies it",
                name(statement),
                layer(statement.kind, statement.level)
            )
        }
    }
}

/// `the permissions boundary`, `SCP level 1`; the organization's root is level 0.
fn layer(kind: PolicyKind, level: usize) -> String {
    match kind {
        PolicyKind::Boundary => "the permissions boundary".to_owned(),
        PolicyKind::Session => "the session policy".to_owned(),
        PolicyKind::Scp => format!("SCP level {level}"),
        other => other.as_str().to_owned(),
    }
}

fn name(statement: &StatementRef) -> String {
    match &statement.sid {
        Some(sid) if !sid.is_empty() => format!("statement `{sid}`"),
        _ => format!("statement {}", statement.index + 1),
    }
}

/// `` `s3:GetObject` on `arn:…` with `aws:X` = `y` ``.
fn request(request: &Request) -> String {
    let mut text = format!("`{}` on `{}`", request.action, request.resource);
    for (number, (key, values)) in request.context.iter().enumerate() {
        let joint = if number == 0 { " with " } else { ", " };
        text.push_str(&format!("{joint}`{key}` = `{}`", values.join("`, `")));
    }
    text
}

fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}
