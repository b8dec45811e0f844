//! Options that limit the requests of a declaration: keys that every action of it must show.

use std::collections::BTreeMap;

use syn::LitStr;

use crate::catalog::Catalog;
use crate::evidence::passing;
use crate::evidence::{DeclaredLimit, DeclaredName};
use crate::iam::ActionName;

use super::super::ast::WrittenAccess;
use super::super::mistakes::Mistakes;
use super::resource;

/// Reads the limits of an access; an action that does not show the key is a mistake, for a grant with that condition would
/// never apply to it.
pub(super) fn read(
    catalog: &Catalog,
    written: &WrittenAccess,
    names: &[DeclaredName],
    mistakes: &mut Mistakes,
) -> BTreeMap<DeclaredLimit, Vec<Box<str>>> {
    let mut limits = BTreeMap::new();
    for (limit, texts) in &written.limits {
        let mut values: Vec<Box<str>> =
            texts.iter().filter_map(|text| value(catalog, *limit, text, mistakes)).collect();
        values.sort();
        values.dedup();
        let key = limit.key();
        for action in actions(catalog, &written.client.to_string(), names) {
            if !shows(catalog, &action, key) {
                let at = texts.first().map_or(written.client.span(), LitStr::span);
                let word = limit.as_str();
                let instead = match limit {
                    DeclaredLimit::PassedTo => {
                        "it is `iam:PassRole` that hands a role over, so write it behind `iam(action(\"iam:PassRole\"))` in an attribute of its own"
                    }
                    _ => "declare it in an attribute of its own",
                };
                mistakes.at(
                    at,
                    format!(
                        "`{action}` does not show `{key}`, so `{word}` would refuse it: {instead}"
                    ),
                );
                // One sentence says it for a whole access level.
                if *limit == DeclaredLimit::PassedTo {
                    break;
                }
            }
        }
        limits.insert(*limit, values);
    }
    limits
}

fn value(
    catalog: &Catalog,
    limit: DeclaredLimit,
    text: &LitStr,
    mistakes: &mut Mistakes,
) -> Option<Box<str>> {
    let value = text.value();
    if value.is_empty() {
        mistakes.at(text.span(), "the value is empty: no request could show it");
        return None;
    }
    if limit == DeclaredLimit::PassedTo {
        if let Err(problem) = passing::check(&value, catalog) {
            mistakes.at(text.span(), problem);
            return None;
        }
        return Some(value.into());
    }
    resource::text(text, mistakes)?;
    Some(value.into())
}

fn actions(catalog: &Catalog, client: &str, names: &[DeclaredName]) -> Vec<ActionName> {
    let client = catalog.client(client);
    let of_name = |name: &DeclaredName| match name {
        DeclaredName::Action(action) => vec![action.clone()],
        DeclaredName::Operation(name) => {
            let operation = client.and_then(|client| client.operation(name));
            operation.into_iter().flat_map(|operation| operation.primary_actions()).collect()
        }
    };
    let mut actions: Vec<ActionName> = names.iter().flat_map(of_name).collect();
    actions.sort();
    actions.dedup();
    actions
}

/// Whether requests of the action show the key.
fn shows(catalog: &Catalog, action: &ActionName, key: &str) -> bool {
    catalog
        .action(action)
        .is_some_and(|action| action.condition_keys().any(|known| known.eq_ignore_ascii_case(key)))
}
