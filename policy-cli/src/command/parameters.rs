//! Which `--param NAME=VALUE` nothing asks for: misspelt, or left over.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::catalog::nearest;
use policy_core::evidence::{Declaration, note};
use policy_core::finding::{Code, Finding};

use crate::config::parameters_in;
use crate::deployment::Deployment;

/// The names of `{parameter}`s that stand in declarations and settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Asked {
    names: BTreeSet<Box<str>>,
}

impl Asked {
    /// Adds those of `policy.toml`.
    pub(super) fn by_settings(&mut self, names: &BTreeSet<Box<str>>) {
        self.names.extend(names.iter().cloned());
    }

    /// Adds those of declarations.
    pub(super) fn by_declarations(&mut self, declarations: &[Declaration]) {
        for declaration in declarations {
            // The note holds every text of a declaration.
            let text = note::encode(declaration);
            self.names.extend(parameters_in(&String::from_utf8_lossy(&text)));
        }
    }

    /// A finding for each value for which neither these nor the template or plan ask.
    pub(super) fn unused(
        &self,
        given: &BTreeMap<Box<str>, Box<str>>,
        deployment: Option<&Deployment>,
    ) -> Vec<Finding> {
        if given.is_empty() {
            return Vec::new();
        }
        let is_asked = |name: &str| {
            self.names.contains(name) || deployment.is_some_and(|it| it.asks_for(name))
        };
        let by_deployment = deployment.map(Deployment::asked).unwrap_or_default();
        let known: BTreeSet<&str> =
            self.names.iter().map(|name| &**name).chain(by_deployment).collect();
        let unused = given.iter().filter(|(name, _)| !is_asked(name));
        unused
            .map(|(name, value)| {
                let where_else = match deployment {
                    Some(deployment) => format!(" nor the {}", deployment.what()),
                    None => String::new(),
                };
                let message = format!(
                    "nothing asks for `--param {name}={value}`: neither a declaration nor policy.toml{where_else} has `{name}`"
                );
                let help = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `--param {near}={value}`?"),
                    None if known.is_empty() => "leave it out".to_owned(),
                    None => {
                        let first: Vec<&str> = known.iter().copied().take(10).collect();
                        format!("leave it out; asked for are `{}`", first.join("`, `"))
                    }
                };
                Finding::new(Code::ConfigUnused, message).help(help)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const TEMPLATE: &str = "Parameters: { Stage: { Type: String } }\nResources: { Jobs: { Type: 'AWS::SQS::Queue' } }\n";

    #[test]
    fn a_value_that_nothing_asks_for_is_said_with_the_nearest_name() {
        let template = Deployment::parse(Path::new("template.yaml"), TEMPLATE).unwrap();
        let mut asked = Asked::default();
        asked.by_settings(&parameters_in("on = \"jobs-{tenant}\""));
        let given = ["tenant", "tennant", "Stage", "Jobs", "AWS::StackName", "Job", "colour"];
        let given = given.into_iter().map(|name| (name.into(), "x".into())).collect();
        let said = |findings: Vec<Finding>| -> Vec<String> {
            let help = |finding: &Finding| finding.help.clone().unwrap_or_default();
            findings.iter().map(|it| format!("{} / {}", it.message, help(it))).collect()
        };
        assert_eq!(
            said(asked.unused(&given, Some(&template))),
            [
                "nothing asks for `--param Job=x`: neither a declaration nor policy.toml nor the template has `Job` / did you mean `--param Jobs=x`?",
                "nothing asks for `--param colour=x`: neither a declaration nor policy.toml nor the template has `colour` / leave it out; asked for are `Jobs`, `Stage`, `tenant`",
                "nothing asks for `--param tennant=x`: neither a declaration nor policy.toml nor the template has `tennant` / did you mean `--param tenant=x`?",
            ]
        );
        let given = BTreeMap::from([("Stage".into(), "x".into())]);
        assert_eq!(
            said(Asked::default().unused(&given, None)),
            [
                "nothing asks for `--param Stage=x`: neither a declaration nor policy.toml has `Stage` / leave it out"
            ]
        );
    }
}
