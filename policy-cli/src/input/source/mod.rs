//! Declarations from source, without building.
//!
//! What comes out is what the binary's notes hold for the same features and target. The grammar of
//! the attributes is `policy_core::declare`'s, the one that the macros use. What cannot be evaluated
//! is a finding and declares nothing.

mod around;
mod attributes;
mod calls;
pub mod cfg;
mod declared;
pub mod features;
pub mod modules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use policy_core::calls::{Found, Variables};
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
    /// Its binary targets that are read, sorted.
    pub targets: Vec<Box<str>>,
}

/// Reads what a package, its library and its dependencies by path declare.
///
/// # Errors
/// [`Failure`] when a manifest or a source file cannot be read, or a declaration has a mistake.
pub fn read(request: &Request<'_>, catalog: &Catalog) -> Result<Declared, Failure> {
    let build = Build::new(request)?;
    build.declared(catalog)
}

/// The values of environment variables, given what is declared: that tells which function a binary target is.
pub type Values<'a> = &'a dyn Fn(&Declared) -> Variables;

/// Reads what they declare and the SDK calls that they can make.
///
/// # Errors
/// [`Failure`] when a manifest or a source file cannot be read, or a declaration has a mistake.
pub fn read_with_calls(
    request: &Request<'_>,
    catalog: &Catalog,
    values: Values<'_>,
) -> Result<(Declared, Found), Failure> {
    let build = Build::new(request)?;
    let mut declared = build.declared(catalog)?;
    declared.findings.extend(build.ways_around(catalog));
    let values = values(&declared);
    Ok((declared, build.calls(catalog, &values)))
}

/// Reads what they declare and the SDK calls that each binary target can make.
///
/// # Errors
/// [`Failure`] when a manifest or a source file cannot be read, or a declaration has a mistake.
pub fn read_by_binary(
    request: &Request<'_>,
    catalog: &Catalog,
    values: Values<'_>,
) -> Result<(Declared, BTreeMap<Box<str>, Found>), Failure> {
    let build = Build::new(request)?;
    let declared = build.declared(catalog)?;
    let values = values(&declared);
    Ok((declared, build.calls_by_binary(catalog, &values)))
}

/// The crates of a build, parsed.
struct Build<'a> {
    request: &'a Request<'a>,
    /// The folder of the package, absolute.
    root: PathBuf,
    workspace: Workspace,
    units: Vec<Unit>,
    crates: Vec<Parsed>,
}

/// One crate of a build.
struct Parsed {
    /// Its package, among the units.
    unit: usize,
    target: Target,
    is_binary: bool,
    found: modules::Crate,
}

impl<'a> Build<'a> {
    fn new(request: &'a Request<'a>) -> Result<Self, Failure> {
        let package = manifest::read(request.dir)?;
        let root = package.dir.clone();
        let units = features::resolve(package, request.selection, request.configuration)?;
        let workspace = if units.len() == 1 {
            Workspace { root: Workspace::root(&root)?, members: Default::default() }
        } else {
            Workspace::enclosing(&root)?.unwrap_or_default()
        };
        let mut build = Self { request, root, workspace, units, crates: Vec::new() };
        let mut failures = Vec::new();
        let mut crates = Vec::new();
        let mut exported = MacroNames::default();
        for (index, unit) in build.units.iter().enumerate() {
            if unit.package.is_proc_macro {
                continue;
            }
            let mut targets: Vec<(&Target, bool)> = Vec::new();
            targets.extend(unit.package.library.iter().map(|target| (target, false)));
            if index == 0 {
                targets.extend(binaries(unit, request)?.into_iter().map(|target| (target, true)));
            }
            for (target, is_binary) in targets {
                let shown = |path: &Path| build.shown(path);
                match modules::walk(&target.root, request.configuration, &unit.features, &shown) {
                    Ok(found) => {
                        exported.extend(&found.exported);
                        let target = target.clone();
                        crates.push(Parsed { unit: index, target, is_binary, found });
                    }
                    Err(failure) => failures.push(failure),
                }
            }
        }
        if !failures.is_empty() {
            return Err(Failure::all(failures));
        }
        for parsed in &mut crates {
            parsed.found.names.extend(&exported);
        }
        build.crates = crates;
        Ok(build)
    }

    fn declared(&self, catalog: &Catalog) -> Result<Declared, Failure> {
        let mut declared = Declared::default();
        let mut failures = Vec::new();
        for parsed in &self.crates {
            let unit = &self.units[parsed.unit];
            let ours = parsed.unit == 0 || self.workspace.has_dir(&unit.package.dir);
            match self.target(parsed, unit, catalog) {
                Ok(read) => {
                    let into =
                        if ours { &mut declared.declarations } else { &mut declared.foreign };
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
        let binaries = self.crates.iter().filter(|it| it.is_binary);
        declared.targets = binaries.map(|it| it.target.name.clone()).collect();
        Ok(declared)
    }

    fn target(&self, parsed: &Parsed, unit: &Unit, catalog: &Catalog) -> Result<Declared, Failure> {
        let shown = |path: &Path| self.shown(path);
        let context = declared::Context {
            catalog,
            configuration: self.request.configuration,
            features: &unit.features,
            names: &parsed.found.names,
            shown: &shown,
            source: &|path: &Path| SourceFile {
                package: unit.package.name.clone(),
                crate_name: parsed.target.crate_name().into(),
                target: parsed.is_binary.then(|| parsed.target.name.clone()),
                file: self.in_workspace(path, &unit.package.dir).into(),
            },
        };
        let mut declared = Declared { files: parsed.found.files, ..Declared::default() };
        let mut failures = Vec::new();
        for candidate in &parsed.found.candidates {
            context.read(candidate, &mut declared, &mut failures);
        }
        if failures.is_empty() { Ok(declared) } else { Err(Failure::all(failures)) }
    }

    /// The path as the user would write it.
    fn shown(&self, path: &Path) -> PathBuf {
        match path.strip_prefix(&self.root) {
            Ok(rest) if self.request.dir == Path::new(".") => rest.to_path_buf(),
            Ok(rest) => self.request.dir.join(rest),
            Err(_) => path.to_path_buf(),
        }
    }

    /// The path as the macros write it: relative to the workspace, or, outside it, to the package.
    fn in_workspace(&self, path: &Path, package: &Path) -> String {
        let inside =
            path.strip_prefix(&self.workspace.root).or_else(|_| path.strip_prefix(package));
        shown(inside.unwrap_or(path))
    }
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
