//! The committed fact tables → [`Facts`].
//!
//! A table is lines of fields divided by tabs; a line `[name]` sets the first field of the lines below it.
//! Missing fields at the end of a line are empty. Items within a field are divided by `, `.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use policy_core::catalog::layout::MEMBER_IS_NO_TEXT;

/// All that the catalog is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Facts {
    pub(crate) actions: Vec<ActionFact>,
    pub(crate) resource_types: Vec<ResourceTypeFact>,
    /// (service, key, type)
    pub(crate) condition_keys: Vec<(String, String, String)>,
    /// (key, type)
    pub(crate) global_keys: Vec<(String, String)>,
    pub(crate) clients: Vec<ClientFact>,
    pub(crate) operations: Vec<OperationFact>,
    /// Event source → IAM prefixes, where it is not the prefix itself.
    pub(crate) event_sources: BTreeMap<String, Vec<String>>,
    /// (event source, event name) → `client:Operation`
    pub(crate) aliases: BTreeMap<(String, String), Vec<String>>,
    pub(crate) visibility: Vec<VisibilityFact>,
    pub(crate) indirect: Vec<IndirectFact>,
    /// ARN formats whose `*` is the character.
    pub(crate) literal_stars: BTreeSet<String>,
    /// (service, resource type) whose last placeholder holds neither `/` nor `:`.
    pub(crate) plain_tails: BTreeSet<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActionFact {
    pub(crate) service: String,
    pub(crate) name: String,
    /// 1 List, 2 Read, 4 Write, 8 Tagging, 16 Permissions management, 32 permission only.
    pub(crate) levels: u8,
    /// (type, required, condition keys of the action on that type)
    pub(crate) resource_types: Vec<(String, bool, Vec<String>)>,
    pub(crate) keys: Vec<String>,
    pub(crate) dependents: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourceTypeFact {
    pub(crate) service: String,
    pub(crate) name: String,
    pub(crate) formats: Vec<String>,
    pub(crate) keys: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientFact {
    pub(crate) model: String,
    pub(crate) sdk_id: String,
    pub(crate) crate_name: String,
    pub(crate) endpoint: String,
    pub(crate) signing: String,
    pub(crate) service: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OperationFact {
    pub(crate) client: String,
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) primary: Vec<String>,
    pub(crate) conditional: Vec<String>,
    /// (resource type, placeholder, member, rule with `MEMBER_IS_NO_TEXT`)
    pub(crate) members: Vec<(String, String, String, u16)>,
    pub(crate) waiters: Vec<String>,
    pub(crate) free_reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VisibilityFact {
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) resource_type: String,
    pub(crate) confidence: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndirectFact {
    pub(crate) client: String,
    pub(crate) operation: String,
    pub(crate) action: String,
    pub(crate) condition: String,
    pub(crate) source: String,
}

/// The words for the level bits, in their order.
pub(crate) const LEVELS: [&str; 6] =
    ["List", "Read", "Write", "Tagging", "Permissions", "permission-only"];

/// Reads every table in `folder`.
pub(crate) fn read(folder: &Path) -> Result<Facts, String> {
    let mut facts = Facts::default();
    let mut type_keys: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for row in table(folder, "resource_types.tsv", 4)? {
        let [service, name, formats, keys] = row.fields()?;
        let keys = items(&keys);
        type_keys.insert((service.clone(), name.clone()), keys.clone());
        facts.resource_types.push(ResourceTypeFact {
            service,
            name,
            formats: items(&formats),
            keys,
        });
    }
    for row in table(folder, "actions.tsv", 6)? {
        let [service, name, levels, types, keys, dependents] = row.fields()?;
        let mut bits = 0;
        for level in levels.split(',') {
            let bit = LEVELS.iter().position(|&l| l == level);
            bits |= 1 << bit.ok_or_else(|| row.wrong(&format!("`{level}` is no access level")))?;
        }
        let mut resource_types = Vec::new();
        for item in items(&types) {
            let (item, own) = match item.strip_suffix(')').and_then(|i| i.split_once('(')) {
                Some((item, own)) => (item.to_owned(), own.to_owned()),
                None => (item, String::new()),
            };
            let name = item.trim_end_matches('*');
            let known = type_keys.get(&(service.clone(), name.to_owned()));
            let known = known.ok_or_else(|| row.wrong(&format!("no resource type `{name}`")))?;
            let own = match own.as_str() {
                "" => Vec::new(),
                "=" => known.clone(),
                own => own.split("; ").map(str::to_owned).collect(),
            };
            resource_types.push((name.to_owned(), item.ends_with('*'), own));
        }
        let (keys, dependents) = (items(&keys), items(&dependents));
        facts.actions.push(ActionFact {
            service,
            name,
            levels: bits,
            resource_types,
            keys,
            dependents,
        });
    }
    for row in table(folder, "condition_keys.tsv", 3)? {
        let [service, key, kind] = row.fields()?;
        facts.condition_keys.push((service, key, kind));
    }
    for row in table(folder, "global_condition_keys.tsv", 3)? {
        let [key, _category, kind] = row.fields()?;
        facts.global_keys.push((key, kind));
    }
    for row in table(folder, "clients.tsv", 6)? {
        let [model, sdk_id, crate_name, endpoint, signing, service] = row.fields()?;
        facts.clients.push(ClientFact { model, sdk_id, crate_name, endpoint, signing, service });
    }
    read_operations(folder, &mut facts)?;
    read_cloudtrail(folder, &mut facts)?;
    Ok(facts)
}

fn read_operations(folder: &Path, facts: &mut Facts) -> Result<(), String> {
    let services: BTreeMap<String, String> =
        facts.clients.iter().map(|c| (c.model.clone(), c.service.clone())).collect();
    let mut places = BTreeMap::new();
    for row in table(folder, "operations.tsv", 5)? {
        let [client, name, source, primary, conditional] = row.fields()?;
        let service =
            services.get(&client).ok_or_else(|| row.wrong(&format!("no client `{client}`")))?;
        let (source, primary) = if source.is_empty() {
            ("same-name".to_owned(), vec![format!("{service}:{name}")])
        } else {
            (source, items(&primary))
        };
        places.insert((client.clone(), name.clone()), facts.operations.len());
        facts.operations.push(OperationFact {
            client,
            name,
            source,
            primary,
            conditional: items(&conditional),
            members: Vec::new(),
            waiters: Vec::new(),
            free_reason: None,
        });
    }
    for row in table(folder, "resource_members.tsv", 4)? {
        let [client, operation, kind, members] = row.fields()?;
        let place = places
            .get(&(client, operation.clone()))
            .ok_or_else(|| row.wrong(&format!("no operation `{operation}`")))?;
        for item in items(&members) {
            let read = item.split_once('=').and_then(|(placeholder, rest)| {
                let (member, rule) = rest.rsplit_once(':')?;
                let placeholder = if placeholder.is_empty() { member } else { placeholder };
                let (rule, flag) = match rule.strip_suffix('!') {
                    Some(rule) => (rule, MEMBER_IS_NO_TEXT),
                    None => (rule, 0),
                };
                let rule = rule.parse().ok().filter(|rule: &u16| *rule < MEMBER_IS_NO_TEXT)?;
                Some((kind.clone(), placeholder.to_owned(), member.to_owned(), rule | flag))
            });
            let member = read.ok_or_else(|| row.wrong(&format!("`{item}` is no member")))?;
            facts.operations[*place].members.push(member);
        }
    }
    for row in table(folder, "waiters.tsv", 3)? {
        let [client, operation, waiters] = row.fields()?;
        let place = places
            .get(&(client, operation.clone()))
            .ok_or_else(|| row.wrong(&format!("no operation `{operation}`")))?;
        facts.operations[*place].waiters = items(&waiters);
    }
    Ok(())
}

fn read_cloudtrail(folder: &Path, facts: &mut Facts) -> Result<(), String> {
    for row in table(folder, "event_sources.tsv", 2)? {
        let [source, service] = row.fields()?;
        facts.event_sources.entry(source).or_default().push(service);
    }
    for row in table(folder, "event_aliases.tsv", 4)? {
        let [source, name, operation, _confidence] = row.fields()?;
        facts.aliases.entry((source, name)).or_default().push(operation);
    }
    for row in table(folder, "visibility.tsv", 6)? {
        let [owner, name, class, resource_type, confidence, _note] = row.fields()?;
        facts.visibility.push(VisibilityFact { owner, name, class, resource_type, confidence });
    }
    for row in table(folder, "indirect_actions.tsv", 5)? {
        let [client, operation, action, condition, source] = row.fields()?;
        facts.indirect.push(IndirectFact { client, operation, action, condition, source });
    }
    Ok(())
}

fn items(field: &str) -> Vec<String> {
    if field.is_empty() { Vec::new() } else { field.split(", ").map(str::to_owned).collect() }
}

/// A line of a table.
struct Row {
    place: String,
    fields: Vec<String>,
}

impl Row {
    fn wrong(&self, what: &str) -> String {
        format!("{}: {what}", self.place)
    }

    fn fields<const N: usize>(&self) -> Result<[String; N], String> {
        let fields: Result<[String; N], _> = self.fields.clone().try_into();
        fields.map_err(|_| self.wrong(&format!("expected {N} fields")))
    }
}

fn table(folder: &Path, name: &str, width: usize) -> Result<Vec<Row>, String> {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let mut section: Option<&str> = None;
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let place = format!("{name}:{}", number + 1);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(header) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            section = Some(header);
            continue;
        }
        let mut fields: Vec<String> =
            section.into_iter().chain(line.split('\t')).map(str::to_owned).collect();
        if fields.len() > width {
            return Err(format!("{place}: expected at most {width} fields"));
        }
        fields.resize(width, String::new());
        rows.push(Row { place, fields });
    }
    Ok(rows)
}
