//! Which observation is allowed by what, both ways.

use std::collections::BTreeMap;

use crate::evidence::AcceptedGrant;
use crate::graph::coverage::{Allowing, Covered, covers};
use crate::graph::node::{GrantClass, PlatformNeed};
use crate::graph::passing;
use crate::graph::resolve::DeclaredRequest;
use crate::iam::{ActionName, ConditionBlock};

use super::{Facts, Merge};

/// Which observation is allowed by what, both ways.
pub(in crate::graph) struct Cover {
    /// Declared requests that fully cover an observation.
    pub(in crate::graph) declared: Vec<Vec<usize>>,
    /// Declared requests of the same action, for observations that tell no resource.
    pub(in crate::graph) by_action: Vec<Vec<usize>>,
    pub(in crate::graph) needs: Vec<Vec<usize>>,
    pub(in crate::graph) accepted: Vec<Vec<usize>>,
    /// Reachable calls that stand for declarations and fully cover an observation: the call and its request.
    pub(in crate::graph) standing: Vec<Vec<(usize, usize)>>,
    /// Reachable calls that an observation may be.
    pub(in crate::graph) reachable: Vec<Vec<usize>>,
}

impl Cover {
    pub(super) fn new(facts: &Facts<'_>, merge: Merge) -> Self {
        let mut by_name: BTreeMap<&ActionName, Vec<usize>> = BTreeMap::new();
        for (i, request) in facts.requests.iter().enumerate() {
            by_name.entry(&request.action).or_default().push(i);
        }
        let count = facts.observations.len();
        let mut cover = Self {
            declared: vec![Vec::new(); count],
            by_action: vec![Vec::new(); count],
            needs: vec![Vec::new(); count],
            accepted: vec![Vec::new(); count],
            standing: vec![Vec::new(); count],
            reachable: vec![Vec::new(); count],
        };
        let standing: Vec<_> = facts.standing(merge).collect();
        let accepted: Vec<(&AcceptedGrant, Vec<GrantClass>)> = facts
            .accepted
            .iter()
            .map(|accepted| (accepted, passing::classes_of(accepted, facts.partition)))
            .collect();
        // What is observed does not tell whether it keeps to the limits of what is declared; where it counts by itself, it
        // is granted without them. What is only refused is never granted, so there everything counts that may ask for it.
        let by_itself = matches!(merge, Merge::Union | Merge::Observed);
        for (o, observation) in facts.observations.iter().enumerate() {
            let counts = |limits: &ConditionBlock| {
                limits.is_empty() || !by_itself || observation.only_denied
            };
            let of_action = by_name.get(&observation.action).into_iter().flatten();
            for &d in of_action.filter(|&&d| counts(&facts.requests[d].limits)) {
                match covers(facts.requests[d].allowing(), observation) {
                    Covered::Fully => cover.declared[o].push(d),
                    Covered::ByActionOnly => cover.by_action[o].push(d),
                    Covered::No => {}
                }
            }
            let covering = |allowing: Allowing<'_>| covers(allowing, observation) == Covered::Fully;
            let needs = facts.needs.iter().enumerate().filter(|(_, n)| counts(&n.limits));
            cover.needs[o].extend(needs.filter(|(_, n)| covering(need(n))).map(|(i, _)| i));
            let accepting = |(accepted, classes): &(&AcceptedGrant, Vec<GrantClass>)| {
                classes.iter().any(|class| covering(acceptance(accepted, class)))
            };
            let accepted = accepted.iter().enumerate();
            cover.accepted[o].extend(accepted.filter(|(_, a)| accepting(a)).map(|(i, _)| i));
            let standing = standing.iter().filter(|(_, request)| covering(request.allowing()));
            cover.standing[o].extend(standing.map(|(at, _)| *at));
            if let Some(reach) = facts.reach {
                cover.reachable[o] = reach.behind(observation);
            }
        }
        cover
    }

    pub(in crate::graph) fn is_covered(&self, o: usize) -> bool {
        !(self.declared[o].is_empty()
            && self.by_action[o].is_empty()
            && self.needs[o].is_empty()
            && self.accepted[o].is_empty()
            && self.standing[o].is_empty())
    }
}

impl DeclaredRequest {
    pub(in crate::graph) fn allowing(&self) -> Allowing<'_> {
        Allowing {
            action: &self.action,
            resource: &self.resource,
            class: &self.class,
            owner: Some(&self.owner),
        }
    }
}

pub(super) fn need(need: &PlatformNeed) -> Allowing<'_> {
    Allowing { action: &need.action, resource: &need.resource, class: &need.class, owner: None }
}

fn acceptance<'a>(accepted: &'a AcceptedGrant, class: &'a GrantClass) -> Allowing<'a> {
    Allowing { action: &accepted.action, resource: &accepted.resource, class, owner: None }
}
