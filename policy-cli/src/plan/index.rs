//! What of a plan is about which function, found once for all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use policy_core::evidence::EncryptionTable;

use super::read::Values;
use super::{FUNCTION, Plan, encryption};
use crate::deployment::Context;

/// Types of resources that are about a function.
const ABOUT: [&str; 4] = [
    "aws_lambda_event_source_mapping",
    "aws_lambda_function_event_invoke_config",
    "aws_lambda_function_url",
    "aws_lambda_permission",
];

/// How many references are followed from one resource to the next.
const MAX_DEPTH: usize = 8;

/// What is known of the whole plan under one context.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Index {
    beside: BTreeMap<String, Vec<Beside>>,
    /// The address of the role of each function.
    roles: BTreeMap<String, String>,
    /// By the address of a role: how many functions have it, and how many policies are attached to it.
    uses: BTreeMap<String, (usize, usize)>,
    /// Names of the log groups that the plan makes.
    log_groups: BTreeMap<String, String>,
    /// How resources are encrypted, by their ARN.
    pub(super) encryption: Arc<EncryptionTable>,
    /// Addresses of resources whose key is not known, with the reason.
    pub(super) unknown_keys: Vec<(String, String)>,
}

/// A resource that is about a function, and the alias or version that it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Beside {
    pub(super) address: String,
    pub(super) qualifier: Option<String>,
}

impl Index {
    pub(super) fn new(plan: &Plan, context: &Context) -> Self {
        let values = Values { plan, context };
        let mut index = Self::default();
        let by_name: BTreeMap<&str, &str> = plan
            .of_kind(FUNCTION)
            .filter_map(|(address, it)| Some((it.values["function_name"].as_str()?, address)))
            .collect();
        for kind in ABOUT {
            for (address, resource) in plan.of_kind(kind) {
                let found = target(values, &by_name, address, MAX_DEPTH);
                let Some((function, qualifier)) = found else { continue };
                let own = resource.values["qualifier"].as_str().filter(|text| !text.is_empty());
                let qualifier = own.map(ToOwned::to_owned).or(qualifier);
                let beside = Beside { address: address.to_owned(), qualifier };
                index.beside.entry(function).or_default().push(beside);
            }
        }
        let by_name: BTreeMap<&str, &str> = plan
            .of_kind("aws_iam_role")
            .filter_map(|(address, it)| Some((it.values["name"].as_str()?, address)))
            .collect();
        for kind in [FUNCTION, "aws_iam_role_policy", "aws_iam_role_policy_attachment"] {
            for (address, _) in plan.of_kind(kind) {
                let Some(role) = role(values, &by_name, address) else { continue };
                let (functions, policies) = index.uses.entry(role.clone()).or_default();
                if kind == FUNCTION {
                    *functions += 1;
                    index.roles.insert(address.to_owned(), role);
                } else {
                    *policies += 1;
                }
            }
        }
        let groups = plan.of_kind("aws_cloudwatch_log_group");
        let groups =
            groups.filter_map(|(address, it)| Some((it.values["name"].as_str()?, address)));
        index.log_groups =
            groups.map(|(name, address)| (name.to_owned(), address.to_owned())).collect();
        let (encryption, unknown_keys) = encryption::read(values);
        index.encryption = Arc::new(encryption);
        index.unknown_keys = unknown_keys;
        index
    }

    /// The address of the log group of that name, if the plan makes it.
    pub(super) fn log_group(&self, name: &str) -> Option<&str> {
        self.log_groups.get(name).map(String::as_str)
    }

    /// What is about the function of that address.
    pub(super) fn beside(&self, function: &str) -> &[Beside] {
        self.beside.get(function).map(Vec::as_slice).unwrap_or_default()
    }

    /// The role of that function, how many functions have it, and how many policies are attached to it.
    pub(super) fn role(&self, function: &str) -> Option<(&str, usize, usize)> {
        let role = self.roles.get(function)?;
        let (functions, policies) = self.uses.get(role).copied().unwrap_or_default();
        Some((role, functions, policies))
    }
}

/// The function that a resource is about, with the alias or version that it means.
fn target(
    values: Values<'_>,
    by_name: &BTreeMap<&str, &str>,
    address: &str,
    depth: usize,
) -> Option<(String, Option<String>)> {
    let depth = depth.checked_sub(1)?;
    let resource = values.plan.resources.get(address)?;
    if let Some(text) = resource.values["function_name"].as_str() {
        let text = text.split(":function:").last()?;
        let (name, qualifier) = match text.split_once(':') {
            Some((name, qualifier)) => (name, Some(qualifier.to_owned())),
            None => (text, None),
        };
        if let Some(function) = by_name.get(name) {
            return Some(((*function).to_owned(), qualifier));
        }
    }
    let (found, _) = values.reference(address, "function_name", depth).ok()?;
    let leads_to = values.plan.resources.get(&found)?;
    match &*leads_to.kind {
        FUNCTION => Some((found, None)),
        "aws_lambda_alias" => {
            let (function, _) = target(values, by_name, &found, depth)?;
            Some((function, leads_to.values["name"].as_str().map(ToOwned::to_owned)))
        }
        _ => None,
    }
}

/// The role of the plan that a resource names.
fn role(values: Values<'_>, by_name: &BTreeMap<&str, &str>, address: &str) -> Option<String> {
    let is_role = |address: &String| {
        values.plan.resources.get(address).is_some_and(|it| it.kind == "aws_iam_role")
    };
    let reference = values.reference(address, "role", MAX_DEPTH).ok().map(|(address, _)| address);
    if let Some(address) = reference.filter(is_role) {
        return Some(address);
    }
    let written = values.plan.resources.get(address)?.values["role"].as_str()?;
    let name = written.rsplit('/').next().unwrap_or(written);
    by_name.get(name).map(|address| (*address).to_owned())
}
