//! Lists of names in a request: a call on several resources is one on each of them.

use serde_json::Value;

use super::parameters::{Parameters, member_of, same_member};
use super::plan::ActionPlan;

/// A list, the member of its elements that holds the name where they are objects, and the member of the
/// API that each name stands for.
type List = (&'static str, Option<&'static str>, &'static str);

/// The lists that name resources. Amazon EC2 wraps its own in `items`.
///
/// # Source
/// The API pages of the operations; for Amazon EC2 the examples of "Log Amazon EC2 API calls using AWS
/// CloudTrail".
const LISTS: [List; 8] = [
    ("clusters", None, "clusters"),
    ("instancesSet", Some("instanceId"), "InstanceIds"),
    ("logGroupIdentifiers", None, "logGroupIdentifiers"),
    ("logGroupIdentifiers", None, "logGroupName"),
    ("logGroupNames", None, "logGroupName"),
    ("names", None, "Names"),
    ("services", None, "services"),
    ("tasks", None, "tasks"),
];

/// Whether the names of a list stand for `member`.
pub(super) fn is_listed(member: &str) -> bool {
    LISTS.iter().any(|(_, _, stands_for)| same_member(stands_for, member))
}

/// The parameters once for each name of a list that names resources of `action`; `None` when there is no
/// such list, or it holds anything but names.
pub(super) fn each<'p>(
    action: &ActionPlan<'_>,
    parameters: &'p Parameters<'_>,
) -> Option<Vec<Parameters<'p>>> {
    LISTS.iter().find_map(|(key, inner, stands_for)| {
        action.members.iter().find(|member| same_member(member.member, stands_for))?;
        let names = names(parameters.nested(key)?, *inner)?;
        Some(names.into_iter().map(|name| parameters.with_text(stands_for, name)).collect())
    })
}

/// The names in a list that has at least one and nothing else.
pub(super) fn names<'v>(list: &'v Value, inner: Option<&str>) -> Option<Vec<&'v str>> {
    let list = match inner {
        Some(_) => member_of(list, "items")?,
        None => list,
    };
    let name = |item: &'v Value| match inner {
        Some(inner) => member_of(item, inner)?.as_str(),
        None => item.as_str(),
    };
    let names: Vec<&str> = list.as_array()?.iter().map(name).collect::<Option<_>>()?;
    let is_whole = !names.is_empty() && names.iter().all(|name| !name.is_empty());
    is_whole.then_some(names)
}
