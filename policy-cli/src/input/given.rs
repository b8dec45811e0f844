//! The documents of `simulate`'s flags, by kind, each held against what its kind may have.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use policy_core::evidence::assign::RoleSelector;
use policy_core::finding::Finding;
use policy_core::policy::PolicyDocument;
use policy_core::semantics::{Policies, PolicyKind, StatementRef, misfits};

use super::policy::{self, FolderPart, NamedDocument, PolicySource};
use crate::args::SimulateArgs;
use crate::failure::{Failure, in_file};

/// The documents that are given, and the names of their files.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The documents.
    pub policies: Policies,
    names: Names,
}

/// Files by kind, level and number of their document.
type Names = BTreeMap<(PolicyKind, usize, usize), String>;

impl Given {
    /// The file of a statement's document.
    #[must_use]
    pub fn name(&self, statement: &StatementRef) -> Option<&str> {
        let place = (statement.kind, statement.level, statement.document);
        self.names.get(&place).map(String::as_str)
    }

    /// The files of one kind and level, in their order.
    #[must_use]
    pub fn files(&self, kind: PolicyKind, level: usize) -> Vec<&str> {
        let all = self.names.range((kind, level, 0)..=(kind, level, usize::MAX));
        all.map(|(_, name)| name.as_str()).collect()
    }
}

/// Reads the documents that `args` name. With `assumes`, the policy of the resource is a trust policy.
///
/// # Errors
/// All mistakes of all documents.
pub fn read(args: &SimulateArgs, assumes: bool) -> Result<(Given, Vec<Finding>), Failure> {
    let role = args
        .role
        .as_deref()
        .map(RoleSelector::parse)
        .transpose()
        .map_err(|error| Failure::input(format!("`--role`: {error}")))?;
    let mut reader = Reader { role, names: BTreeMap::new(), findings: vec![], failures: vec![] };
    let mut policies = Policies::default();
    policies.identity = reader.level(PolicyKind::Identity, 0, &args.policies);
    policies.boundary = reader.optional(PolicyKind::Boundary, &args.boundaries);
    policies.session = reader.optional(PolicyKind::Session, &args.session_policies);
    policies.endpoint = reader.optional(PolicyKind::Endpoint, &args.endpoint_policies);
    policies.scp = reader.levels(PolicyKind::Scp, &args.levels.scp);
    policies.rcp = reader.levels(PolicyKind::Rcp, &args.levels.rcp);
    if let Some(path) = &args.resource_policy {
        let fit = if assumes { PolicyKind::Trust } else { PolicyKind::Resource };
        policies.resource = reader.single(PolicyKind::Resource, fit, path);
    }
    if let Some(path) = &args.trust_policy {
        let trust = PolicyKind::Trust;
        policies.trust = reader.single(trust, trust, path);
    }
    if reader.failures.is_empty() {
        Ok((Given { policies, names: reader.names }, reader.findings))
    } else {
        Err(Failure::all(reader.failures))
    }
}

struct Reader {
    role: Option<RoleSelector>,
    names: Names,
    findings: Vec<Finding>,
    failures: Vec<Failure>,
}

impl Reader {
    fn levels(&mut self, kind: PolicyKind, levels: &[Vec<PathBuf>]) -> Vec<Vec<PolicyDocument>> {
        let levels = levels.iter().enumerate();
        levels.map(|(level, paths)| self.level(kind, level, paths)).collect()
    }

    /// One level, when it is given at all.
    fn optional(&mut self, kind: PolicyKind, paths: &[PathBuf]) -> Option<Vec<PolicyDocument>> {
        (!paths.is_empty()).then(|| self.level(kind, 0, paths))
    }

    fn level(&mut self, kind: PolicyKind, level: usize, paths: &[PathBuf]) -> Vec<PolicyDocument> {
        let mut documents = Vec::new();
        for path in paths {
            for named in self.documents(kind, kind, path) {
                self.names.insert((kind, level, documents.len()), named.name);
                documents.push(named.document);
            }
        }
        documents
    }

    /// The document of a resource, which has one.
    fn single(&mut self, kind: PolicyKind, fit: PolicyKind, path: &Path) -> Option<PolicyDocument> {
        let before = self.failures.len();
        let mut found = self.documents(kind, fit, path);
        if found.len() > 1 {
            let message = format!("{} documents; {} is one", found.len(), kind.noun());
            self.failures.push(Failure::input(message).at(in_file(path)));
        } else if found.is_empty() && self.failures.len() == before {
            let message = format!("no document; expected {}", kind.noun());
            self.failures.push(Failure::input(message).at(in_file(path)));
        }
        let named = found.pop()?;
        self.names.insert((kind, 0, 0), named.name);
        Some(named.document)
    }

    /// The documents at a path, when all of them can be used as `fit`.
    fn documents(&mut self, kind: PolicyKind, fit: PolicyKind, path: &Path) -> Vec<NamedDocument> {
        match self.read(kind, path) {
            Ok(documents) => {
                for NamedDocument { file, document, spots, .. } in &documents {
                    let misfits = misfits(fit, document, spots, file);
                    if !misfits.is_empty() {
                        self.failures.push(Failure::findings(misfits));
                    }
                }
                documents
            }
            Err(failure) => {
                self.failures.push(failure);
                Vec::new()
            }
        }
    }

    fn read(&mut self, kind: PolicyKind, path: &Path) -> Result<Vec<NamedDocument>, Failure> {
        let read = policy::read_named(path, self.role.as_ref())?;
        self.findings.extend(read.findings);
        match read.source {
            PolicySource::Documents(documents) => Ok(documents),
            PolicySource::Trust(document) => Ok(vec![document]),
            PolicySource::Generated(dir) => {
                let part = match kind {
                    PolicyKind::Identity => FolderPart::ExecutionRole,
                    PolicyKind::Resource => FolderPart::ResourcePolicy,
                    PolicyKind::Trust => FolderPart::Trust,
                    _ => {
                        return Err(Failure::input(format!(
                            "a folder written by `generate` holds no {}",
                            kind.as_str()
                        ))
                        .at(in_file(path))
                        .help("name the file of the document"));
                    }
                };
                policy::of_folder(&dir, part)
            }
        }
    }
}
