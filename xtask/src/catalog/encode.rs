//! [`Facts`] → `catalog.bin`. The same facts give the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::catalog::layout::{
    KEY_IS_TEMPLATE, NONE, PRIMARY_IS_LIST, REQUIRED, STAR_IS_LITERAL, Section,
    TAIL_MAY_HOLD_COLON, TAIL_MAY_HOLD_SLASH,
};
use policy_core::catalog::{ConditionKeyType, template_head};

use super::facts::{ActionFact, ClientFact, Facts, OperationFact};
use super::overrides::Overrides;
use super::writer::Writer;

/// The file for `facts`.
pub(crate) fn encode(
    facts: &Facts,
    overrides: &Overrides,
    date: &str,
    sources: &[String],
) -> Result<Vec<u8>, String> {
    let index = Index::new(facts)?;
    let mut gathering = Writer::new();
    write(&mut gathering, &index, facts, overrides, sources)?;
    let mut writer = gathering.numbered()?;
    write(&mut writer, &index, facts, overrides, sources)?;
    writer.finish(date)
}

/// Numbers of everything that is referred to, and the order it is written in.
pub(crate) struct Index<'f> {
    pub(crate) services: BTreeMap<&'f str, u16>,
    actions: BTreeMap<String, u16>,
    pub(crate) ordered_actions: Vec<&'f ActionFact>,
    /// (service, name) → number
    resource_types: BTreeMap<(&'f str, &'f str), u16>,
    pub(crate) ordered_clients: Vec<&'f ClientFact>,
    clients: BTreeMap<&'f str, u16>,
    pub(crate) ordered_operations: Vec<&'f OperationFact>,
    operations: BTreeMap<(&'f str, &'f str), u16>,
}

impl<'f> Index<'f> {
    fn new(facts: &'f Facts) -> Result<Self, String> {
        let services: BTreeSet<&str> = facts.actions.iter().map(|a| a.service.as_str()).collect();
        let services: BTreeMap<&str, u16> = numbered(services);
        let mut ordered_actions: Vec<&ActionFact> = facts.actions.iter().collect();
        ordered_actions.sort_by_cached_key(|a| (a.service.clone(), folded(&a.name)));
        let mut actions = BTreeMap::new();
        for (number, action) in ordered_actions.iter().enumerate() {
            let name = format!("{}:{}", action.service, action.name);
            if actions.insert(folded(&name), number as u16).is_some() {
                return Err(format!("`{name}` is there twice"));
            }
        }
        let mut types: Vec<(&str, &str)> =
            facts.resource_types.iter().map(|t| (t.service.as_str(), t.name.as_str())).collect();
        types.sort_by_cached_key(|(service, name)| (service.to_string(), folded(name)));
        if let Some(twice) = types.windows(2).find(|w| w[0] == w[1]) {
            return Err(format!("resource type {:?} is there twice", twice[0]));
        }
        let mut ordered_clients: Vec<&ClientFact> = facts.clients.iter().collect();
        ordered_clients.sort_by_key(|c| (&c.crate_name, &c.model));
        let clients = numbered(ordered_clients.iter().map(|c| c.model.as_str()));
        let mut ordered_operations: Vec<&OperationFact> = facts.operations.iter().collect();
        ordered_operations
            .sort_by_cached_key(|o| (clients.get(o.client.as_str()), folded(&o.name)));
        let operations =
            numbered(ordered_operations.iter().map(|o| (o.client.as_str(), o.name.as_str())));
        let resource_types = numbered(types);
        Ok(Self {
            services,
            actions,
            ordered_actions,
            resource_types,
            ordered_clients,
            clients,
            ordered_operations,
            operations,
        })
    }

    pub(crate) fn action(&self, name: &str) -> Result<u16, String> {
        self.actions
            .get(&folded(name))
            .copied()
            .ok_or_else(|| format!("there is no action `{name}`"))
    }

    fn actions(&self, names: &[String]) -> Result<Vec<u16>, String> {
        names.iter().map(|name| self.action(name)).collect()
    }

    pub(crate) fn service(&self, prefix: &str) -> Result<u16, String> {
        self.services.get(prefix).copied().ok_or_else(|| format!("there is no service `{prefix}`"))
    }

    pub(crate) fn client(&self, model: &str) -> Result<u16, String> {
        self.clients.get(model).copied().ok_or_else(|| format!("there is no client `{model}`"))
    }

    pub(crate) fn operation(&self, client: &str, name: &str) -> Result<u16, String> {
        let number = self.operations.get(&(client, name)).copied();
        number.ok_or_else(|| format!("there is no operation `{name}` of `{client}`"))
    }

    /// The clients of a service, those whose endpoint has its name first.
    pub(crate) fn clients_of(&self, service: &str) -> Vec<u16> {
        let mut clients: Vec<_> =
            self.ordered_clients.iter().filter(|c| c.service == service).collect();
        clients.sort_by_key(|c| (c.endpoint != service, c.model != service, &c.crate_name));
        clients.iter().filter_map(|c| self.clients.get(c.model.as_str()).copied()).collect()
    }
}

fn numbered<K: Ord>(keys: impl IntoIterator<Item = K>) -> BTreeMap<K, u16> {
    keys.into_iter().enumerate().map(|(number, key)| (key, number as u16)).collect()
}

fn folded(text: &str) -> String {
    text.to_ascii_lowercase()
}

fn write(
    w: &mut Writer,
    index: &Index<'_>,
    facts: &Facts,
    overrides: &Overrides,
    sources: &[String],
) -> Result<(), String> {
    write_resource_types(w, index, facts)?;
    write_keys(w, facts)?;
    write_actions(w, index)?;
    write_services(w, index, facts);
    write_clients(w, index, facts)?;
    write_operations(w, index)?;
    super::encode_trail::write(w, index, facts, overrides)?;
    for source in sources {
        let source = w.string(source);
        w.record(Section::Sources).u16(source);
    }
    Ok(())
}

fn write_resource_types(w: &mut Writer, index: &Index<'_>, facts: &Facts) -> Result<(), String> {
    let by_name: BTreeMap<(&str, &str), _> =
        facts.resource_types.iter().map(|t| ((t.service.as_str(), t.name.as_str()), t)).collect();
    let mut shapes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for kind in &facts.resource_types {
        let formats = kind.formats.iter().map(|f| shape(f));
        shapes.entry(kind.service.as_str()).or_default().extend(formats);
    }
    let mut ordered: Vec<_> = index.resource_types.iter().collect();
    ordered.sort_by_key(|(_, number)| **number);
    for (name, _) in ordered {
        let kind = by_name[name];
        let mut formats = Vec::new();
        for format in &kind.formats {
            let own = shape(format);
            let goes_on = |with: &str| {
                let longer = format!("{own}{with}");
                shapes[name.0].iter().any(|other| other.starts_with(&longer))
            };
            let mut tail = 0;
            if facts.literal_stars.contains(format) {
                tail |= STAR_IS_LITERAL;
            }
            let plain = facts.plain_tails.contains(&(kind.service.clone(), kind.name.clone()));
            if !plain && !goes_on("/") {
                tail |= TAIL_MAY_HOLD_SLASH;
            }
            if !plain && !goes_on(":") {
                tail |= TAIL_MAY_HOLD_COLON;
            }
            formats.extend([w.string(format), tail]);
        }
        let (name, formats, keys) = (w.string(&kind.name), w.list(&formats), w.strings(&kind.keys));
        let service = index.service(&kind.service)?;
        w.record(Section::ResourceTypes).u16(name).u16(formats).u16(keys).u16(service);
    }
    Ok(())
}

/// A format with the names of its placeholders taken out, so that formats compare by shape.
fn shape(format: &str) -> String {
    let mut shape = String::new();
    let mut rest = format;
    while let Some((text, after)) = rest.split_once("${") {
        shape.push_str(text);
        shape.push_str("${}");
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    shape + rest
}

fn key_type(kind: &str, key: &str) -> Result<u8, String> {
    let number = ConditionKeyType::ALL.iter().position(|t| t.as_str() == kind);
    let number = number.ok_or_else(|| format!("`{key}` has the unknown type `{kind}`"))? as u8;
    Ok(if template_head(key).is_some() { number | KEY_IS_TEMPLATE } else { number })
}

fn write_keys(w: &mut Writer, facts: &Facts) -> Result<(), String> {
    let mut keys: Vec<_> = facts.condition_keys.iter().collect();
    keys.sort_by_cached_key(|(service, key, _)| (service.clone(), folded(key)));
    for (_, key, kind) in keys {
        let (kind, key) = (key_type(kind, key)?, w.string(key));
        w.record(Section::ConditionKeys).u16(key).u8(kind);
    }
    let mut keys: Vec<_> = facts.global_keys.iter().collect();
    keys.sort_by_cached_key(|(key, _)| folded(key));
    for (key, kind) in keys {
        let (kind, key) = (key_type(kind, key)?, w.string(key));
        w.record(Section::GlobalKeys).u16(key).u8(kind);
    }
    Ok(())
}

fn write_actions(w: &mut Writer, index: &Index<'_>) -> Result<(), String> {
    let mut users: BTreeMap<u16, Vec<u16>> = BTreeMap::new();
    for (number, operation) in index.ordered_operations.iter().enumerate() {
        for action in index.actions(&operation.primary)? {
            users.entry(action).or_default().push(number as u16);
        }
    }
    for (number, action) in index.ordered_actions.iter().enumerate() {
        let mut types = Vec::new();
        for (name, required, keys) in &action.resource_types {
            let kind = index.resource_types[&(action.service.as_str(), name.as_str())];
            types.extend([kind | if *required { REQUIRED } else { 0 }, w.strings(keys)]);
        }
        let name = w.string(&action.name);
        let (types, keys) = (w.list(&types), w.strings(&action.keys));
        let dependents = w.list(&index.actions(&action.dependents)?);
        let first = w.len(Section::ActionOperations) as u16;
        let record = w.record(Section::Actions).u16(name).u8(action.levels);
        record.u16(types).u16(keys).u16(dependents).u16(first);
        for operation in users.get(&(number as u16)).into_iter().flatten() {
            w.record(Section::ActionOperations).u16(*operation);
        }
    }
    let end = w.len(Section::ActionOperations) as u16;
    w.record(Section::Actions).u16(0).u8(0).u16(0).u16(0).u16(0).u16(end);
    Ok(())
}

fn write_services(w: &mut Writer, index: &Index<'_>, facts: &Facts) {
    let mut firsts = [0u16; 3];
    let mut counts: BTreeMap<&str, [u16; 3]> = BTreeMap::new();
    for action in &facts.actions {
        counts.entry(&action.service).or_default()[0] += 1;
    }
    for kind in &facts.resource_types {
        counts.entry(&kind.service).or_default()[1] += 1;
    }
    for (service, ..) in &facts.condition_keys {
        counts.entry(service).or_default()[2] += 1;
    }
    for prefix in index.services.keys() {
        let (name, clients) = (w.string(prefix), w.list(&index.clients_of(prefix)));
        let [actions, types, keys] = firsts;
        w.record(Section::Services).u16(name).u16(actions).u16(types).u16(keys).u16(clients);
        for (first, count) in firsts.iter_mut().zip(counts.get(prefix).copied().unwrap_or_default())
        {
            *first += count;
        }
    }
    let [actions, types, keys] = firsts;
    w.record(Section::Services).u16(0).u16(actions).u16(types).u16(keys).u16(0);
}

fn write_clients(w: &mut Writer, index: &Index<'_>, facts: &Facts) -> Result<(), String> {
    let mut first = 0u16;
    let mut counts: BTreeMap<&str, u16> = BTreeMap::new();
    for operation in &facts.operations {
        *counts.entry(&operation.client).or_default() += 1;
    }
    // Own names win over prefixes, and a name that two clients could claim belongs to neither.
    let mut own: BTreeMap<String, u16> = BTreeMap::new();
    let mut by_prefix: BTreeMap<String, Vec<u16>> = BTreeMap::new();
    for (number, client) in index.ordered_clients.iter().enumerate() {
        let number = number as u16;
        let suffix = client.crate_name.strip_prefix("aws_sdk_");
        let suffix = suffix.ok_or_else(|| format!("`{}` is no SDK crate", client.crate_name))?;
        // Two models of one crate have the same operations: the first stands for both.
        own.entry(suffix.to_owned()).or_insert(number);
        let service = match client.service.as_str() {
            "" => NONE,
            prefix => {
                by_prefix.entry(prefix.replace('-', "_")).or_default().push(number);
                index.service(prefix)?
            }
        };
        let fields = [&client.crate_name, &client.model, &client.sdk_id].map(|text| w.string(text));
        let endpoint = w.string(&client.endpoint);
        let record = w.record(Section::Clients).u16(fields[0]).u16(fields[1]).u16(fields[2]);
        record.u16(service).u16(endpoint).u16(first);
        first += counts.get(client.model.as_str()).copied().unwrap_or_default();
    }
    w.record(Section::Clients).u16(0).u16(0).u16(0).u16(0).u16(0).u16(first);
    for (name, clients) in by_prefix {
        if let [client] = clients[..] {
            own.entry(name).or_insert(client);
        }
    }
    for (name, client) in own {
        let name = w.string(&name);
        w.record(Section::ClientNames).u16(name).u16(client);
    }
    Ok(())
}

/// The number of a mapping source; the order is that of `MappingSource::ALL`.
fn source_code(operation: &OperationFact) -> Result<u8, String> {
    Ok(match operation.source.as_str() {
        "same-name" => 0,
        "official-table" => 1,
        "curated" => 2,
        "http-verb" => 3,
        "doc-link" => 4,
        "iam-dataset-2022" => 5,
        "ambiguous" => 6,
        "no-iam-permission" => 7,
        "unresolved" => 8,
        other => return Err(format!("`{}` has the unknown source `{other}`", operation.name)),
    })
}

fn write_operations(w: &mut Writer, index: &Index<'_>) -> Result<(), String> {
    for operation in &index.ordered_operations {
        let client = &index.ordered_clients[usize::from(index.client(&operation.client)?)];
        let mut members = Vec::new();
        let mut filled: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for (kind, placeholder, member, rule) in &operation.members {
            // One value for two parts of an ARN makes a wrong ARN.
            if let Some(other) = filled.insert((kind, member), placeholder)
                && other != placeholder
            {
                return Err(format!(
                    "`{}`: `{member}` fills both `{other}` and `{placeholder}` of a {kind}",
                    operation.name
                ));
            }
            let kind = index.resource_types.get(&(client.service.as_str(), kind.as_str()));
            let kind = *kind.ok_or_else(|| {
                format!(
                    "`{}` names a resource type that `{}` lacks",
                    operation.name, client.service
                )
            })?;
            members.extend([kind, w.string(placeholder), w.string(member), *rule]);
        }
        let primary = index.actions(&operation.primary)?;
        let (primary, flag) = match primary[..] {
            [one] => (one, 0),
            _ => (w.list(&primary), PRIMARY_IS_LIST),
        };
        let conditional = w.list(&index.actions(&operation.conditional)?);
        let (name, members) = (w.string(&operation.name), w.list(&members));
        let record = w.record(Section::Operations).u16(name).u8(source_code(operation)? | flag);
        record.u16(primary).u16(conditional).u16(members);
    }
    for (number, operation) in index.ordered_operations.iter().enumerate() {
        if let Some(reason) = &operation.free_reason {
            let reason = w.string(reason);
            w.record(Section::FreeOperations).u16(number as u16).u16(reason);
        }
        let waiters: BTreeSet<&String> = operation.waiters.iter().collect();
        for waiter in waiters {
            let waiter = w.string(waiter);
            w.record(Section::Waiters).u16(number as u16).u16(waiter);
        }
    }
    Ok(())
}
