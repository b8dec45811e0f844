//! Roles that several functions share.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::catalog::Catalog;
use policy_core::evidence::{FunctionEvidence, FunctionSettings};
use policy_core::finding::Code;
use policy_core::iam::RoleArn;
use policy_core::synthesis::{self, RoleMember, RolePolicies, synthesise_role};

use super::{Generated, GeneratedFunction, Reported, Within, reported};
use crate::deployment::Filled;
use crate::failure::Failure;

/// A role of several functions.
#[derive(Debug, Clone)]
pub struct GeneratedRole {
    /// What it is called: its name, or what the template calls it where it has none.
    pub name: String,
    /// Its documents.
    pub policies: RolePolicies,
    /// What boundary and SCPs leave of the evidence of its functions; `None` where none are given.
    pub within: Option<Within>,
    /// Findings about it.
    pub findings: Vec<Reported>,
}

/// The roles that several of these functions have.
///
/// Where nobody else uses such a role, conditions that name a function keep the functions apart; else they are left out,
/// for they would refuse what the others do.
pub(super) fn shared(
    functions: &mut [FunctionEvidence],
    of_others: &BTreeSet<RoleArn>,
    filled: &BTreeMap<Box<str>, Filled>,
) -> BTreeSet<RoleArn> {
    let mut uses: BTreeMap<RoleArn, usize> = BTreeMap::new();
    for role in functions.iter().filter_map(|it| it.settings.role.clone()) {
        *uses.entry(role).or_default() += 1;
    }
    uses.retain(|_, uses| *uses > 1);
    let is_others = |settings: &FunctionSettings, role: &RoleArn, uses: usize| {
        // Functions of the template or plan that are not in this run are others.
        let deployed = filled.get(&settings.name);
        of_others.contains(role)
            || deployed.is_some_and(|it| it.role_is_shared || it.role_functions > uses)
    };
    let others: BTreeSet<RoleArn> = functions
        .iter()
        .filter_map(|it| Some((&it.settings, it.settings.role.clone()?)))
        .filter(|(settings, role)| uses.get(role).is_some_and(|it| is_others(settings, role, *it)))
        .map(|(_, role)| role)
        .collect();
    for FunctionEvidence { settings, .. } in functions {
        if let Some(role) = settings.role.as_ref().filter(|role| uses.contains_key(*role)) {
            settings.role_is_shared = others.contains(role);
        }
    }
    uses.into_keys().collect()
}

/// Makes the documents of shared roles.
///
/// # Errors
/// [`Failure`] when documents cannot be made small enough, or do not pass their proof.
pub(super) fn make(
    generated: &Generated,
    shared: BTreeSet<RoleArn>,
    options: &BTreeMap<Box<str>, synthesis::Options>,
    catalog: &Catalog,
) -> Result<Vec<GeneratedRole>, Failure> {
    let (mut roles, mut failures) = (Vec::new(), Vec::new());
    for role in shared {
        let members: Vec<RoleMember<'_>> = generated
            .functions
            .iter()
            .filter(|function| function.settings.role.as_ref() == Some(&role))
            .filter_map(|function| {
                let options = options.get(&function.settings.name).copied().unwrap_or_default();
                Some(RoleMember {
                    graph: function.graph.as_deref()?,
                    options,
                    own: &function.policies,
                })
            })
            .collect();
        match synthesise_role(&role, &members, catalog) {
            Ok((policies, findings)) => {
                let findings = findings.into_iter().map(reported).collect();
                let settings = members.first().map(|member| member.graph.settings());
                let name = role.name();
                let name = settings.map_or_else(|| name.to_owned(), |it| it.spelled(name));
                roles.push(GeneratedRole { name, policies, within: None, findings });
            }
            Err(error) => {
                failures.push(super::refused::unmade(&error, &format!("role `{}`", role.name())));
            }
        }
    }
    if failures.is_empty() { Ok(roles) } else { Err(Failure::all(failures)) }
}

/// Takes from functions what their shared role says of its own documents.
pub(super) fn said_of_the_role(generated: &mut Generated) {
    let shared: Vec<bool> =
        generated.functions.iter().map(|it| generated.shared_role(it).is_some()).collect();
    for (function, _) in generated.functions.iter_mut().zip(shared).filter(|(_, it)| *it) {
        function.findings.retain(|it| it.finding.code != Code::TrustConditionUnverified);
    }
}

impl Generated {
    /// The role of a function, if another function has it too.
    #[must_use]
    pub fn shared_role(&self, function: &GeneratedFunction) -> Option<&GeneratedRole> {
        let name = &function.settings.name;
        self.roles.iter().find(|role| role.policies.functions.contains(name))
    }
}
