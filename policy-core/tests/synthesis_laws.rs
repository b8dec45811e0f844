//! Laws of the graph and of synthesis, on random evidence over a small world.
#![expect(clippy::unwrap_used, reason = "a broken law fails the test")]

#[allow(dead_code, reason = "other tests use the rest")]
mod support;

use std::collections::{BTreeMap, BTreeSet};

use policy_core::catalog::Catalog;
use policy_core::evidence::{ObservedResource, Outcome};
use policy_core::finding::Code;
use policy_core::graph::{AccessGraph, Edge, Node};
use policy_core::render;
use policy_core::semantics::{Context, Policies, Principal, Request, principal_side};
use policy_core::synthesis::{FunctionPolicies, synthesise};
use proptest::prelude::*;
use serde_json::{Value, json};

use support::Case;

/// Action, resources it is called on, service it may be forwarded by.
const CALLS: [(&str, &[&str], Option<&str>); 6] = [
    (
        "s3:GetObject",
        &["arn:aws:s3:::b/in/1", "arn:aws:s3:::b/in/2", "arn:aws:s3:::b/in/77", "arn:aws:s3:::b/x"],
        None,
    ),
    ("s3:PutObject", &["arn:aws:s3:::b/in/1", "arn:aws:s3:::c/out/9"], None),
    (
        "dynamodb:GetItem",
        &[
            "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
            "arn:aws:dynamodb:eu-west-1:444455556666:table/theirs",
        ],
        None,
    ),
    ("sqs:SendMessage", &["arn:aws:sqs:eu-west-1:111122223333:jobs"], None),
    (
        "kms:Decrypt",
        &["arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
        Some("secretsmanager.amazonaws.com"),
    ),
    ("s3:ListAllMyBuckets", &["*"], None),
];

const DECLARED: [(&str, &[&str], &str); 5] = [
    ("s3", &["GetObject", "PutObject"], "b/in/*"),
    ("s3", &["GetObject"], "b/*"),
    ("dynamodb", &["GetItem", "Query"], "table/orders"),
    ("secretsmanager", &["GetSecretValue"], "secret:stripe-??????"),
    ("sqs", &["SendMessage"], "jobs"),
];

const ACCEPTED: [(&str, &str); 3] = [
    ("s3:GetObject", "arn:aws:s3:::b/in/*"),
    ("s3:GetObject", "arn:aws:s3:::*"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/*"),
];

/// Calls of the code, with what they are done to where that is known, and whether the SDK makes them for itself.
const REACHABLE: [(&str, Option<&str>, bool); 7] = [
    ("s3.GetObject", None, false),
    ("s3.PutObject", Some("b/in/*"), false),
    ("dynamodb.GetItem", None, false),
    ("dynamodb.Query", Some("table/orders"), false),
    ("s3.ListBuckets", None, false),
    ("secretsmanager.GetSecretValue", Some("secret:stripe-??????"), false),
    ("sqs.SendMessage", None, true),
];

const OUTCOMES: [&str; 5] = ["succeeded", "failed", "denied", "unclear", "succeeded"];
const ACCOUNTS: [Option<&str>; 3] = [None, Some("111122223333"), Some("444455556666")];

fn evidence() -> impl Strategy<Value = Value> {
    let call = (0..CALLS.len(), 0..4_usize, 0..5_usize, 0..3_usize, any::<bool>());
    let calls = prop::collection::vec(call, 0..14);
    let declared = prop::collection::btree_set(0..DECLARED.len(), 0..4);
    let accepted = prop::collection::btree_set(0..ACCEPTED.len(), 0..2);
    let reachable = prop::option::of(prop::collection::btree_set(0..REACHABLE.len(), 0..5));
    let rule = prop::sample::select(vec!["checked", "union", "declared", "observed"]);
    (calls, declared, accepted, rule, reachable, any::<bool>(), any::<bool>()).prop_map(
        |(calls, declared, accepted, rule, reachable, deployed, shared)| {
            let observed = calls.into_iter().enumerate().map(|(n, (i, resource, outcome, account, direct))| {
                let (action, resources, via) = CALLS[i];
                let resource = resources[resource % resources.len()];
                json!({
                    "action": action,
                    "resource": if outcome == 4 && resource != "*" { Value::Null } else { resource.into() },
                    "via": if direct { None } else { via },
                    "outcome": OUTCOMES[outcome],
                    "account": ACCOUNTS[account],
                    "count": n + 1,
                })
            });
            let declared = declared.into_iter().map(|i| {
                let (client, names, on) = DECLARED[i];
                let key = "key/1234abcd-12ab-34cd-56ef-1234567890ab";
                let key = (client == "secretsmanager").then_some(key);
                json!({"client": client, "names": names, "on": on, "kmsKey": key})
            });
            let declared: Vec<Value> = declared.collect();
            let accepted = accepted.into_iter().map(|i| {
                let (action, resource) = ACCEPTED[i];
                json!({"action": action, "resource": resource, "reason": "a test"})
            });
            let reachable = reachable.map(|calls| {
                let call = |i: usize| {
                    let (call, on, own) = REACHABLE[i];
                    json!({"call": call, "on": on, "own": own})
                };
                Value::from(calls.into_iter().map(call).collect::<Vec<_>>())
            });
            let function = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
            json!({
                "account": "111122223333", "region": "eu-west-1", "merge": rule,
                "deployed": deployed.then_some(function), "roleIsShared": shared,
                "declared": if declared.is_empty() { Value::Null } else { declared.into() },
                "observed": observed.collect::<Vec<_>>(),
                "accepted": accepted.collect::<Vec<_>>(),
                "reachable": reachable,
            })
        },
    )
}

fn made(case: &Case) -> (AccessGraph, FunctionPolicies, BTreeSet<Code>) {
    let catalog = Catalog::embedded();
    let (graph, mut findings) = AccessGraph::build(&case.evidence, catalog, case.merge).unwrap();
    // The proof runs inside: it fails here for any evidence it does not hold for.
    let (policies, more) = synthesise(&graph, catalog, case.options).unwrap();
    findings.extend(more);
    (graph, policies, findings.into_iter().map(|finding| finding.code).collect())
}

/// The call as a request, where the event tells the resource.
fn request(case: &Case, call: &policy_core::evidence::ObservedCall) -> Option<Request> {
    let resource = match &call.key.resource {
        ObservedResource::Arn(arn) => arn.to_string(),
        ObservedResource::None => "*".to_owned(),
        _ => return None,
    };
    let mut context = Context::default();
    match (&call.key.via, &case.evidence.settings.deployed) {
        (Some(via), _) => {
            let host = format!("{}.eu-west-1.amazonaws.com", via.label());
            context = context.with("kms:ViaService", &host);
            if via.label() == "secretsmanager" {
                let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf";
                context = context.with("kms:EncryptionContext:SecretARN", secret);
            }
        }
        (None, Some(function)) => {
            context = context.with("lambda:SourceFunctionArn", function.as_str());
        }
        (None, None) => {}
    }
    if resource != "*" {
        let account = call.key.resource_account.as_ref().map_or("111122223333", |a| a.as_str());
        context = context.with("aws:ResourceAccount", account);
    }
    let principal = Principal::role(call.key.role.clone());
    Some(Request { principal, action: call.key.action.clone(), resource, context })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_same_evidence_in_any_order_gives_the_same_bytes(value in evidence()) {
        let bytes = |policies: &FunctionPolicies| {
            let documents: String =
                policies.execution_role.iter().map(policy_core::policy::write::document).collect();
            documents + &render::evidence::text(&policies.evidence)
        };
        let mut case = Case::from_value(&value);
        let first = bytes(&made(&case).1);
        case.evidence.observed.reverse();
        case.evidence.declarations.iter_mut().for_each(|d| d.accesses.reverse());
        case.evidence.reachable.iter_mut().for_each(|reachable| reachable.calls.reverse());
        prop_assert_eq!(bytes(&made(&case).1), first);
    }

    #[test]
    fn every_grant_reaches_the_function_through_a_fact(value in evidence()) {
        let (graph, policies, _) = made(&Case::from_value(&value));
        for (id, grant) in graph.grants() {
            let why = graph.why(id);
            prop_assert!(why.iter().any(|path| path.steps[0].edge != Edge::Covers), "{:?}", grant);
            for path in why {
                prop_assert!(matches!(path.steps.last().unwrap().node, Node::Function(_)));
            }
        }
        for entry in &policies.evidence {
            let reasons = entry.declared.len() + entry.accepted.len() + entry.platform.len();
            let is_reached = !entry.reachable.is_empty();
            prop_assert!(reasons > 0 || entry.observed.events > 0 || is_reached, "{:?}", entry);
        }
    }

    #[test]
    fn evidence_is_granted_or_reported_and_refusals_stay_refused(value in evidence()) {
        let case = Case::from_value(&value);
        let (_, policies, codes) = made(&case);
        let documents = Policies::identity(policies.execution_role);
        let mut used: BTreeMap<(&str, String), bool> = BTreeMap::new();
        for call in &case.evidence.observed {
            let Some(request) = request(&case, call) else { continue };
            let entry = used.entry((call.key.action.as_str(), request.resource)).or_default();
            *entry |= call.key.outcome.is_use();
        }
        for call in &case.evidence.observed {
            let Some(request) = request(&case, call) else { continue };
            let allowed = principal_side(&request, &documents);
            if call.key.outcome.is_use() {
                prop_assert!(
                    allowed || codes.contains(&Code::ObservedNotDeclared)
                        || codes.contains(&Code::ResourceForeign),
                    "{request:?}"
                );
            }
            let only_denied = !used[&(call.key.action.as_str(), request.resource.clone())];
            if call.key.outcome == Outcome::Denied && only_denied && allowed {
                prop_assert!(codes.contains(&Code::DeniedDeclared), "{request:?}");
            }
        }
    }
}
