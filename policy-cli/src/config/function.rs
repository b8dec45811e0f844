//! `[functions.NAME]`: one function.

use std::num::NonZeroUsize;

use policy_core::evidence::assign::{RoleSelector, StatedFunction};
use policy_core::evidence::{NeedKind, SettingName};

use super::resource::{self, KEY, Other, Wanted};
use super::toml::{Document, Node};
use super::words::{is_function_name, is_log_group, not_a_function_name};
use super::{
    encryption, entries, invoker, keys, max_resources, parameters, platform, quotas, texts,
};

pub(super) const CODE_SIGNING: Wanted = Wanted {
    what: "a code-signing configuration",
    arns: &[("lambda", "code-signing-config:")],
    other: Other::No,
    example: "arn:aws:lambda:eu-west-1:111122223333:code-signing-config:csc-0a1b2c3d4e5f60718",
};

/// What one table says.
pub(super) struct Read {
    /// Of the function itself.
    pub(super) function: StatedFunction,
    /// How many patterns its observed names may become.
    pub(super) max_resources: Option<NonZeroUsize>,
    /// How many managed policies its role carries beside the generated ones.
    pub(super) attached: Option<usize>,
}

pub(super) fn read(document: &mut Document<'_>, node: &Node<'_>) -> Read {
    let mut function =
        StatedFunction { origin: document.origin(node), ..StatedFunction::default() };
    let (mut budget, mut attached) = (None, None);
    for (name, node) in &document.fields(node, keys::FUNCTION) {
        match name.as_ref() {
            "max-resources" => budget = max_resources(document, node),
            "attached-policies" => attached = quotas::attached(document, node),
            name => field(document, name, node, &mut function),
        }
    }
    // One access point is mounted once.
    let mut points = std::collections::BTreeSet::new();
    let is_mount = |kind| matches!(kind, NeedKind::FileSystem | NeedKind::FileSystemReadOnly);
    let twice = function
        .configuration
        .needs
        .iter()
        .find(|need| is_mount(need.kind) && !points.insert(&need.on));
    if let Some(twice) = twice {
        let message = format!("the access point `{}` stands twice", twice.on);
        document.refuse(node, message, None);
    }
    Read { function, max_resources: budget, attached }
}

/// The setting of a key whose value is all that it says.
fn single(key: &str) -> Option<SettingName> {
    Some(match key {
        "log-group" => SettingName::LogGroup,
        "log-group-managed" => SettingName::LogGroupIsManaged,
        "code-key" => SettingName::CodeKey,
        "environment-key" => SettingName::EnvironmentKey,
        "required-endpoints" => SettingName::RequiredEndpoints,
        "edge" => SettingName::Edge,
        "code-signing" => SettingName::CodeSigning,
        _ => return None,
    })
}

fn field(document: &mut Document<'_>, name: &str, node: &Node<'_>, function: &mut StatedFunction) {
    let configuration = &mut function.configuration;
    if let Some(setting) = single(name) {
        configuration.told(setting, document.origin(node));
    }
    match name {
        "function-name" => {
            function.function_name = document.text(node);
            if let Some(name) = &function.function_name
                && !is_function_name(name)
            {
                document.refuse(node, not_a_function_name(name), None);
            }
        }
        "role" => {
            if let Some(text) = document.text(node) {
                match RoleSelector::parse(&text) {
                    Ok(role) => function.role = Some(role),
                    Err(error) => document.refuse(node, error.to_string(), None),
                }
            }
        }
        "role-shared" => function.role_is_shared = document.truth(node).unwrap_or_default(),
        "claims" => function.claims = texts(document, node),
        "parameters" => function.parameters = parameters(document, node),
        "accept" => {
            for item in document.items(node, "an array of tables") {
                function.accepted.extend(entries::accepted(document, &item));
            }
        }
        "log-group" => {
            configuration.log_group = document.text(node);
            if let Some(name) = &configuration.log_group
                && !is_log_group(name)
            {
                let message = format!("`{name}` is not the name of a log group");
                let help = "write one such as `/aws/lambda/orders`: letters, digits, `.-_/#`";
                document.refuse(node, message, Some(help.into()));
            }
        }
        "log-group-managed" => configuration.log_group_is_managed = document.truth(node),
        "variables" => {
            configuration.variables = document.string_map(node);
            for (name, node) in document.entries(node) {
                configuration.told(SettingName::Variable(name), document.origin(&node));
            }
        }
        "invoked-by" => {
            for item in document.items(node, "an array of tables") {
                configuration.invokers.extend(invoker::read(document, &item));
            }
        }
        "polls" => {
            for item in document.items(node, "an array of tables") {
                entries::poll(document, &item, configuration);
            }
        }
        "encryption" => {
            let origins = &mut configuration.origins;
            configuration.encryption = encryption::table(document, node, origins);
        }
        "code-key" => configuration.code_key = resource::read(document, node, KEY),
        "environment-key" => configuration.environment_key = resource::read(document, node, KEY),
        "required-endpoints" => {
            configuration.required_endpoints = texts(document, node);
            for endpoint in &configuration.required_endpoints {
                if !endpoint.starts_with("vpce-") {
                    let message = format!("`{endpoint}` is not the id of a VPC endpoint");
                    let help = "write one such as `vpce-0a1b2c3d4e5f60718`";
                    document.refuse(node, message, Some(help.into()));
                }
            }
        }
        "edge" => configuration.is_edge = document.truth(node),
        "code-signing" => {
            configuration.code_signing = resource::read(document, node, CODE_SIGNING);
        }
        name => platform::read(document, name, node, configuration),
    }
}
