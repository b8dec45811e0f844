//! Laws of what settings ask of the role, on random settings beside random declarations and calls.
#![expect(clippy::unwrap_used, reason = "a broken law fails the test")]

#[allow(dead_code, reason = "other tests use the rest")]
mod support;

use policy_core::catalog::Catalog;
use policy_core::graph::AccessGraph;
use policy_core::semantics::{Policies, principal_side};
use policy_core::synthesis::{FunctionPolicies, Options, synthesise};
use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::{Value, json};

use support::Case;

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// Every kind of need, with what it is on.
fn needs() -> Vec<Value> {
    let arn = |tail: &str| format!("arn:aws:{tail}");
    let with = |kind: &str, on: String| json!({"kind": kind, "on": on});
    vec![
        json!({"kind": "tracing"}),
        json!({"kind": "vpc"}),
        json!({"kind": "insights"}),
        json!({"kind": "application-signals"}),
        json!({"kind": "durable-execution"}),
        with("dead-letter", arn("sqs:eu-west-1:111122223333:jobs")),
        with("destination", arn("s3:::acme-failed")),
        with("destination", arn("lambda:eu-west-1:111122223333:function:audit:live")),
        with("poll-failure", arn("sns:eu-west-1:111122223333:lost")),
        with("file-system", arn("elasticfilesystem:eu-west-1:111122223333:access-point/fsap-1")),
        with(
            "file-system-read-only",
            arn("elasticfilesystem:eu-west-1:111122223333:file-system/fs-1"),
        ),
        with("rotation", "db".into()),
        with("secrets-extension", "stripe".into()),
        with("parameters-extension", "/orders/flags".into()),
        with("appconfig-extension", "application/a/environment/e/configuration/c".into()),
        with("database-user", "dbuser:db-A/app".into()),
    ]
}

fn polls() -> Vec<Value> {
    vec![
        json!({"kind": "sqs", "source": "jobs"}),
        json!({"kind": "dynamodb", "source": "orders"}),
        json!({"kind": "kinesis", "source": "clicks"}),
        json!({"kind": "kafka", "source": "cluster/shop/1a2b", "usesIam": true, "secrets": ["kafka"]}),
        json!({"kind": "kafka", "source": "broker.example.com:9092", "isInVpc": true}),
        json!({"kind": "mq", "source": "jobs:b-1", "secrets": ["mq"]}),
        json!({"kind": "docdb", "source": "cluster:shop"}),
    ]
}

fn declared() -> Vec<Value> {
    vec![
        json!({"client": "s3", "names": ["GetObject", "PutObject"], "on": "acme-failed/*"}),
        json!({"client": "s3", "names": ["ListObjectsV2"], "on": "acme-failed", "limits": {"list_prefix": ["in/*"]}}),
        json!({"client": "s3", "names": ["ListObjectsV2"], "on": "acme-failed"}),
        json!({"client": "sqs", "names": ["SendMessage"], "on": "jobs"}),
        json!({"client": "dynamodb", "names": ["GetItem"], "on": "table/orders", "limits": {"leading_keys": ["a", "b*", "b1"]}}),
        json!({"client": "dynamodb", "names": ["GetItem"], "on": "table/orders", "limits": {"leading_keys": ["c"]}}),
        json!({"client": "secretsmanager", "names": ["GetSecretValue"], "on": "secret:db-??????"}),
        json!({"client": "ec2", "names": ["DescribeSubnets"], "on": "*", "anyResource": "it has none"}),
    ]
}

const OBSERVED: [(&str, &str); 5] = [
    ("s3:GetObject", "arn:aws:s3:::acme-failed/in/1"),
    ("s3:ListBucket", "arn:aws:s3:::acme-failed"),
    ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"),
    ("ec2:DescribeSubnets", "*"),
    (
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf",
    ),
];

fn some<T: Clone + std::fmt::Debug + 'static>(all: Vec<T>) -> impl Strategy<Value = Vec<T>> {
    let most = all.len().min(6);
    subsequence(all, 0..=most)
}

fn evidence() -> impl Strategy<Value = Value> {
    let keys = [
        "arn:aws:s3:::acme-failed",
        "arn:aws:sqs:eu-west-1:111122223333:jobs",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-??????",
        "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks",
    ];
    let keys = subsequence(keys.to_vec(), 0..=4);
    let lists = (some(needs()), some(polls()), some(declared()), some(OBSERVED.to_vec()), keys);
    let rule = prop::sample::select(vec!["checked", "union", "declared", "observed"]);
    (lists, rule, any::<[bool; 5]>()).prop_map(
        |(
            (needs, polls, declared, observed, keys),
            rule,
            [deployed, shared, managed, edge, endpoints],
        )| {
            let observed: Vec<Value> = observed
                .into_iter()
                .map(|(action, resource)| json!({"action": action, "resource": resource}))
                .collect();
            let encryption: serde_json::Map<String, Value> =
                keys.into_iter().map(|arn| (arn.to_owned(), KEY.into())).collect();
            let endpoints = if endpoints { json!(["vpce-1", "vpce-2"]) } else { json!([]) };
            json!({
                "account": "111122223333", "region": "eu-west-1", "merge": rule,
                "deployed": deployed.then_some(FUNCTION), "roleIsShared": shared,
                "logGroupIsManaged": managed, "isEdge": edge, "requiredEndpoints": endpoints,
                "needs": needs, "settingPolls": polls, "declared": declared,
                "observed": observed, "encryption": encryption,
            })
        },
    )
}

/// The policies, which are proved while they are made.
fn made(value: &Value) -> FunctionPolicies {
    let catalog = Catalog::embedded();
    let case = Case::from_value(value);
    let (graph, _) = AccessGraph::build(&case.evidence, catalog, case.merge).unwrap();
    synthesise(&graph, catalog, Options { prove: true, ..case.options }).unwrap().0
}

fn documents(policies: &FunctionPolicies) -> String {
    policies.execution_role.iter().map(policy_core::policy::write::document).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_order_of_settings_changes_no_byte(value in evidence()) {
        let mut turned = value.clone();
        for list in ["needs", "settingPolls", "declared", "observed"] {
            if let Some(list) = turned[list].as_array_mut() {
                list.reverse();
            }
        }
        prop_assert_eq!(documents(&made(&value)), documents(&made(&turned)));
    }

    #[test]
    fn a_setting_more_takes_nothing_away(value in evidence(), which in any::<prop::sample::Index>()) {
        let needs = value["needs"].as_array().unwrap();
        prop_assume!(!needs.is_empty());
        let mut less = value.clone();
        less["needs"].as_array_mut().unwrap().remove(which.index(needs.len()));
        let more = Policies::identity(made(&value).execution_role);
        for request in made(&less).proof.requests {
            prop_assert!(principal_side(&request, &more), "{request:?}");
        }
    }

    #[test]
    fn without_settings_and_evidence_only_the_log_is_left(value in evidence()) {
        let mut bare = value;
        for list in ["needs", "settingPolls", "declared", "observed"] {
            bare[list] = json!([]);
        }
        bare["merge"] = "union".into();
        for document in made(&bare).execution_role {
            for statement in document.statements {
                prop_assert!(statement.action.values().iter().all(|action| action.starts_with("logs:")));
            }
        }
    }
}
