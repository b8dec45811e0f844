//! Whose declarations count.
//!
//! A binary carries the declarations of everything that is linked into it, and any of them could say
//! anything. Ours are those of workspace members that stand in their source; those of other
//! packages are reported, and granted only when `trust-crates` in `policy.toml` names the package.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use policy_core::catalog::Catalog;
use policy_core::evidence::Declaration;
use policy_core::finding::{Code, Finding, Place};

use super::source::{self, Request};
use super::workspace::Workspace;
use crate::failure::shown;

/// What decides whose declarations count.
pub struct Trust<'a> {
    /// Our packages; `None` when there is no workspace.
    pub workspace: Option<&'a Workspace>,
    /// Declarations that stand in our source as it was read with `--crate`.
    pub source: &'a BTreeSet<Declaration>,
    /// With what to read packages that `--crate` did not name.
    pub reading: Reading<'a>,
    /// `trust-crates`.
    pub trusted: &'a [Box<str>],
}

/// With what sources are read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// The features of the build.
    pub selection: &'a source::features::Selection,
    /// What `cfg` is evaluated for.
    pub configuration: &'a source::cfg::Configuration,
    /// The grammar's catalog.
    pub catalog: &'a Catalog,
}

/// Declarations by whether they count.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// Those that count.
    pub granted: Vec<Declaration>,
    /// Why the others do not.
    pub findings: Vec<Finding>,
}

impl Trust<'_> {
    /// Judges what the notes of the binary `path` declare.
    #[must_use]
    pub fn judge_binary(&self, path: &Path, declarations: Vec<Declaration>) -> Judged {
        let mut judged = Judged::default();
        let mut outside: BTreeMap<Box<str>, Vec<Declaration>> = BTreeMap::new();
        let mut absent: BTreeMap<Box<str>, Vec<Declaration>> = BTreeMap::new();
        let mut sources: BTreeMap<Box<str>, BTreeSet<Declaration>> = BTreeMap::new();
        for declaration in declarations {
            let package = declaration.package.clone();
            let member = self.workspace.and_then(|workspace| workspace.members.get(&package));
            if self.trusted.contains(&package) || self.source.contains(&declaration) {
                judged.granted.push(declaration);
            } else if let Some(dir) = member {
                let source = sources.entry(package.clone()).or_insert_with(|| self.read(dir));
                if source.contains(&declaration) {
                    judged.granted.push(declaration);
                } else {
                    absent.entry(package).or_default().push(declaration);
                }
            } else {
                outside.entry(package).or_default().push(declaration);
            }
        }
        let binary = shown(path);
        for (package, declarations) in outside {
            let what = format!("`{binary}` holds {}", count(&declarations));
            judged.findings.push(self.outside(&what, &package, &declarations));
        }
        for (package, declarations) in absent {
            let message = format!(
                "`{binary}` holds {} in the name of `{package}`, whose source has no such declaration; not granted",
                count(&declarations)
            );
            judged.findings.push(finding(message, &declarations).help(
                "build again from this source; if the build had features, name them with `--features`",
            ));
        }
        judged
    }

    /// Judges declarations read from source: of members, unless they are in `foreign`.
    #[must_use]
    pub fn judge_source(&self, ours: Vec<Declaration>, foreign: Vec<Declaration>) -> Judged {
        let mut judged = Judged { granted: ours, findings: Vec::new() };
        let mut outside: BTreeMap<Box<str>, Vec<Declaration>> = BTreeMap::new();
        for declaration in foreign {
            if self.trusted.contains(&declaration.package) {
                judged.granted.push(declaration);
            } else {
                outside.entry(declaration.package.clone()).or_default().push(declaration);
            }
        }
        for (package, declarations) in outside {
            let what = format!("dependency `{package}` has {}", count(&declarations));
            judged.findings.push(self.outside(&what, &package, &declarations));
        }
        judged
    }

    fn outside(&self, what: &str, package: &str, declarations: &[Declaration]) -> Finding {
        let (why, help) = match self.workspace {
            Some(_) => (
                format!("`{package}` is not in the workspace"),
                format!("to grant them, write `trust-crates = [\"{package}\"]` in policy.toml"),
            ),
            None => (
                format!("no cargo workspace says that `{package}` is yours"),
                format!(
                    "run inside the workspace, name the package with `--crate`, or write `trust-crates = [\"{package}\"]` in policy.toml"
                ),
            ),
        };
        finding(format!("{what}, not granted: {why}"), declarations).help(help)
    }

    /// What the sources in `dir` declare: as they are built, and under any features. A source that
    /// cannot be read declares nothing here; reading it with `--crate` says why.
    fn read(&self, dir: &Path) -> BTreeSet<Declaration> {
        let Reading { selection, configuration, catalog } = self.reading;
        let all = source::features::Selection { all: true, ..Default::default() };
        let any = configuration.with_all();
        let mut found = BTreeSet::new();
        for (selection, configuration) in [(selection, configuration), (&all, &any)] {
            let request = Request { dir, selection, configuration, binary: None };
            if let Ok(declared) = source::read(&request, catalog) {
                found.extend(declared.declarations);
                found.extend(declared.foreign);
            }
        }
        found
    }
}

fn count(declarations: &[Declaration]) -> String {
    match declarations.len() {
        1 => "1 declaration".to_owned(),
        many => format!("{many} declarations"),
    }
}

fn finding(message: String, declarations: &[Declaration]) -> Finding {
    let mut finding = Finding::new(Code::DeclaredByDependency, message);
    finding.places = declarations
        .iter()
        .map(|declaration| Place {
            file: declaration.origin.file.clone(),
            line: Some(declaration.origin.line),
            column: Some(declaration.origin.column),
            record: None,
        })
        .collect();
    finding
}
