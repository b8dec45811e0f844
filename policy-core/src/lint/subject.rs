//! A document that is looked at, and a finding about one statement of it.

use crate::finding::{Code, Finding, Place};
use crate::policy::{Effect, PolicyDocument, Statement, StatementSpots};

/// A document with where it comes from.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The file, as messages name it.
    pub file: &'a str,
    /// The document.
    pub document: &'a PolicyDocument,
    /// Where its statements stand in the file; empty when that is not known.
    pub spots: &'a [StatementSpots],
}

/// What a set of documents is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// Whoever holds them: no statement names a principal.
    Identity,
    /// A resource: statements name principals and resources.
    Resource,
    /// A role that is assumed: statements name principals and no resource.
    Trust,
}

impl DocumentKind {
    /// The kind of `documents`, by the elements that their statements have; as `compare` takes them.
    #[must_use]
    pub fn of(documents: &[PolicyDocument]) -> Self {
        let mut statements = documents.iter().flat_map(|document| &document.statements);
        let principal = statements.clone().any(|statement| statement.principal.is_some());
        let resource = statements.any(|statement| statement.resource.is_some());
        match (principal, resource) {
            (true, true) => Self::Resource,
            (true, false) => Self::Trust,
            (false, _) => Self::Identity,
        }
    }
}

/// A finding about one statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DocumentFinding {
    /// The document, by its place among those looked at.
    pub document: usize,
    /// The statement, by its place in the document.
    pub index: usize,
    /// Its Sid, when it has one.
    pub sid: Option<String>,
    /// What there is to say, with the statement's place first.
    pub finding: Finding,
}

/// A statement by its place, among all statements of a set of documents.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) document: usize,
    pub(super) index: usize,
    pub(super) statement: &'a Statement,
    subject: Subject<'a>,
}

impl<'a> At<'a> {
    /// Every statement, in order.
    pub(super) fn all(subjects: &[Subject<'a>]) -> Vec<Self> {
        let mut all = Vec::new();
        for (document, subject) in subjects.iter().enumerate() {
            for (index, statement) in subject.document.statements.iter().enumerate() {
                all.push(Self { document, index, statement, subject: *subject });
            }
        }
        all
    }

    pub(super) fn is_allow(&self) -> bool {
        self.statement.effect == Effect::Allow
    }

    /// ``statement `Orders` ``, or by number without a Sid.
    pub(super) fn name(&self) -> String {
        match self.statement.sid.as_deref() {
            Some(sid) if !sid.is_empty() => format!("statement `{sid}`"),
            _ => format!("statement {}", self.index + 1),
        }
    }

    /// The place of the statement.
    pub(super) fn place(&self) -> Place {
        let spot = self.subject.spots.get(self.index).map(|spots| spots.start);
        Place {
            file: self.subject.file.into(),
            line: spot.map(|spot| spot.line),
            column: spot.map(|spot| spot.column),
            record: None,
        }
    }

    /// A finding about it.
    pub(super) fn finding(&self, code: Code, message: String) -> DocumentFinding {
        DocumentFinding {
            document: self.document,
            index: self.index,
            sid: self.statement.sid.clone(),
            finding: Finding::new(code, message).at(self.place()),
        }
    }

    /// A document with this statement alone, changed; its version is kept.
    pub(super) fn alone(&self, statement: Statement) -> PolicyDocument {
        PolicyDocument {
            version: self.subject.document.version,
            id: None,
            statements: vec![statement],
        }
    }
}

impl DocumentFinding {
    /// Changes the finding.
    pub(super) fn with(mut self, change: impl FnOnce(Finding) -> Finding) -> Self {
        self.finding = change(self.finding);
        self
    }
}

/// `a`, `b` and `c`.
pub(super) fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}
