//! The tables about CloudTrail and about calls behind calls.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::catalog::event_source_label;
use policy_core::catalog::layout::{FALLBACK, PERMISSION_ONLY, Section};

use super::encode::Index;
use super::facts::{Facts, VisibilityFact};
use super::overrides::Overrides;
use super::writer::Writer;

/// Class, verified, resource type: a row of a visibility table.
type Class<'f> = (u8, bool, &'f str);

pub(crate) fn write(
    w: &mut Writer,
    index: &Index<'_>,
    facts: &Facts,
    overrides: &Overrides,
) -> Result<(), String> {
    write_visibility(w, index, facts)?;
    write_indirect(w, index, facts)?;
    write_event_sources(w, index, facts, overrides)?;
    write_aliases(w, index, facts)?;
    let free = overrides.free_event.iter().map(|e| [&*e.source, &e.name, &e.reason]);
    write_events(w, Section::FreeEvents, free.collect());
    let unmapped = overrides.unmapped_event.iter().map(|e| [&*e.source, &e.name, &e.reason]);
    write_events(w, Section::UnmappedEvents, unmapped.collect());
    Ok(())
}

/// A section of (source, name, reason).
fn write_events(w: &mut Writer, section: Section, mut events: Vec<[&str; 3]>) {
    events.sort_by_key(|[source, name, _]| (lower(event_source_label(source)), lower(name)));
    for [source, name, reason] in events {
        let fields = [event_source_label(source), name, reason];
        let [label, name, reason] = fields.map(|text| w.string(text));
        w.record(section).u16(label).u16(name).u16(reason);
    }
}

fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

fn class_of(row: &VisibilityFact) -> Result<Class<'_>, String> {
    let class = match row.class.as_str() {
        "management" => 1,
        "data" => 2,
        "never" => 3,
        other => return Err(format!("`{}` has the unknown class `{other}`", row.name)),
    };
    Ok((class, row.confidence == "docs", &row.resource_type))
}

fn write_visibility(w: &mut Writer, index: &Index<'_>, facts: &Facts) -> Result<(), String> {
    let mut operations: BTreeMap<u16, Class<'_>> = BTreeMap::new();
    let mut actions: BTreeMap<u16, Class<'_>> = BTreeMap::new();
    for row in &facts.visibility {
        let class = class_of(row)?;
        // A row names a client's operation, or an action that no operation has.
        let operation = index.operation(&row.owner, &row.name).ok();
        let service = facts.clients.iter().find(|c| c.model == row.owner);
        let prefix = service.map_or(row.owner.as_str(), |c| c.service.as_str());
        let action = index.action(&format!("{prefix}:{}", row.name)).ok();
        match (operation, action) {
            (Some(operation), _) => _ = operations.insert(operation, class),
            (None, Some(action)) => _ = actions.insert(action, class),
            (None, None) => {
                return Err(format!("visibility.tsv: there is no `{}:{}`", row.owner, row.name));
            }
        }
    }
    // An action is as visible as the operations that need it first of all, where they agree.
    let mut of_actions: BTreeMap<u16, BTreeSet<Option<Class<'_>>>> = BTreeMap::new();
    for (number, operation) in index.ordered_operations.iter().enumerate() {
        for action in &operation.primary {
            let class = operations.get(&(number as u16)).copied();
            of_actions.entry(index.action(action)?).or_default().insert(class);
        }
    }
    for (action, classes) in of_actions {
        let kinds: BTreeSet<_> = classes.iter().map(|c| c.map(|(c, _, t)| (c, t))).collect();
        if let (1, Some(Some((class, resource_type)))) = (kinds.len(), kinds.first()) {
            let verified = classes.iter().flatten().all(|(_, verified, _)| *verified);
            actions.entry(action).or_insert((*class, verified, resource_type));
        }
    }
    for (number, action) in index.ordered_actions.iter().enumerate() {
        if action.levels & PERMISSION_ONLY != 0 {
            actions.entry(number as u16).or_insert((3, true, ""));
        }
    }
    for (section, rows) in
        [(Section::OperationVisibility, operations), (Section::ActionVisibility, actions)]
    {
        for (number, (class, verified, resource_type)) in rows {
            let resource_type = w.string(resource_type);
            let record = w.record(section).u16(number).u8(class);
            record.u8(u8::from(verified)).u16(resource_type);
        }
    }
    Ok(())
}

fn write_indirect(w: &mut Writer, index: &Index<'_>, facts: &Facts) -> Result<(), String> {
    let mut rows = BTreeSet::new();
    for row in &facts.indirect {
        let (head, tail) = ("kms:ViaService=", ".${region}.amazonaws.com");
        let via = match row.condition.as_str() {
            "" => "",
            condition => condition
                .strip_prefix(head)
                .and_then(|rest| rest.strip_suffix(tail))
                .ok_or_else(|| format!("indirect_actions.tsv: `{condition}` is not understood"))?,
        };
        let operation = index
            .operation(&row.client, &row.operation)
            .or_else(|_| index.operation(&format!("{}streams", row.client), &row.operation))?;
        rows.insert((operation, index.action(&row.action)?, via, row.source != "to-verify"));
    }
    for (operation, action, via, verified) in rows {
        let via = w.string(via);
        let record = w.record(Section::Indirect).u16(operation).u16(action);
        record.u16(via).u8(u8::from(verified));
    }
    Ok(())
}

/// Which services and clients log under a host: by the tables, by prefix, then by endpoint.
fn write_event_sources(
    w: &mut Writer,
    index: &Index<'_>,
    facts: &Facts,
    overrides: &Overrides,
) -> Result<(), String> {
    let mut services: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for prefix in index.services.keys() {
        services.insert((*prefix).to_owned(), vec![(*prefix).to_owned()]);
    }
    let mut sharing: BTreeMap<String, Vec<u16>> = BTreeMap::new();
    for client in &index.ordered_clients {
        // `api.sagemaker` and `data.iot` log as `sagemaker`, `iot` or as they are.
        for label in [lower(&client.endpoint), lower(&client.signing)] {
            let number = index.client(&client.model)?;
            let shared = sharing.entry(label.clone()).or_default();
            if !shared.contains(&number) {
                shared.push(number);
            }
            if !client.service.is_empty() {
                let own = services.entry(label.clone()).or_default();
                if !own.contains(&client.service) {
                    own.push(client.service.clone());
                }
            }
        }
    }
    for (source, prefixes) in &facts.event_sources {
        services.insert(event_source_label(source).to_owned(), prefixes.clone());
    }
    let mut named: BTreeMap<String, Vec<u16>> = BTreeMap::new();
    for entry in &overrides.event_source {
        let label = event_source_label(&entry.source).to_owned();
        services.insert(label.clone(), entry.services.clone());
        let own = entry.clients.iter().map(|c| index.client(c));
        let fallback = entry.fallback.iter().map(|c| Ok(index.client(c)? | FALLBACK));
        let clients: Result<Vec<u16>, String> = own.chain(fallback).collect();
        named.insert(label, clients?);
    }
    for (label, prefixes) in services {
        let mut clients = named.remove(&label).unwrap_or_default();
        if clients.is_empty() {
            // Those that have the host for an endpoint come before all others.
            let mut rest: Vec<u16> =
                prefixes.iter().flat_map(|prefix| index.clients_of(prefix)).collect();
            rest.extend(sharing.remove(&label).unwrap_or_default());
            let is_own =
                |client: u16| lower(&index.ordered_clients[usize::from(client)].endpoint) == label;
            let some_own = rest.iter().any(|&client| is_own(client));
            for client in rest {
                let tier = if some_own && !is_own(client) { FALLBACK } else { 0 };
                if !clients.contains(&(client | tier)) {
                    clients.push(client | tier);
                }
            }
        }
        let prefixes: Result<Vec<u16>, String> =
            prefixes.iter().map(|prefix| index.service(prefix)).collect();
        let (label, prefixes, clients) = (w.string(&label), w.list(&prefixes?), w.list(&clients));
        w.record(Section::EventSources).u16(label).u16(prefixes).u16(clients);
    }
    Ok(())
}

fn write_aliases(w: &mut Writer, index: &Index<'_>, facts: &Facts) -> Result<(), String> {
    let mut rows: BTreeMap<(String, String), (&str, &str, Vec<u16>)> = BTreeMap::new();
    for ((source, name), operations) in &facts.aliases {
        let label = event_source_label(source);
        let mut numbers = Vec::new();
        for operation in operations {
            let (client, operation) = operation.split_once(':').unwrap_or((label, operation));
            numbers.push(index.operation(client, operation)?);
        }
        // A name that is an operation too may stand for either.
        if let Ok(own) = index.operation(label, name)
            && !numbers.contains(&own)
        {
            numbers.push(own);
        }
        rows.insert((lower(label), lower(name)), (label, name, numbers));
    }
    for (label, name, operations) in rows.into_values() {
        let (label, name, operations) = (w.string(label), w.string(name), w.list(&operations));
        w.record(Section::EventAliases).u16(label).u16(name).u16(operations);
    }
    Ok(())
}
