//! The calls of a trail that count in this run.

use std::collections::BTreeSet;

use super::{AssignError, RoleSelector, Seen, Stated, function_of};
use crate::evidence::{ObservedCall, ObservedFunction};
use crate::finding::{Code, Finding};
use crate::iam::{Arn, RoleArn};

/// The calls that count: those of the selected role, account and Region.
pub(super) struct Pool {
    pub(super) calls: Vec<ObservedCall>,
    /// The roles of the whole trail.
    pub(super) roles: BTreeSet<RoleArn>,
    /// Whether there was a trail at all.
    pub(super) given: bool,
    /// The role of `--role`, when the trail or the flag tells its ARN.
    pub(super) role: Option<RoleArn>,
}

impl Pool {
    pub(super) fn select(
        seen: Option<Seen>,
        stated: &Stated,
        findings: &mut Vec<Finding>,
    ) -> Result<Self, AssignError> {
        if let (Some(RoleSelector::Arn(arn)), Some(account)) =
            (&stated.role, &stated.environment.account)
            && arn.arn().account() != account.as_str()
        {
            return Err(AssignError::AccountDiffers {
                arn: arn.as_str().into(),
                account: account.clone(),
            });
        }
        let Some(Seen { calls, mut roles }) = seen else {
            let role = match &stated.role {
                Some(RoleSelector::Arn(arn)) => Some(arn.clone()),
                _ => None,
            };
            return Ok(Self { calls: Vec::new(), roles: BTreeSet::new(), given: false, role });
        };
        roles.extend(calls.iter().map(|call| call.key.role.clone()));
        let role = match &stated.role {
            Some(selector) => Some(one_role(selector, &roles, stated)?),
            None => None,
        };
        let (calls, left): (Vec<_>, Vec<_>) = calls
            .into_iter()
            .filter(|call| role.as_ref().is_none_or(|role| *role == call.key.role))
            .partition(|call| is_here(call, stated));
        if !left.is_empty() {
            findings.push(left_out(&left));
        }
        Ok(Self { calls, roles, given: true, role })
    }
}

/// The one role of the trail that `selector` names, in the stated account.
fn one_role(
    selector: &RoleSelector,
    roles: &BTreeSet<RoleArn>,
    stated: &Stated,
) -> Result<RoleArn, AssignError> {
    let account = stated.environment.account.as_ref();
    let mut selected: Vec<&RoleArn> = roles
        .iter()
        .filter(|role| selector.selects(role))
        .filter(|role| account.is_none_or(|account| account.as_str() == role.arn().account()))
        .collect();
    match (selected.pop(), selected.is_empty()) {
        (None, _) => Err(AssignError::RoleUnknown {
            selector: selector.to_string().into(),
            known: roles.iter().cloned().collect(),
        }),
        (Some(role), true) => Ok(role.clone()),
        (Some(last), false) => Err(AssignError::RoleAmbiguous {
            selector: selector.to_string().into(),
            roles: selected.into_iter().chain([last]).cloned().collect(),
        }),
    }
}

/// Whether a call is of the stated account and, where its function is known, Region.
fn is_here(call: &ObservedCall, stated: &Stated) -> bool {
    let environment = &stated.environment;
    let account = |arn: &Arn| {
        environment.account.as_ref().is_none_or(|account| account.as_str() == arn.account())
    };
    let region = |arn: &Arn| {
        environment.region.as_ref().is_none_or(|region| region.as_str() == arn.region())
    };
    account(call.key.role.arn())
        && match &call.key.function {
            ObservedFunction::Issued(arn) if function_of(arn).is_some() => {
                account(arn) && region(arn)
            }
            _ => true,
        }
}

fn left_out(calls: &[ObservedCall]) -> Finding {
    let events: u64 = calls.iter().map(|call| call.count.events).sum();
    let roles: BTreeSet<&RoleArn> = calls.iter().map(|call| &call.key.role).collect();
    let named: Vec<String> = roles.iter().take(5).map(|role| format!("`{role}`")).collect();
    let more = if roles.len() > named.len() { " and others" } else { "" };
    Finding::new(
        Code::TrailLeftOut,
        format!(
            "{events} events of roles or functions in another account or Region are left out: {}{more}",
            named.join(", ")
        ),
    )
    .help("to use them, run once per account and Region with `--account` and `--region`")
}
