//! What a run has to say beside its documents: settings that are about nothing, what is waived, what is open.

use policy_core::catalog::nearest;
use policy_core::finding::{Code, Finding};

use super::{Generated, Reported, reported};
use crate::config::Config;

/// Functions of policy.toml that there are not.
pub(super) fn absent(config: &Config, generated: &Generated) -> Vec<Finding> {
    let there: Vec<&str> = generated.functions.iter().map(|it| &*it.settings.name).collect();
    let absent = config.functions.iter().filter(|(name, _)| !there.contains(&&***name));
    absent
        .map(|(name, stated)| {
            let message = format!("`functions.{name}` is about a function that is not here");
            let help = match nearest(name, there.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("here are `{}`", there.join("`, `")),
            };
            Finding::new(Code::ConfigUnused, message).at(stated.origin.place()).help(help)
        })
        .collect()
}

/// Marks what is waived; a waiver that waives nothing is a finding.
pub(super) fn waive(generated: &mut Generated, config: &Config, selective: bool) {
    let mut used = vec![false; config.waivers.len()];
    let mut apply = |reported: &mut Reported, function: Option<&str>| {
        for (index, waiver) in config.waivers.iter().enumerate() {
            if waiver.waives(&reported.finding, function) {
                used[index] = true;
                reported.waived = Some(waiver.reason.clone());
            }
        }
    };
    for function in &mut generated.functions {
        for reported in &mut function.findings {
            apply(reported, Some(&function.settings.name));
        }
    }
    for role in &mut generated.roles {
        for reported in &mut role.findings {
            apply(reported, Some(&role.name));
        }
    }
    for reported in &mut generated.findings {
        apply(reported, None);
    }
    if selective {
        return;
    }
    for (waiver, _) in config.waivers.iter().zip(used).filter(|(_, used)| !used) {
        let finding = Finding::new(
            Code::WaiverUnused,
            format!(
                "the waiver of `{}` at `{}` waives nothing",
                waiver.code.as_str(),
                waiver.place
            ),
        )
        .at(waiver.written.clone())
        .help("take it out of policy.toml");
        generated.findings.push(reported(finding));
    }
}

impl Generated {
    /// All findings that are not waived: those about no function first, then by function, whose
    /// name they say where there are several.
    #[must_use]
    pub fn open_findings(&self) -> Vec<Finding> {
        let several = self.functions.len() > 1;
        let of_functions = self.functions.iter().flat_map(|function| {
            function.findings.iter().map(move |it| (Some(&function.settings.name), it))
        });
        let of_roles = self.roles.iter().flat_map(|role| role.findings.iter().map(|it| (None, it)));
        let all = self.findings.iter().map(|it| (None, it)).chain(of_roles).chain(of_functions);
        all.filter(|(_, reported)| reported.waived.is_none())
            .map(|(function, reported)| {
                let mut finding = reported.finding.clone();
                if let (true, Some(name)) = (several, function) {
                    finding.message = format!("function `{name}`: {}", finding.message);
                }
                finding
            })
            .collect()
    }
}
