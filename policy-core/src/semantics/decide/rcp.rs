//! Which requests RCPs have a say about: those to the services of a list that grows, kept as data.

use super::order::SERVICE_LINKED_ROLE;
use crate::semantics::request::Request;

/// Service prefix, service, exempt actions (comma separated); tab separated.
const SERVICES: &str = include_str!("../data/rcp_services.tsv");

/// Whether RCPs have a say about a request. They have none about service-linked roles being assumed.
///
/// # Source
/// `data/SOURCE.md` beside the list.
pub(super) fn governs(request: &Request) -> bool {
    let Some((prefix, name)) = request.action.as_str().split_once(':') else { return false };
    let assumed = request.resource.splitn(6, ':').nth(5).unwrap_or_default();
    if prefix.eq_ignore_ascii_case("sts") && assumed.starts_with(SERVICE_LINKED_ROLE) {
        return false;
    }
    services().any(|(service, mut exempt)| {
        service.eq_ignore_ascii_case(prefix) && !exempt.any(|e| e.eq_ignore_ascii_case(name))
    })
}

/// Prefixes with their exempt actions.
fn services() -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static str>)> {
    SERVICES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.split('\t');
        let (prefix, _name) = (columns.next()?, columns.next()?);
        Some((prefix, columns.next().unwrap_or_default().split(',')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn every_service_of_the_list_is_one_of_the_catalog_and_the_list_is_sorted() {
        let prefixes: Vec<&str> = services().map(|(prefix, _)| prefix).collect();
        assert!(prefixes.is_sorted(), "{prefixes:?}");
        let unknown: Vec<&str> = prefixes
            .iter()
            .copied()
            .filter(|prefix| Catalog::embedded().service(prefix).is_none())
            .collect();
        assert_eq!(unknown, [""; 0]);
        assert!(prefixes.len() > 50);
    }

    #[test]
    fn lambda_sns_and_kinesis_are_not_governed() {
        for absent in ["lambda", "sns", "kinesis", "iam", "ec2"] {
            assert!(services().all(|(prefix, _)| prefix != absent), "{absent}");
        }
    }
}
