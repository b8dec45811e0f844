//! What is worth knowing about a decision beside the decision: documents that were not given, actions
//! that nobody knows.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::catalog::Catalog;
use policy_core::finding::{Code, Finding, Place, Severity};
use policy_core::iam::ActionName;
use policy_core::semantics::{Policies, PolicyKind, Request, assumes_role};

use super::Answer;

/// A policy that would have to allow and was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Missing {
    Trust,
    Key,
    Resource,
}

impl Missing {
    pub(super) fn of(request: &Request, policies: &Policies, answer: &Answer) -> Option<Self> {
        let of_owner = |(kind, _): &(PolicyKind, usize)| {
            matches!(kind, PolicyKind::Resource | PolicyKind::Trust)
        };
        if policies.resource.is_some()
            || policies.trust.is_some()
            || !answer.lacking.iter().any(of_owner)
        {
            return None;
        }
        Some(match request.action.service().eq_ignore_ascii_case("kms") {
            _ if assumes_role(request) => Self::Trust,
            true => Self::Key,
            false => Self::Resource,
        })
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Trust => "the trust policy of the role",
            Self::Key => "the policy of the KMS key",
            Self::Resource => "the policy of the resource",
        }
    }

    pub(super) fn flag(self) -> &'static str {
        match self {
            Self::Trust => "--trust-policy",
            Self::Key | Self::Resource => "--resource-policy",
        }
    }

    fn member(self) -> &'static str {
        match self {
            Self::Trust => "trust",
            Self::Key | Self::Resource => "resource",
        }
    }
}

/// What is worth knowing of many cases, each thing once.
#[derive(Default)]
pub(super) struct Notes {
    missing: BTreeMap<Missing, Vec<Place>>,
    actions: BTreeMap<ActionName, Vec<Place>>,
    known: BTreeSet<ActionName>,
}

impl Notes {
    pub(super) fn take(
        &mut self,
        file: &str,
        line: u32,
        request: &Request,
        policies: &Policies,
        answer: &Answer,
    ) {
        let place = || Place { file: file.into(), line: Some(line), ..Place::default() };
        if answer.pass() != Some(true)
            && let Some(missing) = Missing::of(request, policies, answer)
        {
            self.missing.entry(missing).or_default().push(place());
        }
        if self.known.contains(&request.action) {
            return;
        }
        if Catalog::embedded().action(&request.action).is_some() {
            self.known.insert(request.action.clone());
        } else {
            self.actions.entry(request.action.clone()).or_default().push(place());
        }
    }

    pub(super) fn findings(self) -> Vec<Finding> {
        let missing = self.missing.into_iter().map(|(missing, places)| {
            let message = match places.len() {
                1 => format!("a case is denied without {}, which it does not give", missing.noun()),
                many => format!(
                    "{many} cases are denied without {}, which they do not give",
                    missing.noun()
                ),
            };
            let help = format!("add `{}` to `policies`", missing.member());
            let mut finding = Finding::new(Code::PolicyNotGiven, message).help(help);
            finding.places = places;
            finding
        });
        let catalog = Catalog::embedded();
        let near = |action: &ActionName| catalog.nearest_action(action.service(), action.name());
        let (misspelt, unknown): (Vec<_>, Vec<_>) =
            self.actions.into_iter().partition(|(action, _)| near(action).is_some());
        let misspelt = misspelt.into_iter().filter_map(|(action, places)| {
            let mut finding = unknown_action(&action)?;
            finding.places = places;
            Some(finding)
        });
        missing.chain(misspelt).chain(unknown_actions(unknown)).collect()
    }
}

/// One finding about actions that no known one is like.
fn unknown_actions(actions: Vec<(ActionName, Vec<Place>)>) -> Option<Finding> {
    let names: Vec<String> = actions.iter().map(|(action, _)| format!("`{action}`")).collect();
    let message = match names.as_slice() {
        [] => return None,
        [one] => format!("the catalog knows no action {one}"),
        several if several.len() <= NAMES_SHOWN => {
            format!("the catalog knows none of the actions {}", several.join(", "))
        }
        several => format!(
            "the catalog knows none of the actions {} and {} more",
            several[..NAMES_SHOWN].join(", "),
            several.len() - NAMES_SHOWN
        ),
    };
    let help = format!("the catalog is of {}; they may be newer", Catalog::embedded().date());
    let mut finding = Finding::new(Code::ActionUnknown, message).severity(Severity::Warning);
    finding.places = actions.into_iter().flat_map(|(_, places)| places).collect();
    finding.places.sort();
    Some(finding.help(help))
}

/// How many actions one finding names.
const NAMES_SHOWN: usize = 5;

/// A misspelt action is denied by every policy that does not deny or allow all: worth a word.
pub(super) fn unknown_action(action: &ActionName) -> Option<Finding> {
    let catalog = Catalog::embedded();
    if catalog.action(action).is_some() {
        return None;
    }
    let message = format!("the catalog knows no action `{action}`");
    let help = match catalog.nearest_action(action.service(), action.name()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the catalog is of {}; the action may be newer", catalog.date()),
    };
    let finding = Finding::new(Code::ActionUnknown, message);
    Some(finding.severity(Severity::Warning).help(help))
}
