//! Declarations from source, without building.
//!
//! What comes out is what the binary's notes hold for the same features and target. The grammar of
//! the attributes is `policy_core::declare`'s, the one that the macros use. What cannot be evaluated
//! is a finding and declares nothing.

pub mod cfg;
mod declared;
pub mod features;
pub mod modules;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use policy_core::catalog::Catalog;
use policy_core::declare::SourceFile;
use policy_core::evidence::Declaration;
use policy_core::finding::{Finding, Place};

use super::manifest::{self, Target};
use super::workspace::Workspace;
use crate::failure::{Failure, in_file, shown};
use cfg::Configuration;
use features::{Selection, Unit};
use modules::MacroNames;

/// What to read from a package.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The folder of the package, as the user named it.
    pub dir: &'a Path,
    /// The features to read it with.
    pub selection: &'a Selection,
    /// What `cfg` is evaluated for.
    pub configuration: &'a Configuration,
    /// Only this binary target.
    pub binary: Option<&'a str>,
}

/// What the sources of a package declare.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// The declarations of its binaries, its library and what it takes in by path; sorted.
    pub declarations: Vec<Declaration>,
    /// Those of dependencies by path outside the workspace; sorted.
    pub foreign: Vec<Declaration>,
    /// What could not be evaluated.
    pub findings: Vec<Finding>,
    /// Number of files read.
    pub files: usize,
}

/// Reads a package, its library and its dependencies by path.
///
/// # Errors
/// [`Failure`] when a manifest or a source file cannot be read, or a declaration has a mistake.
pub fn read(request: &Request<'_>, catalog: &Catalog) -> Result<Declared, Failure> {
    let package = manifest::read(request.dir)?;
    let root = package.dir.clone();
    let units = features::resolve(package, request.selection, request.configuration)?;
    let workspace = if units.len() == 1 {
        Workspace { root: Workspace::root(&root)?, members: Default::default() }
    } else {
        Workspace::enclosing(&root)?.unwrap_or_default()
    };
    let reader = Reader { request, catalog, root: &root, workspace: &workspace.root };
    let mut declared = Declared::default();
    let mut failures = Vec::new();
    let mut crates = Vec::new();
    let mut exported = MacroNames::default();
    for (index, unit) in units.iter().enumerate() {
        if unit.package.is_proc_macro {
            continue;
        }
        let mut targets: Vec<(&Target, bool)> = Vec::new();
        targets.extend(unit.package.library.iter().map(|target| (target, false)));
        if index == 0 {
            targets.extend(binaries(unit, request)?.into_iter().map(|target| (target, true)));
        }
        let ours = index == 0 || workspace.has_dir(&unit.package.dir);
        for (target, is_binary) in targets {
            let shown = |path: &Path| reader.shown(path);
            match modules::walk(&target.root, request.configuration, &unit.features, &shown) {
                Ok(found) => {
                    exported.extend(&found.exported);
                    crates.push((unit, target, is_binary, ours, found));
                }
                Err(failure) => failures.push(failure),
            }
        }
    }
    for (unit, target, is_binary, ours, mut found) in crates {
        found.names.extend(&exported);
        match reader.target(unit, target, is_binary, &found) {
            Ok(read) => {
                let into = if ours { &mut declared.declarations } else { &mut declared.foreign };
                into.extend(read.declarations);
                declared.findings.extend(read.findings);
                declared.files += read.files;
            }
            Err(failure) => failures.push(failure),
        }
    }
    if !failures.is_empty() {
        return Err(Failure::all(failures));
    }
    for list in [&mut declared.declarations, &mut declared.foreign] {
        list.sort();
        list.dedup();
    }
    declared.findings.sort();
    declared.findings.dedup();
    Ok(declared)
}

/// The binaries that cargo would build.
fn binaries<'a>(unit: &'a Unit, request: &Request<'_>) -> Result<Vec<&'a Target>, Failure> {
    let missing = |target: &Target| -> Vec<String> {
        let lacks = |feature: &&String| !unit.features.contains(*feature);
        target.required_features.iter().filter(lacks).cloned().collect()
    };
    let all = &unit.package.binaries;
    let Some(name) = request.binary else {
        return Ok(all.iter().filter(|target| missing(target).is_empty()).collect());
    };
    let Some(target) = all.iter().find(|target| target.name.as_ref() == name) else {
        let known: Vec<String> = all.iter().map(|target| format!("`{}`", target.name)).collect();
        let failure = Failure::input(format!(
            "package `{}` has no binary target `{name}`",
            unit.package.name
        ))
        .at(in_file(&request.dir.join("Cargo.toml")));
        return Err(match &known[..] {
            [] => failure.help("it has none; leave out `--bin`"),
            known => failure.help(format!("its binary targets are {}", known.join(", "))),
        });
    };
    let missing = missing(target);
    if !missing.is_empty() {
        return Err(Failure::input(format!(
            "binary target `{name}` needs features that are off: `{}`",
            missing.join("`, `")
        ))
        .help(format!("add `--features {}`", missing.join(","))));
    }
    Ok(vec![target])
}

struct Reader<'a> {
    request: &'a Request<'a>,
    catalog: &'a Catalog,
    /// The folder of the package, absolute.
    root: &'a Path,
    /// The folder of its workspace, absolute.
    workspace: &'a Path,
}

impl Reader<'_> {
    fn target(
        &self,
        unit: &Unit,
        target: &Target,
        is_binary: bool,
        found: &modules::Crate,
    ) -> Result<Declared, Failure> {
        let shown = |path: &Path| self.shown(path);
        let context = declared::Context {
            catalog: self.catalog,
            configuration: self.request.configuration,
            features: &unit.features,
            names: &found.names,
            shown: &shown,
            source: &|path: &Path| SourceFile {
                package: unit.package.name.clone(),
                crate_name: target.crate_name().into(),
                target: is_binary.then(|| target.name.clone()),
                file: self.in_workspace(path, &unit.package.dir).into(),
            },
        };
        let mut declared = Declared { files: found.files, ..Declared::default() };
        let mut failures = Vec::new();
        for candidate in &found.candidates {
            context.read(candidate, &mut declared, &mut failures);
        }
        if failures.is_empty() { Ok(declared) } else { Err(Failure::all(failures)) }
    }

    /// The path as the user would write it.
    fn shown(&self, path: &Path) -> PathBuf {
        match path.strip_prefix(self.root) {
            Ok(rest) if self.request.dir == Path::new(".") => rest.to_path_buf(),
            Ok(rest) => self.request.dir.join(rest),
            Err(_) => path.to_path_buf(),
        }
    }

    /// The path as the macros write it: relative to the workspace, or, outside it, to the package.
    fn in_workspace(&self, path: &Path, package: &Path) -> String {
        let inside = path.strip_prefix(self.workspace).or_else(|_| path.strip_prefix(package));
        shown(inside.unwrap_or(path))
    }
}

/// The place of a token in a file.
fn place(file: &Path, span: proc_macro2::Span) -> Place {
    let start = span.start();
    Place {
        line: u32::try_from(start.line).ok(),
        column: u32::try_from(start.column + 1).ok(),
        ..in_file(file)
    }
}

/// What a crate is read with.
type Features = BTreeSet<String>;

#[cfg(test)]
mod tests;
