//! Requests that say which actions they need, or on what: transactions, batches, PartiQL, copies.

use serde_json::Value;

use super::copied::copied;
use super::lists::names;
use super::parameters::{Parameters, member_of};
use super::partiql::Statement;
use super::plan::{ActionPlan, Inspection};
use super::record::Record;
use super::resource::{Owned, Place, Target, listed, requested, targets};
use super::{directory, model, naming, paths};

/// One action that a call needed, on one target.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Need<'p> {
    pub(super) action: &'p str,
    pub(super) on: Owned,
}

/// What an inspected call needed; the reason when the request does not tell.
pub(super) fn inspect<'p>(
    inspection: Inspection,
    actions: &'p [ActionPlan<'_>],
    record: &Record<'_>,
    place: Place<'_>,
) -> Result<Vec<Need<'p>>, String> {
    let parameters = &record.parameters;
    let mut needs = match inspection {
        Inspection::TransactWriteItems => transaction(actions, parameters, place)?,
        Inspection::TransactGetItems | Inspection::RequestItems => {
            return Ok(on_tables(actions, record, tables_of(inspection, parameters), place));
        }
        Inspection::PartiQl => statements(actions, record, place)?,
        Inspection::ObjectCopy => copy(actions, record, place),
        Inspection::ReEncrypt => re_encrypt(actions, record, place),
        Inspection::EventBuses => {
            let buses = event_buses(parameters);
            on_names(actions, record, buses.as_deref(), place, |place, bus| {
                format!(
                    "arn:{}:events:{}:{}:event-bus/{bus}",
                    place.partition, place.region, place.account
                )
            })
        }
        Inspection::DeletedKeys => deleted_keys(actions, record, place),
        Inspection::DirectoryBucket => directory::needs(actions, record, place),
        Inspection::Model => model::needs(actions, record, place),
        Inspection::NewTable => {
            let table = parameters.nested("tableCreationParameters");
            let table = table.and_then(|table| member_of(table, "tableName")?.as_str());
            let table = table.map(|table| vec![table.to_owned()]);
            on_tables(actions, record, table, place)
        }
        Inspection::Path(path) => paths::needs(actions, path, record, place),
        Inspection::SecretBatch => secret_batch(actions, record, place),
    };
    needs.sort_by(|a, b| (a.action, &a.on).cmp(&(b.action, &b.on)));
    needs.dedup();
    Ok(needs)
}

fn one_of(actions: &[ActionPlan<'_>]) -> String {
    let names: Vec<_> = actions.iter().map(|action| &*action.name).collect();
    format!("needs one or more of {}; the event does not tell which", names.join(", "))
}

fn table_arn(place: Place<'_>, table: &str) -> Owned {
    let arn = if table.starts_with("arn:") {
        table.to_owned()
    } else {
        let Place { partition, region, account } = place;
        format!("arn:{partition}:dynamodb:{region}:{account}:table/{table}")
    };
    match arn.parse::<crate::iam::Arn>() {
        Ok(_) => Owned { target: Target::Arn(arn.into()), account: None },
        Err(_) => Owned::unknown(),
    }
}

/// The target of a well-formed ARN.
pub(super) fn unknown_or(arn: Option<String>) -> Owned {
    match arn.filter(|arn| arn.parse::<crate::iam::Arn>().is_ok()) {
        Some(arn) => Owned { target: Target::Arn(arn.into()), account: None },
        None => Owned::unknown(),
    }
}

/// `text`, if the action has a type that it fits; else unknown.
pub(super) fn checked(action: &ActionPlan<'_>, owned: Owned) -> Owned {
    let fits = match &owned.target {
        Target::Arn(arn) => action.admits(arn),
        _ => true,
    };
    if fits { owned } else { Owned::unknown() }
}

fn transaction<'p>(
    actions: &'p [ActionPlan<'_>],
    parameters: &Parameters<'_>,
    place: Place<'_>,
) -> Result<Vec<Need<'p>>, String> {
    const KINDS: [(&str, &str); 4] = [
        ("put", "dynamodb:PutItem"),
        ("update", "dynamodb:UpdateItem"),
        ("delete", "dynamodb:DeleteItem"),
        ("conditionCheck", "dynamodb:ConditionCheckItem"),
    ];
    let items = parameters.nested("transactItems").and_then(Value::as_array);
    let Some(items) = items.filter(|items| !items.is_empty()) else { return Err(one_of(actions)) };
    let mut needs = Vec::new();
    for item in items {
        let found = KINDS.iter().find_map(|(kind, name)| Some((member_of(item, kind)?, *name)));
        let Some((body, name)) = found.filter(|(body, _)| !body.is_null()) else {
            return Err(one_of(actions));
        };
        let Some(action) = actions.iter().find(|action| &*action.name == name) else {
            return Err(one_of(actions));
        };
        let table = member_of(body, "tableName").and_then(Value::as_str);
        let on = table.map_or_else(Owned::unknown, |table| table_arn(place, table));
        needs.push(Need { action: &action.name, on: checked(action, on) });
    }
    Ok(needs)
}

fn tables_of(inspection: Inspection, parameters: &Parameters<'_>) -> Option<Vec<String>> {
    match inspection {
        Inspection::RequestItems => {
            let tables = parameters.nested("requestItems")?.as_object()?;
            Some(tables.keys().cloned().collect())
        }
        _ => parameters
            .nested("transactItems")?
            .as_array()?
            .iter()
            .map(|item| {
                let table = member_of(member_of(item, "get")?, "tableName")?;
                table.as_str().map(ToOwned::to_owned)
            })
            .collect(),
    }
}

/// Every action on every table: the listed ones, else the named ones.
fn on_tables<'p>(
    actions: &'p [ActionPlan<'_>],
    record: &Record<'_>,
    tables: Option<Vec<String>>,
    place: Place<'_>,
) -> Vec<Need<'p>> {
    on_names(actions, record, tables.as_deref(), place, |place, table| {
        match table_arn(place, table).target {
            Target::Arn(arn) => arn.into(),
            _ => String::new(),
        }
    })
}

fn on_names<'p>(
    actions: &'p [ActionPlan<'_>],
    record: &Record<'_>,
    names: Option<&[String]>,
    place: Place<'_>,
    arn: impl Fn(Place<'_>, &str) -> String,
) -> Vec<Need<'p>> {
    let mut needs = Vec::new();
    for action in actions {
        let mut found = listed(action, record);
        if found.is_empty() {
            for name in names.unwrap_or_default() {
                let text = if name.starts_with("arn:") { name.clone() } else { arn(place, name) };
                let on = match text.parse::<crate::iam::Arn>() {
                    Ok(_) => Owned { target: Target::Arn(text.into()), account: None },
                    Err(_) => Owned::unknown(),
                };
                found.push(checked(action, on));
            }
        }
        if found.is_empty() {
            found = targets(action, record, place);
        }
        found.sort();
        found.dedup();
        needs.extend(found.into_iter().map(|on| Need { action: &action.name, on }));
    }
    needs
}

/// The buses of `entries`; an entry that names none goes to `default`.
///
/// # Source
/// Amazon EventBridge API Reference, "PutEventsRequestEntry".
fn event_buses(parameters: &Parameters<'_>) -> Option<Vec<String>> {
    let entries = parameters.nested("entries")?.as_array()?;
    let mut buses: Vec<String> = entries
        .iter()
        .map(|entry| match member_of(entry, "eventBusName") {
            None | Some(Value::Null) => Some("default".to_owned()),
            // Only an ARN holds a colon.
            Some(bus) => bus
                .as_str()
                .filter(|bus| bus.starts_with("arn:") || !bus.contains(':'))
                .map(ToOwned::to_owned),
        })
        .collect::<Option<_>>()?;
    buses.sort();
    buses.dedup();
    Some(buses)
}

/// Deletes of many keys in one request, where the record names them: CloudTrail itself leaves the keys out.
///
/// # Source
/// Amazon S3 User Guide, "Amazon S3 CloudTrail events"; Amazon S3 API Reference, "DeleteObjects".
fn deleted_keys<'p>(
    actions: &'p [ActionPlan<'_>],
    record: &Record<'_>,
    place: Place<'_>,
) -> Vec<Need<'p>> {
    let parameters = &record.parameters;
    let bucket = parameters.text("bucketName").and_then(naming::bucket);
    let objects = parameters.nested("delete").and_then(|delete| {
        member_of(delete, "objects").or_else(|| member_of(delete, "object"))?.as_array()
    });
    let keys: Option<Vec<(&str, bool)>> = objects.and_then(|objects| {
        let key = |object| {
            let version = member_of(object, "versionId").and_then(Value::as_str);
            let is_versioned = version.is_some_and(|version| !version.is_empty());
            Some((member_of(object, "key")?.as_str()?, is_versioned))
        };
        objects.iter().map(key).collect()
    });
    let mut needs = Vec::new();
    for action in actions {
        match (bucket, &keys) {
            (Some(bucket), Some(keys)) if !keys.is_empty() => {
                for (key, is_versioned) in keys {
                    let versioned = "s3:DeleteObjectVersion";
                    let name = if *is_versioned { versioned } else { &action.name };
                    let arn = format!("arn:{}:s3:::{bucket}/{key}", place.partition);
                    let on = unknown_or(Some(arn).filter(|_| !key.is_empty()));
                    needs.push(Need { action: name, on: checked(action, on) });
                }
            }
            _ => {
                let found = targets(action, record, place);
                needs.extend(found.into_iter().map(|on| Need { action: &action.name, on }));
            }
        }
    }
    needs
}

/// A batch of secrets is allowed by an action of its own, and each secret by the action on one; filters by
/// the action that lists secrets.
///
/// # Source
/// AWS Secrets Manager API Reference, "BatchGetSecretValue".
fn secret_batch<'p>(
    actions: &'p [ActionPlan<'_>],
    record: &Record<'_>,
    place: Place<'_>,
) -> Vec<Need<'p>> {
    let parameters = &record.parameters;
    let list = parameters.nested("secretIdList").and_then(|list| names(list, None));
    let has_filters = parameters
        .nested("filters")
        .is_some_and(|filters| filters.as_array().is_some_and(|filters| !filters.is_empty()));
    let mut needs = Vec::new();
    for action in actions {
        let on = match &*action.name {
            "secretsmanager:GetSecretValue" => {
                let secret = |name: &&str| {
                    let found = requested(action, &parameters.with_text("SecretId", name), place);
                    if found.is_empty() { vec![Owned::unknown()] } else { found }
                };
                list.iter().flatten().flat_map(secret).collect()
            }
            "secretsmanager:ListSecrets" if !has_filters => Vec::new(),
            _ => targets(action, record, place),
        };
        needs.extend(on.into_iter().map(|on| Need { action: &action.name, on }));
    }
    needs
}

fn statements<'p>(
    actions: &'p [ActionPlan<'_>],
    record: &Record<'_>,
    place: Place<'_>,
) -> Result<Vec<Need<'p>>, String> {
    let parameters = &record.parameters;
    let mut texts: Vec<&str> = parameters.text("statement").into_iter().collect();
    for list in ["statements", "transactStatements"] {
        for item in parameters.nested(list).and_then(Value::as_array).into_iter().flatten() {
            let text = member_of(item, "statement").and_then(Value::as_str);
            texts.push(text.ok_or_else(|| one_of(actions))?);
        }
    }
    if texts.is_empty() {
        return Err(one_of(actions));
    }
    let mut needs = Vec::new();
    for text in &texts {
        let statement = Statement::parse(text).ok_or_else(|| one_of(actions))?;
        let action = actions
            .iter()
            .find(|action| &*action.name == statement.action)
            .ok_or_else(|| one_of(actions))?;
        let named = match (statement.table, statement.index) {
            (Some(table), None) => table_arn(place, &table),
            (Some(table), Some(index)) => match table_arn(place, &table).target {
                Target::Arn(arn) => {
                    let target = Target::Arn(format!("{arn}/index/{index}").into());
                    Owned { target, account: None }
                }
                _ => Owned::unknown(),
            },
            (None, _) => Owned::unknown(),
        };
        let mut on = vec![checked(action, named)];
        if on[0].target == Target::Unknown && texts.len() == 1 {
            let found = listed(action, record);
            if !found.is_empty() {
                on = found;
            }
        }
        needs.extend(on.into_iter().map(|on| Need { action: &action.name, on }));
    }
    Ok(needs)
}

/// `s3:GetObject` on the source, the others on the destination.
fn copy<'p>(actions: &'p [ActionPlan<'_>], record: &Record<'_>, place: Place<'_>) -> Vec<Need<'p>> {
    let source = record.parameters.text("x-amz-copy-source").and_then(|text| copied(text, place));
    let text = |member: &str| record.parameters.text(member).filter(|text| !text.is_empty());
    let destination = match (text("bucketName").and_then(naming::bucket), text("key")) {
        (Some(bucket), Some(key)) => Some(format!("arn:{}:s3:::{bucket}/{key}", place.partition)),
        _ => None,
    };
    let target = |arn: Option<String>| {
        let target = arn.map_or(Target::Unknown, |arn| Target::Arn(arn.into()));
        Owned { target, account: None }
    };
    let version_of_source = source.as_ref().is_some_and(|source| source.has_version);
    let mut needs = Vec::new();
    for action in actions {
        let reads = &*action.name == "s3:GetObject";
        let on = target(if reads {
            source.as_ref().map(|source| source.arn.clone())
        } else {
            destination.clone()
        });
        // The owner, where `resources[]` names it.
        let listed = listed(action, record).into_iter().find(|owned| owned.target == on.target);
        let on = checked(action, listed.unwrap_or(on));
        let name = if reads && version_of_source { "s3:GetObjectVersion" } else { &action.name };
        needs.push(Need { action: name, on });
    }
    needs
}

/// `kms:ReEncryptFrom` on the source key, `kms:ReEncryptTo` on the destination key.
fn re_encrypt<'p>(
    actions: &'p [ActionPlan<'_>],
    record: &Record<'_>,
    place: Place<'_>,
) -> Vec<Need<'p>> {
    let key = |member: &str| -> Owned {
        let Some(text) = record.parameters.text(member) else { return Owned::unknown() };
        let Place { partition, region, account } = place;
        unknown_or(match text {
            text if text.starts_with("arn:") => Some(text.to_owned()),
            text if text.starts_with("alias/") => None,
            text => Some(format!("arn:{partition}:kms:{region}:{account}:key/{text}")),
        })
    };
    let named = [key("SourceKeyId"), key("DestinationKeyId")];
    let on = |action: &ActionPlan<'_>| {
        let is_from = action.name.ends_with("From");
        let [own, other] = if is_from { [0, 1] } else { [1, 0] };
        let on = checked(action, named[own].clone());
        if on.target != Target::Unknown {
            return on;
        }
        // Of two keys in `resources[]` it is the one that is not the other's.
        let mut keys: Vec<Target> =
            listed(action, record).into_iter().map(|owned| owned.target).collect();
        keys.sort();
        keys.dedup();
        match keys.as_slice() {
            [a, b] if *a == named[other].target => Owned { target: b.clone(), account: None },
            [a, b] if *b == named[other].target => Owned { target: a.clone(), account: None },
            _ => on,
        }
    };
    actions.iter().map(|action| Need { action: &action.name, on: on(action) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> =
        Place { partition: "aws", region: "eu-west-1", account: "111122223333" };

    #[test]
    fn a_copy_source_is_decoded_and_an_access_point_is_not_believed() {
        let source = |text| copied(text, PLACE).map(|source| (source.arn, source.has_version));
        let arn = "arn:aws:s3:::acme/a b.txt".to_owned();
        assert_eq!(source("acme/a%20b.txt"), Some((arn.clone(), false)));
        assert_eq!(source("/acme/a%20b.txt?versionId=x"), Some((arn, true)));
        assert_eq!(source("arn:aws:s3:eu-west-1:111122223333:accesspoint/x/object/y"), None);
        for bad in ["", "acme", "acme/", "acme/%2", "acme/%ff"] {
            assert_eq!(source(bad), None, "{bad}");
        }
    }
}
