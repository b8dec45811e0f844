//! The documents that limit a principal: permissions boundary, SCPs by level, session policies.
//!
//! What they mean is decided by the evaluator. Here it is seen to that each is of a kind that can
//! limit: none of them names a principal.

use std::path::Path;

use policy_core::finding::{Code, Finding};
use policy_core::policy::PolicyDocument;

use super::policy::{self, NamedDocument, PolicySource};
use crate::args::LimitArgs;
use crate::failure::{Failure, in_file, shown};

/// The limits that are given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// The permissions boundary; `None` when there is none.
    pub boundary: Option<Vec<NamedDocument>>,
    /// The SCPs by level, root first.
    pub scp: Vec<Vec<NamedDocument>>,
    /// The session policies; `None` when there are none.
    pub session: Option<Vec<NamedDocument>>,
    /// What is odd about them without being wrong.
    pub findings: Vec<Finding>,
}

impl Limits {
    /// Whether nothing is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.boundary.is_none() && self.scp.is_empty() && self.session.is_none()
    }

    /// One line for people: ``within boundary.json and 2 SCP levels``; `None` without limits.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        let names = |documents: &[NamedDocument]| -> Vec<String> {
            documents.iter().map(|document| document.name.clone()).collect()
        };
        let mut parts = self.boundary.as_deref().map(names).unwrap_or_default();
        parts.extend(self.session.as_deref().map(names).unwrap_or_default());
        match self.scp.len() {
            0 => {}
            1 => parts.push("1 SCP level".to_owned()),
            levels => parts.push(format!("{levels} SCP levels")),
        }
        let last = parts.pop()?;
        Some(if parts.is_empty() {
            format!("within {last}")
        } else {
            format!("within {} and {last}", parts.join(", "))
        })
    }
}

/// Reads the documents that `args` name.
///
/// # Errors
/// [`Failure`] with every file that cannot be read, is no policy, or names a principal.
pub fn read(args: &LimitArgs) -> Result<Limits, Failure> {
    let mut limits = Limits::default();
    let mut failures = Vec::new();
    let mut document = |path: &Path, what: &str| match one(path, what) {
        Ok((document, findings)) => {
            limits.findings.extend(findings);
            Some(document)
        }
        Err(failure) => {
            failures.push(failure);
            None
        }
    };
    let boundary = args
        .boundary
        .as_deref()
        .map(|path| document(path, "a permissions boundary").into_iter().collect::<Vec<_>>());
    let scp: Vec<Vec<NamedDocument>> = args
        .scp
        .iter()
        .map(|level| level.files.iter().filter_map(|path| document(path, "an SCP")).collect())
        .collect();
    let session: Vec<NamedDocument> =
        args.session_policy.iter().filter_map(|path| document(path, "a session policy")).collect();
    if !failures.is_empty() {
        return Err(Failure::all(failures));
    }
    limits.boundary = boundary;
    limits.scp = scp;
    limits.session = (!session.is_empty()).then_some(session);
    Ok(limits)
}

fn one(path: &Path, what: &str) -> Result<(NamedDocument, Vec<Finding>), Failure> {
    let read = policy::read(path, None)?;
    let help = || format!("give the policy document of {what}");
    let PolicySource::Documents(documents) = read.source else {
        return Err(Failure::input(format!("`{}` is not {what}", shown(path))).help(help()));
    };
    let [document] = <[NamedDocument; 1]>::try_from(documents).map_err(|documents| {
        Failure::input(format!("`{}` holds {} documents", shown(path), documents.len()))
            .help(help())
    })?;
    if let Some(refused) = names_a_principal(&document.document, path, what) {
        return Err(Failure::findings(vec![refused]));
    }
    Ok((document, read.findings))
}

/// The finding that refuses a document that limits a principal and yet names one.
///
/// # Source
/// IAM User Guide, "AWS JSON policy elements: Principal": the element is used only in resource-based
/// policies, trust policies and RCPs.
#[must_use]
pub fn names_a_principal(document: &PolicyDocument, path: &Path, what: &str) -> Option<Finding> {
    let index = document.statements.iter().position(|statement| statement.principal.is_some())?;
    Some(
        Finding::new(
            Code::PolicyMalformed,
            format!("statement {} of {what} has a `Principal`", index + 1),
        )
        .at(in_file(path))
        .help("leave out `Principal`: such a document is about whoever it is attached to"),
    )
}
