//! Code of a build that goes around its handles, as findings.

use policy_core::calls::Presence;
use policy_core::catalog::Catalog;
use policy_core::declare::{ReadFile, ways_around};
use policy_core::finding::{Code, Finding, Place};
use syn::Attribute;

use super::{Build, attributes};

impl Build<'_> {
    /// What goes around the handles that the package, its library and its dependencies by path declare.
    pub(super) fn ways_around(&self, catalog: &Catalog) -> Vec<Finding> {
        let parsed = self.crates.iter();
        let presences: Vec<_> = parsed
            .map(|it| {
                let features = &self.units[it.unit].features;
                move |attributes: &[Attribute]| {
                    let configuration = self.request.configuration;
                    attributes::presence(attributes, configuration, features) != Presence::Absent
                }
            })
            .collect();
        let names: Vec<Vec<String>> = self
            .crates
            .iter()
            .map(|it| {
                let package = &self.units[it.unit].package.dir;
                let files = it.found.parsed.iter();
                files.map(|file| self.in_workspace(&file.file, package)).collect()
            })
            .collect();
        let mut files = Vec::new();
        for ((parsed, names), is_built) in self.crates.iter().zip(&names).zip(&presences) {
            for (file, name) in parsed.found.parsed.iter().zip(names) {
                files.push(ReadFile { file: name, items: &file.items, is_built });
            }
        }
        let found = ways_around(&files, catalog);
        let finding = |way: policy_core::declare::WayAround| {
            let place = Place {
                file: way.file,
                line: Some(way.line),
                column: Some(way.column),
                ..Place::default()
            };
            Finding::new(Code::AccessGoesAround, way.message).at(place).help(way.help)
        };
        found.into_iter().map(finding).collect()
    }
}
