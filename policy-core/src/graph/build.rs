//! Evidence → access graph.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{DiGraph, NodeIndex};

use crate::catalog::Catalog;
use crate::evidence::{
    AcceptedGrant, DeclaredAccess, Environment, FunctionEvidence, FunctionSettings, InvokerOptions,
    SettingOrigin, SourceOrigin,
};
use crate::finding::{Code, Finding};
use crate::iam::{AccountId, ActionName, ArnPattern, RoleArn};

use super::base::Base;
use super::complete::{Completer, Wanted};
use super::confirm::Bar;
use super::edge::Edge;
use super::encryption::Keys;
use super::error::GraphError;
use super::merge::{Facts, Merge, Source, merge};
use super::node::{Grant, Node, ObservedRequest, PlatformNeed};
use super::reach::Reach;
use super::resolve::{DeclaredRequest, Resolver};
use super::visibility::{Recording, Selectors, Sight};
use super::{observe, passing, platform, reach_report, unknown};

/// Facts about one function and the grants that follow from them.
///
/// Shape: one `Function` node; every other node but grants hangs on it by one edge; every grant has at
/// least one `Authorises` edge. Same evidence in any order gives the same graph.
#[derive(Debug, Clone)]
pub struct AccessGraph {
    pub(super) graph: DiGraph<Node, Edge>,
    grants: Vec<NodeIndex>,
    settings: FunctionSettings,
    environment: Environment,
    invokers: Vec<Invoker>,
    feeders: Vec<Feeder>,
    code_key: Option<Box<str>>,
    dropped: Vec<Dropped>,
}

/// A declared access that is proved unused, and so not granted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dropped {
    /// The action.
    pub action: ActionName,
    /// On what.
    pub resource: ArnPattern,
    /// Where it is declared; sorted.
    pub declared: Vec<SourceOrigin>,
}

/// How evidence becomes grants, and what is known of the trail that it comes from.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Which evidence is granted.
    pub merge: Merge,
    /// What the whole trail shows that it records.
    pub recording: &'a Recording,
    /// What the trail is said to record.
    pub selectors: &'a Selectors,
    /// What was declared before; [`Merge::Confirmed`] asks for it.
    pub base: Option<&'a Base>,
    /// How many whole days a trail must go back to prove an access unused.
    pub min_window_days: u32,
}

impl Rules<'_> {
    /// Whole days that a trail must go back, unless said otherwise.
    pub const MIN_WINDOW_DAYS: u32 = 90;
}

/// A grant in its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantId(pub(super) NodeIndex);

/// Who invokes the function, declared or set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Invoker {
    /// The kind: `apigateway`, `events`, `s3` …
    pub kind: Box<str>,
    /// An ARN, or the part that the kind completes.
    pub source: Box<str>,
    /// The alias or version; `None` is the function itself.
    pub qualifier: Option<Box<str>>,
    /// What else is said of it.
    pub options: InvokerOptions,
    /// Where it is written.
    pub origin: InvokerOrigin,
}

/// Who puts messages into a queue or topic from which the function is invoked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Feeder {
    /// The ARN of the queue or topic.
    pub fed: Box<str>,
    /// The kind, in the words of invokers: `s3`, `sns`, `events`.
    pub kind: Box<str>,
    /// An ARN, or the part that the kind completes.
    pub source: Box<str>,
    /// Whose the source is, where its ARN does not say it.
    pub account: Option<Box<str>>,
}

/// Where an invoker is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum InvokerOrigin {
    /// `invoked_by(…)`.
    Source(SourceOrigin),
    /// Configuration.
    Setting(SettingOrigin),
}

/// Resolved evidence that becomes nodes: the very many observations are moved, not copied.
struct Roots<'a> {
    accesses: &'a [&'a DeclaredAccess],
    requests: &'a [DeclaredRequest],
    reach: Option<&'a Reach<'a>>,
    observations: Vec<ObservedRequest>,
    needs: Vec<PlatformNeed>,
    accepted: Vec<AcceptedGrant>,
}

impl AccessGraph {
    /// Builds the graph of one function and applies a merge rule, the function's own calls being the whole trail.
    ///
    /// # Errors
    /// As [`AccessGraph::build_by`].
    pub fn build(
        evidence: &FunctionEvidence,
        catalog: &Catalog,
        merge: Merge,
    ) -> Result<(Self, Vec<Finding>), GraphError> {
        let recording = Recording::of(&evidence.observed, catalog);
        let selectors = Selectors::default();
        let rules = Rules {
            merge,
            recording: &recording,
            selectors: &selectors,
            base: None,
            min_window_days: Rules::MIN_WINDOW_DAYS,
        };
        Self::build_by(evidence, catalog, rules)
    }

    /// Builds the graph of one function and applies the merge rule.
    ///
    /// Shape: findings sorted, each once.
    ///
    /// # Errors
    /// [`GraphError::Incomplete`] with everything that is missing to write the ARNs (account,
    /// Region, parameters, variables); [`GraphError::BaseMissing`].
    pub fn build_by(
        evidence: &FunctionEvidence,
        catalog: &Catalog,
        rules: Rules<'_>,
    ) -> Result<(Self, Vec<Finding>), GraphError> {
        let rule = match rules.merge {
            Merge::Checked if evidence.declarations.is_empty() && evidence.reachable.is_none() => {
                Merge::Observed
            }
            rule => rule,
        };
        let bar = match (rule, rules.base) {
            (Merge::Confirmed, None) => return Err(GraphError::BaseMissing),
            (Merge::Confirmed, Some(base)) => {
                Some(Bar { base, min_window_days: rules.min_window_days })
            }
            _ => None,
        };
        let settings = &evidence.settings;
        let completer = Completer::new(settings, &evidence.environment);
        let mut findings = Vec::new();

        let accesses: BTreeSet<&DeclaredAccess> =
            evidence.declarations.iter().flat_map(|d| &d.accesses).collect();
        let accesses: Vec<&DeclaredAccess> = accesses.into_iter().collect();
        let keys = Keys::new(&settings.configuration, catalog, &completer, &mut findings);
        let mut resolver = Resolver::new(catalog, &completer, &keys);
        for (position, access) in accesses.iter().enumerate() {
            resolver.access(position, access);
        }
        let requests = std::mem::take(&mut resolver.requests);
        findings.append(&mut resolver.findings);
        let mut untold = std::mem::take(&mut resolver.untold);

        let invokers = invokers(evidence, &completer, &mut findings);
        let feeders = feeders(settings, &completer, &mut findings);
        let code_key = settings.configuration.code_key.as_deref();
        let code_key = code_key.and_then(|key| completer.fill(key, None).ok()).map(Box::from);

        let mut declared: BTreeSet<ActionName> =
            requests.iter().map(|r| r.action.clone()).collect();
        let stands = evidence.declarations.is_empty();
        let reach = evidence.reachable.as_ref().map(|reachable| {
            Reach::new(reachable, stands, catalog, settings, &evidence.environment)
        });
        declared.extend(reach.iter().flat_map(Reach::actions));
        reach.iter().flat_map(|reach| &reach.calls).for_each(|call| untold.extend(&call.untold));
        let observations = observe::group(&evidence.observed, &declared);
        let around = passing::Around {
            accesses: &accesses,
            accepted: &settings.accepted,
            observations: &observations,
            partition: completer.partition(),
            catalog,
        };
        let requests = passing::settle(requests, &around, &mut findings);
        findings.extend(passing::accepted_for_any(&around));
        let mut needs = platform::needs(evidence, catalog, &completer, &mut findings);
        needs.extend(keys.needs(&needs, &observations, &completer));
        needs.sort();
        needs.dedup();
        findings.extend(untold.finding(&observations));

        let account: Option<AccountId> = completer.known_account().and_then(|a| a.parse().ok());
        let missing = completer.into_missing();
        if !missing.is_empty() {
            return Err(GraphError::Incomplete(missing));
        }

        let mut accepted = settings.accepted.clone();
        accepted.sort();
        accepted.dedup();
        let unknown = unknown::Places::of(&evidence.observed);
        let spaces = super::merge::tenant_spaces(&observations);
        let facts = Facts {
            accesses: &accesses,
            requests: &requests,
            reach: reach.as_ref(),
            observations: &observations,
            spaces: &spaces,
            needs: &needs,
            accepted: &accepted,
            account: account.as_ref(),
            role: settings.role.as_ref().map(RoleArn::as_str),
            partition: evidence.environment.partition.as_str(),
            catalog,
            sight: Sight {
                catalog,
                recording: rules.recording,
                selectors: rules.selectors,
                account: account.as_ref(),
            },
            bar,
            unknown: settings.allow_unknown.then_some(&unknown),
        };
        let merged = merge(&facts, rule);
        findings.extend(merged.findings);
        if let Some(reach) = &reach {
            let grants = merged.grants.keys();
            findings
                .extend(reach_report::findings(reach, &accesses, &accepted, grants, rule, catalog));
        }
        let dropped = dropped(&merged.dropped, &requests, &accesses);
        findings.sort();
        findings.dedup();

        let mut built = Self {
            graph: DiGraph::new(),
            grants: Vec::new(),
            settings: settings.clone(),
            environment: evidence.environment.clone(),
            invokers,
            feeders,
            code_key,
            dropped,
        };
        built.environment.account = built.environment.account.or_else(|| account.clone());
        if built.environment.region.is_none() {
            let deployed = settings.deployed.as_ref();
            built.environment.region = deployed.and_then(|arn| arn.region().parse().ok());
        }
        built.fill(
            Roots {
                accesses: &accesses,
                requests: &requests,
                reach: reach.as_ref(),
                observations,
                needs,
                accepted,
            },
            merged.grants,
        );
        Ok((built, findings))
    }

    fn fill(
        &mut self,
        roots: Roots<'_>,
        grants: BTreeMap<Grant, (BTreeSet<Source>, BTreeSet<usize>)>,
    ) {
        let function = self.graph.add_node(Node::Function(self.settings.name.clone()));
        let mut hang = |node, edge| {
            let index = self.graph.add_node(node);
            self.graph.add_edge(function, index, edge);
            index
        };
        let accesses: Vec<NodeIndex> = roots
            .accesses
            .iter()
            .map(|&a| hang(Node::Declaration(Box::new(a.clone())), Edge::Declares))
            .collect();
        let calls: Vec<NodeIndex> = roots
            .reach
            .iter()
            .flat_map(|reach| &reach.calls)
            .map(|it| hang(Node::Reachable(Box::new(it.call.clone())), Edge::Reaches))
            .collect();
        let observations: Vec<NodeIndex> = roots
            .observations
            .into_iter()
            .map(|o| hang(Node::Observation(Box::new(o)), Edge::Observes))
            .collect();
        let needs: Vec<NodeIndex> = roots
            .needs
            .into_iter()
            .map(|n| hang(Node::PlatformNeed(Box::new(n)), Edge::Needs))
            .collect();
        let accepted: Vec<NodeIndex> = roots
            .accepted
            .into_iter()
            .map(|a| hang(Node::Acceptance(Box::new(a)), Edge::Accepts))
            .collect();
        let implied: BTreeSet<_> = roots
            .requests
            .iter()
            .filter(|r| r.implied)
            .map(|r| (r.access, &r.action, &r.resource, &r.class))
            .collect();
        for (grant, (sources, covered)) in grants {
            let (action, resource) = (grant.action.clone(), grant.resource.clone());
            let class = grant.class.clone();
            let reachable = roots.reach.map(|reach| reach.of_grant(&grant)).unwrap_or_default();
            let index = self.graph.add_node(Node::Grant(Box::new(grant)));
            self.grants.push(index);
            for source in &sources {
                let origin = match *source {
                    Source::Access(i) => {
                        if implied.contains(&(i, &action, &resource, &class)) {
                            self.graph.add_edge(accesses[i], index, Edge::Implies);
                        }
                        accesses[i]
                    }
                    Source::Call(i) => calls[i],
                    Source::Observation(i) => observations[i],
                    Source::Need(i) => needs[i],
                    Source::Acceptance(i) => accepted[i],
                };
                self.graph.add_edge(index, origin, Edge::Authorises);
            }
            for i in reachable {
                if !sources.contains(&Source::Call(i)) {
                    self.graph.add_edge(index, calls[i], Edge::Covers);
                }
            }
            for o in covered {
                if !sources.contains(&Source::Observation(o)) {
                    self.graph.add_edge(index, observations[o], Edge::Covers);
                }
            }
        }
    }

    /// Every grant, sorted.
    pub fn grants(&self) -> impl Iterator<Item = (GrantId, &Grant)> {
        self.grants
            .iter()
            .filter_map(|&index| self.grant(GrantId(index)).map(|grant| (GrantId(index), grant)))
    }

    /// A grant of this graph.
    #[must_use]
    pub fn grant(&self, id: GrantId) -> Option<&Grant> {
        match self.graph.node_weight(id.0)? {
            Node::Grant(grant) => Some(grant),
            _ => None,
        }
    }

    /// Every observation of the trail, of all outcomes, sorted.
    pub fn observations(&self) -> impl Iterator<Item = &ObservedRequest> {
        self.graph.node_weights().filter_map(|node| match node {
            Node::Observation(request) => Some(&**request),
            _ => None,
        })
    }

    /// What is known about the deployed function.
    #[must_use]
    pub fn settings(&self) -> &FunctionSettings {
        &self.settings
    }

    /// Account, Region and partition, completed by the deployed function's ARN and role.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Declared accesses that are proved unused, sorted; only [`Merge::Confirmed`] drops any.
    #[must_use]
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }

    /// Who puts messages into the queues and topics from which the function is invoked, sorted.
    #[must_use]
    pub fn feeders(&self) -> &[Feeder] {
        &self.feeders
    }

    /// The key with which Lambda encrypts the code, if it is a customer's.
    #[must_use]
    pub fn code_key(&self) -> Option<&str> {
        self.code_key.as_deref()
    }

    /// Who invokes the function, sorted.
    #[must_use]
    pub fn invokers(&self) -> &[Invoker] {
        &self.invokers
    }
}

/// What is dropped, with all the places that declare it.
fn dropped(
    positions: &BTreeSet<usize>,
    requests: &[DeclaredRequest],
    accesses: &[&DeclaredAccess],
) -> Vec<Dropped> {
    let mut places: BTreeMap<(&ActionName, &ArnPattern), BTreeSet<&SourceOrigin>> = BTreeMap::new();
    for request in positions.iter().map(|&d| &requests[d]) {
        let key = (&request.action, &request.resource);
        places.entry(key).or_default().insert(&accesses[request.access].origin);
    }
    let one = |((action, resource), origins): ((&ActionName, &ArnPattern), BTreeSet<_>)| Dropped {
        action: action.clone(),
        resource: resource.clone(),
        declared: origins.into_iter().cloned().collect(),
    };
    places.into_iter().map(one).collect()
}

/// Who feeds the queues and topics that settings name, `{parameter}`s filled.
fn feeders(
    settings: &FunctionSettings,
    completer: &Completer<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<Feeder> {
    let mut feeders = Vec::new();
    let configuration = &settings.configuration;
    let queues = configuration.polls.iter().filter(|poll| &*poll.kind == "sqs");
    let queues = queues.map(|poll| ("sqs", &poll.source, &poll.fed_by));
    let topics = configuration.invokers.iter().filter(|invoker| &*invoker.kind == "sns");
    let topics = topics.map(|invoker| ("sns", &invoker.source, &invoker.fed_by));
    for (service, fed, fed_by) in queues.chain(topics) {
        for from in fed_by {
            let fill = |text: &str| completer.fill(text, None);
            let filled = || -> Result<Feeder, String> {
                let arn = match fill(fed)? {
                    arn if arn.starts_with("arn:") => arn,
                    name => {
                        let wanted = Wanted { text: fed, origin: None };
                        let (region, account) =
                            (completer.region(wanted), completer.account(wanted));
                        format!("arn:{}:{service}:{region}:{account}:{name}", completer.partition())
                    }
                };
                let account = from.options.account.as_deref().map(fill).transpose()?;
                Ok(Feeder {
                    fed: arn.into(),
                    kind: from.kind.clone(),
                    source: fill(&from.source)?.into(),
                    account: account.map(Box::from),
                })
            };
            match filled() {
                Ok(feeder) => feeders.push(feeder),
                Err(problem) => findings.push(Finding::new(Code::FragmentIncomplete, problem)),
            }
        }
    }
    feeders.sort();
    feeders.dedup();
    feeders
}

/// Every invoker, its `{parameter}`s filled.
fn invokers(
    evidence: &FunctionEvidence,
    completer: &Completer<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<Invoker> {
    let declared = evidence.declarations.iter().flat_map(|d| &d.invokers).map(|i| Invoker {
        kind: i.kind.clone(),
        source: i.source.clone(),
        qualifier: i.qualifier.clone(),
        options: i.options.clone(),
        origin: InvokerOrigin::Source(i.origin.clone()),
    });
    let set = evidence.settings.configuration.invokers.iter().map(|i| Invoker {
        kind: i.kind.clone(),
        source: i.source.clone(),
        qualifier: i.qualifier.clone(),
        options: i.options.clone(),
        origin: InvokerOrigin::Setting(i.origin.clone()),
    });
    let filled = declared.chain(set).filter_map(|invoker| {
        let origin = match &invoker.origin {
            InvokerOrigin::Source(origin) => Some(origin),
            InvokerOrigin::Setting(_) => None,
        };
        let fill = |text: &str| completer.fill(text, origin).map(Box::from);
        let filled = || -> Result<Invoker, String> {
            let InvokerOptions { organization, account, auth } = &invoker.options;
            let options = InvokerOptions {
                organization: organization.as_deref().map(fill).transpose()?,
                account: account.as_deref().map(fill).transpose()?,
                auth: *auth,
            };
            Ok(Invoker { source: fill(&invoker.source)?, options, ..invoker.clone() })
        };
        match filled() {
            Ok(invoker) => Some(invoker),
            Err(problem) => {
                findings.push(Finding::new(Code::InvokerIncomplete, problem));
                None
            }
        }
    });
    let mut invokers: Vec<Invoker> = filled.collect();
    invokers.sort();
    invokers.dedup();
    invokers
}
