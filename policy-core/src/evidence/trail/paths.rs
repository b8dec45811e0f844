//! The management of Amazon API Gateway is checked by HTTP verb and path: the path of each operation, filled from
//! the request.
//!
//! The table beside this file has client, operation and path, in that order. Tags are left out: their path holds
//! an ARN in a coding of its own.
//!
//! # Source
//! Amazon API Gateway Developer Guide, "How API Gateway permissions model for creating and managing an API
//! works"; the paths are those of the API models (`SOURCE.md` of the catalog).

use super::inspect::{Need, checked, unknown_or};
use super::parameters::Parameters;
use super::plan::ActionPlan;
use super::record::Record;
use super::resource::{Owned, Place, Target, listed};

const TABLE: &str = include_str!("api_gateway_paths.tsv");

/// The path of an operation, with its members in `${…}`.
pub(super) fn path(client: &str, operation: &str) -> Option<&'static str> {
    TABLE.lines().find_map(|line| {
        let mut columns = line.split('\t');
        let is_it = columns.next() == Some(client) && columns.next() == Some(operation);
        is_it.then(|| columns.next()).flatten()
    })
}

/// Each action on the filled path.
pub(super) fn needs<'p>(
    actions: &'p [ActionPlan<'_>],
    path: &str,
    record: &Record<'_>,
    place: Place<'_>,
) -> Vec<Need<'p>> {
    let filled = filled(path, &record.parameters);
    let mut needs = Vec::new();
    for action in actions {
        let mut found = listed(action, record);
        if found.is_empty() {
            found.push(target(action, filled.as_deref(), place));
        }
        needs.extend(found.into_iter().map(|on| Need { action: &action.name, on }));
    }
    needs
}

/// Most of the ARNs have no account.
fn target(action: &ActionPlan<'_>, path: Option<&str>, place: Place<'_>) -> Owned {
    let Place { partition, region, account } = place;
    let Some(path) = path else { return Owned::unknown() };
    let of = |account: &str| format!("arn:{partition}:apigateway:{region}:{account}:{path}");
    let found =
        ["", account].into_iter().map(|account| checked(action, unknown_or(Some(of(account)))));
    found.into_iter().find(|owned| owned.target != Target::Unknown).unwrap_or_else(Owned::unknown)
}

fn filled(path: &str, parameters: &Parameters<'_>) -> Option<String> {
    // A private domain name has an identifier in its ARN that the path does not have.
    if parameters.text("domainNameId").is_some() {
        return None;
    }
    let mut filled = String::with_capacity(path.len() + 20);
    let mut rest = path.strip_prefix("/v2").unwrap_or(path);
    while let Some((before, after)) = rest.split_once("${") {
        let (member, after) = after.split_once('}')?;
        let value = parameters.text(member).filter(|value| !value.is_empty())?;
        if value.contains(['/', ':', '*', '?', '$']) {
            return None;
        }
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_path_names_operations_of_the_catalog() {
        let lines: Vec<&str> = TABLE.lines().collect();
        assert!(lines.is_sorted());
        let catalog = crate::catalog::Catalog::embedded();
        for line in lines {
            let columns: Vec<&str> = line.split('\t').collect();
            let [client, operation, path] = columns.as_slice() else { panic!("{line}") };
            let client = catalog.client(client).unwrap();
            assert!(client.operation(operation).is_some(), "{line}");
            assert!(path.starts_with('/'), "{line}");
        }
    }
}
