//! What Lambda, and what it puts beside the code, does with the role: the log, and what follows from settings.
//!
//! Not here: what Lambda does without the role (its own environment variables, packages, images), which is never granted;
//! and what other services do for the code, which is `encryption`.

mod log;
mod needs;
mod polls;

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::evidence::{FunctionConfiguration, FunctionEvidence, SettingOrigin, SourceOrigin};
use crate::finding::{Code, Finding, Place};
use crate::iam::{ActionName, ArnPattern, ConditionBlock, Pattern};

use super::complete::{Completer, Wanted};
use super::node::{GrantClass, Owner, PlatformNeed};
use super::ownership::{Open, open_account};
use super::resolve::place;

/// Everything that Lambda needs in the role of one function; sorted, each once.
pub(super) fn needs(
    evidence: &FunctionEvidence,
    catalog: &Catalog,
    completer: &Completer<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<PlatformNeed> {
    let mut asker = Asker { catalog, completer, needs: BTreeSet::new(), findings };
    log::ask(&mut asker, &evidence.settings);
    let configuration = &evidence.settings.configuration;
    for need in &configuration.needs {
        needs::ask(&mut asker, need, &evidence.settings);
    }
    for poll in polls::all(evidence) {
        polls::ask(&mut asker, &poll);
    }
    not_in_role(configuration, asker.findings);
    asker.needs.into_iter().collect()
}

/// Keys that Lambda uses without the role.
///
/// # Source
/// AWS Lambda Developer Guide, "Securing Lambda environment variables" and "Encrypting Lambda .zip deployment packages".
fn not_in_role(configuration: &FunctionConfiguration, findings: &mut Vec<Finding>) {
    let keys = [
        (&configuration.environment_key, "the environment variables"),
        (&configuration.code_key, "the deployment package"),
    ];
    for (key, of) in keys {
        let Some(key) = key else { continue };
        findings.push(
            Finding::new(
                Code::PlatformNotInRole,
                format!("`{key}` encrypts {of}, which Lambda reads by a right of its own: the role needs no permission on it for that"),
            )
            .help("if a deployed role allows it for no other reason, take it out"),
        );
    }
}

/// Where a need is written.
#[derive(Debug, Clone, Copy)]
enum Asked<'a> {
    /// In source code.
    Source(&'a SourceOrigin),
    /// In configuration.
    Setting(&'a SettingOrigin),
    /// Nowhere: every function has it.
    Always,
}

impl Asked<'_> {
    fn place(self) -> Place {
        match self {
            Self::Source(origin) => place(origin),
            Self::Setting(origin) => origin.place(),
            Self::Always => Place::default(),
        }
    }

    /// The path inside the file, where there is one: `functions.orders.dead-letter: `.
    fn path(self) -> String {
        match self {
            Self::Setting(origin) if !origin.path.is_empty() => format!("`{}`: ", origin.path),
            _ => String::new(),
        }
    }
}

/// One need to be, before it is held against the catalog.
struct Ask<'a> {
    purpose: String,
    class: GrantClass,
    limits: ConditionBlock,
    asked: Asked<'a>,
}

impl<'a> Ask<'a> {
    fn new(purpose: impl Into<String>, class: GrantClass, asked: Asked<'a>) -> Self {
        Self { purpose: purpose.into(), class, limits: ConditionBlock::default(), asked }
    }
}

/// Gathers needs.
struct Asker<'a> {
    catalog: &'a Catalog,
    completer: &'a Completer<'a>,
    needs: BTreeSet<PlatformNeed>,
    findings: &'a mut Vec<Finding>,
}

impl Asker<'_> {
    /// Asks for `actions` on `resource`: a whole ARN pattern, or `*`; an action without resource types gets `*`. Whether the
    /// resource is one of theirs.
    fn add(&mut self, ask: &Ask<'_>, actions: &[&str], resource: &str) -> bool {
        for action in actions {
            let Some(action) = action.parse::<ActionName>().ok() else { continue };
            let Some(known) = self.catalog.action(&action) else { continue };
            let resource = match known.resource_types().next() {
                Some(_) => resource,
                None => "*",
            };
            let fits = resource == "*"
                || known.resource_types().any(|it| it.resource_type.matches(resource));
            if !fits {
                let formats = known.resource_types().map(|it| it.resource_type);
                let formats: BTreeSet<String> = formats
                    .flat_map(|it| it.arn_formats().map(str::to_owned).collect::<Vec<_>>())
                    .collect();
                let formats: Vec<String> =
                    formats.iter().map(|format| format!("`{format}`")).collect();
                self.refuse(
                    ask.asked,
                    &format!("`{resource}` is nothing that `{action}` is done to"),
                    format!("write a resource of the form {}", formats.join(" or ")),
                );
                return false;
            }
            let owner = match open_account(&action, resource) {
                Open::Unnamed => {
                    let wanted = Wanted { text: resource, origin: None };
                    let account = self.completer.account(wanted).parse();
                    account.map_or(Owner::Unstated, Owner::Assumed)
                }
                Open::No | Open::Wildcard => Owner::Unstated,
            };
            let (declared, setting) = match ask.asked {
                Asked::Source(origin) => (Some(origin.clone()), None),
                Asked::Setting(origin) => (None, Some(origin.clone())),
                Asked::Always => (None, None),
            };
            self.needs.insert(PlatformNeed {
                purpose: ask.purpose.clone().into(),
                action,
                resource: ArnPattern::new(Pattern::parse(resource, true)),
                class: ask.class.clone(),
                owner,
                limits: ask.limits.clone(),
                is_implied: false,
                declared,
                setting,
            });
        }
        true
    }

    /// A written resource as a whole ARN: `written` itself, or what `format` makes of it, where `{}` is what is written.
    fn arn(
        &mut self,
        asked: Asked<'_>,
        written: &str,
        service: &str,
        format: &str,
    ) -> Option<String> {
        let origin = match asked {
            Asked::Source(origin) => Some(origin),
            _ => None,
        };
        let filled = match self.completer.fill(written, origin) {
            Ok(filled) => filled,
            Err(problem) => {
                self.refuse(asked, &problem, "write a literal value".to_owned());
                return None;
            }
        };
        if filled.starts_with("arn:") {
            return Some(filled);
        }
        let tail = format.replace("{}", &filled);
        Some(self.ours(service, &tail, &format!("{service}({written})")))
    }

    /// The ARN of something of ours: `arn:PARTITION:SERVICE:REGION:ACCOUNT:TAIL`.
    fn ours(&self, service: &str, tail: &str, wanted_by: &str) -> String {
        let wanted = Wanted { text: wanted_by, origin: None };
        format!(
            "arn:{}:{service}:{}:{}:{tail}",
            self.completer.partition(),
            self.completer.region(wanted),
            self.completer.account(wanted)
        )
    }

    fn refuse(&mut self, asked: Asked<'_>, problem: &str, help: String) {
        let message = format!("{}{problem}", asked.path());
        self.findings
            .push(Finding::new(Code::SettingInvalid, message).at(asked.place()).help(help));
    }
}
