//! Which grant allows which observed request, and whether a trail could have shown one.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Visibility};
use crate::evidence::{ObservedCall, ObservedResource};
use crate::iam::{ActionName, ArnPattern, Pattern};

use super::node::{GrantClass, ObservedRequest, Owner};
use crate::names::container;

/// Something that allows requests: a declared request, a platform need, an acceptance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowing<'a> {
    pub(super) action: &'a ActionName,
    pub(super) resource: &'a ArnPattern,
    pub(super) class: &'a GrantClass,
    pub(super) owner: Option<&'a Owner>,
}

/// How far an observed request is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Covered {
    /// Every request it can be is allowed.
    Fully,
    /// The event does not tell the resource; some resource of the action is allowed.
    ByActionOnly,
    /// It is not.
    No,
}

/// Whether grants of one class carry conditions that calls of another satisfy.
fn class_allows(grant: &GrantClass, call: &GrantClass) -> bool {
    use GrantClass::{Accepted, Code, Forwarded, PlatformNamed, PlatformUnnamed};
    match (grant, call) {
        (Accepted | PlatformUnnamed, _) | (Code | PlatformNamed, Code | PlatformNamed) => true,
        (Forwarded { via_service: a }, Forwarded { via_service: b }) => a == b,
        _ => false,
    }
}

/// Whether `allowing` covers `request`.
pub(super) fn covers(allowing: Allowing<'_>, request: &ObservedRequest) -> Covered {
    let named = match allowing.owner {
        Some(Owner::Account(id)) => request.accounts.is_empty() || request.accounts.contains(id),
        _ => true,
    };
    // Who called and who owns is told by conditions, which may be left out; a refusal that only they
    // tell apart from something granted is a refusal of what is granted.
    let fits = request.only_denied || (named && class_allows(allowing.class, &request.class));
    if !fits || allowing.action != &request.action {
        return Covered::No;
    }
    let full = match &request.resource {
        ObservedResource::Arn(arn) => {
            let is_form = |form: &ArnPattern| allowing.resource.pattern().contains(form.pattern());
            allowing.resource.matches(arn.as_str())
                || container::log_group(&request.action, arn.as_str())
                    .is_some_and(|forms| forms.iter().any(is_form))
        }
        ObservedResource::Named(pattern) => allowing.resource.pattern().contains(pattern.pattern()),
        ObservedResource::None => *allowing.resource == ArnPattern::any(),
        ObservedResource::Unknown => return Covered::ByActionOnly,
    };
    if full { Covered::Fully } else { Covered::No }
}

/// What a trail can tell about calls that it does not show.
pub(super) struct Window {
    /// Containers of which the trail has data events.
    containers: BTreeSet<String>,
    is_empty: bool,
}

impl Window {
    pub(super) fn new(calls: &[ObservedCall], catalog: &Catalog) -> Self {
        let mut data_actions: std::collections::BTreeMap<&ActionName, bool> = Default::default();
        let mut containers = BTreeSet::new();
        for call in calls {
            let is_data = *data_actions.entry(&call.key.action).or_insert_with(|| {
                matches!(visibility(catalog, &call.key.action), Visibility::Data { .. })
            });
            if is_data && let ObservedResource::Arn(arn) = &call.key.resource {
                containers.insert(container::name(arn.as_str()).to_owned());
            }
        }
        Self { containers, is_empty: calls.is_empty() }
    }

    /// Whether there is no trail, or nothing of this function in it.
    pub(super) fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Whether the trail would show a use of `action` on `resource`: management events always, data
    /// events when it has any of that container, others never.
    pub(super) fn would_show(
        &self,
        action: &ActionName,
        resource: &ArnPattern,
        catalog: &Catalog,
    ) -> bool {
        match visibility(catalog, action) {
            Visibility::Never => false,
            Visibility::Data { .. } => {
                let text = resource.to_string();
                let pattern = Pattern::parse(container::name(&text), true);
                self.containers.iter().any(|container| pattern.matches(container))
            }
            Visibility::Management | Visibility::Unlisted => true,
        }
    }
}

fn visibility<'c>(catalog: &'c Catalog, action: &ActionName) -> Visibility<'c> {
    catalog.action(action).map_or(Visibility::Unlisted, |known| known.visibility())
}
