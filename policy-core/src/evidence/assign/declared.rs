//! Functions that the declarations name, with the calls that are theirs.

use std::collections::{BTreeMap, BTreeSet};

use super::pool::Pool;
use super::{AssignError, Deployed, Stated, attributed, environment, function_of, settings};
use crate::evidence::{Declaration, FunctionEvidence, ObservedCall, ObservedFunction, Reachable};
use crate::finding::{Code, Finding, Place};
use crate::iam::{Arn, RoleArn};

/// One entry per function that a declaration names, that claims one, or of which calls are known.
pub(super) fn functions(
    declarations: BTreeSet<Declaration>,
    mut reachable: BTreeMap<Box<str>, Reachable>,
    pool: &Pool,
    stated: &Stated,
    others: &mut BTreeSet<RoleArn>,
    findings: &mut Vec<Finding>,
) -> Result<Vec<FunctionEvidence>, AssignError> {
    let mut by_name = by_function(declarations, stated, findings);
    for name in reachable.keys() {
        by_name.entry(name.clone()).or_default();
    }
    if let Some(only) = &stated.only {
        let known: Vec<Box<str>> = by_name.keys().cloned().collect();
        by_name.retain(|name, _| name == only);
        if by_name.is_empty() {
            return Err(AssignError::FunctionUnknown { name: only.clone(), known });
        }
    }
    let names: Vec<Box<str>> = by_name.keys().cloned().collect();
    if stated.function_name.is_some() && names.len() > 1 {
        return Err(AssignError::NameForSeveral { functions: names });
    }
    let mut parts = Vec::new();
    for name in by_name.keys() {
        parts.push(Part::find(name, names.len() == 1, pool, stated)?);
    }
    if let Some(role) = &pool.role
        && pool.given
        && names.len() > 1
        && !pool.calls.is_empty()
        && parts.iter().all(|part| part.role.is_none())
    {
        return Err(AssignError::FunctionOfRole { role: role.clone(), functions: names });
    }
    let mut functions = Vec::new();
    for (index, (name, declarations)) in by_name.into_iter().enumerate() {
        let part = &parts[index];
        let neighbours = neighbours(index, &parts);
        let shared = report(&name, part, &neighbours, pool, findings);
        if part.is_used_by_others(&neighbours) {
            others.extend(part.role.clone());
        }
        let environment = environment(stated, part.deployed.as_ref(), part.role.as_ref());
        let settings = settings(&name, part.deployed.clone(), part.role.clone(), shared, stated)?;
        functions.push(FunctionEvidence {
            settings,
            environment,
            declarations,
            reachable: reachable.remove(&name),
            observed: part.calls.clone(),
        });
    }
    Ok(functions)
}

/// Declarations by the function that they name or that claims them; the rest are findings.
fn by_function(
    declarations: BTreeSet<Declaration>,
    stated: &Stated,
    findings: &mut Vec<Finding>,
) -> BTreeMap<Box<str>, Vec<Declaration>> {
    let mut by_name: BTreeMap<Box<str>, Vec<Declaration>> = BTreeMap::new();
    let mut unclaimed: BTreeMap<Box<str>, Vec<Place>> = BTreeMap::new();
    let mut claimed: BTreeSet<Box<str>> = BTreeSet::new();
    for declaration in declarations {
        if let Some(name) = declaration.function_name() {
            by_name.entry(name.into()).or_default().push(declaration);
            continue;
        }
        let mut owners = stated
            .functions
            .iter()
            .filter(|(_, function)| function.claims.contains(&declaration.package))
            .map(|(name, _)| name)
            .peekable();
        if owners.peek().is_none() {
            unclaimed.entry(declaration.package.clone()).or_default().push(Place {
                file: declaration.origin.file.clone(),
                line: Some(declaration.origin.line),
                column: Some(declaration.origin.column),
                record: None,
            });
        }
        for name in owners {
            claimed.insert(declaration.package.clone());
            by_name.entry(name.clone()).or_default().push(declaration.clone());
        }
    }
    let example = by_name.keys().next().map_or("NAME", |name| name);
    for (package, places) in unclaimed {
        let mut finding = Finding::new(
            Code::DeclarationUnclaimed,
            format!(
                "library `{package}` declares accesses that belong to no function, so they are not granted"
            ),
        )
        .help(format!(
            "write `function = \"…\"` in the declaration, or `claims = [\"{package}\"]` under \
             `[functions.{example}]` in policy.toml"
        ));
        finding.places = places;
        findings.push(finding);
    }
    for (name, function) in &stated.functions {
        if stated.only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        for package in function.claims.iter().filter(|package| !claimed.contains(*package)) {
            findings.push(
                Finding::new(
                    Code::ConfigUnused,
                    format!(
                        "function `{name}` claims `{package}`, but no library declaration of that package was read"
                    ),
                )
                .at(function.origin.place()),
            );
        }
    }
    by_name
}

/// What the trail and the settings say of one declared function.
struct Part {
    deployed_name: Box<str>,
    deployed: Option<Arn>,
    role: Option<RoleArn>,
    calls: Vec<ObservedCall>,
    /// Who else used the role: session or function, with the number of events.
    others: BTreeMap<String, u64>,
    /// Calls that name neither this function nor another.
    unnamed: bool,
}

impl Part {
    fn find(name: &str, alone: bool, pool: &Pool, stated: &Stated) -> Result<Self, AssignError> {
        let own = stated.functions.get(name);
        let name_stated = stated
            .function_name
            .as_ref()
            .or_else(|| own.and_then(|own| own.function_name.as_ref()));
        let deployed = match name_stated {
            Some(text) => Deployed::stated(text, stated)?,
            None => Deployed { name: name.into(), arn: None },
        };
        let selector = own.and_then(|own| own.role.as_ref());
        let candidates: Vec<&ObservedCall> = pool
            .calls
            .iter()
            .filter(|call| {
                pool.role.is_some() || selector.is_none_or(|role| role.selects(&call.key.role))
            })
            .collect();
        // Whether the user says that the role is this function's.
        let role_stated = selector.is_some() || (pool.role.is_some() && alone);
        let mut part = Self {
            deployed_name: deployed.name.clone(),
            deployed: deployed.arn.clone(),
            role: match selector {
                Some(super::RoleSelector::Arn(arn)) => Some(arn.clone()),
                _ if alone => pool.role.clone(),
                _ => None,
            },
            calls: Vec::new(),
            others: BTreeMap::new(),
            unnamed: false,
        };
        let may_rename = role_stated && name_stated.is_none();
        part.settle(name, &deployed, role_stated, may_rename, &candidates)?;
        part.take(&candidates);
        Ok(part)
    }

    /// Finds the deployed function and its role among the candidates.
    fn settle(
        &mut self,
        name: &str,
        deployed: &Deployed,
        role_stated: bool,
        may_rename: bool,
        candidates: &[&ObservedCall],
    ) -> Result<(), AssignError> {
        let issued = |call: &&ObservedCall| match &call.key.function {
            ObservedFunction::Issued(arn) if function_of(arn).is_some() => Some(arn.clone()),
            _ => None,
        };
        let all: BTreeSet<Arn> = candidates.iter().filter_map(issued).collect();
        let mut named: BTreeSet<Arn> = all
            .iter()
            .filter(|arn| match &deployed.arn {
                Some(exact) => exact == *arn,
                None => function_of(arn) == Some(&deployed.name),
            })
            .cloned()
            .collect();
        let by_session = candidates.iter().any(|call| {
            matches!(&call.key.function, ObservedFunction::Session(session) if *session == deployed.name)
        });
        if named.is_empty() && may_rename && !by_session {
            // The role is the function's, and its calls name one function: that is the one.
            if all.len() > 1 {
                let roles: BTreeSet<RoleArn> =
                    candidates.iter().map(|call| call.key.role.clone()).collect();
                let role = roles.into_iter().next();
                if let Some(role) = role {
                    return Err(AssignError::FunctionOfRole { role, functions: vec![name.into()] });
                }
            }
            named = all;
        }
        if named.len() > 1 {
            let arns = named.iter().map(|arn| arn.as_str().into()).collect();
            return Err(AssignError::SeveralDeployed { function: deployed.name.clone(), arns });
        }
        if let Some(arn) = named.pop_first() {
            if let Some(found) = function_of(&arn) {
                self.deployed_name = found.into();
            }
            self.deployed = Some(arn);
        }
        let roles_where = |test: &dyn Fn(&ObservedCall) -> bool| -> BTreeSet<RoleArn> {
            candidates.iter().filter(|call| test(call)).map(|call| call.key.role.clone()).collect()
        };
        let by_issue = roles_where(&|call| match &call.key.function {
            ObservedFunction::Issued(arn) => Some(arn) == self.deployed.as_ref(),
            _ => false,
        });
        let mut roles = if !by_issue.is_empty() {
            by_issue
        } else if role_stated && !by_session {
            roles_where(&|_| true)
        } else {
            roles_where(&|call| match &call.key.function {
                ObservedFunction::Session(session) => *session == self.deployed_name,
                _ => false,
            })
        };
        if roles.len() > 1 {
            let roles = roles.into_iter().collect();
            return Err(AssignError::RolesOfFunction { function: name.into(), roles });
        }
        if let Some(role) = roles.pop_first() {
            self.role = Some(role);
        }
        Ok(())
    }

    /// Whether somebody uses the role who is none of the functions here, or may be.
    fn is_used_by_others(&self, neighbours: &[Box<str>]) -> bool {
        let is_here = |who: &String| {
            let mut words = neighbours.iter();
            words
                .any(|name| *who == in_words("function", name) || *who == in_words("session", name))
        };
        self.unnamed || !self.others.keys().all(is_here)
    }

    /// Takes the calls that are this function's, and counts who else used its role.
    fn take(&mut self, candidates: &[&ObservedCall]) {
        let of_role: Vec<&&ObservedCall> =
            candidates.iter().filter(|call| Some(&call.key.role) == self.role.as_ref()).collect();
        let is_named = |call: &ObservedCall| match &call.key.function {
            ObservedFunction::Issued(arn) => Some(arn) == self.deployed.as_ref(),
            ObservedFunction::Session(session) => *session == self.deployed_name,
            ObservedFunction::Unknown => false,
        };
        let any_named = of_role.iter().any(|call| is_named(call));
        for call in of_role {
            let other = match &call.key.function {
                _ if is_named(call) => None,
                ObservedFunction::Issued(arn) => {
                    Some(in_words("function", function_of(arn).unwrap_or(arn.as_str())))
                }
                ObservedFunction::Session(session) if any_named => {
                    Some(in_words("session", session))
                }
                ObservedFunction::Session(_) | ObservedFunction::Unknown => {
                    self.unnamed = true;
                    None
                }
            };
            match other {
                Some(other) => *self.others.entry(other).or_default() += call.count.events,
                None => self.calls.push((*call).clone()),
            }
        }
    }
}

/// Who used a role: `` function `orders` ``.
fn in_words(what: &str, name: &str) -> String {
    format!("{what} `{name}`")
}

/// The deployed names of the other functions that have the same role.
fn neighbours(index: usize, parts: &[Part]) -> Vec<Box<str>> {
    let own = &parts[index];
    parts
        .iter()
        .enumerate()
        .filter(|(other, part)| *other != index && part.role.is_some() && part.role == own.role)
        .map(|(_, part)| part.deployed_name.clone())
        .collect()
}

/// Says what is shared or missing; gives whether another principal uses the role.
fn report(
    name: &str,
    part: &Part,
    neighbours: &[Box<str>],
    pool: &Pool,
    findings: &mut Vec<Finding>,
) -> bool {
    if pool.given && part.calls.is_empty() {
        let known: Vec<String> =
            pool.roles.iter().take(10).map(|role| format!("`{role}`")).collect();
        let known = if known.is_empty() {
            "the trail names no role".to_owned()
        } else {
            let more = if pool.roles.len() > known.len() { " and others" } else { "" };
            format!(
                "name its role with `--role`, or its deployed name with `--function-name`; the \
                 roles there are {}{more}",
                known.join(", ")
            )
        };
        findings.push(
            Finding::new(
                Code::FunctionNotObserved,
                format!("no event of the trail is of function `{name}`"),
            )
            .help(known),
        );
    }
    let Some(role) = &part.role else { return false };
    if !part.others.is_empty() {
        let named: Vec<String> = part
            .others
            .iter()
            .take(5)
            .map(|(who, events)| format!("{who} ({events} events)"))
            .collect();
        let more = if part.others.len() > named.len() { " and others" } else { "" };
        findings.push(
            Finding::new(
                Code::RoleShared,
                format!(
                    "role `{role}` of function `{name}` is also used by {}{more}; what they did is left out; {}",
                    named.join(", "),
                    attributed(&part.calls)
                ),
            )
            .help("give the function a role of its own, or the others lose what they need"),
        );
    } else if part.unnamed && !neighbours.is_empty() {
        let others: Vec<String> = neighbours.iter().map(|name| format!("`{name}`")).collect();
        findings.push(
            Finding::new(
                Code::RoleShared,
                format!(
                    "function `{name}` shares role `{role}` with {}, and the events do not tell them apart; {}",
                    others.join(", "),
                    attributed(&part.calls)
                ),
            )
            .help("give each function a role of its own"),
        );
    }
    !part.others.is_empty() || !neighbours.is_empty()
}
