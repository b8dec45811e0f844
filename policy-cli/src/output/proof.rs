//! What was proved of generated policies, for people and as JSON.

use policy_core::synthesis::{Claim, Proved};

use super::json::Json;
use crate::command::generate::GeneratedFunction;

/// One row as it is shown: the claim, how many requests, the subject.
fn rows(function: &GeneratedFunction) -> Vec<(&'static str, usize, &str)> {
    let proof = &function.policies.proof;
    proof
        .rows
        .iter()
        .map(|Proved { claim, subject, requests }| (claim.as_str(), *requests, subject.as_str()))
        .collect()
}

/// The table, without the last line break.
#[must_use]
pub(super) fn human(function: &GeneratedFunction) -> String {
    let rows = rows(function);
    let claims = rows.iter().map(|(claim, ..)| claim.len()).max().unwrap_or(0);
    let counts = rows.iter().map(|(_, count, _)| count.to_string().len()).max().unwrap_or(0);
    let mut lines = vec![format!("  proof: {}", summary(function))];
    let shown = rows
        .iter()
        .map(|(claim, count, subject)| format!("    {claim:claims$}  {count:>counts$}  {subject}"));
    lines.extend(shown);
    if let Some(within) = &function.within {
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
fn summary(function: &GeneratedFunction) -> String {
    let proof = &function.policies.proof;
    let count =
        |claims: &[Claim]| proof.rows.iter().filter(|row| claims.contains(&row.claim)).count();
    let mut text = format!(
        "{} items of evidence, {} requests allowed, {} refused, {} parts taken out, each of them needed",
        count(&[Claim::Allowed]),
        proof.requests.len(),
        count(&[Claim::Refused]),
        count(&[Claim::Needed, Claim::KeepsOut, Claim::RefusedToCode])
    );
    if let Some(within) = &function.within {
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
pub(super) fn json(function: &GeneratedFunction) -> Json {
    let rows = rows(function).into_iter().map(|(claim, count, subject)| {
        Json::object([
            ("claim", claim.into()),
            ("subject", subject.into()),
            ("requests", count.into()),
        ])
    });
    let mut members = vec![
        ("requests".to_owned(), function.policies.proof.requests.len().into()),
        ("rows".to_owned(), Json::array(rows)),
    ];
    if let Some(within) = &function.within {
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
