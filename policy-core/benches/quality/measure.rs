//! Learning from the first part of a log and replaying the rest.

use std::collections::BTreeSet;

use policy_core::catalog::Catalog;
use policy_core::evidence::trail::{Aggregate, Reader};
use policy_core::evidence::{
    Environment, FunctionConfiguration, FunctionEvidence, FunctionSettings, ObservedCall,
};
use policy_core::graph::{AccessGraph, Merge};
use policy_core::iam::{ArnPattern, Pattern};
use policy_core::semantics::{Context, Policies, Principal, Request, principal_side};
use policy_core::synthesis::{Conditions, FunctionPolicies, Options, SynthesisError, synthesise};
use serde_json::{Value, json};

use super::shapes::{Call, ELSEWHERE, Shape};

/// Hundredths of a log that are learnt from.
pub(crate) const LEARNT: usize = 70;

/// Whose calls they are.
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/orders-exec";

/// Who made a call.
pub(crate) fn identity(account: &str) -> Value {
    json!({
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:orders",
        "arn": "arn:aws:sts::111122223333:assumed-role/orders-exec/orders",
        "accountId": account,
        "sessionContext": {"sessionIssuer": {
            "type": "Role", "principalId": "AROAEXAMPLE", "arn": ROLE,
            "accountId": account, "userName": "orders-exec",
        }},
    })
}

/// The policies that calls give, without conditions.
pub(crate) fn policies(observed: Vec<ObservedCall>) -> Result<FunctionPolicies, SynthesisError> {
    let evidence = FunctionEvidence {
        settings: FunctionSettings {
            name: "orders".into(),
            role: Some(ROLE.parse().unwrap()),
            configuration: FunctionConfiguration {
                log_group: Some("/other/group".into()),
                ..FunctionConfiguration::default()
            },
            ..FunctionSettings::default()
        },
        environment: Environment {
            account: Some("111122223333".parse().unwrap()),
            region: Some("eu-west-1".parse().unwrap()),
            ..Environment::default()
        },
        declarations: Vec::new(),
        reachable: None,
        observed,
    };
    let catalog = Catalog::embedded();
    let graph = AccessGraph::build(&evidence, catalog, Merge::Observed).unwrap().0;
    let conditions = Conditions::none();
    synthesise(&graph, catalog, Options { conditions, ..Options::default() }).map(|made| made.0)
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) some: usize,
    pub(crate) all: usize,
}

impl Share {
    fn of<T>(all: &[T], is: impl Fn(&T) -> bool) -> Self {
        Self { some: all.iter().filter(|&one| is(one)).count(), all: all.len() }
    }

    /// Units: percent, rounded down, so that only all is a hundred.
    pub(crate) fn percent(self) -> usize {
        (self.some * 100).checked_div(self.all).unwrap_or(100)
    }
}

/// What one rule makes of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Later calls that are allowed.
    pub(crate) later: Share,
    /// Names that the function never uses, elsewhere in the container, that are allowed.
    pub(crate) elsewhere: Share,
    /// The same, in folders that the function uses.
    pub(crate) beside: Share,
    /// Names of tenants that the function never serves, that are allowed.
    pub(crate) foreign: Share,
    /// Names that were only refused, that are allowed.
    pub(crate) refused: Share,
    /// Later names in another container, that are allowed.
    pub(crate) outside: Share,
    /// `Resource` entries.
    pub(crate) resources: usize,
    /// Those of them that are a name itself.
    pub(crate) exact: usize,
    /// Characters of all entries.
    pub(crate) characters: usize,
}

/// A log, divided, with what may be asked of it.
pub(crate) struct Trial<'s> {
    shape: &'s Shape,
    learnt: Vec<Call>,
    later: Vec<String>,
    refused: Vec<String>,
}

impl<'s> Trial<'s> {
    pub(crate) fn new(shape: &'s Shape, events: usize) -> Self {
        let mut learnt = shape.log(events);
        let later = learnt.split_off(events * LEARNT / 100);
        let later = later.into_iter().filter(|call| !call.denied).map(|call| call.name).collect();
        let used: BTreeSet<&str> =
            learnt.iter().filter(|call| !call.denied).map(|call| call.name.as_str()).collect();
        let refused: BTreeSet<String> = learnt
            .iter()
            .filter(|call| call.denied && !used.contains(call.name.as_str()))
            .map(|call| call.name.clone())
            .collect();
        Self { shape, later, refused: refused.into_iter().collect(), learnt }
    }

    fn whole(&self, name: &str) -> String {
        format!("{}{name}", self.shape.container)
    }

    /// The calls that CloudTrail records of the first part show.
    fn observed(&self, is_reversed: bool) -> Vec<ObservedCall> {
        let (service, operation) = self.shape.action.split_once(':').unwrap();
        let record = |(index, call): (usize, &Call)| {
            let mut record = json!({
                "eventVersion": "1.11",
                "userIdentity": identity("111122223333"),
                "eventTime": call.time,
                "eventSource": format!("{service}.amazonaws.com"),
                "eventName": operation,
                "awsRegion": "eu-west-1",
                "requestParameters": null,
                "eventID": format!("00000000-0000-4000-8000-{index:012}"),
                "resources": [{"accountId": "111122223333", "ARN": self.whole(&call.name)}],
                "eventType": "AwsApiCall",
                "recipientAccountId": "111122223333",
            });
            if call.denied {
                record["errorCode"] = "AccessDenied".into();
            }
            record
        };
        let mut records: Vec<Value> = self.learnt.iter().enumerate().map(record).collect();
        if is_reversed {
            records.reverse();
        }
        let mut aggregate = Aggregate::new();
        let document = json!({ "Records": records }).to_string();
        let mut reader = Reader::new(Catalog::embedded());
        reader.document(document.as_bytes(), "log", &mut aggregate).unwrap();
        aggregate.finish().unwrap().calls
    }

    /// The policies that the first part gives; without conditions, so that action and resource decide.
    /// An error when they fit no quota.
    pub(crate) fn policies(&self, is_reversed: bool) -> Result<FunctionPolicies, SynthesisError> {
        policies(self.observed(is_reversed))
    }

    /// The resources inside the container.
    pub(crate) fn resources<'p>(
        &self,
        policies: &'p FunctionPolicies,
    ) -> impl Iterator<Item = &'p str> {
        let resources = policies.evidence.iter().map(|entry| entry.resource.as_str());
        resources.filter(|resource| resource.starts_with(self.shape.container))
    }

    /// What the generated policies allow.
    pub(crate) fn generated(&self) -> Result<Rule, SynthesisError> {
        let policies = self.policies(false)?;
        let resources: BTreeSet<String> = self.resources(&policies).map(Into::into).collect();
        let documents = Policies::identity(policies.execution_role);
        let allows = |whole: &str| {
            let request = Request {
                principal: Principal::role(ROLE.parse().unwrap()),
                action: self.shape.action.parse().unwrap(),
                resource: whole.to_owned(),
                context: Context::default(),
            };
            principal_side(&request, &documents)
        };
        Ok(self.rule(&resources, allows))
    }

    /// What the names alone would allow.
    pub(crate) fn exact(&self) -> Rule {
        let used = self.learnt.iter().filter(|call| !call.denied);
        let names: BTreeSet<String> = used.map(|call| self.whole(&call.name)).collect();
        self.rule(&names, |whole| names.contains(whole))
    }

    /// What `container/*` would allow.
    pub(crate) fn container(&self) -> Rule {
        let all = BTreeSet::from([self.whole("*")]);
        self.rule(&all, |whole| whole.starts_with(self.shape.container))
    }

    /// What a rule makes of the log; `allows` is asked about whole ARNs.
    fn rule(&self, resources: &BTreeSet<String>, allows: impl Fn(&str) -> bool) -> Rule {
        let container = self.shape.container;
        let within = |name: &str| allows(&format!("{container}{name}"));
        let (before, separator) = container.split_at(container.len() - 1);
        let other = |name: &str| allows(&format!("{before}2{separator}{name}"));
        let is_exact = |resource: &&String| {
            ArnPattern::new(Pattern::parse(resource, true)).pattern().as_literal().is_some()
        };
        Rule {
            later: Share::of(&self.later, |name| within(name)),
            elsewhere: Share::of(&ELSEWHERE, |name| within(name)),
            beside: Share::of(self.shape.beside, |name| within(name)),
            foreign: Share::of(self.shape.foreign, |name| within(name)),
            refused: Share::of(&self.refused, |name| within(name)),
            outside: Share::of(&self.later, |name| other(name)),
            resources: resources.len(),
            exact: resources.iter().filter(is_exact).count(),
            characters: resources.iter().map(|resource| resource.chars().count()).sum(),
        }
    }
}
