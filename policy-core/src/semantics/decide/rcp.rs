//! Which services RCPs restrict: a list that grows, kept as data.

use crate::iam::ActionName;

/// One service prefix a line.
const SERVICES: &str = include_str!("../data/rcp_services.tsv");

/// Whether RCPs have a say about an action.
///
/// # Source
/// `data/SOURCE.md` beside the list.
pub(super) fn governs(action: &ActionName) -> bool {
    let text = action.as_str();
    let prefix = text.split_once(':').map_or(text, |(prefix, _)| prefix);
    services().any(|service| service.eq_ignore_ascii_case(prefix))
}

fn services() -> impl Iterator<Item = &'static str> {
    SERVICES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').next())
        .filter(|prefix| !prefix.is_empty())
}
