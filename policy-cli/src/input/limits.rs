//! The documents that limit a principal: permissions boundary, SCPs by level, session policies.
//!
//! What they mean is decided by the evaluator. Here it is seen to that each is of a kind that can
//! limit.

use std::path::{Path, PathBuf};

use policy_core::finding::Finding;
use policy_core::policy::PolicyDocument;
use policy_core::semantics::{Policies, PolicyKind, StatementRef, misfits};

use super::policy::{self, NamedDocument, PolicySource};
use crate::args::LimitArgs;
use crate::failure::{Failure, shown};

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

    /// These limits on a principal with these identity policies.
    #[must_use]
    pub fn on(&self, identity: Vec<PolicyDocument>) -> Policies {
        let plain = |documents: &[NamedDocument]| -> Vec<PolicyDocument> {
            documents.iter().map(|named| named.document.clone()).collect()
        };
        let mut policies = Policies::identity(identity);
        policies.boundary = self.boundary.as_deref().map(plain);
        policies.session = self.session.as_deref().map(plain);
        policies.scp = self.scp.iter().map(|level| plain(level)).collect();
        policies
    }

    /// The documents of one kind and level.
    #[must_use]
    pub fn of(&self, kind: PolicyKind, level: usize) -> &[NamedDocument] {
        match kind {
            PolicyKind::Boundary => self.boundary.as_deref().unwrap_or_default(),
            PolicyKind::Session => self.session.as_deref().unwrap_or_default(),
            PolicyKind::Scp => self.scp.get(level).map(Vec::as_slice).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The document of a statement.
    #[must_use]
    pub fn document(&self, statement: &StatementRef) -> Option<&NamedDocument> {
        self.of(statement.kind, statement.level).get(statement.document)
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
/// [`Failure`] with every file that cannot be read, is no policy, or cannot limit.
pub fn read(args: &LimitArgs) -> Result<Limits, Failure> {
    let mut reader = Reader::default();
    let several = |paths: &[PathBuf], kind, reader: &mut Reader| {
        (!paths.is_empty()).then(|| reader.all(paths, kind))
    };
    let boundary = several(&args.boundary, PolicyKind::Boundary, &mut reader);
    let levels = args.scp.levels.iter();
    let scp = levels.map(|files| reader.all(files, PolicyKind::Scp)).collect();
    let session = several(&args.session_policy, PolicyKind::Session, &mut reader);
    if reader.failures.is_empty() {
        Ok(Limits { boundary, scp, session, findings: reader.findings })
    } else {
        Err(Failure::all(reader.failures))
    }
}

/// Why limits cannot be used with policies of resources.
#[must_use]
pub fn not_of_resources() -> Failure {
    Failure::input("limits are on the principal that holds identity policies, and the policies given name principals")
        .help("leave out `--boundary`, `--scp` and `--session-policy`, or give identity policies")
}

#[derive(Default)]
struct Reader {
    findings: Vec<Finding>,
    failures: Vec<Failure>,
}

impl Reader {
    fn all(&mut self, paths: &[PathBuf], kind: PolicyKind) -> Vec<NamedDocument> {
        let mut documents = Vec::new();
        for path in paths {
            match self.one(path, kind) {
                Ok(found) => documents.extend(found),
                Err(failure) => self.failures.push(failure),
            }
        }
        documents
    }

    fn one(&mut self, path: &Path, kind: PolicyKind) -> Result<Vec<NamedDocument>, Failure> {
        let read = policy::read_named(path, None)?;
        let documents = match read.source {
            PolicySource::Documents(documents) => documents,
            PolicySource::Trust(document) => vec![document],
            PolicySource::Generated(_) => {
                let message = format!("`{}` is a folder, expected {}", shown(path), kind.noun());
                return Err(Failure::input(message).help("name the file of the document"));
            }
        };
        let misfits: Vec<Finding> = documents
            .iter()
            .flat_map(|it| misfits(kind, &it.document, &it.spots, &it.file))
            .collect();
        if !misfits.is_empty() {
            return Err(Failure::findings(misfits));
        }
        self.findings.extend(read.findings);
        Ok(documents)
    }
}
