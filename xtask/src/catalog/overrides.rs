//! `overrides.toml`: curated corrections, each with its reason, applied to [`Facts`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use policy_core::catalog::layout::MEMBER_IS_NO_TEXT;
use serde::Deserialize;

use super::facts::{Facts, OperationFact};

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Overrides {
    several: Vec<Several>,
    operation: Vec<Operation>,
    free_operation: Vec<FreeOperation>,
    pub(crate) free_event: Vec<FreeEvent>,
    pub(crate) unmapped_event: Vec<UnmappedEvent>,
    pub(crate) event_source: Vec<EventSource>,
    event_alias: Vec<EventAlias>,
    arn_format: Vec<ArnFormat>,
    plain_tail: Vec<PlainTail>,
    member: Vec<Member>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Several {
    client: String,
    operations: Vec<String>,
    needs: Needs,
    reason: String,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Needs {
    All,
    Some,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    client: String,
    operations: Vec<String>,
    primary: Vec<String>,
    #[serde(default)]
    conditional: Vec<String>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FreeOperation {
    client: String,
    operations: Vec<String>,
    reason: String,
}

/// An event that no permission allows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FreeEvent {
    pub(crate) source: String,
    pub(crate) name: String,
    pub(crate) reason: String,
}

/// An event that no table maps, with what is known of it. It grants nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnmappedEvent {
    pub(crate) source: String,
    pub(crate) name: String,
    pub(crate) reason: String,
    /// The title of the page of AWS's documentation.
    page: String,
    #[expect(dead_code, reason = "for readers of the table; only its words are checked")]
    confidence: Confidence,
}

/// How sure a curated entry is.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Confidence {
    /// The page says so.
    Docs,
    /// Concluded from the page and from logs.
    ToVerify,
}

/// The services and clients whose calls are logged under a host.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventSource {
    pub(crate) source: String,
    pub(crate) services: Vec<String>,
    #[serde(default)]
    pub(crate) clients: Vec<String>,
    /// Asked when no client above has the operation.
    #[serde(default)]
    pub(crate) fallback: Vec<String>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventAlias {
    source: String,
    name: String,
    operations: Vec<String>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ArnFormat {
    service: String,
    resource_type: String,
    format: String,
    /// The `*` in the format is the character.
    #[serde(default)]
    literal_star: bool,
    reason: String,
}

/// A type whose last placeholder holds neither `/` nor `:`, although no other format goes on after it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainTail {
    service: String,
    resource_type: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    client: String,
    operations: Vec<String>,
    /// `*`: every type that the table has for the operation.
    resource_type: String,
    /// Placeholder → member, `!` behind it when it is no plain text; empty when the request does not name the resource.
    members: BTreeMap<String, String>,
    reason: String,
}

/// Reads the file.
pub(crate) fn read(path: &Path) -> Result<Overrides, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let overrides: Overrides =
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let without = overrides.reasons().find(|(_, reason)| reason.trim().is_empty());
    if let Some((entry, _)) = without {
        return Err(format!("overrides.toml: {entry} gives no reason"));
    }
    Ok(overrides)
}

impl Overrides {
    fn reasons(&self) -> impl Iterator<Item = (String, &str)> {
        let several = self.several.iter().map(|e| (&e.client, &e.reason));
        let operation = self.operation.iter().map(|e| (&e.client, &e.reason));
        let free = self.free_operation.iter().map(|e| (&e.client, &e.reason));
        let event = self.free_event.iter().map(|e| (&e.source, &e.reason));
        let unmapped = self.unmapped_event.iter().map(|e| (&e.name, &e.reason));
        let pages = self.unmapped_event.iter().map(|e| (&e.name, &e.page));
        let source = self.event_source.iter().map(|e| (&e.source, &e.reason));
        let alias = self.event_alias.iter().map(|e| (&e.name, &e.reason));
        let format = self.arn_format.iter().map(|e| (&e.format, &e.reason));
        let tail = self.plain_tail.iter().map(|e| (&e.resource_type, &e.reason));
        let member = self.member.iter().map(|e| (&e.client, &e.reason));
        several
            .chain(operation)
            .chain(free)
            .chain(event)
            .chain(unmapped)
            .chain(pages)
            .chain(source)
            .chain(alias)
            .chain(format)
            .chain(tail)
            .chain(member)
            .map(|(entry, reason)| (format!("`{entry}`"), reason.as_str()))
    }

    /// Applies everything but event sources and free events, which have no table of their own.
    pub(crate) fn apply(&self, facts: &mut Facts) -> Result<(), String> {
        for entry in &self.operation {
            for name in &entry.operations {
                let operation = find(facts, &entry.client, name)?;
                operation.source = "curated".to_owned();
                operation.primary = entry.primary.clone();
                operation.conditional = entry.conditional.clone();
            }
        }
        for entry in &self.several {
            for name in &entry.operations {
                let operation = find(facts, &entry.client, name)?;
                if operation.primary.len() < 2 {
                    return Err(format!("overrides.toml: {name} has no several primary actions"));
                }
                if entry.needs == Needs::Some {
                    operation.source = "ambiguous".to_owned();
                }
            }
        }
        for entry in &self.free_operation {
            for name in &entry.operations {
                let operation = find(facts, &entry.client, name)?;
                if !operation.primary.is_empty() {
                    return Err(format!("overrides.toml: {name} does need a permission"));
                }
                operation.source = "no-iam-permission".to_owned();
                operation.free_reason = Some(entry.reason.clone());
            }
        }
        for entry in &self.event_alias {
            let key = (entry.source.clone(), entry.name.clone());
            facts.aliases.insert(key, entry.operations.clone());
        }
        for entry in &self.arn_format {
            let kind = facts
                .resource_types
                .iter_mut()
                .find(|t| t.service == entry.service && t.name == entry.resource_type)
                .ok_or_else(|| unknown(&entry.service, &entry.resource_type))?;
            kind.formats.push(entry.format.clone());
            if entry.literal_star {
                facts.literal_stars.insert(entry.format.clone());
            }
        }
        for entry in &self.plain_tail {
            let known = facts
                .resource_types
                .iter()
                .any(|t| t.service == entry.service && t.name == entry.resource_type);
            if !known {
                return Err(unknown(&entry.service, &entry.resource_type));
            }
            let kind = (entry.service.clone(), entry.resource_type.clone());
            facts.plain_tails.insert(kind);
        }
        for entry in &self.member {
            for name in &entry.operations {
                let operation = find(facts, &entry.client, name)?;
                let kinds: BTreeSet<String> = match entry.resource_type.as_str() {
                    "*" => operation.members.iter().map(|(kind, ..)| kind.clone()).collect(),
                    kind => [kind.to_owned()].into(),
                };
                operation.members.retain(|(kind, ..)| !kinds.contains(kind));
                for kind in kinds {
                    for (placeholder, member) in &entry.members {
                        let (member, rule) = match member.strip_suffix('!') {
                            Some(member) => (member, MEMBER_IS_NO_TEXT),
                            None => (member.as_str(), 0),
                        };
                        let filled = (kind.clone(), placeholder.clone(), member.to_owned(), rule);
                        operation.members.push(filled);
                    }
                }
            }
        }
        self.complete(facts)
    }

    /// What the tables leave open must be settled here.
    fn complete(&self, facts: &Facts) -> Result<(), String> {
        let settled = |operation: &OperationFact| {
            self.several
                .iter()
                .any(|e| e.client == operation.client && e.operations.contains(&operation.name))
        };
        for operation in &facts.operations {
            let name = format!("{}:{}", operation.client, operation.name);
            if operation.primary.len() > 1 && !settled(operation) {
                return Err(format!(
                    "{name} has several primary actions: say in overrides.toml whether a call needs all or some"
                ));
            }
            if operation.source == "no-iam-permission" && operation.free_reason.is_none() {
                return Err(format!(
                    "{name} needs no permission: say why in overrides.toml, `free_operation`"
                ));
            }
        }
        Ok(())
    }
}

fn find<'f>(
    facts: &'f mut Facts,
    client: &str,
    operation: &str,
) -> Result<&'f mut OperationFact, String> {
    let mut all = facts.operations.iter_mut();
    all.find(|o| o.client == client && o.name == operation)
        .ok_or_else(|| unknown(client, operation))
}

fn unknown(owner: &str, name: &str) -> String {
    format!("overrides.toml: there is no `{name}` in `{owner}`")
}
