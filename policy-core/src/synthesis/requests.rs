//! Evidence as requests: what the documents must allow and what they must refuse.
//!
//! Made from the graph alone, so that nothing the documents' makers got wrong can hide here.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::ObservedResource;
use crate::graph::{AccessGraph, Edge, Grant, GrantClass, Node, ObservedRequest, Owner};
use crate::iam::{
    ActionName, ArnPattern, BaseOperator, ConditionBlock, ConditionKey, RoleArn, Token, WordError,
};
use crate::semantics::{Context, Principal, Request};

use super::conditions::{PASSED_TO, RESOURCE_ACCOUNT, SOURCE_FUNCTION, SOURCE_VPCE, VIA_SERVICE};

/// The requests that hold the execution role's documents to the evidence; of one function sorted, each once.
#[derive(Default)]
pub(super) struct Requests {
    pub(super) allowed: Vec<Request>,
    pub(super) refused: Vec<Request>,
    /// How many requests each grant stands for.
    pub(super) items: BTreeMap<(ActionName, String), usize>,
}

pub(super) fn of(graph: &AccessGraph) -> Result<Requests, WordError> {
    let maker =
        Maker { graph, principal: Principal::role(role(graph)?), contexts: RefCell::default() };
    let mut allowed = BTreeSet::new();
    let mut reached = BTreeSet::new();
    let mut items: BTreeMap<(ActionName, String), usize> = BTreeMap::new();
    for (id, grant) in graph.grants() {
        let mut of_grant = BTreeSet::new();
        for (edge, node) in graph.reasons(id) {
            match node {
                Node::Observation(seen) => {
                    reached.insert((&seen.action, &seen.resource, &seen.class));
                    if seen.used.events > 0 {
                        of_grant.extend(maker.observed(seen, Some(grant)));
                    }
                }
                // The grant has another resource than the call, of which it may not be known.
                Node::Reachable(_) if edge != Edge::Authorises => {}
                Node::Declaration(_)
                | Node::Reachable(_)
                | Node::PlatformNeed(_)
                | Node::Acceptance(_) => {
                    let account = account(grant);
                    for shown in &maker.shows(grant, &grant.class) {
                        for (resource, context) in samples(&grant.resource) {
                            let context =
                                maker.context(joined(context, shown), &grant.class, account);
                            of_grant.insert(maker.request(&grant.action, resource, context));
                        }
                    }
                }
                Node::Function(_) | Node::Grant(_) => {}
            }
        }
        let item = (grant.action.clone(), grant.resource.to_string());
        *items.entry(item).or_default() += of_grant.len();
        // Not `append`, which goes through all that is there.
        allowed.extend(of_grant);
    }
    let mut refused = BTreeSet::new();
    for seen in graph.observations().filter(|seen| seen.only_denied) {
        let stands = reached.contains(&(&seen.action, &seen.resource, &seen.class));
        if !stands && seen.resource != ObservedResource::Unknown {
            refused.extend(maker.observed(seen, None));
        }
    }
    let (allowed, refused) = (allowed.into_iter().collect(), refused.into_iter().collect());
    Ok(Requests { allowed, refused, items })
}

/// The role, or one of the function's name where it is not known: identity policies do not ask.
pub(super) fn role(graph: &AccessGraph) -> Result<RoleArn, WordError> {
    if let Some(role) = &graph.settings().role {
        return Ok(role.clone());
    }
    let environment = graph.environment();
    let account = environment.account.as_ref().map_or("000000000000", |a| a.as_str());
    format!("arn:{}:iam::{account}:role/execution-role", environment.partition).parse()
}

fn account(grant: &Grant) -> Option<&str> {
    match &grant.owner {
        Owner::Account(account) | Owner::Assumed(account) => Some(account.as_str()),
        Owner::Unstated | Owner::Anyone => None,
    }
}

struct Maker<'g> {
    graph: &'g AccessGraph,
    principal: Principal,
    /// The contexts that very many requests share.
    contexts: RefCell<BTreeMap<(GrantClass, Option<String>), Context>>,
}

impl Maker<'_> {
    fn request(&self, action: &ActionName, resource: String, context: Context) -> Request {
        Request { principal: self.principal.clone(), action: action.clone(), resource, context }
    }

    /// The keys that a call of this class carries.
    fn context(&self, context: Context, class: &GrantClass, account: Option<&str>) -> Context {
        if !context.is_empty() {
            return self.keys(context, class, account);
        }
        let key = (class.clone(), account.map(str::to_owned));
        let mut contexts = self.contexts.borrow_mut();
        contexts.entry(key).or_insert_with(|| self.keys(context, class, account)).clone()
    }

    fn keys(&self, mut context: Context, class: &GrantClass, account: Option<&str>) -> Context {
        let mut set = |key: &str, value: &str| {
            context.set(ConditionKey::new(key), vec![value.to_owned()]);
        };
        match class {
            GrantClass::Code | GrantClass::PlatformNamed => {
                if let Some(function) = &self.graph.settings().deployed {
                    set(SOURCE_FUNCTION, function.as_str());
                }
            }
            GrantClass::Forwarded { via_service: Some(service) } => set(VIA_SERVICE, service),
            GrantClass::Passed { to } => {
                if let Some(function) = &self.graph.settings().deployed {
                    set(SOURCE_FUNCTION, function.as_str());
                }
                set(PASSED_TO, to);
            }
            GrantClass::Forwarded { via_service: None }
            | GrantClass::PlatformUnnamed
            | GrantClass::Accepted => {}
        }
        if let Some(account) = account {
            set(RESOURCE_ACCOUNT, account);
        }
        context
    }

    /// What else the requests of a grant show: each value that it asks for stands in one.
    fn shows(&self, grant: &Grant, class: &GrantClass) -> Vec<Context> {
        let mut limits = grant.limits.clone();
        let endpoints = &self.graph.settings().configuration.required_endpoints;
        if *class == GrantClass::Code && !endpoints.is_empty() {
            let endpoints = endpoints.iter().map(ToString::to_string);
            limits.insert(
                BaseOperator::StringEquals.into(),
                ConditionKey::new(SOURCE_VPCE),
                endpoints,
            );
        }
        contexts(&limits)
    }

    /// The requests that an observation stands for; `grant` tells what the events leave out.
    fn observed(&self, seen: &ObservedRequest, grant: Option<&Grant>) -> Vec<Request> {
        let resources = match (&seen.resource, grant) {
            // Another form of the ARN, in which IAM may check the call.
            (ObservedResource::Arn(arn), Some(grant)) if !grant.resource.matches(arn.as_str()) => {
                samples(&grant.resource)
            }
            (ObservedResource::Arn(arn), _) => vec![(arn.to_string(), Context::default())],
            (ObservedResource::Named(pattern) | ObservedResource::Names(pattern), _) => {
                samples(pattern)
            }
            (ObservedResource::None, _) => vec![("*".to_owned(), Context::default())],
            (ObservedResource::Unknown, Some(grant)) => samples(&grant.resource),
            (ObservedResource::Unknown, None) => Vec::new(),
        };
        let ours = self.graph.environment().account.as_ref().map(|a| a.as_str());
        let mut accounts: Vec<Option<&str>> =
            seen.accounts.iter().map(|account| Some(account.as_str())).collect();
        if accounts.is_empty() {
            accounts.push(grant.and_then(account).or(ours));
        }
        // A grant for one owner is no answer to the calls on another's resource.
        if let Some(grant) = grant
            && let Some(owner) = account(grant)
        {
            accounts.retain(|account| *account == Some(owner));
        }
        let mut requests = Vec::new();
        // What the events do not tell is taken to be as declared.
        let shows = grant.map(|grant| self.shows(grant, &seen.class));
        for shown in shows.unwrap_or_else(|| vec![Context::default()]) {
            for (resource, context) in &resources {
                for account in &accounts {
                    let account = account.filter(|_| *resource != "*");
                    let context =
                        self.context(joined(context.clone(), &shown), &seen.class, account);
                    requests.push(self.request(&seen.action, resource.clone(), context));
                }
            }
        }
        requests
    }
}

/// ARNs that a pattern covers: with every run of one character, empty, crossing separators, and with
/// text that no other pattern is likely to cover.
///
/// A variable gets a value in the context.
fn samples(pattern: &ArnPattern) -> Vec<(String, Context)> {
    let mut samples: Vec<(String, Context)> = Vec::new();
    for (run, one) in [("x", 'x'), ("", 'x'), ("a/b:c", 'x'), ("zq7/k9", '7')] {
        let mut text = String::new();
        let mut context = Context::default();
        for token in pattern.pattern().tokens() {
            match token {
                Token::Text(literal) => text.push_str(literal),
                Token::One => text.push(one),
                Token::Run => text.push_str(run),
                Token::Variable(name) => {
                    let key = name.split(',').next().unwrap_or(name).trim();
                    context.set(ConditionKey::new(key), vec!["x".to_owned()]);
                    text.push('x');
                }
            }
        }
        // An action without a resource is asked for as `*`.
        if text.is_empty() || *pattern == ArnPattern::any() {
            text = "*".to_owned();
        }
        if !samples.iter().any(|(known, _)| *known == text) {
            samples.push((text, context));
        }
    }
    samples
}

/// `context` with the keys of `more`.
fn joined(mut context: Context, more: &Context) -> Context {
    more.iter().for_each(|(key, values)| context.set(key.clone(), values.to_vec()));
    context
}

/// Contexts that satisfy what a grant asks of its requests, so many that each value stands in one.
fn contexts(limits: &ConditionBlock) -> Vec<Context> {
    let most = limits.iter().map(|(_, _, values)| values.len()).max().unwrap_or(0).max(1);
    let nth = |n: usize| {
        let mut context = Context::default();
        for (operator, key, values) in limits.iter().filter(|it| it.0.base != BaseOperator::Null) {
            let value = values.get(n.min(values.len().saturating_sub(1)));
            let is_pattern = matches!(
                operator.base,
                BaseOperator::StringLike | BaseOperator::ArnLike | BaseOperator::ArnEquals
            );
            let value = value.map(|value| match is_pattern {
                true => value.replace(['*', '?'], "x"),
                false => value.clone(),
            });
            context.set(key.clone(), value.into_iter().collect());
        }
        context
    };
    (0..most).map(nth).collect()
}
