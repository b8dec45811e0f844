//! What the rules say of the documents that a command has read, with the names of their files.

use std::collections::BTreeSet;

use policy_core::catalog::Catalog;
use policy_core::finding::{Code, Finding, Severity};
use policy_core::lint::{self, DocumentFinding, Subject};
use policy_core::policy::Statement;

use super::blocked::{self, BlockedGrants};
use crate::input::limits::Limits;
use crate::input::policy::NamedDocument;

/// A finding with the statement that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The finding.
    pub finding: Finding,
    /// The statement; `None` when it is about a document as a whole, or its text.
    pub statement: Option<Spotted>,
}

/// A statement of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spotted {
    /// Its Sid, when it has one.
    pub sid: Option<String>,
    /// Its place in the document.
    pub index: usize,
    /// The name of the document.
    pub document: String,
}

/// What the proposed documents have that does not do what it seems to, and what the deployed ones
/// leave behind. What was so before is no more than a warning: the change is not to blame for it.
pub(super) fn of_change(deployed: &[NamedDocument], proposed: &[NamedDocument]) -> Vec<Reported> {
    let catalog = Catalog::embedded();
    let (old, new) = (subjects(deployed), subjects(proposed));
    let before: BTreeSet<(Code, &Statement)> = lint::documents(&old, catalog)
        .into_iter()
        .map(|it| (it.finding.code, &deployed[it.document].document.statements[it.index]))
        .collect();
    let mut reported = Vec::new();
    for mut found in lint::documents(&new, catalog) {
        let own = &proposed[found.document].document.statements[found.index];
        if found.finding.severity == Severity::Error && before.contains(&(found.finding.code, own))
        {
            found.finding.severity = Severity::Warning;
            found.finding.message.push_str(DEPLOYED_ALREADY);
        }
        reported.push(spotted(found, proposed));
    }
    let left = lint::left_over(&old, &new, catalog);
    reported.extend(left.into_iter().map(|found| spotted(found, deployed)));
    reported
}

/// What limits block of the proposed grants; what they block of the same deployed grant is no more than
/// a warning.
pub(super) fn of_limits(
    deployed: &[NamedDocument],
    proposed: &[NamedDocument],
    limits: &Limits,
) -> BlockedGrants {
    let mut blocked = blocked::within(proposed, limits);
    let wrong = |it: &Reported| it.finding.severity == Severity::Error;
    if !blocked.findings.iter().any(wrong) {
        return blocked;
    }
    let old = blocked::within(deployed, limits).findings;
    let before: BTreeSet<&Statement> =
        old.iter().filter(|it| wrong(it)).filter_map(|it| statement(deployed, it)).collect();
    for found in blocked.findings.iter_mut().filter(|it| wrong(it)) {
        if statement(proposed, found).is_some_and(|own| before.contains(own)) {
            found.finding.severity = Severity::Warning;
            found.finding.message.push_str(DEPLOYED_ALREADY);
        }
    }
    blocked
}

/// The statement that a finding is about.
fn statement<'a>(documents: &'a [NamedDocument], reported: &Reported) -> Option<&'a Statement> {
    let spotted = reported.statement.as_ref()?;
    let named = documents.iter().find(|named| named.name == spotted.document)?;
    named.document.statements.get(spotted.index)
}

/// How the message of a finding ends that the deployed documents have too.
const DEPLOYED_ALREADY: &str = "; it is so in what is deployed already";

/// The documents as the rules look at them.
pub(super) fn subjects(documents: &[NamedDocument]) -> Vec<Subject<'_>> {
    let documents = documents.iter();
    documents
        .map(|NamedDocument { file, document, spots, .. }| Subject { file, document, spots })
        .collect()
}

/// A finding with the name of its document.
pub(super) fn spotted(found: DocumentFinding, documents: &[NamedDocument]) -> Reported {
    let document = documents.get(found.document).map(|it| it.name.clone()).unwrap_or_default();
    let statement = Spotted { sid: found.sid, index: found.index, document };
    Reported { finding: found.finding, statement: Some(statement) }
}
