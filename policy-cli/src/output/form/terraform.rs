//! A Terraform configuration in JSON: `aws_iam_role`, `aws_iam_role_policy` or `aws_iam_policy` with its attachment,
//! `aws_lambda_permission`.
//!
//! Every string of such a file is a template of Terraform's, in which `${` and `%{` begin something; policies have `${` for
//! their variables, so both are written twice. Documents are strings of JSON.

use std::collections::BTreeMap;

use policy_core::policy::write;
use policy_core::synthesis::{RoleDocument, RolePolicyKind};

use super::{Form, Json, Part, Role, distinct, members};
use crate::failure::Failure;

/// A configuration with the resources of all parts.
pub(super) fn configuration(parts: &[Part<'_>]) -> Result<Json, Failure> {
    let mut resources: BTreeMap<&str, Vec<(String, Json)>> = BTreeMap::new();
    for part in parts {
        let name = snake(&part.id);
        let mut add = |kind: &'static str, name: &str, arguments: Vec<(&'static str, Json)>| {
            let arguments = arguments.into_iter().map(|(name, value)| (name.to_owned(), value));
            resources.entry(kind).or_default().push((name.to_owned(), members(arguments)));
        };
        if let Some(role) = &part.role {
            for (kind, name, arguments) in of_role(role, &name)? {
                add(kind, &name, arguments);
            }
        }
        for (id, permission) in part.permissions(Form::Terraform)? {
            let mut arguments = vec![
                ("statement_id", text(&permission.sid)?),
                ("action", text(&permission.action)?),
                ("function_name", text(&permission.function)?),
                ("principal", text(&permission.principal)?),
            ];
            if let Some(qualifier) = &permission.qualifier {
                arguments.push(("qualifier", text(qualifier)?));
            }
            for (parameter, value) in &permission.conditions {
                let value = if parameter.is_truth() { true.into() } else { text(value)? };
                arguments.push((parameter.argument, value));
            }
            add("aws_lambda_permission", &format!("{name}__{}", snake(&id)), arguments);
        }
    }
    let mut kinds = Vec::new();
    for (kind, of) in resources {
        kinds.push((kind.to_owned(), distinct(of)?));
    }
    Ok(Json::object([("resource", Json::Object(kinds))]))
}

type Resource = (&'static str, String, Vec<(&'static str, Json)>);

/// The role called `name`, with its policies.
fn of_role(of: &Role<'_>, name: &str) -> Result<Vec<Resource>, Failure> {
    let mut resources = Vec::new();
    let mut add = |kind: &'static str, name: &str, arguments: Vec<(&'static str, Json)>| {
        resources.push((kind, name.to_owned(), arguments));
    };
    let mut role = vec![("assume_role_policy", text(&write::minified(of.trust))?)];
    if let Some(known) = of.arn {
        let resource = known.arn().resource();
        let (path, last) = resource.rsplit_once('/').unwrap_or(("role", resource));
        let path = path.strip_prefix("role").unwrap_or_default();
        role.push(("name", text(last)?));
        role.push(("path", text(&format!("{path}/"))?));
    }
    add("aws_iam_role", name, role);
    let of_role = |attribute: &str| Json::from(format!("${{aws_iam_role.{name}.{attribute}}}"));
    for (index, one) in of.documents.iter().enumerate() {
        let which = RoleDocument::at(index);
        let policy = text(&write::minified(one))?;
        match which.kind() {
            RolePolicyKind::Inline => {
                let arguments = vec![
                    ("name", which.name().as_str().into()),
                    ("role", of_role("id")),
                    ("policy", policy),
                ];
                add("aws_iam_role_policy", name, arguments);
            }
            RolePolicyKind::Managed => {
                let id = format!("{name}_{}", index + 1);
                add("aws_iam_policy", &id, vec![("policy", policy)]);
                let arn = format!("${{aws_iam_policy.{id}.arn}}").into();
                let arguments = vec![("role", of_role("name")), ("policy_arn", arn)];
                add("aws_iam_role_policy_attachment", &id, arguments);
            }
        }
    }
    Ok(resources)
}

/// A string that means itself.
///
/// # Errors
/// [`Failure`] for what no escape gives: a `$` or `%` before what is written twice already.
fn text(literal: &str) -> Result<Json, Failure> {
    if literal.contains("$${") || literal.contains("%%{") {
        return Err(Failure::input(format!("`{literal}` cannot be written for Terraform"))
            .help("use another form"));
    }
    Ok(literal.replace("${", "$${").replace("%{", "%%{").into())
}

/// `OrderApi` as `order_api`, the way names of Terraform look.
fn snake(id: &str) -> String {
    let mut name = String::new();
    let mut before = '_';
    for c in id.chars() {
        if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
        before = c;
    }
    name
}
