//! Whether CloudTrail takes a call for reading or for writing.
//!
//! CloudTrail says so by `readOnly` and selects by it, but publishes no table. The name of an operation and the access
//! level of its action mostly agree; where they do not (`kms:Decrypt` is at level *Write* and recorded as
//! reading), the call may be either, and nothing is concluded from one direction alone.

use crate::catalog::{Action, Operation, Visibility};
use crate::iam::AccessLevel;

/// Which way a call goes, as an event selector sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Selected as reading.
    Read,
    /// Selected as writing.
    Write,
    /// Not known.
    Either,
}

const READING: [&str; 9] =
    ["BatchGet", "Describe", "Discover", "Get", "Head", "List", "Query", "Scan", "TransactGet"];

const WRITING: [&str; 39] = [
    "Abort",
    "Add",
    "Associate",
    "Attach",
    "BatchWrite",
    "Cancel",
    "Change",
    "Complete",
    "Copy",
    "Create",
    "Delete",
    "Deregister",
    "Detach",
    "Disable",
    "Disassociate",
    "Enable",
    "Import",
    "Invoke",
    "Modify",
    "Publish",
    "Purge",
    "Put",
    "Register",
    "Remove",
    "Rename",
    "Replace",
    "Reset",
    "Restore",
    "Run",
    "Send",
    "Set",
    "Start",
    "Stop",
    "Tag",
    "TransactWrite",
    "Untag",
    "Update",
    "Upload",
    "Write",
];

/// Sessions and tokens are handed out by calls that read as often as they write.
const NEITHER: [&str; 2] = ["CreateSession", "GetFederationToken"];

/// The direction of the operation `name` when it needs `action`.
pub(super) fn of_operation(name: &str, action: &Action<'_>) -> Direction {
    let starts = |verbs: &[&str]| verbs.iter().any(|verb| is_verb(name, verb));
    let levels = action.levels();
    let reads = levels.iter().all(|level| matches!(level, AccessLevel::Read | AccessLevel::List));
    match (starts(&READING), starts(&WRITING)) {
        _ if NEITHER.contains(&name) => Direction::Either,
        (true, false) if reads => Direction::Read,
        (false, true) if !reads => Direction::Write,
        _ => Direction::Either,
    }
}

/// Whether `name` begins with the word `verb`: `Get` in `GetObject`, not in `Getaway`.
fn is_verb(name: &str, verb: &str) -> bool {
    name.strip_prefix(verb).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// The direction of every call that may need `action`: of one only where all go that way. A copy writes, and reads its
/// source besides.
pub(super) fn of_action(action: &Action<'_>) -> Direction {
    let mut directions = needing(action).map(|operation| of_operation(operation.name(), action));
    let Some(first) = directions.next() else { return of_operation(action.short_name(), action) };
    if directions.all(|other| other == first) { first } else { Direction::Either }
}

/// Whether only calls of `operation` need `action`, so that one shows that all are recorded.
pub(super) fn is_only(action: &Action<'_>, operation: &str) -> bool {
    let mut others = needing(action).filter(|other| other.name() != operation);
    others.next().is_none()
}

/// Operations that need the action first of all; and those that do with some requests and are recorded as the same kind of
/// data events. (Making a table from a backup needs `dynamodb:GetItem` too, and is recorded for itself.)
fn needing<'c>(action: &Action<'c>) -> impl Iterator<Item = Operation<'c>> {
    let name = action.name();
    let sometimes = action.service().clients().flat_map(|client| client.operations());
    let kind = action.visibility();
    let sometimes = sometimes.filter(move |operation| {
        matches!(kind, Visibility::Data { .. })
            && operation.visibility() == kind
            && operation.conditional_actions().any(|other| other == name)
    });
    action.operations().chain(sometimes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn the_name_and_the_access_level_must_agree() {
        for (action, expected) in [
            ("s3:GetObject", Direction::Either),
            ("s3:GetObjectVersion", Direction::Either),
            ("s3:GetObjectAcl", Direction::Read),
            ("s3:PutObjectTagging", Direction::Write),
            ("s3:PutObject", Direction::Write),
            ("s3:ListBucket", Direction::Read),
            ("dynamodb:GetItem", Direction::Read),
            ("dynamodb:PutItem", Direction::Write),
            ("dynamodb:ConditionCheckItem", Direction::Either),
            ("dynamodb:PartiQLSelect", Direction::Either),
            ("sqs:SendMessage", Direction::Write),
            ("sqs:ReceiveMessage", Direction::Either),
            ("secretsmanager:GetSecretValue", Direction::Read),
            ("kms:Decrypt", Direction::Either),
            ("sts:AssumeRole", Direction::Either),
            ("lambda:InvokeFunction", Direction::Write),
            ("bedrock:InvokeModel", Direction::Either),
        ] {
            let name = action.parse().unwrap();
            let known = Catalog::embedded().action(&name).unwrap();
            assert_eq!(of_action(&known), expected, "{action}");
        }
    }

    #[test]
    fn a_verb_is_a_whole_word() {
        assert!(is_verb("GetObject", "Get") && is_verb("Query", "Query"));
        assert!(!is_verb("Settle", "Set") && !is_verb("Runtime", "Run"));
    }

    #[test]
    fn the_lists_are_sorted() {
        assert!(READING.is_sorted() && WRITING.is_sorted() && NEITHER.is_sorted());
    }
}
