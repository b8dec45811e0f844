//! A SAM or CloudFormation template: what it says of functions.
//!
//! Read are the values of environment variables, which declarations name with `env("NAME", …)`. A value that the template
//! does not tell is unknown, with the reason; so is a function that it does not name.

mod condition;
mod kinds;
mod node;
pub mod resources;
mod value;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use policy_core::evidence::{DeclaredResource, FunctionEvidence};

use self::node::Node;
use self::value::{Unmade, Values};
use crate::failure::Failure;

/// Largest template that is read; AWS takes 1 MB.
///
/// Units: bytes.
const MAX_BYTES: u64 = 4 << 20;

const SAM_FUNCTION: &str = "AWS::Serverless::Function";
const FUNCTIONS: [&str; 2] = [SAM_FUNCTION, "AWS::Lambda::Function"];
const VARIABLES: [&str; 2] = ["Environment", "Variables"];

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    file: PathBuf,
    root: Node,
    unmade: Unmade,
}

/// A function of a template.
struct Function<'t> {
    logical: &'t str,
    resource: &'t Node,
}

impl Function<'_> {
    /// What the function may be called elsewhere: its logical id, the name it is deployed under, the binary it is built from.
    fn names(&self, values: &Values<'_>) -> BTreeSet<String> {
        let text = |keys: &[&str]| self.resource.at(keys).and_then(|node| values.text(node).ok());
        let folder = text(&["Properties", "CodeUri"]).and_then(|uri| {
            let last = uri.trim_end_matches('/').rsplit('/').next()?;
            (!last.starts_with('.') && !last.contains(':')).then(|| last.to_owned())
        });
        let named = [
            Some(self.logical.to_owned()),
            text(&["Properties", "FunctionName"]),
            text(&["Metadata", "BuildProperties", "Binary"]),
            folder,
        ];
        named.into_iter().flatten().collect()
    }
}

impl Template {
    /// Reads `file`.
    ///
    /// # Errors
    /// [`Failure`]: what cannot be read, with its place.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let text = crate::input::text(file, "a template", MAX_BYTES)?;
        Self::parse(file, &text)
    }

    fn parse(file: &Path, text: &str) -> Result<Self, Failure> {
        let root = node::parse(file, text)?;
        if root.get("Resources").is_none_or(|resources| resources.map().is_empty()) {
            return Err(Failure::input("this is no template: it has no `Resources`")
                .at(root.place(file))
                .help("give a SAM or CloudFormation template"));
        }
        Ok(Self { file: file.to_owned(), root, unmade: Unmade::Unknown })
    }

    /// Fills in the variables of a function that are not known yet; its parameters are values of the template's too. Gives
    /// what is wrong with those that its declarations name.
    pub fn fill(&self, evidence: &mut FunctionEvidence) -> Vec<Failure> {
        let wanted = wanted(evidence);
        let FunctionEvidence { settings, environment, .. } = evidence;
        let given = settings.parameters.clone();
        let values = Values { root: &self.root, given: &given, environment, unmade: self.unmade };
        let functions = self.functions();
        let deployed = settings
            .deployed
            .as_ref()
            .and_then(|arn| arn.resource().strip_prefix("function:").map(ToOwned::to_owned));
        let is_meant = |function: &&Function<'_>| {
            let names = function.names(&values);
            names.contains(&*settings.name) || deployed.iter().any(|name| names.contains(name))
        };
        let meant: Vec<&Function<'_>> = functions.iter().filter(is_meant).collect();
        let function = match meant.as_slice() {
            [one] => one,
            _ if wanted.is_empty() => return Vec::new(),
            found => return vec![self.unclear(&settings.name, found, &functions, &values)],
        };
        let mut failures = Vec::new();
        let own = [&["Properties"], &VARIABLES[..]].concat();
        let global = [&["Globals", "Function"], &VARIABLES[..]].concat();
        let own = function.resource.at(&own).into_iter();
        // Only the functions of SAM have what is said for all.
        let kind = function.resource.get("Type").and_then(Node::text);
        let global = self.root.at(&global).filter(|_| kind == Some(SAM_FUNCTION));
        let mut seen = BTreeSet::new();
        for (name, node) in own.chain(global).flat_map(Node::map) {
            // A function's own value hides the one for all functions, also where it is not known.
            if !seen.insert(name) || settings.configuration.variables.contains_key(&**name) {
                continue;
            }
            match values.text(node) {
                Ok(value) => {
                    _ = settings.configuration.variables.insert((&**name).into(), value.into())
                }
                Err(reason) if wanted.contains(&**name) => failures.push(
                    Failure::input(format!(
                        "the template does not tell the value of `{name}` for `{}`: {reason}",
                        settings.name
                    ))
                    .at(node.place(&self.file))
                    .help(format!(
                        "write `variables.{name} = \"...\"` under `[functions.{}]` in policy.toml",
                        settings.name
                    )),
                ),
                Err(_) => {}
            }
        }
        failures
    }

    fn functions(&self) -> Vec<Function<'_>> {
        let resources = self.root.get("Resources").map(Node::map).unwrap_or_default();
        let is_function = |resource: &Node| {
            let kind = resource.get("Type").and_then(Node::text);
            kind.is_some_and(|kind| FUNCTIONS.contains(&kind))
        };
        resources
            .iter()
            .filter(|(_, resource)| is_function(resource))
            .map(|(logical, resource)| Function { logical, resource })
            .collect()
    }

    /// None or several of the template's functions have the name.
    fn unclear(
        &self,
        name: &str,
        found: &[&Function<'_>],
        functions: &[Function<'_>],
        values: &Values<'_>,
    ) -> Failure {
        let told = |function: &Function<'_>| {
            let names = function.names(values).into_iter().collect::<Vec<_>>();
            format!("`{}`", names.join("`, also called `"))
        };
        let (message, listed): (String, Vec<String>) = if found.is_empty() {
            let message = format!("no function of the template is called `{name}`");
            (message, functions.iter().map(told).collect())
        } else {
            let message = format!("several functions of the template are called `{name}`");
            (message, found.iter().map(|function| told(function)).collect())
        };
        let has = if listed.is_empty() { "none".to_owned() } else { listed.join("; ") };
        Failure::input(message).at(self.root.place(&self.file)).note(format!("it has: {has}")).help(
            format!(
                "write `FunctionName: {name}`, or `Metadata: {{ BuildProperties: {{ Binary: {name} }} }}`, or the values under \
                 `[functions.{name}]` in policy.toml"
            ),
        )
    }
}

/// The variables that the declarations of a function name and that have no value.
fn wanted(evidence: &FunctionEvidence) -> BTreeSet<Box<str>> {
    let accesses = evidence.declarations.iter().flat_map(|declaration| &declaration.accesses);
    let resources = accesses.flat_map(|access| access.resources.iter().chain(&access.kms_key));
    resources
        .filter_map(|resource| match resource {
            DeclaredResource::Environment { name, .. } => Some(name.clone()),
            _ => None,
        })
        .filter(|name| !evidence.settings.configuration.variables.contains_key(name))
        .collect()
}

#[cfg(test)]
mod tests;
