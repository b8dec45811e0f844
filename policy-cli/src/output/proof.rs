//! What was proved of generated policies, for people and as JSON.

use policy_core::synthesis::{Claim, Proof, Proved};

use super::json::Json;
use crate::command::generate::{GeneratedFunction, GeneratedRole, Within};

/// What was proved of the documents that are written for a function or a role.
pub(super) struct Shown<'p> {
    proof: &'p Proof,
    within: Option<&'p Within>,
    /// Whether the role's documents are another's to show.
    is_shared: bool,
}

impl<'p> Shown<'p> {
    /// Of a function; without what is about the documents of its role where that is shared.
    pub(super) fn function(function: &'p GeneratedFunction, is_shared: bool) -> Self {
        Self { proof: &function.policies.proof, within: function.within.as_ref(), is_shared }
    }

    /// Of a role that several functions share.
    pub(super) fn role(role: &'p GeneratedRole) -> Self {
        Self { proof: &role.policies.proof, within: role.within.as_ref(), is_shared: false }
    }

    fn proved(&self) -> impl Iterator<Item = &'p Proved> {
        let is_shared = self.is_shared;
        self.proof.rows.iter().filter(move |row| !is_shared || row.claim == Claim::Invokes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.proved().next().is_none()
    }

    /// How many requests were made from evidence.
    fn requests(&self) -> usize {
        if self.is_shared { 0 } else { self.proof.requests.len() }
    }
}

/// One row as it is shown: the claim, how many requests, the subject.
fn rows<'p>(shown: &Shown<'p>) -> Vec<(&'static str, usize, &'p str)> {
    shown
        .proved()
        .map(|Proved { claim, subject, requests }| (claim.as_str(), *requests, subject.as_str()))
        .collect()
}

/// The table, without the last line break.
#[must_use]
pub(super) fn human(shown: &Shown<'_>) -> String {
    let rows = rows(shown);
    let claims = rows.iter().map(|(claim, ..)| claim.len()).max().unwrap_or(0);
    let counts = rows.iter().map(|(_, count, _)| count.to_string().len()).max().unwrap_or(0);
    let mut lines = vec![format!("  proof: {}", summary(shown))];
    let table = rows
        .iter()
        .map(|(claim, count, subject)| format!("    {claim:claims$}  {count:>counts$}  {subject}"));
    lines.extend(table);
    if let Some(within) = shown.within {
        for request in &within.blocked {
            let (action, resource) = (&request.action, &request.resource);
            lines.push(format!(
                "    {:claims$}  {:>counts$}  `{action}` on `{resource}`",
                "blocked", 1
            ));
        }
    }
    lines.join("\n")
}

/// `12 items of evidence, 48 requests allowed, 3 refused, 31 parts taken out; within boundary.json all allowed`.
fn summary(shown: &Shown<'_>) -> String {
    let count = |claims: &[Claim]| shown.proved().filter(|row| claims.contains(&row.claim)).count();
    if shown.is_shared {
        let invokers = match count(&[Claim::Invokes]) {
            1 => "1 statement lets".to_owned(),
            several => format!("{several} statements let"),
        };
        return format!("{invokers} in who is named there, and nobody else");
    }
    let mut text = format!(
        "{} items of evidence, {} requests allowed, {} refused, {} parts taken out, each of them needed",
        count(&[Claim::Allowed]),
        shown.requests(),
        count(&[Claim::Refused]),
        count(&[Claim::Needed, Claim::KeepsOut, Claim::RefusedToCode])
    );
    if let Some(within) = shown.within {
        let left = match within.blocked.len() {
            0 => "all of them are allowed".to_owned(),
            blocked => format!("{blocked} are blocked"),
        };
        text.push_str(&format!("; {} {left}", within.limits));
    }
    text
}

/// The same as JSON.
#[must_use]
pub(super) fn json(shown: &Shown<'_>) -> Json {
    let rows = rows(shown).into_iter().map(|(claim, count, subject)| {
        Json::object([
            ("claim", claim.into()),
            ("subject", subject.into()),
            ("requests", count.into()),
        ])
    });
    let mut members = vec![
        ("requests".to_owned(), shown.requests().into()),
        ("rows".to_owned(), Json::array(rows)),
    ];
    if let Some(within) = shown.within {
        let blocked = within.blocked.iter().map(|request| {
            Json::object([
                ("action", request.action.as_str().into()),
                ("resource", request.resource.as_str().into()),
            ])
        });
        members.push(("within".to_owned(), within.limits.as_str().into()));
        members.push(("blocked".to_owned(), Json::array(blocked)));
    }
    Json::Object(members)
}
