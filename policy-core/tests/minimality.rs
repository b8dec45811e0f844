//! How small the policies of a known sample must be.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

#[allow(dead_code, reason = "other tests use the rest")]
mod support;

use std::collections::BTreeSet;
use std::path::Path;

use policy_core::catalog::Catalog;
use policy_core::graph::AccessGraph;
use policy_core::iam::ConditionBlock;
use policy_core::policy::{PolicyDocument, Statement, quota};
use policy_core::synthesis::{Wildcards, synthesise};

use support::Case;

/// What the code of the sample needs, less what Lambda itself does.
fn statements(wildcards: Wildcards) -> Vec<Statement> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases/synthesis/nine_calls/evidence.json");
    let mut case = Case::read(&path);
    case.options.wildcards = wildcards;
    let catalog = Catalog::embedded();
    let (graph, _) = AccessGraph::build(&case.evidence, catalog, case.merge).unwrap();
    let (policies, _) = synthesise(&graph, catalog, case.options).unwrap();
    let [document] = &policies.execution_role[..] else { panic!("one document") };
    let is_code = |it: &&Statement| !it.sid.as_deref().unwrap().starts_with("Platform");
    document.statements.iter().filter(is_code).cloned().collect()
}

#[test]
fn nine_calls_need_seven_actions_in_seven_statements_of_one_service_each() {
    let statements = statements(Wildcards::Never);
    let actions: BTreeSet<&String> =
        statements.iter().flat_map(|statement| statement.action.values()).collect();
    let needed = [
        "dynamodb:PutItem",
        "dynamodb:Query",
        "kms:Decrypt",
        "s3:GetObject",
        "s3:ListBucket",
        "secretsmanager:GetSecretValue",
        "sqs:SendMessage",
    ];
    assert!(actions.iter().map(|action| action.as_str()).eq(needed), "{actions:?}");
    assert!(statements.len() <= 7, "{} statements", statements.len());
    for statement in &statements {
        let services: BTreeSet<_> = statement
            .action
            .values()
            .iter()
            .map(|action| action.split_once(':').unwrap().0)
            .collect();
        assert_eq!(services.len(), 1);
    }
}

#[test]
fn nine_calls_take_at_most_1200_characters_before_conditions() {
    let bare = statements(Wildcards::Never)
        .into_iter()
        .map(|statement| Statement { condition: ConditionBlock::default(), ..statement });
    let chars = quota::size_chars(&PolicyDocument::new(bare.collect()));
    assert!(chars <= 1200, "{chars} characters");
}

#[test]
fn no_wildcard_is_exact_for_these_actions() {
    assert_eq!(statements(Wildcards::Exact), statements(Wildcards::Never));
}
