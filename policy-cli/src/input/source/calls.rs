//! The crates of a build as the analysis of calls takes them: files with modules, and what extern names mean.

use std::collections::BTreeMap;
use std::path::Path;

use policy_core::calls::{self, Extern, Found, Presence, SourceCrate, SourceModule, Variables};
use policy_core::catalog::Catalog;
use syn::Attribute;

use super::{Build, Parsed, attributes};

type Presences<'a> = Vec<Box<dyn Fn(&[Attribute]) -> Presence + 'a>>;

impl Build<'_> {
    /// The SDK calls of the package, its library and its dependencies by path.
    pub(super) fn calls(self, catalog: &Catalog, variables: &Variables) -> Found {
        self.with_crates(|crates| calls::find(crates, catalog, variables))
    }

    /// The SDK calls of each binary target.
    pub(super) fn calls_by_binary(
        self,
        catalog: &Catalog,
        variables: &Variables,
    ) -> BTreeMap<Box<str>, Found> {
        self.with_crates(|crates| calls::find_by_binary(crates, catalog, variables))
    }

    fn with_crates<T>(mut self, find: impl FnOnce(&[SourceCrate<'_>]) -> T) -> T {
        let externs: Vec<_> = self.crates.iter().map(|it| self.externs(it)).collect();
        let parsed = std::mem::take(&mut self.crates);
        let this = &self;
        let presences: Presences<'_> = parsed
            .iter()
            .map(|it| {
                let features = &this.units[it.unit].features;
                let presence = |attributes: &[Attribute]| {
                    attributes::presence(attributes, this.request.configuration, features)
                };
                Box::new(presence) as Box<dyn Fn(&[Attribute]) -> Presence>
            })
            .collect();
        let crates: Vec<SourceCrate<'_>> = parsed
            .into_iter()
            .zip(externs)
            .zip(&presences)
            .map(|((parsed, externs), presence)| {
                let package = &this.units[parsed.unit].package;
                let files = parsed.found.parsed.into_iter().map(|it| SourceModule {
                    path: it.path,
                    file: this.in_workspace(&it.file, &package.dir).into(),
                    items: it.items,
                });
                SourceCrate {
                    package: package.name.clone(),
                    name: parsed.target.crate_name().into(),
                    binary: parsed.is_binary.then(|| parsed.target.name.clone()),
                    externs,
                    files: files.collect(),
                    presence: &**presence,
                }
            })
            .collect();
        find(&crates)
    }

    /// What the code of a crate may name as another crate.
    fn externs(&self, parsed: &Parsed) -> BTreeMap<Box<str>, Extern> {
        let unit = &self.units[parsed.unit];
        let mut externs = BTreeMap::new();
        for key in &unit.dependencies {
            for table in unit.package.dependencies.get(key).into_iter().flatten() {
                let own = table.package.as_deref().unwrap_or(key);
                let by_path = table.dir.as_deref().and_then(|dir| self.library(dir));
                let (name, what) = match by_path {
                    // Unless it is renamed, a library may have another name than its package.
                    Some(index) if table.package.is_none() => {
                        (self.crates[index].target.crate_name(), Extern::Source(index))
                    }
                    Some(index) => (rust_name(key), Extern::Source(index)),
                    None => (rust_name(key), Extern::Registry(rust_name(own).into())),
                };
                externs.insert(name.into(), what);
            }
        }
        if parsed.is_binary
            && let Some(index) = self.library(&unit.package.dir)
        {
            externs.insert(self.crates[index].target.crate_name().into(), Extern::Source(index));
        }
        externs
    }

    /// The library of the package in `dir`, among the crates.
    fn library(&self, dir: &Path) -> Option<usize> {
        let dir = dir.canonicalize().ok()?;
        self.crates.iter().position(|it| !it.is_binary && self.units[it.unit].package.dir == dir)
    }
}

fn rust_name(name: &str) -> String {
    name.replace('-', "_")
}
