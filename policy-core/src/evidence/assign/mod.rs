//! Whose evidence is it: declarations and observed calls, given to functions.
//!
//! A function is known by its name in the declarations, by its deployed name, or, where nothing is
//! declared, by what the trail shows. The room never guesses: where two answers are possible it asks
//! ([`AssignError`]), and where calls belong to another principal it leaves them out and says so.
//! It decides nothing about grants.

mod declared;
mod error;
mod observed;
mod pool;
mod stated;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AcceptedGrant, Attribution, Declaration, FunctionConfiguration, FunctionEvidence,
    FunctionSettings, ObservedCall, ObservedFunction, Reachable,
};
use crate::finding::{Code, Finding};
use crate::iam::{Arn, ArnPattern, Pattern, RoleArn};
pub use error::AssignError;
pub use stated::{RoleSelector, Stated, StatedFunction, StatedGrant};

/// What a trail shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The calls, keys unique.
    pub calls: Vec<ObservedCall>,
    /// Every role that the trail names, those without a usable call included.
    pub roles: BTreeSet<RoleArn>,
}

/// What the code says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FromCode {
    /// What it declares.
    pub declarations: Vec<Declaration>,
    /// What it can call, by the names of the functions that it is. A function that is only here has no declarations.
    pub reachable: BTreeMap<Box<str>, Reachable>,
}

impl From<Vec<Declaration>> for FromCode {
    fn from(declarations: Vec<Declaration>) -> Self {
        Self { declarations, ..Self::default() }
    }
}

/// Evidence by function.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assignment {
    /// One entry per function, sorted by name, names unique.
    pub functions: Vec<FunctionEvidence>,
    /// Roles that somebody uses beside these functions, or that is not known: sessions of people, functions that are not here.
    pub roles_of_others: BTreeSet<RoleArn>,
    /// What was left out or could not be told apart.
    pub findings: Vec<Finding>,
}

/// Gives declarations and observed calls to functions.
///
/// Shape: with code, one entry per function that its declarations name, that claims them, or of which it is known what
/// it can call; without, one per function, session or role of the trail. Same inputs in any order give the same value.
///
/// # Errors
/// [`AssignError`] when the user has to say which function or role is meant.
pub fn assign(
    code: impl Into<FromCode>,
    seen: Option<Seen>,
    stated: &Stated,
) -> Result<Assignment, AssignError> {
    let FromCode { declarations, reachable } = code.into();
    let declarations: BTreeSet<Declaration> = declarations.into_iter().collect();
    let mut findings = Vec::new();
    let pool = pool::Pool::select(seen, stated, &mut findings)?;
    let mut roles_of_others = BTreeSet::new();
    let others = &mut roles_of_others;
    let mut functions = if declarations.is_empty() && reachable.is_empty() {
        observed::functions(pool.calls, stated, others, &mut findings)?
    } else {
        declared::functions(declarations, reachable, &pool, stated, others, &mut findings)?
    };
    functions.sort_by(|a, b| a.settings.name.cmp(&b.settings.name));
    for function in &mut functions {
        function.declarations.sort();
        function.observed.sort();
    }
    for FunctionEvidence { settings, .. } in &functions {
        let own = stated.functions.get(&settings.name);
        if own.is_some_and(|own| own.role_is_shared) {
            roles_of_others.extend(settings.role.clone());
        }
    }
    findings.extend(functions.iter().filter_map(by_session_alone));
    findings.sort();
    findings.dedup();
    Ok(Assignment { functions, roles_of_others, findings })
}

/// Uses that only the name of the session gives to a function of which other events name the
/// credentials: the name is the weaker evidence, for whoever assumes the role chooses it.
fn by_session_alone(function: &FunctionEvidence) -> Option<Finding> {
    let is_issued = |call: &&ObservedCall| matches!(call.key.function, ObservedFunction::Issued(_));
    let own: BTreeSet<_> = function
        .observed
        .iter()
        .filter(is_issued)
        .map(|call| (&call.key.action, &call.key.resource))
        .collect();
    if own.is_empty() {
        return None;
    }
    // What a service does for the function need not say for whom.
    let weaker: Vec<&ObservedCall> = function
        .observed
        .iter()
        .filter(|call| matches!(call.key.function, ObservedFunction::Session(_)))
        .filter(|call| call.key.via.is_none() && call.key.outcome.is_use())
        .filter(|call| !own.contains(&(&call.key.action, &call.key.resource)))
        .collect();
    let events: u64 = weaker.iter().map(|call| call.count.events).sum();
    let actions: BTreeSet<String> =
        weaker.iter().map(|call| format!("`{}`", call.key.action)).collect();
    if actions.is_empty() {
        return None;
    }
    let actions: Vec<String> = actions.into_iter().collect();
    let plural = if events == 1 { "event counts" } else { "events count" };
    Some(
        Finding::new(
            Code::FunctionBySession,
            format!(
                "{events} {plural} as calls of function `{}` by the name of the session alone: {}",
                function.settings.name,
                actions.join(", ")
            ),
        )
        .help("whoever may assume the role chooses that name: see who made these calls"),
    )
}

/// How surely the events of a function name it: `of its 12 events 9 name it by credentials, …`.
fn attributed(calls: &[ObservedCall]) -> String {
    let count = |level: Attribution| -> u64 {
        let of_level = calls.iter().filter(|call| call.key.function.attribution() == level);
        of_level.map(|call| call.count.events).sum()
    };
    let [issued, session, role] = Attribution::ALL.map(count);
    let all = issued + session + role;
    format!(
        "of its {all} event{} {issued} by credentials, {session} by the session's name, {role} by the role alone",
        if all == 1 { "" } else { "s" }
    )
}

/// The name under which a function is deployed, as stated.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Deployed {
    name: Box<str>,
    arn: Option<Arn>,
}

impl Deployed {
    /// From a flag or `policy.toml`: a name, or an unqualified function ARN.
    fn stated(text: &str, stated: &Stated) -> Result<Self, AssignError> {
        let malformed = || AssignError::FunctionNameMalformed { text: text.into() };
        if text.starts_with("arn:") {
            let arn: Arn = text.parse().map_err(|_| malformed())?;
            let name = function_of(&arn).ok_or_else(malformed)?;
            if let Some(account) = &stated.environment.account
                && account.as_str() != arn.account()
            {
                return Err(AssignError::AccountDiffers {
                    arn: text.into(),
                    account: account.clone(),
                });
            }
            return Ok(Self { name: name.into(), arn: Some(arn.clone()) });
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if text.is_empty() || text.len() > 64 || !text.chars().all(fits) {
            return Err(malformed());
        }
        let environment = &stated.environment;
        let arn = match (&environment.account, &environment.region) {
            (Some(account), Some(region)) => {
                format!("arn:{}:lambda:{region}:{account}:function:{text}", environment.partition)
                    .parse()
                    .ok()
            }
            _ => None,
        };
        Ok(Self { name: text.into(), arn })
    }
}

/// The name in an unqualified function ARN.
fn function_of(arn: &Arn) -> Option<&str> {
    let name = arn.resource().strip_prefix("function:")?;
    (arn.service() == "lambda" && !name.is_empty() && !name.contains(':')).then_some(name)
}

/// The settings of function `name`, from what is stated and what the trail showed.
fn settings(
    name: &str,
    deployed: Option<Arn>,
    role: Option<RoleArn>,
    shared: bool,
    stated: &Stated,
) -> Result<FunctionSettings, AssignError> {
    let own = stated.functions.get(name);
    let mut parameters = stated.parameters.clone();
    if let Some(own) = own {
        parameters.extend(own.parameters.clone());
    }
    parameters.extend(stated.overrides.clone());
    let accepted = own
        .map(|own| &own.accepted[..])
        .unwrap_or_default()
        .iter()
        .map(|grant| {
            let malformed = |message: String| AssignError::AcceptedMalformed {
                message: message.into(),
                path: grant.origin.path.clone(),
            };
            let resource = filled(&grant.resource, &parameters).map_err(malformed)?;
            Ok(AcceptedGrant {
                action: grant.action.clone(),
                resource: ArnPattern::new(Pattern::parse(&resource, true)),
                passed_to: grant.passed_to.clone(),
                reason: grant.reason.clone(),
                origin: grant.origin.clone(),
            })
        })
        .collect::<Result<_, AssignError>>()?;
    let mut settings = FunctionSettings {
        name: name.into(),
        deployed,
        role,
        role_is_shared: shared,
        parameters,
        accepted,
        ..FunctionSettings::default()
    };
    if let Some(own) = own {
        settings.role_is_shared |= own.role_is_shared;
        settings.configuration = own.configuration.clone();
    }
    let of_all = FunctionConfiguration {
        encryption: stated.encryption.clone(),
        origins: stated.encryption_origins.clone(),
        ..FunctionConfiguration::default()
    };
    settings.configuration.complete_from(of_all);
    Ok(settings)
}

/// `text` with its `{parameter}`s filled; `${…}` policy variables stay.
fn filled(text: &str, parameters: &BTreeMap<Box<str>, Box<str>>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        out.push_str(before);
        let close =
            after.find('}').ok_or_else(|| format!("`{text}` opens a brace that does not close"))?;
        let name = &after[1..close];
        if before.ends_with('$') {
            out.push_str(&after[..=close]);
        } else {
            let value = parameters
                .get(name)
                .ok_or_else(|| format!("parameter `{name}` of `{text}` has no value"))?;
            out.push_str(value);
        }
        rest = &after[close + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// What completes the ARNs of a function: what is stated, else what its own ARNs say.
fn environment(
    stated: &Stated,
    deployed: Option<&Arn>,
    role: Option<&RoleArn>,
) -> super::Environment {
    let mut environment = stated.environment.clone();
    for arn in deployed.into_iter().chain(role.map(RoleArn::arn)) {
        if environment.account.is_none() {
            environment.account = arn.account().parse().ok();
        }
        if environment.region.is_none() {
            environment.region = arn.region().parse().ok();
        }
        if environment.account.as_ref().is_some_and(|account| account.as_str() == arn.account())
            && let Ok(partition) = arn.partition().parse()
        {
            environment.partition = partition;
        }
    }
    environment
}
