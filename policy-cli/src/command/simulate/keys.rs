//! The condition keys that documents ask for.

use std::collections::BTreeSet;

use policy_core::iam::{ConditionKey, Pattern};
use policy_core::policy::{ResourceElement, Statement};
use policy_core::semantics::{Policies, Request};

/// The keys that statements about the action and the resource ask for, in conditions and as policy
/// variables.
pub(super) fn asked_for(policies: &Policies, request: &Request) -> BTreeSet<ConditionKey> {
    let levels = policies.scp.iter().chain(&policies.rcp);
    let several = [&policies.boundary, &policies.session, &policies.endpoint];
    let documents = policies
        .identity
        .iter()
        .chain(several.into_iter().flatten().flatten())
        .chain(&policies.resource)
        .chain(&policies.trust)
        .chain(levels.flatten());
    let mut keys = BTreeSet::new();
    for document in documents {
        for statement in document.statements.iter().filter(|it| is_about(it, request)) {
            let resources = statement.resource.iter().flat_map(ResourceElement::values);
            let mut texts: Vec<&str> = resources.map(String::as_str).collect();
            for (_, key, values) in statement.condition.iter() {
                keys.insert(key.clone());
                texts.extend(values.iter().map(String::as_str));
            }
            if document.has_variables() {
                keys.extend(texts.into_iter().flat_map(variables));
            }
        }
    }
    keys
}

/// Whether a statement is about the action and the resource, whatever else it asks for.
fn is_about(statement: &Statement, request: &Request) -> bool {
    let action = request.action.as_str().to_ascii_lowercase();
    let listed = statement
        .action
        .values()
        .iter()
        .any(|entry| Pattern::parse(&entry.to_ascii_lowercase(), false).matches(&action));
    let on = statement.resource.as_ref().is_none_or(|element| {
        element.is_negated()
            || element.values().iter().any(|entry| {
                entry.contains("${") || Pattern::parse(entry, false).matches(&request.resource)
            })
    });
    listed != statement.action.is_negated() && on
}

/// The keys of `${key}` and `${key, 'default'}` in a text.
fn variables(text: &str) -> impl Iterator<Item = ConditionKey> {
    text.split("${").skip(1).filter_map(|rest| {
        let name = rest.split('}').next()?.split(',').next()?.trim();
        (!matches!(name, "" | "*" | "?" | "$")).then(|| ConditionKey::new(name))
    })
}
