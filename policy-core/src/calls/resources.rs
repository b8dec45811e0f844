//! What the values of a request say about the resource of its call.
//!
//! Which member names the resource is the catalog's knowledge.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Operation, ResourceMember, rust_name};
use crate::evidence::{DeclaredResource, EnvironmentForm, ReachableResource};
use crate::names::queue::QueueUrl;

use super::CallKind;
use super::facts::RawCall;
use super::sdk::{self, Extension};
use super::types::Value;
use super::values::{MAX_VALUES, Plain, Solver, Why};

/// What is set on a request, by the setter.
pub(super) type Members = BTreeMap<String, Vec<Value>>;

impl Solver<'_, '_> {
    pub(super) fn resource_of(&self, client: &str, name: &str, raw: &RawCall) -> ReachableResource {
        let operation = self
            .program
            .catalog
            .client(&format!("{}{client}", sdk::CRATE_PREFIX))
            .and_then(|client| client.operation(name));
        let Some(operation) = operation else {
            return unknown("the catalog does not know the operation".into());
        };
        let mut types = operation.primary().flat_map(|action| action.resource_types());
        if types.next().is_none() && operation.primary_actions().next().is_some() {
            return unknown(format!("`{name}` is not made on a resource"));
        }
        let Some(declared) = raw.declared.as_deref().filter(|it| !it.resources.is_empty()) else {
            return self.told(operation, raw.kind, &raw.members);
        };
        // What the code sets itself may say more than the declaration; what it leaves open is what was declared.
        let sets = |member: ResourceMember<'_>| raw.members.contains_key(&rust_name(member.member));
        if operation.resource_members().any(sets) {
            let presets = declared.presets.iter();
            let mut set: Members =
                presets.map(|(setter, value)| (setter.clone(), vec![value.clone()])).collect();
            set.extend(raw.members.clone());
            let told = self.told(operation, raw.kind, &set);
            let is_known = match &told {
                ReachableResource::Known(_) => true,
                ReachableResource::ByAction(sides) => {
                    sides.values().all(|it| matches!(it, ReachableResource::Known(_)))
                }
                ReachableResource::Unknown { .. } => false,
            };
            if is_known {
                return told;
            }
        }
        ReachableResource::Known(declared.resources.clone())
    }

    /// What the values that are set on a request tell of its resource.
    fn told(&self, operation: Operation<'_>, kind: CallKind, set: &Members) -> ReachableResource {
        if kind == CallKind::Waiter && set.is_empty() {
            return unknown("the waiter names no resource".into());
        }
        if operation.primary_actions().nth(1).is_some() {
            return self.several(operation, set);
        }
        match self.resource(operation, set) {
            Ok(resources) => ReachableResource::Known(resources),
            Err(why) => unknown(why),
        }
    }

    pub(super) fn resource(
        &self,
        operation: Operation<'_>,
        set: &Members,
    ) -> Result<Vec<DeclaredResource>, Why> {
        let members: Vec<ResourceMember<'_>> =
            operation.resource_members().filter(|member| member.rule < 4).collect();
        let mut types: Vec<&str> = Vec::new();
        for member in &members {
            if !types.contains(&member.resource_type) {
                types.push(member.resource_type);
            }
        }
        // The type of which most parts are told: an index before its table.
        types.sort_by_key(|kind| {
            let own = members.iter().filter(|it| it.resource_type == *kind);
            std::cmp::Reverse(own.map(|it| it.placeholder).collect::<BTreeSet<_>>().len())
        });
        let mut why = format!("no member of a `{}` request names one resource", operation.name());
        for kind in types {
            match chosen(&members, kind, set) {
                Ok(own) => return self.of_type(operation, kind, &own, set),
                Err(missing) => {
                    why = format!("`{}` is not set where the request is made", rust_name(missing));
                }
            }
        }
        Err(why)
    }

    /// The resources of a type whose members are set.
    fn of_type(
        &self,
        operation: Operation<'_>,
        kind: &str,
        members: &[&ResourceMember<'_>],
        set: &Members,
    ) -> Result<Vec<DeclaredResource>, Why> {
        let service = operation.client().service();
        let kind = service.and_then(|service| service.resource_type(kind));
        let format = kind.and_then(|kind| kind.arn_formats().next());
        let format = format.ok_or("the catalog does not know the resource type")?;
        let tail = format.splitn(6, ':').nth(5).unwrap_or_default();
        let mut written: Vec<(String, &ResourceMember<'_>)> = Vec::new();
        let mut first: Option<(&ResourceMember<'_>, BTreeSet<Plain>)> = None;
        for member in members {
            let values = set.get(&rust_name(member.member)).map(Vec::as_slice);
            if is_object_key(member) {
                let key = self.key(values.unwrap_or_default());
                written.push((key, member));
                continue;
            }
            let mut known = BTreeSet::new();
            for value in values.unwrap_or_default() {
                known.extend(
                    self.held(value)
                        .map_err(|why| format!("`{}`: {why}", rust_name(member.member)))?,
                );
            }
            if known.len() > MAX_VALUES {
                return Err(format!(
                    "`{}` has more than {MAX_VALUES} values",
                    rust_name(member.member)
                ));
            }
            match &first {
                None => first = Some((member, known)),
                Some(_) => match known.into_iter().collect::<Vec<_>>().as_slice() {
                    [Plain::Text(text)] => written.push((text.clone(), member)),
                    [Plain::Variable(name)] => {
                        let setter = rust_name(member.member);
                        return Err(format!(
                            "`{setter}`: what `{name}` holds is only a part of the resource"
                        ));
                    }
                    _ => return Err(format!("`{}` has several values", rust_name(member.member))),
                },
            }
        }
        let Some((member, values)) = first else {
            return Err(format!(
                "no member of a `{}` request names one resource",
                operation.name()
            ));
        };
        if values.is_empty() {
            return Err(format!("`{}` has no value in sight", rust_name(member.member)));
        }
        values.into_iter().map(|value| declared(&value, member, &written, tail, format)).collect()
    }

    /// The key of an object as a pattern: what is known of its beginning.
    fn key(&self, values: &[Value]) -> String {
        let [value] = values else { return "*".into() };
        let (value, is_joined) = match value {
            Value::Joined(parts) => (parts.first().unwrap_or(value), true),
            other => (other, false),
        };
        match self.held(value).ok().and_then(|known| known.into_iter().next()) {
            Some(Plain::Text(text)) if is_plain(&text) => {
                if is_joined {
                    format!("{text}*")
                } else {
                    text
                }
            }
            _ => "*".into(),
        }
    }
}

/// The members that name a resource of a type in this request: one with the whole ARN, or one for each part. Several
/// for the same part are alternatives.
fn chosen<'m, 'c>(
    members: &'m [ResourceMember<'c>],
    kind: &str,
    set: &Members,
) -> Result<Vec<&'m ResourceMember<'c>>, &'c str> {
    let own = || members.iter().filter(|member| member.resource_type == kind);
    let is_set = |member: &&ResourceMember<'_>| set.contains_key(&rust_name(member.member));
    if let Some(whole) = own().filter(|member| member.is_whole_arn()).find(is_set) {
        return Ok(vec![whole]);
    }
    let mut chosen: Vec<&ResourceMember<'_>> = Vec::new();
    for member in own() {
        if chosen.iter().any(|it| it.placeholder == member.placeholder) {
            continue;
        }
        let same = || own().filter(|it| it.placeholder == member.placeholder);
        match same().find(is_set) {
            Some(told) => chosen.push(told),
            None if is_object_key(member) => chosen.push(member),
            // A whole ARN is an alternative to its parts.
            None if member.is_whole_arn() && own().any(|it| !it.is_whole_arn()) => {}
            None => return Err(member.member),
        }
    }
    Ok(chosen)
}

pub(super) fn unknown(reason: Why) -> ReachableResource {
    ReachableResource::Unknown { reason: reason.into() }
}

/// The key of an S3 object, which is different in every request.
fn is_object_key(member: &ResourceMember<'_>) -> bool {
    member.placeholder == "ObjectName"
}

/// Whether a text is a name without anything that a policy would read as more.
pub(super) fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(['*', '?', '$', '{', '}'])
}

/// A value as a declaration would write it.
fn declared(
    value: &Plain,
    member: &ResourceMember<'_>,
    others: &[(String, &ResourceMember<'_>)],
    tail: &str,
    format: &str,
) -> Result<DeclaredResource, Why> {
    let setter = rust_name(member.member);
    let text = match value {
        Plain::Variable(name) if others.iter().any(|(_, other)| !is_object_key(other)) => {
            return Err(format!(
                "`{setter}`: what `{name}` holds is only a part of the resource, `{tail}`"
            ));
        }
        Plain::Variable(name) => {
            let is_named = |end: &str| name.to_ascii_uppercase().ends_with(end);
            let form = if member.member.ends_with("Url") {
                EnvironmentForm::Url
            } else if is_named("ARN") || member.member.ends_with("Arn") {
                EnvironmentForm::Arn
            } else {
                EnvironmentForm::Name
            };
            return Ok(DeclaredResource::Environment { name: name.as_str().into(), form });
        }
        Plain::Text(text) => text,
    };
    if !is_plain(text) {
        return Err(format!("`{setter}`: `{text}` is no plain name"));
    }
    if text.starts_with("arn:") {
        if others.is_empty() {
            return Ok(DeclaredResource::Arn(text.as_str().into()));
        }
        return Err(format!("`{setter}`: `{text}` is an ARN where a name is expected"));
    }
    let service = format.split(':').nth(2).unwrap_or_default();
    if text.contains("://") {
        let queue = if service == "sqs" { QueueUrl::parse(text) } else { None };
        return match queue.and_then(|queue| queue.arn_by_host()) {
            Some(arn) => Ok(DeclaredResource::Arn(arn.into())),
            None => Err(format!("`{setter}`: the URL `{text}` names no resource by itself")),
        };
    }
    if service == "kms" && text.starts_with("alias/") {
        return Err(format!(
            "`{setter}`: `{text}` is an alias, and policies name keys by their id"
        ));
    }
    let name = match service {
        "ssm" => text.strip_prefix('/').unwrap_or(text).to_owned(),
        // The ARN of a secret ends in six characters that its name does not tell.
        "secretsmanager" => format!("{text}-??????"),
        _ => text.clone(),
    };
    let mut written = String::new();
    let mut rest = tail;
    let mut is_first = true;
    while let Some(at) = rest.find("${") {
        let end = rest[at..].find('}').map_or(rest.len(), |end| at + end);
        let placeholder = rest.get(at + 2..end).unwrap_or_default();
        written.push_str(&rest[..at]);
        let other = others.iter().find(|(_, it)| it.placeholder == placeholder);
        if placeholder == member.placeholder || (member.is_whole_arn() && is_first) {
            written.push_str(&name);
        } else {
            written.push_str(other.map_or("*", |(text, _)| text));
        }
        is_first = false;
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    written.push_str(rest);
    Ok(DeclaredResource::Tail(written.into()))
}

/// The secret or parameter in the URL of an extension.
pub(super) fn in_url(text: &str, extension: Extension) -> ReachableResource {
    let (mark, head, end) = match extension {
        Extension::Secret => ("secretId=", "secret:", "-??????"),
        Extension::Parameter => ("name=", "parameter/", ""),
        _ => return unknown("the extension is asked for it by its address".into()),
    };
    let name = text.split_once(mark).map(|(_, rest)| rest.split('&').next().unwrap_or(rest));
    let decoded = name.map(|name| percent_encoding::percent_decode_str(name).decode_utf8_lossy());
    match decoded {
        Some(name) if is_plain(&name) && name.starts_with("arn:") => {
            ReachableResource::Known(vec![DeclaredResource::Arn((&*name).into())])
        }
        Some(name) if is_plain(&name) => {
            let name = name.strip_prefix('/').unwrap_or(&name);
            let tail = format!("{head}{name}{end}");
            ReachableResource::Known(vec![DeclaredResource::Tail(tail.into())])
        }
        _ => unknown("the address that the extension is asked for is put together".into()),
    }
}
