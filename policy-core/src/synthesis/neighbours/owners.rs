//! Resources and keys whose own policy must let the role in.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Code, Finding};
use crate::graph::AccessGraph;
use crate::iam::{AccountId, ConditionBlock, ConditionKey};
use crate::names::container;
use crate::policy::{ActionElement, Effect, ResourceElement, Statement};
use crate::semantics::{Context, Principal, Request};

use super::super::conditions::{RESOURCE_ACCOUNT, SOURCE_FUNCTION};
use super::super::entries::EvidenceEntry;
use super::super::error::SynthesisError;
use super::super::{FunctionPolicies, requests};
use super::{Draft, Fragment, FragmentKind, aws, file_name, with_sids};

/// Services whose resources have policies of their own, with what such a resource is called.
///
/// # Source
/// IAM User Guide, "AWS services that work with IAM", column "Resource-based policies".
const WITH_POLICIES: &[(&str, &str)] = &[
    ("dynamodb", "table"),
    ("ecr", "repository"),
    ("events", "bus"),
    ("iam", "role"),
    ("kinesis", "stream"),
    ("lambda", "function"),
    ("s3", "bucket"),
    ("secretsmanager", "secret"),
    ("sns", "topic"),
    ("sqs", "queue"),
];

/// A role of nobody here.
const STRANGER: &str = "arn:aws:iam::000000000007:role/stranger";

/// What is asked of one container: by conditions, which actions on which resources.
type Asked<'a> = BTreeMap<ConditionBlock, Vec<&'a EvidenceEntry>>;

pub(super) fn add(
    graph: &AccessGraph,
    policies: &FunctionPolicies,
    drafts: &mut Vec<Draft>,
    findings: &mut Vec<Finding>,
) -> Result<(), SynthesisError> {
    let ours = graph.environment().account.as_ref();
    let mut containers: BTreeMap<String, Asked<'_>> = BTreeMap::new();
    for entry in &policies.evidence {
        let is_key = matches!(entry.action.service(), "kms" | "sts");
        let owner = owner(entry);
        if is_key || owner.is_some_and(|owner| ours.is_none_or(|ours| ours.as_str() != owner)) {
            let asked = containers.entry(container_of(entry)).or_default();
            asked.entry(without_our_keys(&entry.condition)).or_default().push(entry);
        }
    }
    if containers.is_empty() {
        return Ok(());
    }
    let Some(role) = &graph.settings().role else {
        findings.push(
            Finding::new(
                Code::FragmentIncomplete,
                "what the owners of other accounts' resources and of keys must add names the role, which is not known",
            )
            .help("give it with `--role`, or in policy.toml"),
        );
        return Ok(());
    };
    for (name, asked) in containers {
        let service = name.split(':').nth(2).unwrap_or_default().to_owned();
        let what = match WITH_POLICIES.iter().find(|(prefix, _)| *prefix == service) {
            Some((_, what)) => *what,
            None if service == "kms" => "key",
            None => {
                findings.push(
                    Finding::new(
                        Code::FragmentIncomplete,
                        format!("`{name}` is another account's, and resources of `{service}` have no policy that could let the role in"),
                    )
                    .help("assume a role of that account, declared with `via_role`"),
                );
                continue;
            }
        };
        drafts.push(draft(graph, role.as_str(), what, &name, &asked)?);
    }
    Ok(())
}

fn draft(
    graph: &AccessGraph,
    role: &str,
    what: &str,
    name: &str,
    asked: &Asked<'_>,
) -> Result<Draft, SynthesisError> {
    let (is_key, is_role) = (what == "key", what == "role");
    let mut statements = Vec::new();
    let (mut allowed, mut refused) = (Vec::new(), Vec::new());
    for (condition, entries) in asked {
        let mut by_resources: BTreeMap<BTreeSet<&str>, BTreeSet<&str>> = BTreeMap::new();
        let mut by_action: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for entry in entries {
            let resource = if is_key { "*" } else { entry.resource.as_str() };
            by_action.entry(entry.action.as_str()).or_default().insert(resource);
            let request = request(graph, entry, condition)?;
            for stranger in strangers(&request)? {
                refused.push(stranger);
            }
            refused
                .push(Request { principal: Principal::role(STRANGER.parse()?), ..request.clone() });
            allowed.push(request);
        }
        for (action, resources) in by_action {
            by_resources.entry(resources).or_default().insert(action);
        }
        for (resources, actions) in by_resources {
            statements.push(Statement {
                sid: None,
                effect: Effect::Allow,
                principal: Some(aws(role)),
                action: ActionElement::Action(actions.into_iter().map(str::to_owned).collect()),
                // A trust policy is about its role alone.
                resource: (!is_role).then(|| {
                    let resources = resources.into_iter().map(str::to_owned);
                    ResourceElement::Resource(resources.collect())
                }),
                condition: condition.clone(),
            });
        }
    }
    let format_what = format!("{what}-policy");
    let function = &graph.settings().name;
    let tail = name.splitn(6, ':').nth(5).unwrap_or(name);
    let reason = match what {
        "key" => format!(
            "the key's policy must let the role of `{function}` use it, unless it leaves that to IAM policies of the account"
        ),
        "role" => format!("the role must trust the role of `{function}`, whose code assumes it"),
        _ => format!(
            "the {what} is another account's, whose owner must let the role of `{function}` in"
        ),
    };
    let kind = match what {
        "key" => FragmentKind::Key,
        "role" => FragmentKind::Trust,
        _ => FragmentKind::Resource,
    };
    Ok(Draft {
        fragment: Fragment {
            name: file_name(
                if is_role { "trust" } else { &format_what },
                &graph.settings().spelled(tail),
            ),
            kind,
            of: name.to_owned(),
            reason,
            document: with_sids(statements, &format!("role of {function}")),
        },
        allowed,
        refused,
    })
}

/// The request of an entry, made with the role.
fn request(
    graph: &AccessGraph,
    entry: &EvidenceEntry,
    condition: &ConditionBlock,
) -> Result<Request, SynthesisError> {
    let mut context = Context::default();
    for (_, key, values) in condition.iter() {
        let value = values.first().map(|value| value.replace(['*', '?'], "x"));
        context.set(key.clone(), value.into_iter().collect());
    }
    if let Some(owner) = owner(entry) {
        context.set(ConditionKey::new(RESOURCE_ACCOUNT), vec![owner.to_owned()]);
    }
    Ok(Request {
        principal: Principal::role(requests::role(graph)?),
        action: entry.action.clone(),
        resource: entry.resource.replace(['*', '?'], "x"),
        context,
    })
}

/// The same request without, and with another value of, each key that the statement asks for.
fn strangers(request: &Request) -> Result<Vec<Request>, SynthesisError> {
    let keys: Vec<ConditionKey> = request
        .context
        .iter()
        .map(|(key, _)| key.clone())
        .filter(|key| key.as_str() != RESOURCE_ACCOUNT)
        .collect();
    Ok(keys.iter().flat_map(|key| super::super::proof::outside(request, key)).collect())
}

/// Whose the resource is, where that is written out.
fn owner(entry: &EvidenceEntry) -> Option<&str> {
    let in_arn = entry.resource.split(':').nth(4).filter(|account| AccountId::fits(account));
    let asked = entry.condition.iter().find(|(_, key, _)| key.as_str() == RESOURCE_ACCOUNT);
    in_arn.or_else(|| asked.and_then(|(_, _, values)| values.first()).map(String::as_str))
}

/// The container of an entry: the bucket of an object, the queue, the key.
fn container_of(entry: &EvidenceEntry) -> String {
    let name = container::name(&entry.resource);
    name.trim_end_matches("/*").to_owned()
}

/// Conditions that may stand in a resource's policy: not those on our function, nor on whose it is.
fn without_our_keys(condition: &ConditionBlock) -> ConditionBlock {
    let mut kept = ConditionBlock::default();
    for (operator, key, values) in condition.iter() {
        if ![SOURCE_FUNCTION, RESOURCE_ACCOUNT].contains(&key.as_str()) {
            kept.insert(operator, key.clone(), values.iter().cloned());
        }
    }
    kept
}
