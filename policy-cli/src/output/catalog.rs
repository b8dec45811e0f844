//! What `catalog` says.

use std::fmt::Write;

use anstyle::Style;
use policy_core::catalog::{Action, Catalog};

use super::json::Json;

const HEAD: Style = Style::new().bold();

/// Text for people.
#[must_use]
pub fn human(catalog: &Catalog, actions: &[Action<'_>]) -> String {
    let mut text = String::new();
    line(&mut text, format_args!("catalog of {}, {}", catalog.date(), catalog.digest()));
    if actions.is_empty() {
        let (services, all) = (catalog.services().len(), catalog.actions().len());
        let operations = catalog.operations().len();
        line(
            &mut text,
            format_args!("{services} services, {all} actions, {operations} SDK operations"),
        );
        for source in catalog.sources() {
            line(&mut text, format_args!("  from {source}"));
        }
    }
    for action in actions {
        line(&mut text, format_args!("\n{HEAD}{}{HEAD:#}", action.name()));
        row(&mut text, "access level", levels(action));
        for resource in action.resource_types() {
            let need = if resource.required { "required" } else { "optional" };
            let formats: Vec<&str> = resource.resource_type.arn_formats().collect();
            let name = resource.resource_type.name();
            row(&mut text, "resource", vec![format!("{name} ({need}): {}", formats.join(", "))]);
        }
        if action.resource_types().next().is_none() {
            row(&mut text, "resource", vec!["none: only `*` grants it".to_owned()]);
        }
        row(&mut text, "condition keys", action.condition_keys().map(str::to_owned).collect());
        row(&mut text, "depends on", action.dependent_actions().map(|it| it.to_string()).collect());
        row(&mut text, "SDK operations", operations(action));
    }
    text
}

/// The same as JSON.
#[must_use]
pub fn json(catalog: &Catalog, actions: &[Action<'_>]) -> String {
    let actions = actions.iter().map(|action| {
        let resources = action.resource_types().map(|resource| {
            Json::object([
                ("type", resource.resource_type.name().into()),
                ("required", resource.required.into()),
                ("arns", texts(resource.resource_type.arn_formats().map(str::to_owned))),
            ])
        });
        Json::object([
            ("action", action.name().as_str().into()),
            ("levels", texts(levels(action))),
            ("resources", Json::array(resources)),
            ("conditionKeys", texts(action.condition_keys().map(str::to_owned))),
            ("dependentActions", texts(action.dependent_actions().map(|it| it.to_string()))),
            ("operations", texts(operations(action))),
        ])
    });
    Json::object([
        ("date", catalog.date().into()),
        ("digest", catalog.digest().into()),
        ("actions", Json::array(actions)),
    ])
    .text()
}

fn levels(action: &Action<'_>) -> Vec<String> {
    action.levels().iter().map(|level| level.as_str().to_owned()).collect()
}

fn operations(action: &Action<'_>) -> Vec<String> {
    action.operations().map(|it| format!("{}({})", it.client().name(), it.name())).collect()
}

fn texts(texts: impl IntoIterator<Item = String>) -> Json {
    Json::array(texts.into_iter().map(Json::from))
}

fn row(text: &mut String, name: &str, values: Vec<String>) {
    if !values.is_empty() {
        line(text, format_args!("  {name}: {}", values.join(", ")));
    }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(arguments);
    text.push('\n');
}
