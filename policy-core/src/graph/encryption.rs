//! The customer keys behind resources: what KMS asks of the caller when a service decrypts or encrypts for it.
//!
//! Only a key that somebody names leads to a grant: a declaration (`kms_key`), a setting, or an observed call. A resource of
//! which nobody says how it is encrypted is a finding, because a call on it may be refused by KMS.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Operation};
use crate::evidence::{
    EncryptionTable, FunctionConfiguration, ObservedResource, SettingEncryption, SettingName,
    SettingOrigin,
};
use crate::finding::{Code, Finding};
use crate::iam::{ActionName, ArnPattern, BaseOperator, ConditionBlock, Pattern};
use crate::names::container;

use super::complete::{Completer, Wanted, pattern};
use super::node::{GrantClass, ObservedRequest, Owner, PlatformNeed};
use super::observe::{region_of, via_service};

/// Services whose resources customers often encrypt with keys of their own, and whose data cannot be used without them.
const TOLD: &[&str] = &["dynamodb", "s3", "secretsmanager", "sns", "sqs"];

/// How resources are encrypted, as far as it is stated.
pub(super) struct Keys<'a> {
    catalog: &'a Catalog,
    completer: &'a Completer<'a>,
    /// By resources without wildcards: most are looked up by name.
    named: BTreeMap<String, Stated>,
    patterns: Vec<(Pattern, Stated)>,
    /// Resources of which `named` or `patterns` tells, or would if it were right.
    told: BTreeSet<String>,
    /// Where it is written what `named` and `patterns` tell.
    origins: BTreeMap<String, SettingOrigin>,
    /// Of all other resources.
    beside: &'a EncryptionTable,
}

/// What is stated of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stated {
    ByAws,
    Key(ArnPattern),
}

/// What is known of the key behind a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Behind {
    /// These customer keys; none when AWS has the key.
    Keys(BTreeSet<ArnPattern>),
    /// Nothing.
    Unknown,
}

/// One action on one key that a service needs of the caller.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyUse {
    pub(super) action: ActionName,
    pub(super) key: ArnPattern,
    pub(super) class: GrantClass,
    pub(super) limits: ConditionBlock,
}

impl<'a> Keys<'a> {
    /// Reads what the configuration states.
    pub(super) fn new(
        configuration: &'a FunctionConfiguration,
        catalog: &'a Catalog,
        completer: &'a Completer<'a>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let (mut named, mut patterns, mut told) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        let mut origins = BTreeMap::new();
        let mut refuse = |problem: String, help: &str| {
            findings.push(Finding::new(Code::SettingInvalid, problem).help(help));
        };
        for (resource, encryption) in &configuration.encryption {
            let filled = match completer.fill(resource, None) {
                Ok(filled) if filled.starts_with("arn:") => filled,
                Ok(filled) => {
                    let problem = format!("the encrypted resource `{filled}` is no ARN");
                    refuse(problem, "write one such as `arn:aws:s3:::acme-receipts`");
                    continue;
                }
                Err(problem) => {
                    refuse(problem, "write a literal value");
                    continue;
                }
            };
            let written = configuration.origins.get(&SettingName::Encryption(resource.clone()));
            if let Some(origin) = written {
                origins.insert(filled.clone(), origin.clone());
            }
            told.insert(filled.clone());
            let value = match encryption {
                SettingEncryption::ByAws => Stated::ByAws,
                SettingEncryption::CustomerKey(key) => match key_arn(key, completer) {
                    Some(key) => Stated::Key(pattern(&key)),
                    None => {
                        let problem = format!("`{key}` of `{resource}` is no KMS key");
                        refuse(
                            problem,
                            "write the key's ARN, or `key/KEY-ID` (an alias is no resource of KMS's actions)",
                        );
                        continue;
                    }
                },
            };
            if filled.contains(['*', '?', '$']) {
                patterns.push((Pattern::parse(&filled, true), value));
            } else {
                named.insert(filled, value);
            }
        }
        let beside = &configuration.encryption_beside;
        Self { catalog, completer, named, patterns, told, origins, beside }
    }

    /// Where it is written how `resource` is encrypted; the first place, where it may mean several.
    fn origin(&self, resource: &str) -> Option<&SettingOrigin> {
        let name = container::name(resource);
        let wanted = Pattern::parse(name, true);
        let own = self.origins.get(name).or_else(|| {
            let means = |told: &&String| Pattern::parse(told, true).intersects(&wanted);
            self.told.iter().find(means).and_then(|told| self.origins.get(told))
        });
        own.or_else(|| self.beside.near(name).find_map(|(near, _)| self.beside.origin(near)))
    }

    /// The keys behind `resource`: of everything that it may stand for.
    pub(super) fn behind(&self, resource: &str) -> Behind {
        let name = container::name(resource);
        let wanted = Pattern::parse(name, true);
        let mut found: Vec<Stated> = match wanted.as_literal() {
            Some(literal) => self.named.get(literal).into_iter().cloned().collect(),
            None => {
                let meant = self.named.iter().filter(|(named, _)| wanted.matches(named));
                meant.map(|(_, stated)| stated.clone()).collect()
            }
        };
        let meant = self.patterns.iter().filter(|(pattern, _)| pattern.intersects(&wanted));
        found.extend(meant.map(|(_, stated)| stated.clone()));
        let beside = self.beside.near(name).filter(|(resource, _)| {
            let pattern = Pattern::parse(resource, true);
            let meets = match pattern.as_literal() {
                Some(_) => wanted.matches(resource),
                None => pattern.intersects(&wanted),
            };
            meets && !self.told.contains(*resource)
        });
        found.extend(beside.filter_map(|(_, stated)| self.stated(stated)));
        if found.is_empty() {
            return Behind::Unknown;
        }
        let keys = found.into_iter().filter_map(|stated| match stated {
            Stated::Key(key) => Some(key),
            Stated::ByAws => None,
        });
        Behind::Keys(keys.collect())
    }

    /// `None` for a key that is none: then nobody knows how the resource is encrypted.
    fn stated(&self, encryption: &SettingEncryption) -> Option<Stated> {
        match encryption {
            SettingEncryption::ByAws => Some(Stated::ByAws),
            SettingEncryption::CustomerKey(key) => {
                key_arn(key, self.completer).map(|key| Stated::Key(pattern(&key)))
            }
        }
    }

    /// What `operations` on `resource` need of the key behind it.
    pub(super) fn uses(
        &self,
        operations: &[Operation<'_>],
        resource: &str,
        key: &ArnPattern,
        completer: &Completer<'_>,
    ) -> BTreeSet<KeyUse> {
        let text = key.to_string();
        let region = region_of(&text).filter(|region| !region.is_empty());
        let wanted = Wanted { text: &text, origin: None };
        let region = region.unwrap_or_else(|| completer.region(wanted).to_owned());
        indirect(operations)
            .into_iter()
            .map(|(action, service)| KeyUse {
                action,
                key: key.clone(),
                class: GrantClass::Forwarded { via_service: Some(via_service(&service, &region)) },
                limits: context(&service, resource),
            })
            .collect()
    }

    /// What Lambda's own needs and observed calls need of keys that are stated; declared accesses ask for themselves.
    pub(super) fn needs(
        &self,
        needs: &[PlatformNeed],
        observations: &[ObservedRequest],
        completer: &Completer<'_>,
    ) -> Vec<PlatformNeed> {
        let mut found = BTreeSet::new();
        let mut add = |action: &ActionName, resource: &str| {
            let operations = self.operations(action);
            if indirect(&operations).is_empty() {
                return;
            }
            let Behind::Keys(keys) = self.behind(resource) else { return };
            for key in keys {
                for used in self.uses(&operations, resource, &key, completer) {
                    found.insert(PlatformNeed {
                        purpose: format!("customer key of `{}`", container::name(resource)).into(),
                        action: used.action,
                        resource: used.key,
                        class: used.class,
                        owner: Owner::Unstated,
                        limits: used.limits,
                        is_implied: true,
                        declared: None,
                        setting: self.origin(resource).cloned(),
                    });
                }
            }
        };
        for need in needs {
            add(&need.action, &need.resource.to_string());
        }
        for seen in observations.iter().filter(|seen| seen.used.events > 0) {
            match &seen.resource {
                ObservedResource::Arn(arn) => add(&seen.action, arn.as_str()),
                ObservedResource::Named(pattern) | ObservedResource::Names(pattern) => {
                    add(&seen.action, &pattern.to_string());
                }
                ObservedResource::None | ObservedResource::Unknown => {}
            }
        }
        found.into_iter().collect()
    }

    /// The operations that an action alone stands for: that of its own name, else all that need it.
    fn operations(&self, action: &ActionName) -> Vec<Operation<'a>> {
        let Some(known) = self.catalog.action(action) else { return Vec::new() };
        let all: Vec<Operation<'a>> = known.operations().collect();
        let own: Vec<Operation<'a>> = all
            .iter()
            .filter(|operation| operation.name().eq_ignore_ascii_case(action.name()))
            .copied()
            .collect();
        if own.is_empty() { all } else { own }
    }
}

/// KMS actions behind operations, each with the service that asks KMS.
pub(super) fn indirect(operations: &[Operation<'_>]) -> BTreeSet<(ActionName, String)> {
    let all = operations.iter().flat_map(Operation::indirect);
    let kms = all.filter(|indirect| indirect.action.service() == "kms");
    kms.filter_map(|indirect| Some((indirect.action.clone(), indirect.via_service?.to_owned())))
        .collect()
}

/// The encryption context with which a service asks KMS, where that is documented.
///
/// # Source
/// AWS Secrets Manager User Guide, "Secret encryption and decryption in AWS Secrets Manager": the key `SecretARN`.
pub(super) fn context(service: &str, resource: &str) -> ConditionBlock {
    let is_secret = resource.split(':').nth(2) == Some("secretsmanager");
    if service != "secretsmanager" || !is_secret {
        return ConditionBlock::default();
    }
    let operator = match Pattern::parse(resource, true).as_literal() {
        Some(_) => BaseOperator::StringEquals,
        None => BaseOperator::StringLike,
    };
    ConditionBlock::default().with(operator, "kms:EncryptionContext:SecretARN", resource)
}

/// The ARN of a key that is written as one, or as `key/KEY-ID`.
fn key_arn(key: &str, completer: &Completer<'_>) -> Option<String> {
    let filled = completer.fill(key, None).ok()?;
    if filled.starts_with("key/") {
        let wanted = Wanted { text: key, origin: None };
        return Some(format!(
            "arn:{}:kms:{}:{}:{filled}",
            completer.partition(),
            completer.region(wanted),
            completer.account(wanted)
        ));
    }
    let mut parts = filled.splitn(6, ':');
    let is_key = parts.next() == Some("arn") && parts.nth(1) == Some("kms");
    (is_key && parts.nth(2).is_some_and(|tail| tail.starts_with("key/"))).then_some(filled)
}

/// The resources of which nobody says how they are encrypted, with the services that would ask KMS.
#[derive(Debug, Clone, Default)]
pub(super) struct Untold {
    by_service: BTreeMap<String, BTreeSet<String>>,
}

impl Untold {
    /// Adds a resource whose operations would ask KMS.
    pub(super) fn add(&mut self, operations: &[Operation<'_>], resource: &str) {
        for (_, service) in indirect(operations) {
            if TOLD.contains(&service.as_str()) && resource != "*" {
                let container = container::name(resource).to_owned();
                self.by_service.entry(service).or_default().insert(container);
            }
        }
    }

    /// Adds what another knows.
    pub(super) fn extend(&mut self, other: &Self) {
        for (service, containers) in &other.by_service {
            self.by_service.entry(service.clone()).or_default().extend(containers.iter().cloned());
        }
    }

    /// One finding for all; services of which the trail shows that they ask KMS for this function are told by that.
    pub(super) fn finding(self, observations: &[ObservedRequest]) -> Option<Finding> {
        let shows = |service: &String| {
            observations.iter().any(|seen| match &seen.class {
                GrantClass::Forwarded { via_service: Some(via) } => {
                    via.split('.').next() == Some(service.as_str())
                }
                _ => false,
            })
        };
        let untold: BTreeSet<String> = self
            .by_service
            .into_iter()
            .filter(|(service, _)| !shows(service))
            .flat_map(|(_, containers)| containers)
            .collect();
        if untold.is_empty() {
            return None;
        }
        let list: Vec<String> = untold.iter().map(|container| format!("`{container}`")).collect();
        Some(
            Finding::new(
                Code::EncryptionUnknown,
                format!(
                    "{} may be encrypted with a customer key, and then calls fail without a grant on it",
                    list.join(", ")
                ),
            )
            .help("say `kms_key = \"…\"` where it is declared, or write the resource under `[encryption]` in policy.toml, with its key's ARN or \"aws\""),
        )
    }
}
