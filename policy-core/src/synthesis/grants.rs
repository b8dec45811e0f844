//! Graph → grants with conditions, names generalised.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::ObservedResource;
use crate::finding::{Code, Finding};
use crate::graph::{AccessGraph, Grant, GrantClass, GrantId, Owner};
use crate::iam::{ActionName, ArnPattern, ConditionBlock, Pattern};
use crate::names::container;

use super::Options;
use super::conditions::{self, ConditionName};
use super::generalise::{Excess, Names, Refused};

/// One action on one pattern under conditions, with the grants of the graph behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) action: ActionName,
    pub(super) resource: ArnPattern,
    pub(super) condition: ConditionBlock,
    pub(super) grants: BTreeSet<GrantId>,
}

/// Every grant of the graph, as few atoms as generalising makes of them.
pub(super) fn atoms(
    graph: &AccessGraph,
    options: &Options,
    findings: &mut Vec<Finding>,
) -> Vec<Atom> {
    let chosen = options.conditions;
    let mut atoms = Vec::new();
    let mut names: BTreeMap<(&ActionName, &GrantClass, &Owner, String), Members<'_>> =
        BTreeMap::new();
    let mut assumed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (id, grant) in graph.grants() {
        if let Owner::Assumed(account) = &grant.owner
            && chosen.has(ConditionName::ResourceAccount)
        {
            let text = grant.resource.to_string();
            let containers = assumed.entry(account.to_string()).or_default();
            containers.insert(container::name(&text).to_owned());
        }
        if let Some((container, inner)) = name_in_container(grant) {
            let key = (&grant.action, &grant.class, &grant.owner, container);
            let members = names.entry(key).or_default();
            members.names.insert_many(&inner);
            members.grants.push((id, grant));
        } else {
            atoms.push(Atom {
                action: grant.action.clone(),
                resource: grant.resource.clone(),
                condition: conditions::of(grant, graph.settings(), chosen),
                grants: BTreeSet::from([id]),
            });
        }
    }
    generalised(graph, names, options, &mut atoms, findings);
    for (account, containers) in assumed {
        let list: Vec<String> = containers.iter().map(|c| format!("`{c}`")).collect();
        findings.push(
            Finding::new(
                Code::OwnerAssumed,
                format!("{} {} taken to belong to account {account}", list.join(", "), verb(&list)),
            )
            .help("say `owner = \"ACCOUNT\"` where it is declared"),
        );
    }
    atoms
}

/// Container and name of a grant for an observed name, the name as the text of a pattern.
fn name_in_container(grant: &Grant) -> Option<(String, String)> {
    if !grant.from_names {
        return None;
    }
    let text = grant.resource.to_string();
    let parts = container::split(&text);
    let inner = parts.inner?.to_owned();
    let container = Pattern::parse(parts.container, true).as_literal()?.to_owned();
    Some((container, inner))
}

fn verb(list: &[String]) -> &'static str {
    if list.len() == 1 { "is" } else { "are" }
}

#[derive(Default)]
struct Members<'g> {
    names: Names,
    grants: Vec<(GrantId, &'g Grant)>,
}

fn generalised(
    graph: &AccessGraph,
    names: BTreeMap<(&ActionName, &GrantClass, &Owner, String), Members<'_>>,
    options: &Options,
    atoms: &mut Vec<Atom>,
    findings: &mut Vec<Finding>,
) {
    let mut refused: BTreeMap<&ActionName, Refused<'_>> = BTreeMap::new();
    for observation in graph.observations().filter(|o| o.denied.events > 0) {
        let of_action = refused.entry(&observation.action).or_default();
        match &observation.resource {
            ObservedResource::Arn(arn) if observation.only_denied => {
                of_action.names.insert(arn.as_str());
            }
            ObservedResource::Names(pattern) => of_action.patterns.push(pattern.pattern()),
            _ => {}
        }
    }
    let none = Refused::default();
    let mut wide: BTreeMap<String, (BTreeSet<String>, usize, bool, String)> = BTreeMap::new();
    for ((action, _, _, container), members) in names {
        let refused = refused.get(action).unwrap_or(&none);
        let budget = options.max_resources;
        let patterns = members.names.patterns(&container, refused, budget);
        let mut behind: Vec<BTreeSet<GrantId>> = vec![BTreeSet::new(); patterns.len()];
        let mut condition = ConditionBlock::default();
        for (id, grant) in &members.grants {
            condition = conditions::of(grant, graph.settings(), options.conditions);
            let names = grant.resource.pattern();
            let covers = |pattern: &Pattern| match names.as_literal() {
                Some(name) => pattern.matches(name),
                None => pattern.contains(names),
            };
            if let Some(i) = patterns.iter().position(|p| covers(p.pattern.pattern())) {
                behind[i].insert(*id);
            }
        }
        let count = behind.iter().filter(|grants| !grants.is_empty()).count();
        if count > budget.get() {
            let excess = members.names.excess(&container, refused, budget);
            findings.push(over_budget(action, &container, count, budget.get(), &excess));
        }
        for (pattern, grants) in patterns.into_iter().zip(behind) {
            // Another pattern already covers all of its names.
            if grants.is_empty() {
                continue;
            }
            if !pattern.is_exact() {
                let entry = wide.entry(pattern.pattern.to_string()).or_default();
                entry.0.insert(format!("`{action}`"));
                entry.1 = entry.1.max(pattern.names);
                entry.2 |= pattern.more;
                entry.3 = pattern.example.clone();
            }
            atoms.push(Atom {
                action: action.clone(),
                resource: pattern.pattern,
                condition: condition.clone(),
                grants,
            });
        }
    }
    for (pattern, (actions, count, more, example)) in wide {
        let actions: Vec<String> = actions.into_iter().collect();
        let count = if more {
            "more observed names than are kept,".to_owned()
        } else {
            format!("{count} observed names")
        };
        findings.push(
            Finding::new(
                Code::ResourceGeneralised,
                format!(
                    "`{pattern}` stands for {count} such as `{example}` ({})",
                    actions.join(", ")
                ),
            )
            .help("declare the resource to say which names are meant"),
        );
    }
}

/// Examples of what could be declared, in one message.
const EXAMPLES: usize = 3;

fn over_budget(
    action: &ActionName,
    container: &str,
    count: usize,
    budget: usize,
    excess: &Excess,
) -> Finding {
    let reason = match (excess.by_tenants, excess.by_refusals) {
        (true, false) => "parts of the names tell tenants apart",
        (false, _) => "names that were only refused lie between them",
        (true, true) => {
            "parts of the names tell tenants apart, and names that were only refused lie between them"
        }
    };
    let instead: Vec<String> =
        excess.instead.iter().take(EXAMPLES).map(|pattern| format!("`{pattern}`")).collect();
    let meant = match (&instead[..], excess.instead.len().saturating_sub(EXAMPLES)) {
        ([], _) => "what is meant".to_owned(),
        (_, 0) => format!("{}, if that is meant", instead.join(" and ")),
        (_, more) => format!("{} and {more} more, if that is meant", instead.join(", ")),
    };
    Finding::new(
        Code::ResourcesOverBudget,
        format!(
            "`{action}` gets {count} resources in `{container}`, where {budget} should do: {reason}"
        ),
    )
    .help(format!("declare {meant}, or set `--max-resources {count}`"))
}
