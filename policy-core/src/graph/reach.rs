//! What the code can call (R), held against what is declared and observed.
//!
//! An observed call that the code can make is granted as it was observed; one that it cannot make is somebody else's. Where
//! nothing is declared, R stands for the declarations as far as its resources are known: an action without a resource type
//! is granted, one with is reported, never put on `*`.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Operation};
use crate::evidence::covered::may_need;
use crate::evidence::{
    CallPlace, Confidence, DeclaredAccess, DeclaredName, Environment, FunctionSettings, Reachable,
    ReachableCall, ReachableResource, SourceOrigin, UnknownCalls,
};
use crate::iam::{ActionName, ArnPattern, ConditionBlock};

use super::complete::{Completer, pattern};
use super::coverage::{Covered, covers};
use super::encryption::{Keys, Untold};
use super::node::{Grant, GrantClass, ObservedRequest, Owner};
use super::observe::is_pass_role;
use super::resolve::{DeclaredRequest, Resolver};

/// The calls of one function, resolved.
pub(super) struct Reach<'a> {
    /// The calls of the code, then those that the SDK links for itself.
    pub(super) calls: Vec<Reached<'a>>,
    /// Why there may be more.
    pub(super) unknown: &'a [UnknownCalls],
    /// What it came from.
    pub(super) evidence: &'a Reachable,
    /// Whether it stands for the declarations.
    pub(super) stands: bool,
    catalog: &'a Catalog,
}

/// One call with the requests that it makes.
pub(super) struct Reached<'a> {
    pub(super) call: &'a ReachableCall,
    /// Whether the SDK links it for itself: never granted on this alone.
    pub(super) own: bool,
    operation: Option<Operation<'a>>,
    /// On resources that are known; only where it stands for a declaration.
    pub(super) requests: Vec<DeclaredRequest>,
    /// Why some of its resources are not known.
    pub(super) unresolved: Option<Box<str>>,
    /// Those of its resources of which nobody says how they are encrypted.
    pub(super) untold: Untold,
}

impl<'a> Reach<'a> {
    pub(super) fn new(
        reachable: &'a Reachable,
        stands: bool,
        catalog: &'a Catalog,
        settings: &FunctionSettings,
        environment: &Environment,
    ) -> Self {
        let marked = reachable.calls.iter().map(|call| (call, false));
        let marked = marked.chain(reachable.own.iter().map(|call| (call, true)));
        let calls = marked.enumerate().map(|(position, (call, own))| {
            let operation = call.operation(catalog);
            let (requests, unresolved, untold) = (Vec::new(), None, Untold::default());
            let mut reached = Reached { call, own, operation, requests, unresolved, untold };
            if stands && !own {
                reached.resolve(position, catalog, settings, environment);
            }
            reached
        });
        let calls = calls.collect();
        Self { calls, unknown: &reachable.unknown, evidence: reachable, stands, catalog }
    }

    /// The calls that an observed request may be, by position.
    pub(super) fn behind(&self, request: &ObservedRequest) -> Vec<usize> {
        let may_be = |reached: &Reached<'_>| {
            let mut known = reached.requests.iter().filter(|it| it.action == request.action);
            // Where resources are known, they must be these.
            let on_others = reached.unresolved.is_none()
                && known.clone().next().is_some()
                && !known.any(|it| covers(it.allowing(), request) != Covered::No);
            reached.asks(&request.action, &request.class, self.catalog) && !on_others
        };
        self.positions(may_be)
    }

    /// The calls that a grant lets the code make, by position.
    pub(super) fn of_grant(&self, grant: &Grant) -> Vec<usize> {
        let may_be = |reached: &Reached<'_>| {
            let mut known = reached.requests.iter().filter(|it| it.action == grant.action);
            let meets =
                |it: &DeclaredRequest| it.resource.pattern().intersects(grant.resource.pattern());
            let on_others =
                reached.unresolved.is_none() && known.clone().next().is_some() && !known.any(meets);
            reached.asks(&grant.action, &grant.class, self.catalog) && !on_others
        };
        self.positions(may_be)
    }

    fn positions(&self, fits: impl Fn(&Reached<'_>) -> bool) -> Vec<usize> {
        let found = self.calls.iter().enumerate().filter(|(_, reached)| fits(reached));
        found.map(|(position, _)| position).collect()
    }

    /// Every action that one of the calls may need as the code's own.
    pub(super) fn actions(&self) -> impl Iterator<Item = ActionName> {
        self.calls.iter().flat_map(|reached| reached.call.actions(self.catalog))
    }
}

impl Reached<'_> {
    /// Whether the call may need `action` when a caller of `class` makes it.
    fn asks(&self, action: &ActionName, class: &GrantClass, catalog: &Catalog) -> bool {
        if let DeclaredName::Action(own) = &self.call.name {
            return own == action && *class == GrantClass::Code;
        }
        let Some(operation) = self.operation else { return false };
        match class {
            GrantClass::Code => {
                operation.primary_actions().any(|needed| needed == *action)
                    || operation.conditional_actions().any(|needed| needed == *action)
            }
            GrantClass::Forwarded { via_service } => operation.indirect().any(|indirect| {
                let is_service = match (via_service, indirect.via_service) {
                    (Some(host), Some(label)) => host.split('.').next() == Some(label),
                    (None, _) => true,
                    (Some(_), None) => false,
                };
                is_service && indirect.action == *action
            }),
            GrantClass::Passed { .. } => {
                is_pass_role(action) && may_need(operation, action, catalog)
            }
            GrantClass::PlatformNamed | GrantClass::PlatformUnnamed | GrantClass::Accepted => false,
        }
    }

    /// Finds the requests of a call that stands for a declaration.
    fn resolve(
        &mut self,
        position: usize,
        catalog: &Catalog,
        settings: &FunctionSettings,
        environment: &Environment,
    ) {
        if self.call.confidence == Confidence::Ambiguous {
            self.unresolved = Some("it is one of several calls that it may be".into());
            return;
        }
        let call = self.call;
        self.resource(position, &call.name, &call.resource, catalog, settings, environment);
    }

    /// Finds the requests of `name`, the call itself or one of its actions.
    fn resource(
        &mut self,
        position: usize,
        name: &DeclaredName,
        resource: &ReachableResource,
        catalog: &Catalog,
        settings: &FunctionSettings,
        environment: &Environment,
    ) {
        match resource {
            ReachableResource::ByAction(sides) => {
                for (action, resource) in sides {
                    let name = DeclaredName::Action(action.clone());
                    self.resource(position, &name, resource, catalog, settings, environment);
                }
            }
            ReachableResource::Unknown { reason } => {
                let actions = match name {
                    DeclaredName::Action(action) => vec![action.clone()],
                    DeclaredName::Operation(_) => self.call.actions(catalog),
                };
                for action in actions {
                    let known = catalog.action(&action);
                    if known.is_some_and(|known| known.resource_types().next().is_none()) {
                        self.requests.push(DeclaredRequest {
                            action,
                            resource: pattern("*"),
                            class: GrantClass::Code,
                            owner: Owner::Unstated,
                            limits: ConditionBlock::default(),
                            implied: false,
                            access: position,
                        });
                    } else {
                        self.unresolved = Some(reason.clone());
                    }
                }
            }
            ReachableResource::Known(resources) => {
                let access = DeclaredAccess {
                    client: self.call.client.clone(),
                    names: vec![name.clone()],
                    levels: Vec::new(),
                    resources: resources.clone(),
                    kms_key: None,
                    owner: None,
                    limits: BTreeMap::new(),
                    keep: None,
                    via_role: None,
                    origin: origin(self.call),
                };
                let completer = Completer::new(settings, environment);
                // What is wrong with the settings is said where declarations are resolved.
                let mut said = Vec::new();
                let keys = Keys::new(&settings.configuration, catalog, &completer, &mut said);
                let mut resolver = Resolver::new(catalog, &completer, &keys);
                resolver.access(position, &access);
                self.untold = std::mem::take(&mut resolver.untold);
                let requests = std::mem::take(&mut resolver.requests);
                let problem = resolver
                    .findings
                    .iter()
                    .find(|it| it.severity == crate::finding::Severity::Error);
                if let Some(problem) = problem {
                    self.unresolved = Some(problem.message.as_str().into());
                }
                if let Some(missing) = completer.into_missing().first() {
                    self.unresolved = Some(missing.to_string().into());
                } else {
                    self.requests.extend(requests);
                }
            }
        }
    }
}

/// Where a call stands, as declarations say it.
fn origin(call: &ReachableCall) -> SourceOrigin {
    match &call.place {
        CallPlace::Source { origin, .. } => origin.clone(),
        CallPlace::Binary { file, .. } => SourceOrigin {
            package: "".into(),
            file: file.clone(),
            line: 0,
            column: 0,
            item: "".into(),
        },
    }
}

/// Whether something that `resource` covers or meets was only ever refused.
pub(super) fn is_refused(
    action: &ActionName,
    resource: &ArnPattern,
    observations: &[ObservedRequest],
) -> bool {
    use crate::evidence::ObservedResource;
    let mut refused = observations.iter().filter(|it| it.only_denied && it.action == *action);
    refused.any(|it| match &it.resource {
        ObservedResource::Arn(arn) => resource.matches(arn.as_str()),
        ObservedResource::Named(other) | ObservedResource::Names(other) => {
            resource.pattern().intersects(other.pattern())
        }
        ObservedResource::None | ObservedResource::Unknown => true,
    })
}
