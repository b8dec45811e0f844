//! Which resources of a template are about which function.
//!
//! References are compared by the texts they come to where every name that is not known has a stand-in, so that a function
//! without a name is found as well.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use policy_core::evidence::{EncryptionTable, Environment};
use policy_core::finding::Finding;

use super::node::{Kind, Node};
use super::value::{Unmade, Values};
use super::{FUNCTIONS, Template, encryption};
use crate::deployment::{Context, Named};

/// A resource that is about a function, by its place among the resources, and the alias or version it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Beside {
    pub(super) at: usize,
    pub(super) qualifier: Option<String>,
}

/// What is about the functions, by their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Index {
    beside: BTreeMap<String, Vec<Beside>>,
    /// The text of the role of each function.
    roles: BTreeMap<String, String>,
    /// How many functions have a role, by its text.
    functions: BTreeMap<String, usize>,
    /// Roles that something else has, by their text.
    others: BTreeSet<String>,
    /// Roles of the template, by their text.
    written: BTreeMap<String, usize>,
    /// Names of the log groups that the template makes.
    log_groups: BTreeMap<String, usize>,
    /// How resources are encrypted, by their ARN.
    pub(super) encryption: Arc<EncryptionTable>,
    /// What stand-ins are called.
    stand_ins: Arc<BTreeMap<Box<str>, Box<str>>>,
    /// Of which resources the key is not known.
    unknown_keys: Vec<Finding>,
}

/// The type of resource that may notify functions of what is put into it.
pub(super) const BUCKET: &str = "AWS::S3::Bucket";

/// Types of resources that are about a function, with the property that names it.
pub(super) const ABOUT: &[(&str, &str)] = &[
    ("AWS::Lambda::EventInvokeConfig", "FunctionName"),
    ("AWS::Lambda::EventSourceMapping", "FunctionName"),
    ("AWS::Lambda::Permission", "FunctionName"),
    ("AWS::Lambda::Url", "TargetFunctionArn"),
];

impl Template {
    /// What is written under `Resources`.
    pub(super) fn resources_written(&self) -> &[(String, Node)] {
        self.root.get("Resources").map(Node::map).unwrap_or_default()
    }

    pub(super) fn values<'t>(&'t self, context: &'t Context, unmade: Unmade) -> Values<'t> {
        Values {
            root: &self.root,
            given: &context.given,
            environment: &context.environment,
            unmade,
        }
    }

    /// Whether the resource is made; where that is not known, it is taken to be.
    pub(super) fn is_made(&self, resource: &Node, values: &Values<'_>) -> bool {
        let condition = resource.get("Condition").and_then(Node::text);
        condition.is_none_or(|name| values.condition(name) != Ok(false))
    }

    /// The functions, and what they may be called elsewhere. Also finds what is about them.
    pub(crate) fn named(&mut self, context: &Context) -> Vec<Named> {
        let values = self.values(context, Unmade::Unknown);
        let functions: Vec<(&str, &Node)> = self
            .resources_written()
            .iter()
            .filter(|(_, resource)| {
                let kind = resource.get("Type").and_then(Node::text);
                kind.is_some_and(|kind| FUNCTIONS.contains(&kind))
                    && self.is_made(resource, &values)
            })
            .map(|(id, resource)| (&**id, resource))
            .collect();
        let stack = context.given.get("AWS::StackName");
        let named = functions
            .iter()
            .map(|(id, resource)| Named {
                id: (*id).to_owned(),
                names: names(id, resource, &values),
                begins: stack
                    .filter(|_| resource.at(&["Properties", "FunctionName"]).is_none())
                    .map(|stack| format!("{stack}-{id}-")),
            })
            .collect();
        let mut index = self.indexed(&functions, context);
        let made = self.resources_written().iter().enumerate();
        let groups = made.filter(|(_, (_, resource))| {
            resource.get("Type").and_then(Node::text) == Some("AWS::Logs::LogGroup")
        });
        let own = self.values(context, self.unmade);
        let groups = groups.filter_map(|(at, (id, _))| Some((own.expression(id).ok()?, at)));
        index.log_groups = groups.collect();
        let (encryption, unknown_keys) = encryption::read(self, own);
        (index.encryption, index.unknown_keys) = (Arc::new(encryption), unknown_keys);
        index.stand_ins = Arc::new(self.stand_ins_under(context));
        self.index = index;
        named
    }

    /// The names of parameters and resources.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &str> {
        let parameters = self.root.get("Parameters").map(Node::map).unwrap_or_default().iter();
        parameters.chain(self.resources_written()).map(|(name, _)| name.as_str())
    }

    /// Whether a value that is given under this name counts for anything.
    pub(crate) fn asks_for(&self, name: &str) -> bool {
        // These are the run's own.
        let of_run =
            ["AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::URLSuffix"];
        let of = name.split_once('.').map_or(name, |(of, _)| of);
        match name.starts_with("AWS::") {
            true => !of_run.contains(&name),
            false => {
                self.root.at(&["Parameters", name]).is_some()
                    || self.root.at(&["Resources", of]).is_some()
                    || self.values(&Context::default(), self.unmade).made_by_sam(of).is_some()
            }
        }
    }

    /// What is not known of the template as a whole: the keys of resources, whichever function uses them.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        self.index.unknown_keys.clone()
    }

    /// What the stand-ins are called under the context of which functions were asked last.
    pub(crate) fn stand_ins(&self) -> Arc<BTreeMap<Box<str>, Box<str>>> {
        Arc::clone(&self.index.stand_ins)
    }

    /// The resource that is the log group of that name, if the template makes it.
    pub(super) fn log_group(&self, name: &str) -> Option<(&str, &Node)> {
        let (id, node) = self.resources_written().get(*self.index.log_groups.get(name)?)?;
        Some((id, node))
    }

    fn indexed(&self, functions: &[(&str, &Node)], context: &Context) -> Index {
        // Account and Region cancel out where references are compared.
        let environment = Environment {
            account: context.environment.account.clone().or_else(|| "000000000000".parse().ok()),
            region: context.environment.region.clone().or_else(|| "us-east-1".parse().ok()),
            ..context.environment.clone()
        };
        let context = Context { environment, ..context.clone() };
        let values = self.values(&context, Unmade::StandIn);
        let mut index = Index::default();
        let mut by_name: BTreeMap<String, &str> = BTreeMap::new();
        for (id, resource) in functions {
            if let Ok(name) = values.expression(id) {
                by_name.insert(name, id);
            }
            if let Some(role) = resource.at(&["Properties", "Role"])
                && let Ok(role) = values.text(role)
            {
                *index.functions.entry(role.clone()).or_default() += 1;
                index.roles.insert((*id).to_owned(), role);
            }
        }
        for (at, (id, resource)) in self.resources_written().iter().enumerate() {
            let Some(kind) = resource.get("Type").and_then(Node::text) else { continue };
            if kind == "AWS::IAM::Role" {
                if let Ok(arn) = values.expression(&format!("{id}.Arn")) {
                    index.written.insert(arn, at);
                }
                continue;
            }
            // Other services that have a role may have the same.
            for name in ["Role", "RoleArn"] {
                if !FUNCTIONS.contains(&kind)
                    && let Some(role) = resource.at(&["Properties", name])
                    && let Ok(role) = values.text(role)
                {
                    index.others.insert(role);
                }
            }
            if kind == BUCKET && self.is_made(resource, &values) {
                for function in notified(resource) {
                    let Ok(text) = values.text(function) else { continue };
                    let (name, qualifier) = qualified(&text);
                    let Some(id) = by_name.get(name) else { continue };
                    let beside = index.beside.entry((*id).to_owned()).or_default();
                    let of_bucket = Beside { at, qualifier };
                    if !beside.contains(&of_bucket) {
                        beside.push(of_bucket);
                    }
                }
                continue;
            }
            let Some((_, property)) = ABOUT.iter().find(|(about, _)| *about == kind) else {
                continue;
            };
            if !self.is_made(resource, &values) {
                continue;
            }
            let function = resource.at(&["Properties", property]);
            let Some(text) = function.and_then(|node| values.text(node).ok()) else { continue };
            let (name, qualifier) = qualified(&text);
            let own = resource.at(&["Properties", "Qualifier"]);
            let qualifier = qualifier.or_else(|| values.text(own?).ok());
            if let Some(id) = by_name.get(name) {
                let beside = index.beside.entry((*id).to_owned()).or_default();
                beside.push(Beside { at, qualifier });
            }
        }
        index
    }

    /// What is about the function of that id, in the order of the file.
    pub(super) fn beside(&self, id: &str) -> &[Beside] {
        self.index.beside.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many functions of the template have the role of that function.
    pub(super) fn role_functions(&self, id: &str) -> usize {
        let role = self.index.roles.get(id);
        role.and_then(|role| self.index.functions.get(role)).copied().unwrap_or_default()
    }

    /// Whether something else of the template than functions has the role of that function.
    pub(super) fn shares_role(&self, id: &str) -> bool {
        self.index.roles.get(id).is_some_and(|role| self.index.others.contains(role))
    }

    /// The role of that function, where the template makes it.
    pub(super) fn role_of(&self, id: &str) -> Option<&Node> {
        let at = self.index.written.get(self.index.roles.get(id)?)?;
        self.resources_written().get(*at).map(|(_, role)| role)
    }
}

/// The name of a function, and the alias or version, in its ARN.
fn qualified(text: &str) -> (&str, Option<String>) {
    let text = text.split(":function:").last().unwrap_or_default();
    match text.split_once(':') {
        Some((name, qualifier)) => (name, Some(qualifier.to_owned())),
        None => (text, None),
    }
}

/// The functions that a bucket notifies.
fn notified(bucket: &Node) -> impl Iterator<Item = &Node> {
    let keys = ["Properties", "NotificationConfiguration", "LambdaConfigurations"];
    let all = match bucket.at(&keys).map(|node| &node.kind) {
        Some(Kind::List(all)) => all.as_slice(),
        _ => &[],
    };
    all.iter().filter_map(|one| one.get("Function"))
}

/// What the function may be called elsewhere: its logical id, the name it is deployed under, the binary it is built from.
fn names(logical: &str, resource: &Node, values: &Values<'_>) -> BTreeSet<String> {
    let text = |keys: &[&str]| resource.at(keys).and_then(|node| values.text(node).ok());
    let folder = text(&["Properties", "CodeUri"]).and_then(|uri| {
        let last = uri.trim_end_matches('/').rsplit('/').next()?;
        (!last.starts_with('.') && !last.contains(':')).then(|| last.to_owned())
    });
    let named = [
        Some(logical.to_owned()),
        text(&["Properties", "FunctionName"]),
        text(&["Metadata", "BuildProperties", "Binary"]),
        folder,
    ];
    named.into_iter().flatten().filter(|name| !name.is_empty()).collect()
}
