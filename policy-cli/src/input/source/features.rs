//! Which packages a build takes in, and with which features.
//!
//! Follows dependencies given by path as cargo's resolver 2 does: normal dependencies only, target
//! tables evaluated, features unified, `dep:`, `name/feature` and `name?/feature` understood.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::cfg::Configuration;
use crate::failure::{Failure, in_file};
use crate::input::manifest::{self, Package, PathDependency};

/// The features to build with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// `--features`.
    pub features: Vec<String>,
    /// `--all-features`.
    pub all: bool,
    /// `--no-default-features`.
    pub no_default: bool,
}

impl Selection {
    /// From what flags say: names separated by commas or blanks.
    #[must_use]
    pub fn asked(features: &[String], all: bool, no_default: bool) -> Self {
        let names = features.iter().flat_map(|text| text.split([',', ' ']));
        let features = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Self { features, all, no_default }
    }
}

/// A package of the build with its features.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The package.
    pub package: Package,
    /// Features that are on.
    pub features: BTreeSet<String>,
    /// Dependencies that are on, by key.
    pub dependencies: BTreeSet<String>,
}

/// The package `root` and all it takes in by path, each with its features; `root` first, the rest
/// sorted by folder.
///
/// # Errors
/// [`Failure`] when a manifest cannot be read or a feature does not exist.
pub fn resolve(
    root: Package,
    selection: &Selection,
    configuration: &Configuration,
) -> Result<Vec<Unit>, Failure> {
    let dir = root.dir.clone();
    let mut resolver = Resolver { configuration, units: BTreeMap::new(), weak: Vec::new() };
    let mut wanted: Vec<String> = Vec::new();
    if selection.all {
        wanted.extend(root.features.keys().cloned());
        wanted.extend(implicit(&root));
    }
    if !selection.no_default && root.features.contains_key("default") {
        wanted.push("default".into());
    }
    for feature in &selection.features {
        let name = feature.split(['/', '?']).next().unwrap_or_default();
        let known = root.features.contains_key(name)
            || root.dependencies.contains_key(name) && feature.contains('/')
            || implicit(&root).contains(name);
        if !known {
            return Err(unknown_feature(&root, name));
        }
        wanted.push(feature.clone());
    }
    resolver.add(root)?;
    for feature in wanted {
        resolver.request(&dir, &feature)?;
    }
    resolver.settle_weak()?;
    let first = resolver.units.remove(&dir);
    Ok(first.into_iter().chain(resolver.units.into_values()).collect())
}

fn unknown_feature(package: &Package, name: &str) -> Failure {
    let mut known: BTreeSet<String> = implicit(package);
    known.extend(package.features.keys().cloned());
    let known: Vec<String> = known.into_iter().map(|name| format!("`{name}`")).collect();
    let failure = Failure::input(format!("package `{}` has no feature `{name}`", package.name))
        .at(in_file(&package.dir.join("Cargo.toml")));
    if known.is_empty() {
        failure.help("it has no features; leave out `--features`")
    } else {
        failure.help(format!("its features are {}", known.join(", ")))
    }
}

/// Optional dependencies that are features too: those that no feature names with `dep:`.
fn implicit(package: &Package) -> BTreeSet<String> {
    let explicit: BTreeSet<&str> = package
        .features
        .values()
        .flatten()
        .filter_map(|entry| entry.strip_prefix("dep:"))
        .collect();
    package
        .dependencies
        .iter()
        .filter(|(key, tables)| {
            tables.iter().any(|table| table.optional) && !explicit.contains(key.as_str())
        })
        .map(|(key, _)| key.clone())
        .collect()
}

struct Resolver<'a> {
    configuration: &'a Configuration,
    units: BTreeMap<PathBuf, Unit>,
    /// `name?/feature`: of which package, which dependency, which feature.
    weak: Vec<(PathBuf, String, String)>,
}

impl Resolver<'_> {
    /// Adds a package and its dependencies that are not optional. What a crate of procedural macros
    /// depends on runs in the compiler and is not followed.
    fn add(&mut self, package: Package) -> Result<(), Failure> {
        let dir = package.dir.clone();
        if package.is_proc_macro {
            let (features, dependencies) = (BTreeSet::new(), BTreeSet::new());
            self.units.insert(dir, Unit { package, features, dependencies });
            return Ok(());
        }
        let always: Vec<String> = package
            .dependencies
            .iter()
            .filter(|(_, tables)| tables.iter().any(|table| !table.optional))
            .map(|(key, _)| key.clone())
            .collect();
        let unit = Unit { package, features: BTreeSet::new(), dependencies: BTreeSet::new() };
        self.units.insert(dir.clone(), unit);
        for key in always {
            self.enable(&dir, &key)?;
        }
        Ok(())
    }

    /// Turns a dependency on; `false` when the target leaves it out.
    fn enable(&mut self, dir: &Path, key: &str) -> Result<bool, Failure> {
        let Some(unit) = self.units.get_mut(dir) else { return Ok(false) };
        if unit.package.is_proc_macro {
            return Ok(false);
        }
        let tables = unit.package.dependencies.get(key).cloned().unwrap_or_default();
        let applies = |table: &PathDependency| {
            table.target.as_ref().is_none_or(|key| self.configuration.target_matches(key))
        };
        let tables: Vec<PathDependency> = tables.into_iter().filter(applies).collect();
        if tables.is_empty() {
            return Ok(false);
        }
        if !unit.dependencies.insert(key.to_owned()) {
            return Ok(true);
        }
        for table in tables {
            let Some(path) = table.dir else { continue };
            let target = self.load(&path)?;
            if table.default_features {
                self.request(&target, "default")?;
            }
            for feature in &table.features {
                self.request(&target, feature)?;
            }
        }
        Ok(true)
    }

    /// The folder of the package at `path`, which is read when it is new.
    fn load(&mut self, path: &Path) -> Result<PathBuf, Failure> {
        if let Ok(dir) = path.canonicalize()
            && self.units.contains_key(&dir)
        {
            return Ok(dir);
        }
        let package = manifest::read(path)?;
        let dir = package.dir.clone();
        self.add(package)?;
        Ok(dir)
    }

    /// Turns on a feature, or what `dep:name`, `name/feature` and `name?/feature` say.
    fn request(&mut self, dir: &Path, entry: &str) -> Result<(), Failure> {
        if let Some(key) = entry.strip_prefix("dep:") {
            self.enable(dir, key)?;
            return Ok(());
        }
        if let Some((key, feature)) = entry.split_once('/') {
            if let Some(key) = key.strip_suffix('?') {
                self.weak.push((dir.into(), key.into(), feature.into()));
                return Ok(());
            }
            let is_feature = self.units.get(dir).is_some_and(|unit| {
                unit.package.features.contains_key(key) || implicit(&unit.package).contains(key)
            });
            if is_feature {
                self.request(dir, key)?;
            }
            if self.enable(dir, key)?
                && let Some(target) = self.path_of(dir, key)
            {
                self.request(&target, feature)?;
            }
            return Ok(());
        }
        let Some(unit) = self.units.get_mut(dir) else { return Ok(()) };
        if unit.package.is_proc_macro {
            return Ok(());
        }
        let entries = unit.package.features.get(entry).cloned();
        if entries.is_none() && !implicit(&unit.package).contains(entry) {
            // Cargo refuses this, so there is no build to be equal to; `default` may be absent.
            return Ok(());
        }
        if !unit.features.insert(entry.to_owned()) {
            return Ok(());
        }
        match entries {
            Some(entries) => {
                for entry in entries {
                    self.request(dir, &entry)?;
                }
            }
            None => {
                self.enable(dir, entry)?;
            }
        }
        Ok(())
    }

    fn path_of(&self, dir: &Path, key: &str) -> Option<PathBuf> {
        let tables = self.units.get(dir)?.package.dependencies.get(key)?;
        tables.iter().find_map(|table| table.dir.as_ref())?.canonicalize().ok()
    }

    /// Applies `name?/feature` where the dependency is on, until nothing changes.
    fn settle_weak(&mut self) -> Result<(), Failure> {
        loop {
            let ready: Vec<_> = self
                .weak
                .extract_if(.., |(dir, key, _)| {
                    self.units.get(dir).is_some_and(|unit| unit.dependencies.contains(key))
                })
                .collect();
            if ready.is_empty() {
                return Ok(());
            }
            for (dir, key, feature) in ready {
                if let Some(target) = self.path_of(&dir, &key) {
                    self.request(&target, &feature)?;
                }
            }
        }
    }
}
