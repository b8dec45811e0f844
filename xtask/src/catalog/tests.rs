//! Facts → file → facts, and the guard rails.

use std::collections::BTreeMap;

use policy_core::catalog::layout::MEMBER_IS_NO_TEXT;
use policy_core::catalog::{Catalog, MappingSource};

use super::compare::{counts, differences, guard};
use super::facts::{ActionFact, Facts, OperationFact, ResourceTypeFact};
use super::{data, encode, facts, overrides};

const DATE: &str = "2026-10-27";

fn committed() -> (Facts, overrides::Overrides) {
    let mut facts = facts::read(&data().join("facts")).unwrap();
    let overrides = overrides::read(&data().join("overrides.toml")).unwrap();
    overrides.apply(&mut facts).unwrap();
    (facts, overrides)
}

fn catalog(facts: &Facts, overrides: &overrides::Overrides) -> Catalog {
    let bytes = encode::encode(facts, overrides, DATE, &[]).unwrap();
    Catalog::from_bytes(bytes).unwrap()
}

fn owned<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts.map(str::to_owned).collect()
}

#[test]
fn what_the_file_says_is_what_the_tables_say() {
    let (facts, overrides) = committed();
    let catalog = catalog(&facts, &overrides);

    let fold = |name: &str| name.to_ascii_lowercase();
    let mut actions = facts.actions.clone();
    actions.sort_by_key(|a| (a.service.clone(), fold(&a.name)));
    let read: Vec<ActionFact> = catalog
        .actions()
        .map(|action| {
            let levels = action.levels().iter().fold(0, |bits, level| {
                bits | 1
                    << policy_core::iam::AccessLevel::ALL.iter().position(|l| l == level).unwrap()
            });
            ActionFact {
                service: action.service().prefix().to_owned(),
                name: action.short_name().to_owned(),
                levels: levels | u8::from(action.is_permission_only()) << 5,
                resource_types: action
                    .resource_types()
                    .map(|r| {
                        (r.resource_type.name().to_owned(), r.required, owned(r.condition_keys()))
                    })
                    .collect(),
                keys: owned(action.condition_keys()),
                dependents: action.dependent_actions().map(|a| a.to_string()).collect(),
            }
        })
        .collect();
    assert!(read == actions, "actions");

    let mut types = facts.resource_types.clone();
    types.sort_by_key(|t| (t.service.clone(), fold(&t.name)));
    let read: Vec<ResourceTypeFact> = catalog
        .services()
        .flat_map(|service| service.resource_types())
        .map(|kind| ResourceTypeFact {
            service: kind.service().prefix().to_owned(),
            name: kind.name().to_owned(),
            formats: owned(kind.arn_formats()),
            keys: owned(kind.condition_keys()),
        })
        .collect();
    assert!(read == types, "resource types");

    let mut keys = facts.condition_keys.clone();
    keys.sort_by_key(|(service, key, _)| (service.clone(), fold(key)));
    let mut read = Vec::new();
    for service in catalog.services() {
        for (key, kind) in service.condition_keys() {
            read.push((service.prefix().to_owned(), key.to_owned(), kind.as_str().to_owned()));
        }
    }
    assert!(read == keys, "condition keys");
    assert_eq!(catalog.global_condition_keys().count(), facts.global_keys.len());
    for (key, kind) in &facts.global_keys {
        assert_eq!(catalog.condition_key("aws", key).unwrap().as_str(), kind);
    }

    let mut clients: Vec<_> = facts.clients.iter().collect();
    clients.sort_by_key(|c| (&c.crate_name, &c.model));
    assert_eq!(catalog.clients().len(), clients.len());
    for (read, client) in catalog.clients().zip(clients) {
        assert_eq!(read.crate_name(), client.crate_name);
        assert_eq!(read.model_name(), client.model);
        assert_eq!(read.sdk_id(), client.sdk_id);
        assert_eq!(read.endpoint_prefix(), client.endpoint);
        assert_eq!(read.iam_prefix().unwrap_or_default(), client.service);
    }

    let expected: BTreeMap<(&str, &str), &OperationFact> =
        facts.operations.iter().map(|o| ((o.client.as_str(), o.name.as_str()), o)).collect();
    assert_eq!(catalog.operations().len(), expected.len());
    for read in catalog.operations() {
        let client = read.client();
        let operation = expected[&(client.model_name(), read.name())];
        let named =
            |actions: &[String]| -> Vec<String> { actions.iter().map(|a| fold(a)).collect() };
        let primary: Vec<String> = read.primary_actions().map(|a| fold(a.as_str())).collect();
        assert_eq!(primary, named(&operation.primary), "{}", read.name());
        let conditional: Vec<String> =
            read.conditional_actions().map(|a| fold(a.as_str())).collect();
        assert_eq!(conditional, named(&operation.conditional), "{}", read.name());
        let members: Vec<_> = read
            .resource_members()
            .map(|m| {
                let text = [m.resource_type, m.placeholder, m.member].map(str::to_owned);
                (text, u16::from(m.rule) | if m.is_text { 0 } else { MEMBER_IS_NO_TEXT })
            })
            .collect();
        let wanted: Vec<_> = operation
            .members
            .iter()
            .map(|(kind, placeholder, member, rule)| {
                ([kind.clone(), placeholder.clone(), member.clone()], *rule)
            })
            .collect();
        assert_eq!(members, wanted, "{}", read.name());
        assert_eq!(owned(read.waiters()), operation.waiters, "{}", read.name());
        assert_eq!(read.no_permission_reason(), operation.free_reason.as_deref());
        let unresolved = operation.source == "unresolved";
        assert_eq!(read.mapping() == MappingSource::Unresolved, unresolved, "{}", read.name());
    }
}

#[test]
fn the_order_of_the_tables_does_not_reach_the_file() {
    let (facts, overrides) = committed();
    let mut reversed = facts.clone();
    reversed.actions.reverse();
    reversed.resource_types.reverse();
    reversed.condition_keys.reverse();
    reversed.global_keys.reverse();
    reversed.clients.reverse();
    reversed.operations.reverse();
    reversed.visibility.reverse();
    reversed.indirect.reverse();
    let encode = |facts: &Facts| encode::encode(facts, &overrides, DATE, &[]).unwrap();
    assert!(encode(&facts) == encode(&reversed));
}

#[test]
fn the_guard_stops_what_a_refresh_does_not_lose() {
    let (facts, overrides) = committed();
    let old = catalog(&facts, &overrides);
    assert_eq!(guard(&old, &old), Ok(()));

    let mut without = facts.clone();
    without.actions.retain(|action| action.service != "a2c");
    without.resource_types.retain(|kind| kind.service != "a2c");
    let message = guard(&old, &catalog(&without, &overrides)).unwrap_err();
    assert!(message.contains("services are gone: a2c"), "{message}");

    // Actions that nothing refers to, until more than 2 % are gone.
    let mut without = facts.clone();
    let mut used: Vec<String> = facts
        .operations
        .iter()
        .flat_map(|o| o.primary.iter().chain(&o.conditional))
        .cloned()
        .collect();
    used.extend(facts.actions.iter().flat_map(|a| a.dependents.clone()));
    used.extend(facts.indirect.iter().map(|i| i.action.clone()));
    used.extend(facts.visibility.iter().map(|v| format!("{}:{}", v.owner, v.name)));
    let used: std::collections::BTreeSet<String> =
        used.iter().map(|name| name.to_ascii_lowercase()).collect();
    let mut seen = std::collections::BTreeSet::new();
    without.actions.retain(|action| {
        let name = format!("{}:{}", action.service, action.name).to_ascii_lowercase();
        seen.insert(action.service.clone()) || action.service == "cassandra" || used.contains(&name)
    });
    let lost = facts.actions.len() - without.actions.len();
    assert!(lost * 50 > facts.actions.len(), "{lost}");
    let message = guard(&old, &catalog(&without, &overrides)).unwrap_err();
    assert!(message.contains(&format!("{lost} of 22321 actions are gone")), "{message}");

    let mut without = facts.clone();
    let resolved = without.operations.iter_mut().filter(|o| o.source == "same-name");
    for operation in resolved.take(51) {
        operation.source = "unresolved".to_owned();
        operation.primary.clear();
    }
    let message = guard(&old, &catalog(&without, &overrides)).unwrap_err();
    assert!(message.starts_with("operations without a known action"), "{message}");

    let mut without = facts.clone();
    without.actions.iter_mut().for_each(|action| action.dependents.clear());
    let message = guard(&old, &catalog(&without, &overrides)).unwrap_err();
    assert!(message.contains("dependent actions"), "{message}");
}

#[test]
fn a_name_that_does_not_exist_is_refused_where_it_is_written() {
    let (facts, overrides) = committed();
    let refused = |change: fn(&mut Facts)| {
        let mut facts = facts.clone();
        change(&mut facts);
        encode::encode(&facts, &overrides, DATE, &[]).unwrap_err()
    };
    assert_eq!(
        refused(|f| f.operations[0].primary = vec!["s3:GetObjects".into()]),
        "there is no action `s3:GetObjects`"
    );
    assert_eq!(
        refused(|f| f.visibility[0].name = "Nothing".into()),
        format!("visibility.tsv: there is no `{}:Nothing`", facts.visibility[0].owner)
    );
    assert!(refused(|f| f.actions.push(f.actions[0].clone())).ends_with("is there twice"));
    assert!(refused(|f| f.indirect[0].condition = "aws:x=y".into()).contains("not understood"));

    let mut unsettled = facts::read(&data().join("facts")).unwrap();
    unsettled.operations[0].primary.extend(["s3:GetObject".into(), "s3:PutObject".into()]);
    let message = overrides.apply(&mut unsettled).unwrap_err();
    assert!(message.contains("say in overrides.toml"), "{message}");
}

#[test]
fn an_event_without_an_action_needs_a_page_and_a_confidence_that_exists() {
    let text = std::fs::read_to_string(data().join("overrides.toml")).unwrap();
    let file = std::env::temp_dir().join(format!("overrides-{}.toml", std::process::id()));
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
        let message = overrides::read(&file).unwrap_err();
        std::fs::remove_file(&file).unwrap();
        message
    };
    let page = "page = \"Setting Amazon S3 Storage Lens permissions\"";
    let message = refused(page, "page = \"\"");
    assert!(message.contains("GetStorageLensDashboardDataInternal"), "{message}");
    let message = refused("confidence = \"to-verify\"", "confidence = \"sure\"");
    assert!(message.contains("sure"), "{message}");
}

#[test]
fn the_committed_file_is_what_the_committed_tables_give() {
    super::check().unwrap();
}

#[test]
fn differences_name_what_came_and_what_went() {
    let (facts, overrides) = committed();
    let old = catalog(&facts, &overrides);
    let mut changed = facts.clone();
    let place = changed.actions.iter().position(|a| a.name == "GetTaxInheritance").unwrap();
    let gone = changed.actions[place].clone();
    changed.operations.retain(|o| o.name != gone.name);
    changed.actions[place].name = "GetTaxHeritage".into();
    let lines = differences(&old, &catalog(&changed, &overrides));
    assert!(lines.iter().any(|l| l.starts_with("+ tax:GetTaxHeritage")), "{lines:?}");
    assert!(lines.iter().any(|l| l.starts_with("- tax:GetTaxInheritance")), "{lines:?}");
    assert!(differences(&old, &old).is_empty());
    assert!(counts(&old).contains("\"actions\": 22321"));
}

#[test]
fn a_table_that_gets_too_full_for_its_numbers_is_refused() {
    let mut writer = super::writer::Writer::new();
    for number in 0..52_500 {
        writer.string(&number.to_string());
    }
    let message = writer.numbered().map(|_| ()).unwrap_err();
    assert!(message.starts_with("52501 strings: more than 80 %"), "{message}");
}

#[test]
fn one_value_may_not_fill_two_parts_of_an_arn() {
    let (mut facts, overrides) = committed();
    let operation = facts.operations.iter_mut().find(|o| o.name == "GetTemplate").unwrap();
    operation.members.push(("stack".into(), "Id".into(), "StackName".into(), 2));
    let message = encode::encode(&facts, &overrides, DATE, &[]).unwrap_err();
    assert!(message.contains("`StackName` fills both `StackName` and `Id`"), "{message}");
}
