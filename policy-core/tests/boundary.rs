//! The permissions boundary of several functions.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

mod support;

use policy_core::catalog::Catalog;
use policy_core::finding::{Code, Finding};
use policy_core::graph::AccessGraph;
use policy_core::policy::PolicyDocument;
use policy_core::semantics::{Policies, grants_any};
use policy_core::synthesis::{Boundary, FunctionPolicies, boundary, synthesise};
use serde_json::{Value, json};

use support::Case;

fn function(name: &str, declared: &Value) -> (AccessGraph, FunctionPolicies) {
    let case = Case::from_value(&json!({
        "function": name,
        "deployed": format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}"),
        "role": format!("arn:aws:iam::111122223333:role/{name}-exec"),
        "account": "111122223333",
        "region": "eu-west-1",
        "merge": "declared",
        "declared": declared,
    }));
    let catalog = Catalog::embedded();
    let (graph, _) = AccessGraph::build(&case.evidence, catalog, case.merge).unwrap();
    let (policies, _) = synthesise(&graph, catalog, case.options).unwrap();
    (graph, policies)
}

fn made(functions: &[(AccessGraph, FunctionPolicies)]) -> (Boundary, Vec<Finding>) {
    let of: Vec<(&AccessGraph, &[PolicyDocument])> =
        functions.iter().map(|(graph, policies)| (graph, &policies.execution_role[..])).collect();
    boundary(&of).unwrap()
}

fn shop() -> Vec<(AccessGraph, FunctionPolicies)> {
    let orders = json!([
        { "client": "dynamodb", "names": ["GetItem", "PutItem"], "on": "table/orders" },
        { "client": "s3", "names": ["GetObject"], "on": "acme-receipts/in/*" },
        { "client": "sqs", "names": ["SendMessage"], "on": "jobs", "kmsKey": "key/1234abcd" },
        { "client": "iam", "names": ["iam:PassRole"], "on": "arn:aws:iam::111122223333:role/task" },
    ]);
    let bills = json!([
        { "client": "dynamodb", "names": ["Query"], "on": "table/bills" },
        { "client": "sqs", "names": ["ReceiveMessage"], "on": "arn:aws:sqs:eu-west-1:444455556666:x",
          "viaRole": "arn:aws:iam::444455556666:role/partner" },
    ]);
    vec![function("orders", &orders), function("bills", &bills)]
}

#[test]
fn a_boundary_crosses_actions_and_containers_of_a_service_and_keeps_roles_and_keys_exact() {
    let (boundary, findings) = made(&shop());
    assert_eq!(findings, []);
    let lines: Vec<String> = boundary
        .document
        .statements
        .iter()
        .map(|statement| {
            let resources = statement.resource.as_ref().unwrap().values().join(" ");
            let conditions: Vec<&str> =
                statement.condition.iter().map(|(_, key, _)| key.as_str()).collect();
            let actions = statement.action.values().join(" ");
            let line = format!("{actions} | {resources} | {}", conditions.join(" "));
            let line = line.replace("arn:aws:", "").replace("eu-west-1:111122223333", "HERE");
            line.trim_end().to_owned()
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    dynamodb:GetItem dynamodb:PutItem dynamodb:Query | dynamodb:HERE:table/bills dynamodb:HERE:table/orders |
    iam:PassRole | iam::111122223333:role/task |
    kms:Decrypt kms:GenerateDataKey | kms:HERE:key/1234abcd | kms:ViaService
    logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents | logs:HERE:log-group:/aws/lambda/bills logs:HERE:log-group:/aws/lambda/bills:* logs:HERE:log-group:/aws/lambda/orders logs:HERE:log-group:/aws/lambda/orders:* |
    s3:GetObject | s3:::acme-receipts s3:::acme-receipts/* |
    sqs:SendMessage | sqs:HERE:jobs |
    sts:AssumeRole | iam::444455556666:role/partner |
    ");
}

#[test]
fn the_order_of_functions_changes_nothing() {
    let mut functions = shop();
    let (first, _) = made(&functions);
    functions.reverse();
    assert_eq!(made(&functions).0, first);
}

#[test]
fn nothing_beyond_the_services_that_are_needed_is_in_it() {
    let (boundary, _) = made(&shop());
    let policies = Policies::identity(vec![boundary.document]);
    let catalog = Catalog::embedded();
    for action in [
        "ec2:*",
        "iam:Create*",
        "iam:Attach*",
        "iam:Put*",
        "lambda:*",
        "s3:Put*",
        "dynamodb:Delete*",
        "kms:Create*",
        "kms:Put*",
        "organizations:*",
    ] {
        let granted = grants_any(&policies, &[action.to_owned()], &[], catalog);
        assert!(granted.found.is_empty() && granted.unknown.is_empty(), "{action}");
    }
    let elsewhere = ["arn:aws:dynamodb:eu-west-1:111122223333:table/customers".to_owned()];
    let granted = grants_any(&policies, &["dynamodb:*".to_owned()], &elsewhere, catalog);
    assert!(granted.found.is_empty(), "{:?}", granted.found);
}

#[test]
fn what_would_be_too_large_names_the_account_and_says_so() {
    let many: Vec<(AccessGraph, FunctionPolicies)> = (0..60)
        .map(|n| {
            let on = format!("table/a-rather-long-name-of-a-table-of-the-shop-number-{n:04}");
            let declared = json!([{ "client": "dynamodb", "names": ["GetItem"], "on": on }]);
            function(&format!("reader-{n:02}"), &declared)
        })
        .collect();
    let (boundary, findings) = made(&many);
    assert!(boundary.size.size <= boundary.size.quota);
    assert!(findings.iter().all(|finding| finding.code == Code::BoundaryWidened), "{findings:?}");
    // The largest first.
    let said: Vec<&str> = findings.iter().map(|finding| &*finding.message).collect();
    assert!(said.iter().any(|said| said.contains("all of `logs`")), "{said:?}");
    assert!(said.iter().any(|said| said.contains("all of `dynamodb`")), "{said:?}");
}
