//! What is odd about documents that AWS accepts: statements that do not do what they seem to.
//!
//! Every rule claims only what is certain, and says why it is: either `compare` proves it, or AWS's own
//! documentation says it of every request. Mistakes for which AWS refuses a document are found by
//! its parser. Deliberately absent: matters of taste, and whatever depends on the account.

mod absent_key;
mod dead;
mod function_url;
mod left_over;
mod subject;
mod without_effect;

pub use left_over::left_over;
pub use subject::{DocumentFinding, DocumentKind, Subject};

use crate::catalog::Catalog;
use crate::iam::Pattern;
use crate::policy::{PolicyDocument, Statement};

/// What the rules about one set of documents of one kind find, in the order of the statements.
///
/// The set counts together, as the identity policies of a role do. Same documents, same findings.
#[must_use]
pub fn documents(subjects: &[Subject<'_>], catalog: &Catalog) -> Vec<DocumentFinding> {
    let documents: Vec<PolicyDocument> =
        subjects.iter().map(|subject| subject.document.clone()).collect();
    let kind = DocumentKind::of(&documents);
    let mut found = without_effect::find(subjects, kind, catalog);
    if kind == DocumentKind::Resource {
        found.extend(function_url::find(subjects, catalog));
    }
    found.extend(dead::find(subjects, catalog));
    found.extend(absent_key::find(subjects, kind));
    found.sort();
    found
}

/// `false` is a proof that the statement is about no action that the pattern `action` matches.
#[must_use]
pub fn may_be_about(statement: &Statement, action: &str) -> bool {
    let pattern = |text: &str| Pattern::parse(&text.to_ascii_lowercase(), false);
    let asked = pattern(action);
    let mut values = statement.action.values().iter();
    statement.action.is_negated() || values.any(|value| pattern(value).may_meet(&asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document of these statements.
    pub(super) fn parsed(statements: &[&str]) -> PolicyDocument {
        let text =
            format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{}]}}", statements.join(", "));
        crate::policy::parse(&text, "f").unwrap().document
    }

    /// Severity, code, index of the statement and message of each.
    pub(super) fn told(found: Vec<DocumentFinding>) -> Vec<String> {
        found
            .into_iter()
            .map(|DocumentFinding { index, finding, .. }| {
                let (severity, code) = (finding.severity.as_str(), finding.code.as_str());
                format!("{severity} {code} {index}: {}", finding.message)
            })
            .collect()
    }

    /// What is found in one document of these statements.
    pub(super) fn found(statements: &[&str]) -> Vec<String> {
        let document = parsed(statements);
        let subject = Subject { file: "f", document: &document, spots: &[] };
        told(documents(&[subject], Catalog::embedded()))
    }
}
