//! Resources of a plan, and what their values refer to.
//!
//! # Source
//! Terraform documentation, "JSON Output Format": values representation, change representation, configuration representation.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::Value;

use super::{Plan, kinds};
use crate::deployment::Context;

/// How many references are followed, one after the other.
const MAX_DEPTH: usize = 16;

/// Why a value is not known.
pub(super) type Unknown = String;

/// A managed resource as it is planned.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Resource {
    pub(super) kind: String,
    pub(super) name: String,
    /// The address of its module; empty at the root.
    pub(super) module: String,
    pub(super) values: Value,
    /// `true` in place of what is known after apply.
    pub(super) unknown: Value,
}

/// The resources of `planned_values`, by address.
pub(super) fn planned(values: &Value) -> BTreeMap<String, Resource> {
    let mut resources = BTreeMap::new();
    let mut modules = vec![&values["root_module"]];
    while let Some(module) = modules.pop() {
        let address = module["address"].as_str().unwrap_or_default();
        for resource in list(&module["resources"]) {
            if resource["mode"] == "data" {
                continue;
            }
            let text = |key: &str| resource[key].as_str().unwrap_or_default().to_owned();
            resources.insert(
                text("address"),
                Resource {
                    kind: text("type"),
                    name: text("name"),
                    module: address.to_owned(),
                    values: resource["values"].clone(),
                    unknown: Value::Null,
                },
            );
        }
        modules.extend(list(&module["child_modules"]));
    }
    resources
}

/// Adds what is known after apply only; takes out what is deleted.
pub(super) fn after_apply(changes: Option<&Value>, resources: &mut BTreeMap<String, Resource>) {
    for change in changes.map(list).unwrap_or_default() {
        let address = change["address"].as_str().unwrap_or_default();
        if let Some(resource) = resources.get_mut(address) {
            resource.unknown = change["change"]["after_unknown"].clone();
        }
    }
}

/// The expressions of every resource of the configuration, by the names of its modules and its address there.
pub(super) fn written(configuration: &Value) -> BTreeMap<(String, String), Value> {
    let mut written = BTreeMap::new();
    let mut modules = vec![(String::new(), &configuration["root_module"])];
    while let Some((path, module)) = modules.pop() {
        for resource in list(&module["resources"]) {
            let address = resource["address"].as_str().unwrap_or_default().to_owned();
            written.insert((path.clone(), address), resource["expressions"].clone());
        }
        for (name, call) in module["module_calls"].as_object().into_iter().flatten() {
            let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            modules.push((inner, &call["module"]));
        }
    }
    written
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What is under `path`; a number is a place in a list.
pub(super) fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    path.split('.').filter(|step| !step.is_empty()).fold(value, |value, step| {
        match step.parse::<usize>() {
            Ok(index) => &value[index],
            Err(_) => &value[step],
        }
    })
}

/// Whether what is under `path` is known after apply only, alone or with what is around it.
fn is_open(unknown: &Value, path: &str) -> bool {
    let mut value = unknown;
    for step in path.split('.') {
        if value == &Value::Bool(true) {
            return true;
        }
        value = at(value, step);
    }
    value == &Value::Bool(true)
}

/// The values of a plan under a context.
#[derive(Clone, Copy)]
pub(super) struct Values<'p> {
    pub(super) plan: &'p Plan,
    pub(super) context: &'p Context,
}

impl<'p> Values<'p> {
    /// The text under `path` of a resource; `None` where nothing is written. `path` is like `dead_letter_config.0.target_arn`.
    pub(super) fn text(&self, address: &str, path: &str) -> Result<Option<String>, Unknown> {
        self.within(address, path, MAX_DEPTH)
    }

    fn within(&self, address: &str, path: &str, depth: usize) -> Result<Option<String>, Unknown> {
        let depth = depth.checked_sub(1).ok_or("its references do not end")?;
        let Some(resource) = self.plan.resources.get(address) else {
            return Err(format!("the plan has no `{address}`"));
        };
        match at(&resource.values, path) {
            Value::String(text) => return Ok(Some(text.clone())),
            Value::Number(number) => return Ok(Some(number.to_string())),
            Value::Bool(truth) => return Ok(Some(truth.to_string())),
            _ => {}
        }
        // What nobody wrote is the provider's to fill in.
        if !is_open(&resource.unknown, path) || !self.is_written(resource, path) {
            return Ok(None);
        }
        let (target, attribute) = self.reference(address, path, depth)?;
        if kinds::is_composed(&attribute) {
            return Err(format!(
                "it is made with `{target}.{attribute}`, which is known only after apply"
            ));
        }
        self.attribute(&target, &attribute, depth).map(Some)
    }

    /// The one resource attribute that a value refers to: address and attribute.
    pub(super) fn reference(
        &self,
        address: &str,
        path: &str,
        depth: usize,
    ) -> Result<(String, String), Unknown> {
        let Some(resource) = self.plan.resources.get(address) else {
            return Err(format!("the plan has no `{address}`"));
        };
        let expressions = self.expressions(resource);
        let references = &at(expressions, path)["references"];
        self.leads_to(references, &resource.module, depth)
    }

    /// What is written of a resource in the configuration.
    fn expressions(&self, resource: &Resource) -> &'p Value {
        let local = format!("{}.{}", resource.kind, resource.name);
        let module = names(&resource.module).join(".");
        self.plan.written.get(&(module, local)).unwrap_or(&Value::Null)
    }

    fn is_written(&self, resource: &Resource, path: &str) -> bool {
        let first = path.split('.').next().unwrap_or_default();
        match &self.expressions(resource)[first] {
            Value::Null => false,
            Value::Array(blocks) => !blocks.is_empty(),
            _ => true,
        }
    }

    /// The configuration of a module, by the address of one of its instances.
    fn module(&self, address: &str) -> &'p Value {
        let root = &self.plan.configuration["root_module"];
        names(address)
            .into_iter()
            .fold(root, |module, name| &module["module_calls"][name]["module"])
    }

    /// Where references lead, if they are one.
    fn leads_to(
        &self,
        references: &Value,
        module: &str,
        depth: usize,
    ) -> Result<(String, String), Unknown> {
        let depth = depth.checked_sub(1).ok_or("its references do not end")?;
        let all: Vec<&str> = list(references).iter().filter_map(Value::as_str).collect();
        // Beside `a.b.arn` stands `a.b`, which is part of it.
        let longest: Vec<&str> = all
            .iter()
            .copied()
            .filter(|one| {
                !all.iter().any(|other| other.len() > one.len() && other.starts_with(one))
            })
            .collect();
        let [one] = longest.as_slice() else {
            return Err(match longest.as_slice() {
                [] => "it is known only after apply".to_owned(),
                several => {
                    format!("it is known only after apply, made with `{}`", several.join("`, `"))
                }
            });
        };
        let steps = steps(one);
        let texts: Vec<&str> = steps.iter().map(String::as_str).collect();
        match texts.as_slice() {
            ["var", name, ..] => {
                let (parent, own) = parent(module);
                let own = own.ok_or_else(|| format!("the variable `{name}` has no value yet"))?;
                let call = &self.module(parent)["module_calls"][own];
                self.leads_to(&call["expressions"][name]["references"], parent, depth)
            }
            ["module", name, output] => {
                let called = &self.module(module)["module_calls"][without_index(name)]["module"];
                let expression = &called["outputs"][*output]["expression"];
                let inner = match module {
                    "" => format!("module.{name}"),
                    module => format!("{module}.module.{name}"),
                };
                self.leads_to(&expression["references"], &inner, depth)
            }
            ["data" | "local" | "each" | "count" | "path" | "self", ..] => {
                Err(format!("it is known only after apply, made with `{one}`"))
            }
            [kind, name, attribute] => {
                let local = format!("{kind}.{name}");
                let wanted = match module {
                    "" => local,
                    module => format!("{module}.{local}"),
                };
                let address = self.instance(&wanted)?;
                Ok((address, (*attribute).to_owned()))
            }
            _ => Err(format!("it is known only after apply, made with `{one}`")),
        }
    }

    /// The address of the one instance of a resource.
    fn instance(&self, address: &str) -> Result<String, Unknown> {
        if self.plan.resources.contains_key(address) {
            return Ok(address.to_owned());
        }
        let begins = format!("{address}[");
        let from = (Bound::Included(begins.as_str()), Bound::Unbounded);
        let instances = self.plan.resources.range::<str, _>(from).map(|(known, _)| known);
        let mut instances = instances.take_while(|known| known.starts_with(&begins));
        match (instances.next(), instances.next()) {
            (Some(one), None) => Ok(one.clone()),
            (Some(_), Some(_)) => {
                Err(format!("which instance of `{address}` is meant is not told"))
            }
            _ => Err(format!("the plan has no `{address}`")),
        }
    }

    /// An attribute of a resource: as it is planned, else as it follows from the resource's name.
    pub(super) fn attribute(
        &self,
        address: &str,
        attribute: &str,
        depth: usize,
    ) -> Result<String, Unknown> {
        let depth = depth.checked_sub(1).ok_or("its references do not end")?;
        let resource = self.plan.resources.get(address);
        if let Some(text) = resource.and_then(|it| it.values[attribute].as_str()) {
            return Ok(text.to_owned());
        }
        let kind = resource.map(|it| &*it.kind).unwrap_or_default();
        let after = format!("`{address}.{attribute}` is known only after apply");
        let Some(known) = kinds::of(kind) else { return Err(after) };
        let Some(form) = known.attribute(attribute) else { return Err(after) };
        let given = self.context.given.get(address);
        let name = match (given, known.name) {
            (Some(given), _) => given.to_string(),
            (None, "") => {
                return Err(format!("{after}; then give its id with `--param {address}=ID`"));
            }
            (None, name) => self.within(address, name, depth)?.ok_or_else(|| {
                format!("`{address}` has no `{name}`; give it with `--param {address}=NAME`")
            })?,
        };
        let environment = &self.context.environment;
        let mut text = form.replace("{P}", environment.partition.as_str());
        if text.contains("{R}") {
            let region = environment.region.as_ref();
            let region = region.ok_or("the Region is not known; give `--region REGION`")?;
            text = text.replace("{R}", region.as_str());
        }
        if text.contains("{A}") {
            let account = environment.account.as_ref();
            let account = account.ok_or("the account is not known; give `--account ID`")?;
            text = text.replace("{A}", account.as_str());
        }
        if text.contains("{path}") {
            let path = self.within(address, "path", depth)?;
            text = text.replace("{path}", path.as_deref().unwrap_or("/"));
        }
        if text.contains("{bus}") {
            let bus = self.within(address, "event_bus_name", depth)?.unwrap_or_default();
            let bus = bus.rsplit('/').next().unwrap_or_default();
            let bus = match bus {
                "" | "default" => String::new(),
                bus => format!("{bus}/"),
            };
            text = text.replace("{bus}", &bus);
        }
        // Last, so that nothing in a name is taken for a mark.
        Ok(text.replace("{N}", &name))
    }
}

/// The names of the modules in `module.a["x"].module.b`.
fn names(address: &str) -> Vec<String> {
    let steps = steps(address);
    let names = steps.iter().skip(1).step_by(2).map(|name| without_index(name).to_owned());
    names.collect()
}

/// The address of the module around, and the name of this one in it.
fn parent(module: &str) -> (&str, Option<&str>) {
    let Some(at) = module.rfind("module.") else { return ("", None) };
    let own = without_index(&module[at + "module.".len()..]);
    (module[..at].trim_end_matches('.'), Some(own))
}

fn without_index(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

/// The parts of an address, dots in brackets left alone; an index stays with its name.
fn steps(address: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut depth = 0_usize;
    for c in address.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => {
                steps.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = steps.last_mut() {
            last.push(c);
        }
    }
    steps.retain(|step| !step.is_empty());
    steps
}
