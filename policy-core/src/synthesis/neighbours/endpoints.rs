//! VPC endpoints: which the function needs to work without the internet, and what their policies must let through.
//!
//! Only of functions in a VPC. What Lambda does itself (logs, traces, most pollers) does not come from there.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::evidence::NeedKind;
use crate::finding::{Code, Finding};
use crate::graph::{AccessGraph, Verdict};
use crate::iam::{BaseOperator, ConditionBlock, ServicePrincipal};
use crate::policy::{
    ActionElement, Effect, PrincipalElement, Principals, ResourceElement, Statement, write,
};
use crate::semantics::{Context, Principal, Request};

use super::super::conditions::{PASSED_TO, RESOURCE_ACCOUNT};
use super::super::entries::EvidenceEntry;
use super::super::error::SynthesisError;
use super::super::trust::{LAMBDA, service};
use super::super::{FunctionPolicies, requests};
use super::endpoint_names::{self, Reached};
use super::{Draft, Fragment, FragmentKind, file_name, with_sids};

/// Largest policy of an endpoint.
///
/// Units: characters, white space included.
///
/// # Source
/// AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies".
const QUOTA: usize = 20_480;

/// A role of nobody here.
const STRANGER: &str = "arn:aws:iam::000000000007:role/stranger";

pub(super) fn add(
    graph: &AccessGraph,
    policies: &FunctionPolicies,
    catalog: &Catalog,
    drafts: &mut Vec<Draft>,
    findings: &mut Vec<Finding>,
) -> Result<(), SynthesisError> {
    let before = drafts.len();
    let configuration = &graph.settings().configuration;
    let is_in_vpc = !configuration.required_endpoints.is_empty()
        || configuration.needs.iter().any(|need| need.kind == NeedKind::NetworkInterfaces);
    if is_in_vpc {
        let mut through: BTreeMap<&str, Vec<&EvidenceEntry>> = BTreeMap::new();
        let mut untold: BTreeSet<(&str, Reached)> = BTreeSet::new();
        for entry in policies.evidence.iter().filter(|entry| is_of_the_code(entry)) {
            match endpoint_names::reached(&entry.action, catalog) {
                Reached::Through(names) => {
                    for name in names {
                        through.entry(name).or_default().push(entry);
                    }
                }
                Reached::Inside => {}
                other => _ = untold.insert((entry.action.service(), other)),
            }
        }
        findings.extend(untold.iter().map(|(service, reached)| without(service, reached)));
        for (endpoint, entries) in through {
            drafts.push(of_the_code(graph, endpoint, &entries, findings)?);
        }
    }
    // Pollers of these sources work from the source's network.
    let mut polls = configuration.polls.iter();
    if polls.any(|poll| {
        matches!(&*poll.kind, "docdb" | "mq") || &*poll.kind == "kafka" && poll.is_in_vpc
    }) {
        for (endpoint, action) in [("sts", "sts:AssumeRole"), ("lambda", "lambda:InvokeFunction")] {
            drafts.push(of_the_poller(graph, endpoint, action)?);
        }
    }
    if graph.environment().partition.as_str() == "aws-cn" && drafts.len() > before {
        findings.push(
            Finding::new(
                Code::FragmentIncomplete,
                "the names of endpoints are those of other partitions; in China some begin with `cn.com.amazonaws`",
            )
            .help("compare them with `aws ec2 describe-vpc-endpoint-services`"),
        );
    }
    Ok(())
}

/// What is said of a service whose calls have no fragment.
fn without(service: &str, reached: &Reached) -> Finding {
    let look = "`aws ec2 describe-vpc-endpoint-services` names what there is in the Region";
    let (message, help) = match reached {
        Reached::OneOf(names) => (
            format!(
                "the code calls `{service}`, and which of its endpoints it needs is not told by its calls: {names}"
            ),
            format!("make the one that the client is configured for; {look}"),
        ),
        Reached::Nothing => (
            format!("the code calls `{service}`, for which AWS lists no endpoint"),
            format!(
                "give these calls a way to the internet, such as a NAT gateway; {look}, should there be a newer one"
            ),
        ),
        _ => (
            format!("the code calls `{service}`, which is not known here, nor is its endpoint"),
            format!("{look}; without one the calls need a way to the internet"),
        ),
    };
    Finding::new(Code::FragmentIncomplete, message).help(help)
}

/// Whether the code makes the calls of an entry, so that they come from the VPC.
fn is_of_the_code(entry: &EvidenceEntry) -> bool {
    let is_forwarded = entry
        .condition
        .iter()
        .any(|(_, key, _)| matches!(key.as_str(), "kms:ViaService") || key.as_str() == PASSED_TO);
    entry.verdict != Verdict::Platform && !is_forwarded
}

fn name_of(graph: &AccessGraph, endpoint: &str) -> String {
    let region = graph.environment().region.as_ref().map_or("REGION", |region| region.as_str());
    endpoint_names::whole(endpoint, region)
}

/// The role may do there what the role allows; the principal stands in a condition, since gateway endpoints take no other
/// than everyone.
fn of_the_code(
    graph: &AccessGraph,
    endpoint: &str,
    entries: &[&EvidenceEntry],
    findings: &mut Vec<Finding>,
) -> Result<Draft, SynthesisError> {
    let role = requests::role(graph)?;
    if graph.settings().role.is_none() {
        findings.push(
            Finding::new(
                Code::FragmentIncomplete,
                format!("policies of VPC endpoints name the role, which is not known and taken to be `{role}`"),
            )
            .help("give it with `--role`, or in policy.toml"),
        );
    }
    let mut asked: BTreeMap<(ConditionBlock, BTreeSet<&str>), BTreeSet<&str>> = BTreeMap::new();
    let mut by_action: BTreeMap<(ConditionBlock, &str), BTreeSet<&str>> = BTreeMap::new();
    let (mut allowed, mut refused) = (Vec::new(), Vec::new());
    for entry in entries {
        let mut condition = ConditionBlock::default().with(
            BaseOperator::ArnEquals,
            "aws:PrincipalArn",
            role.as_str(),
        );
        let mut context = Context::default().with("aws:PrincipalArn", role.as_str());
        let owner = entry.condition.iter().find(|(_, key, _)| key.as_str() == RESOURCE_ACCOUNT);
        if let Some((operator, key, values)) = owner {
            condition.insert(operator, key.clone(), values.iter().cloned());
            context.set(key.clone(), values.iter().take(1).cloned().collect());
        }
        let resources = by_action.entry((condition, entry.action.as_str())).or_default();
        resources.insert(entry.resource.as_str());
        let resource = match entry.resource.as_str() {
            "*" => "*".to_owned(),
            resource => resource.replace(['*', '?'], "x"),
        };
        let request = Request {
            principal: Principal::role(role.clone()),
            action: entry.action.clone(),
            resource,
            context,
        };
        let mut stranger =
            Request { principal: Principal::role(STRANGER.parse()?), ..request.clone() };
        let key = crate::iam::ConditionKey::new("aws:PrincipalArn");
        stranger.context.set(key, vec![STRANGER.to_owned()]);
        refused.push(stranger);
        allowed.push(request);
    }
    for ((condition, action), resources) in by_action {
        asked.entry((condition, resources)).or_default().insert(action);
    }
    let statements = asked.into_iter().map(|((condition, resources), actions)| Statement {
        sid: None,
        effect: Effect::Allow,
        principal: Some(PrincipalElement::Principal(Principals::Any)),
        action: ActionElement::Action(actions.into_iter().map(str::to_owned).collect()),
        resource: Some(ResourceElement::Resource(
            resources.into_iter().map(str::to_owned).collect(),
        )),
        condition,
    });
    let function = &graph.settings().name;
    let document = with_sids(statements.collect(), &format!("code of {function}"));
    let size = write::document(&document).chars().count();
    if size > QUOTA {
        findings.push(Finding::new(
            Code::PolicyOverQuota,
            format!("the policy of the endpoint `{endpoint}` has {size} characters; the quota is {QUOTA}"),
        ));
    }
    let fragment = Fragment {
        name: file_name("endpoint", endpoint_names::short(endpoint)),
        kind: FragmentKind::Endpoint,
        of: name_of(graph, endpoint),
        reason: format!(
            "without the internet, the code of `{function}` reaches the service through this endpoint"
        ),
        document,
    };
    Ok(Draft { fragment, allowed, refused })
}

/// Lambda, for itself, does this from the network of the source.
///
/// # Source
/// AWS Lambda Developer Guide, "Configuring network security" of event sources in a VPC: the policies of these endpoints must
/// let in the service itself, on any resource.
fn of_the_poller(
    graph: &AccessGraph,
    endpoint: &str,
    action: &str,
) -> Result<Draft, SynthesisError> {
    let document = with_sids(
        vec![Statement {
            sid: None,
            effect: Effect::Allow,
            principal: Some(service(LAMBDA)),
            action: ActionElement::Action(vec![action.to_owned()]),
            resource: Some(ResourceElement::Resource(vec!["*".to_owned()])),
            condition: ConditionBlock::default(),
        }],
        &format!("lambda polls with {endpoint}"),
    );
    let resource = match &graph.settings().deployed {
        Some(deployed) if endpoint == "lambda" => deployed.to_string(),
        _ => requests::role(graph)?.to_string(),
    };
    let request = Request {
        principal: Principal::Service(LAMBDA.parse::<ServicePrincipal>()?),
        action: action.parse()?,
        resource,
        context: Context::default(),
    };
    let other = "nobody.amazonaws.com".parse::<ServicePrincipal>()?;
    let refused = vec![
        Request { principal: Principal::Service(other), ..request.clone() },
        Request { action: "lambda:UpdateFunctionCode".parse()?, ..request.clone() },
    ];
    let fragment = Fragment {
        name: file_name("endpoint-poller", endpoint),
        kind: FragmentKind::Endpoint,
        of: name_of(graph, endpoint),
        reason: format!(
            "without the internet, Lambda polls the source of `{}` through this endpoint",
            graph.settings().name
        ),
        document,
    };
    Ok(Draft { fragment, allowed: vec![request], refused })
}
