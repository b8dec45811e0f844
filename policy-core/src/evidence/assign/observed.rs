//! Functions of a trail, where nothing is declared.

use std::collections::{BTreeMap, BTreeSet};

use super::{AssignError, Deployed, Stated, attributed, environment, function_of, settings};
use crate::evidence::{FunctionEvidence, ObservedCall, ObservedFunction};
use crate::finding::{Code, Finding};
use crate::iam::{Arn, RoleArn};

/// One function as the trail shows it.
struct Group {
    name: Box<str>,
    role: RoleArn,
    deployed: Option<Arn>,
    shared: bool,
    calls: Vec<ObservedCall>,
}

/// One function per deployed function of each role; what no function can be named for goes to one
/// that is called like the session, if there is one, else like the role.
pub(super) fn functions(
    calls: Vec<ObservedCall>,
    stated: &Stated,
    others: &mut BTreeSet<RoleArn>,
    findings: &mut Vec<Finding>,
) -> Result<Vec<FunctionEvidence>, AssignError> {
    let mut roles: BTreeMap<RoleArn, Vec<ObservedCall>> = BTreeMap::new();
    for call in calls {
        roles.entry(call.key.role.clone()).or_default().push(call);
    }
    let mut groups: Vec<Group> = roles
        .into_iter()
        .flat_map(|(role, calls)| groups_of_role(&role, calls, findings))
        .collect();
    // Calls that name no function may be anybody's.
    let unnamed = groups.iter().filter(|group| group.shared && group.deployed.is_none());
    others.extend(unnamed.map(|group| group.role.clone()));
    name_apart(&mut groups);
    if let Some(only) = &stated.only {
        let known: BTreeSet<Box<str>> = groups.iter().map(|group| group.name.clone()).collect();
        groups.retain(|group| group.name == *only);
        if groups.is_empty() {
            let known = known.into_iter().collect();
            return Err(AssignError::FunctionUnknown { name: only.clone(), known });
        }
    }
    if stated.function_name.is_some() && groups.len() > 1 {
        let functions = groups.into_iter().map(|group| group.name).collect();
        return Err(AssignError::NameForSeveral { functions });
    }
    groups.into_iter().map(|group| evidence(group, stated)).collect()
}

fn groups_of_role(
    role: &RoleArn,
    calls: Vec<ObservedCall>,
    findings: &mut Vec<Finding>,
) -> Vec<Group> {
    let issued: BTreeSet<Arn> = calls
        .iter()
        .filter_map(|call| match &call.key.function {
            ObservedFunction::Issued(arn) if function_of(arn).is_some() => Some(arn.clone()),
            _ => None,
        })
        .collect();
    let mut by_function: BTreeMap<&Arn, Vec<ObservedCall>> = BTreeMap::new();
    let mut rest: Vec<ObservedCall> = Vec::new();
    for call in calls {
        let named: Vec<&Arn> = match &call.key.function {
            ObservedFunction::Issued(arn) => issued.get(arn).into_iter().collect(),
            ObservedFunction::Session(session) => {
                issued.iter().filter(|arn| function_of(arn) == Some(session.as_ref())).collect()
            }
            ObservedFunction::Unknown => issued.iter().collect(),
        };
        match named[..] {
            [arn] => by_function.entry(arn).or_default().push(call),
            _ => rest.push(call),
        }
    }
    let shared = by_function.len() + usize::from(!rest.is_empty()) > 1;
    if shared {
        findings.push(shared_by_functions(role, &by_function, &rest));
    }
    let mut groups: Vec<Group> = by_function
        .into_iter()
        .map(|(arn, calls)| Group {
            name: function_of(arn).unwrap_or(role.name()).into(),
            role: role.clone(),
            deployed: Some(arn.clone()),
            shared,
            calls,
        })
        .collect();
    if !rest.is_empty() {
        let sessions = sessions(&rest);
        let one = match &sessions.iter().collect::<Vec<_>>()[..] {
            [one] if groups.is_empty() => Some(one.as_str().into()),
            _ => None,
        };
        let several = sessions.len() > 1;
        if several && groups.is_empty() {
            findings.push(shared_by_sessions(role, &sessions));
        }
        groups.push(Group {
            name: one.unwrap_or_else(|| role.name().into()),
            role: role.clone(),
            deployed: None,
            shared: shared || several,
            calls: rest,
        });
    }
    groups
}

fn sessions(calls: &[ObservedCall]) -> BTreeSet<String> {
    calls
        .iter()
        .filter_map(|call| match &call.key.function {
            ObservedFunction::Session(session) => Some(session.to_string()),
            _ => None,
        })
        .collect()
}

/// Makes the names unique: by role, then by account, then by place in the order.
fn name_apart(groups: &mut [Group]) {
    let spellings: [fn(&Group) -> String; 2] = [
        |group| format!("{}.{}", group.name, group.role.name()),
        |group| format!("{}.{}", group.name, group.role.arn().account()),
    ];
    for spelling in spellings {
        let mut count: BTreeMap<Box<str>, usize> = BTreeMap::new();
        for group in groups.iter() {
            *count.entry(group.name.clone()).or_default() += 1;
        }
        let mut deployed: BTreeMap<Box<str>, usize> = BTreeMap::new();
        for group in groups.iter().filter(|group| group.deployed.is_some()) {
            *deployed.entry(group.name.clone()).or_default() += 1;
        }
        // A session may be called like a function; the deployed one keeps the name.
        let keeps = |group: &Group| group.deployed.is_some() && deployed[&group.name] == 1;
        for group in groups.iter_mut().filter(|group| count[&group.name] > 1) {
            if !keeps(group) {
                group.name = spelling(group).into();
            }
        }
    }
    let mut seen: BTreeMap<Box<str>, usize> = BTreeMap::new();
    for group in groups {
        let count = seen.entry(group.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            group.name = format!("{}.{count}", group.name).into();
        }
    }
}

fn evidence(group: Group, stated: &Stated) -> Result<FunctionEvidence, AssignError> {
    let name = stated
        .function_name
        .as_ref()
        .or_else(|| stated.functions.get(&group.name)?.function_name.as_ref());
    let deployed = match name {
        Some(name) => Deployed::stated(name, stated)?.arn,
        None => group.deployed,
    };
    let environment = environment(stated, deployed.as_ref(), Some(&group.role));
    let settings = settings(&group.name, deployed, Some(group.role), group.shared, stated)?;
    Ok(FunctionEvidence { settings, environment, observed: group.calls, ..Default::default() })
}

fn shared_by_functions(
    role: &RoleArn,
    functions: &BTreeMap<&Arn, Vec<ObservedCall>>,
    rest: &[ObservedCall],
) -> Finding {
    let mut users: Vec<String> = functions
        .iter()
        .map(|(arn, calls)| {
            format!("`{}` ({})", function_of(arn).unwrap_or_default(), attributed(calls))
        })
        .collect();
    if !rest.is_empty() {
        let events: u64 = rest.iter().map(|call| call.count.events).sum();
        users.push(format!("others ({events} events that no function can be named for)"));
    }
    Finding::new(
        Code::RoleShared,
        format!("role `{role}` is used by {}; their calls are told apart", users.join(", ")),
    )
    .help("give each function a role of its own, or attach the policies of all of them to this one")
}

fn shared_by_sessions(role: &RoleArn, sessions: &BTreeSet<String>) -> Finding {
    let named: Vec<String> = sessions.iter().take(5).map(|name| format!("`{name}`")).collect();
    let more = if sessions.len() > named.len() { " and others" } else { "" };
    Finding::new(
        Code::RoleShared,
        format!(
            "role `{role}` was used in {} sessions that name no function ({}{more}); they are taken as one",
            sessions.len(),
            named.join(", ")
        ),
    )
}
