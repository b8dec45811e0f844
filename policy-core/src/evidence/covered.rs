//! Reachable calls against declarations: which calls nobody declared, and which declarations nothing calls.
//!
//! Names only: what a call is done to is the business of the graph. A call is declared when its operation is, or when the
//! actions that it needs are.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Operation};
use crate::iam::ActionName;

use super::{DeclaredAccess, DeclaredName, Reachable, ReachableCall};

/// What declarations name.
#[derive(Debug, Clone, Default)]
pub struct DeclaredNames<'c> {
    operations: BTreeSet<(&'c str, &'c str)>,
    actions: BTreeSet<ActionName>,
}

impl<'c> DeclaredNames<'c> {
    /// Of these accesses.
    #[must_use]
    pub fn of<'a>(
        accesses: impl IntoIterator<Item = &'a DeclaredAccess>,
        catalog: &'c Catalog,
    ) -> Self {
        let mut declared = Self::default();
        for access in accesses {
            for name in &access.names {
                match name {
                    DeclaredName::Action(action) => _ = declared.actions.insert(action.clone()),
                    DeclaredName::Operation(name) => {
                        let Some(operation) = operation(&access.client, name, catalog) else {
                            continue;
                        };
                        declared.operations.insert(key(operation));
                        declared.actions.extend(operation.primary_actions());
                    }
                }
            }
            if access.via_role.is_some() {
                declared.actions.extend("sts:AssumeRole".parse());
            }
        }
        declared
    }

    /// Adds an action that is accepted by name.
    pub fn accept(&mut self, action: &ActionName) {
        self.actions.insert(action.clone());
    }

    /// Whether nothing needs to be declared for the call any more.
    #[must_use]
    pub fn cover(&self, call: &ReachableCall, catalog: &Catalog) -> bool {
        let operation = call.operation(catalog);
        if operation
            .is_some_and(|it| self.operations.contains(&key(it)) || it.needs_no_permission())
        {
            return true;
        }
        let actions = call.actions(catalog);
        let mut known = actions.iter().map(|action| self.actions.contains(action));
        // Of several actions one call may need only some.
        if operation.is_some_and(|it| it.is_ambiguous()) {
            known.any(|known| known)
        } else {
            !actions.is_empty() && known.all(|known| known)
        }
    }
}

/// The names of `access` that no code can call, as the declaration writes them; empty where that cannot be told.
///
/// An action that no SDK operation needs is called by other means, so nothing is said of it.
#[must_use]
pub fn unreachable(
    access: &DeclaredAccess,
    reachable: &Reachable,
    catalog: &Catalog,
) -> Vec<String> {
    let client = catalog.client(&access.client).map_or(&*access.client, |client| client.name());
    let is_hidden = reachable
        .unknown
        .iter()
        .any(|unknown| unknown.client.as_deref().is_none_or(|hidden| hidden == client));
    if is_hidden || reachable.is_open {
        return Vec::new();
    }
    let calls: Vec<&ReachableCall> = reachable.calls.iter().chain(&reachable.own).collect();
    let operations: Vec<Operation<'_>> =
        calls.iter().filter_map(|call| call.operation(catalog)).collect();
    let is_gone = |name: &&DeclaredName| match name {
        DeclaredName::Operation(name) => operation(&access.client, name, catalog)
            .is_some_and(|declared| !operations.contains(&declared)),
        DeclaredName::Action(action) => {
            let has_operations =
                catalog.action(action).is_some_and(|known| known.operations().len() > 0);
            let is_called =
                calls.iter().any(|call| call.name == DeclaredName::Action(action.clone()))
                    || operations.iter().any(|&operation| may_need(operation, action, catalog));
            has_operations && !is_called
        }
    };
    let shown = |name: &DeclaredName| match name {
        DeclaredName::Operation(name) => name.to_string(),
        DeclaredName::Action(action) => action.to_string(),
    };
    access.names.iter().filter(is_gone).map(shown).collect()
}

/// Whether a call of `operation` may need `action`: first of all, because of what the request says, through another
/// service, or beside one of these.
#[must_use]
pub fn may_need(operation: Operation<'_>, action: &ActionName, catalog: &Catalog) -> bool {
    operation.primary_actions().any(|needed| needed == *action)
        || operation.conditional_actions().any(|needed| needed == *action)
        || operation.indirect().any(|indirect| indirect.action == *action)
        || operation.primary_actions().any(|needed| {
            let known = catalog.action(&needed);
            known.is_some_and(|known| known.dependent_actions().any(|other| other == *action))
        })
}

fn operation<'c>(client: &str, name: &str, catalog: &'c Catalog) -> Option<Operation<'c>> {
    catalog.client(client)?.operation(name)
}

fn key<'c>(operation: Operation<'c>) -> (&'c str, &'c str) {
    (operation.client().name(), operation.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{
        CallPlace, Confidence, LinkedSource, ReachableResource, SourceOrigin, UnknownCalls,
    };

    /// `dynamodb(GetItem, dynamodb:Query)`, with `via` in front for another role's client.
    fn access(text: &str) -> DeclaredAccess {
        let (client, names) = text.trim_end_matches(')').split_once('(').unwrap();
        let via_role = client.starts_with("via ").then(|| "arn:aws:iam::1:role/r".into());
        let name = |name: &str| match name.contains(':') {
            true => DeclaredName::Action(name.parse().unwrap()),
            false => DeclaredName::Operation(name.into()),
        };
        DeclaredAccess {
            client: client.trim_start_matches("via ").into(),
            names: names.split(", ").map(name).collect(),
            levels: Vec::new(),
            resources: Vec::new(),
            kms_key: None,
            owner: None,
            limits: std::collections::BTreeMap::new(),
            keep: None,
            via_role,
            origin: SourceOrigin {
                package: "p".into(),
                file: "src/main.rs".into(),
                line: 1,
                column: 1,
                item: "Access::x".into(),
            },
        }
    }

    fn call(text: &str) -> ReachableCall {
        let (client, name) = text.split_once('.').unwrap();
        ReachableCall {
            client: client.into(),
            name: DeclaredName::Operation(name.into()),
            place: CallPlace::Binary { file: "b".into(), source: LinkedSource::Strings },
            confidence: Confidence::Likely,
            resource: ReachableResource::Unknown { reason: "r".into() },
        }
    }

    #[test]
    fn a_call_is_declared_by_its_operation_or_by_its_actions() {
        let catalog = Catalog::embedded();
        for (declared, called, is_covered) in [
            ("dynamodb(GetItem)", "dynamodb.GetItem", true),
            ("dynamodb(GetItem)", "dynamodb.PutItem", false),
            ("aws_sdk_dynamodb(getitem)", "dynamodb.GetItem", true),
            ("s3(s3:ListBucket)", "s3.ListObjectsV2", true),
            // Both need the same action.
            ("s3(ListObjectsV2)", "s3.ListObjects", true),
            ("states(StartExecution)", "sfn.StartExecution", true),
            ("sqs(SendMessage)", "sts.GetCallerIdentity", true),
            ("via sqs(SendMessage)", "sqs.SendMessage", true),
            ("via sqs(SendMessage)", "sts.AssumeRole", true),
            ("dynamodb(dynamodb:PutItem)", "dynamodb.TransactWriteItems", true),
            ("dynamodb(GetItem)", "dynamodb.TransactWriteItems", false),
            ("dynamodb(GetItem)", "dynamodb.NoSuchThing", false),
        ] {
            let access = access(declared);
            let names = DeclaredNames::of([&access], catalog);
            assert_eq!(names.cover(&call(called), catalog), is_covered, "{declared} / {called}");
        }
        let mut accepted = DeclaredNames::default();
        accepted.accept(&"sqs:SendMessage".parse().unwrap());
        assert!(accepted.cover(&call("sqs.SendMessage"), catalog));
    }

    #[test]
    fn declared_names_that_nothing_calls_are_told_unless_calls_are_unknown() {
        let catalog = Catalog::embedded();
        let mut reachable = Reachable {
            calls: vec![call("dynamodb.GetItem"), call("s3.PutObject")],
            own: vec![call("s3.CreateSession")],
            unknown: Vec::new(),
            is_open: false,
        };
        for (declared, gone) in [
            ("dynamodb(GetItem, PutItem)", "PutItem"),
            ("dynamodb(dynamodb:GetItem, dynamodb:PutItem)", "dynamodb:PutItem"),
            ("s3(CreateSession)", ""),
            // Asked for when the request has tags.
            ("s3(s3:PutObjectTagging, s3:DeleteObject)", "s3:DeleteObject"),
            ("rds_db(rds-db:connect)", ""),
            ("kms(kms:GenerateDataKey)", ""),
            ("dynamodb(NoSuchThing)", ""),
        ] {
            let found = unreachable(&access(declared), &reachable, catalog);
            assert_eq!(found.join(", "), gone, "{declared}");
        }
        let unknown = |client: Option<&str>| UnknownCalls {
            place: "b".into(),
            client: client.map(Into::into),
            reason: "r".into(),
        };
        reachable.unknown = vec![unknown(Some("sqs"))];
        assert_eq!(unreachable(&access("dynamodb(PutItem)"), &reachable, catalog), ["PutItem"]);
        for client in [Some("dynamodb"), None] {
            reachable.unknown = vec![unknown(client)];
            assert!(unreachable(&access("dynamodb(PutItem)"), &reachable, catalog).is_empty());
        }
        reachable.unknown.clear();
        reachable.is_open = true;
        assert!(unreachable(&access("dynamodb(PutItem)"), &reachable, catalog).is_empty());
        // The binary knows the dependencies that its source leaves open.
        reachable.join(Reachable { calls: vec![call("dynamodb.GetItem")], ..Reachable::default() });
        assert_eq!(unreachable(&access("dynamodb(PutItem)"), &reachable, catalog), ["PutItem"]);
    }
}
