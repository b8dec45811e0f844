//! A Terraform plan as `terraform show -json PLAN` prints it: what it says of functions.
//!
//! Read are the planned values. What is known only after apply is followed through the configuration to the resource that it refers
//! to, where the place takes nothing but that resource's ARN or name, and is computed where the resource's name is known. Everything
//! else that is not known is unknown, with its reason. The plan has no lines: a place is the file, and the address is in the message.

mod beside;
mod describe;
mod encryption;
mod index;
mod kinds;
mod read;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use policy_core::evidence::SettingOrigin;
use serde_json::Value;

use self::index::Index;
use self::read::Resource;
use crate::deployment::{Context, Named};
use crate::failure::{Failure, in_file, shown};

const FUNCTION: &str = "aws_lambda_function";

/// A plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    file: PathBuf,
    /// By address.
    resources: BTreeMap<String, Resource>,
    /// Addresses, by type.
    kinds: BTreeMap<String, Vec<String>>,
    configuration: Value,
    /// What is written of resources, by module and address without instances.
    written: BTreeMap<(String, String), Value>,
    index: Index,
}

impl Plan {
    /// Reads `text` where it is a plan; `None` where it is something else.
    ///
    /// # Errors
    /// [`Failure`] when it is a plan of a format that is not known.
    pub fn parse(file: &Path, text: &str) -> Result<Option<Self>, Failure> {
        if !text.trim_start().starts_with('{') || !text.contains("format_version") {
            return Ok(None);
        }
        let Ok(Value::Object(mut plan)) = serde_json::from_str(text) else { return Ok(None) };
        let Some(version) = plan.get("format_version").and_then(Value::as_str) else {
            return Ok(None);
        };
        if version.split('.').next() != Some("1") {
            let message = format!("the plan has format {version}, and formats 1.x are understood");
            return Err(Failure::input(message).at(in_file(file)));
        }
        let Some(values) = plan.get("planned_values") else {
            let message = "this is Terraform's JSON, but no plan: it has no `planned_values`";
            let help = "give what `terraform show -json PLAN` prints, with PLAN from `terraform plan -out PLAN`";
            return Err(Failure::input(message).at(in_file(file)).help(help));
        };
        let mut resources = read::planned(values);
        read::after_apply(plan.get("resource_changes"), &mut resources);
        let configuration = plan.remove("configuration").unwrap_or_default();
        let written = read::written(&configuration);
        let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (address, resource) in &resources {
            kinds.entry(resource.kind.clone()).or_default().push(address.clone());
        }
        let (file, index) = (file.to_owned(), Index::default());
        Ok(Some(Self { file, resources, kinds, configuration, written, index }))
    }

    /// The resources of a type, in the order of their addresses.
    fn of_kind<'p>(&'p self, kind: &str) -> impl Iterator<Item = (&'p str, &'p Resource)> {
        let addresses = self.kinds.get(kind).into_iter().flatten();
        addresses.filter_map(|address| Some((&**address, self.resources.get(address)?)))
    }

    /// The addresses under which values can be given.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &str> {
        self.resources.keys().map(String::as_str)
    }

    /// Whether a value that is given under this name counts for anything.
    pub(crate) fn asks_for(&self, name: &str) -> bool {
        self.resources.contains_key(name)
    }

    /// The functions, and what they may be called elsewhere: address, name in the configuration, name when deployed, and the
    /// module of which it is the only one. Also finds what is about them.
    pub(crate) fn named(&mut self, context: &Context) -> Vec<Named> {
        self.index = Index::new(self, context);
        let mut in_module: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, function) in self.of_kind(FUNCTION) {
            *in_module.entry(&function.module).or_default() += 1;
        }
        let named = self.of_kind(FUNCTION).map(|(address, function)| {
            let deployed = function.values["function_name"].as_str().map(ToOwned::to_owned);
            let module = function
                .module
                .rsplit("module.")
                .next()
                .map(|name| name.split(['[', '.']).next().unwrap_or_default().to_owned());
            let is_only = in_module.get(&*function.module) == Some(&1);
            let module = module.filter(|name| is_only && !name.is_empty());
            let names = [Some(address.to_owned()), Some(function.name.clone()), deployed, module];
            Named {
                id: address.to_owned(),
                names: names.into_iter().flatten().collect(),
                begins: None,
            }
        });
        named.collect()
    }

    /// Where something is written.
    fn origin(&self, path: &str) -> SettingOrigin {
        SettingOrigin { source: shown(&self.file).into(), path: path.into(), ..Default::default() }
    }
}

#[cfg(test)]
mod tests;
