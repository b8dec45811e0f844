//! Resources as written: their syntax, and whether they fit what is done to them.

use proc_macro2::Span;
use syn::LitStr;

use super::super::Mistakes;
use super::super::ast::{WrittenAccess, WrittenResource};
use super::super::mistakes::unknown;
use super::Check;
use super::fit::{self, Written};
use super::names::Names;
use crate::evidence::{DeclaredResource, EnvironmentForm};
use crate::iam::{AccountId, Partition, Region};

/// The resources of an access. Names that cannot be granted on them are mistakes; access levels are
/// narrowed to the actions that can.
pub(super) fn read(
    check: &Check<'_>,
    written: &WrittenAccess,
    names: &mut Names<'_>,
    mistakes: &mut Mistakes,
) -> Vec<DeclaredResource> {
    let mut resources = Vec::new();
    let mut concrete: Vec<(Span, Written)> = Vec::new();
    let mut broken = false;
    let any = written.any_resource.as_ref().map(LitStr::value);
    for resource in &written.on {
        match resource {
            WrittenResource::Text(text) if text.value() == "*" => match &any {
                Some(reason) => {
                    resources.push(DeclaredResource::Any { reason: reason.as_str().into() });
                }
                None => {
                    mistakes.at(
                        text.span(),
                        "`*` is every resource there is: say why none can be named, `any_resource = \"…\"`",
                    );
                    broken = true;
                }
            },
            WrittenResource::Text(text) => match written_resource(text, mistakes) {
                Some((resource, filled)) => {
                    resources.push(resource);
                    concrete.push((text.span(), filled));
                }
                None => broken = true,
            },
            WrittenResource::Environment { name, form } => {
                let is_queue = names.client().and_then(|client| client.iam_prefix()) == Some("sqs");
                match environment(name, form, is_queue, mistakes) {
                    Some(resource) => resources.push(resource),
                    None => broken = true,
                }
            }
        }
    }
    let has_any = resources.iter().any(|r| matches!(r, DeclaredResource::Any { .. }));
    if let Some(reason) = &written.any_resource {
        if written.on.is_empty() {
            resources.push(DeclaredResource::Any { reason: reason.value().into() });
            return resources;
        }
        if !has_any {
            mistakes.at(
                reason.span(),
                "`any_resource` explains `on = \"*\"`, and resources are named here: remove one of the two",
            );
        } else if resources.len() > 1 {
            mistakes.at(reason.span(), "`*` covers the other resources: name them, or only `*`");
        }
    }
    if has_any || broken || !check.complete {
        return resources;
    }
    if written.on.is_empty() {
        if written.via_role.is_none() {
            missing(written, names, mistakes);
        }
    } else {
        fit::check(&concrete, concrete.len() < resources.len(), names, mistakes);
    }
    resources
}

/// No `on` and no `any_resource`: right only where nothing is checked.
fn missing(written: &WrittenAccess, names: &Names<'_>, mistakes: &mut Mistakes) {
    let mut needing = names.names.iter().filter(|name| !name.actions.is_empty());
    let Some(first) = needing.next() else { return };
    let typed = names.names.iter().find_map(|name| {
        let action = name.actions.iter().find(|action| action.resource_types().next().is_some())?;
        Some((name, action))
    });
    match typed {
        Some((_, action)) => mistakes.at(
            written.client.span(),
            format!(
                "no resource is named: add `on = \"{}\"`, or `any_resource = \"…\"` with the reason why none can be",
                fit::shape(action).unwrap_or_else(|| "…".to_owned())
            ),
        ),
        None => mistakes.at(
            first.span,
            format!(
                "{} has no resource types, so only `*` can grant it: add `any_resource = \"…\"` with what it is for",
                first.in_words()
            ),
        ),
    }
}

/// An ARN or a tail.
fn written_resource(text: &LitStr, mistakes: &mut Mistakes) -> Option<(DeclaredResource, Written)> {
    let value = self::text(text, mistakes)?;
    let written = Written::new(&value);
    if written.is_arn {
        arn_parts(text, mistakes)?;
        return Some((DeclaredResource::Arn(value.into()), written));
    }
    Some((DeclaredResource::Tail(value.into()), written))
}

/// The rules of the first five parts.
fn arn_parts(text: &LitStr, mistakes: &mut Mistakes) -> Option<()> {
    let value = text.value();
    let parts: Vec<&str> = value.splitn(6, ':').collect();
    let [_, partition, service, region, account, tail] = parts[..] else {
        mistakes.at(
            text.span(),
            format!("`{value}` is cut off: an ARN has six parts, as `arn:aws:sqs:eu-west-1:111122223333:jobs`"),
        );
        return None;
    };
    let open = |part: &str| part.contains(['*', '?', '{']);
    let problem = if tail.is_empty() {
        Some(format!("`{value}` names no resource: its last part is empty"))
    } else if open(partition) || open(service) {
        let (what, part) =
            if open(partition) { ("partition", partition) } else { ("service", service) };
        Some(format!(
            "`{part}` stands for the {what}, which cannot be left open: write the whole ARN, or only `{tail}`"
        ))
    } else if let Err(error) = partition.parse::<Partition>() {
        Some(error.to_string())
    } else if service.is_empty() {
        Some(format!("`{value}` names no service: its third part is empty"))
    } else if !(region.is_empty() || region == "*" || is_parameter(region))
        && let Err(error) = region.parse::<Region>()
    {
        Some(error.to_string())
    } else if account.contains(['*', '?']) {
        Some(format!(
            "`{account}` stands for the account: write its 12 digits, or only `{tail}` with `owner = any(\"reason\")`"
        ))
    } else if !(account.is_empty() || account == "aws" || is_parameter(account))
        && let Err(error) = account.parse::<AccountId>()
    {
        Some(error.to_string())
    } else {
        None
    };
    match problem {
        None => Some(()),
        Some(problem) => {
            mistakes.at(text.span(), problem);
            None
        }
    }
}

fn is_parameter(part: &str) -> bool {
    part.starts_with('{') && part.find('}') == Some(part.len() - 1)
}

/// Checks characters and braces.
pub(super) fn text(text: &LitStr, mistakes: &mut Mistakes) -> Option<String> {
    let value = text.value();
    let problem = if value.is_empty() {
        Some("the text is empty".to_owned())
    } else if value.len() > 2048 {
        Some(format!("an ARN has up to 2048 characters, and this has {}", value.len()))
    } else if let Some(c) = value.chars().find(|c| c.is_control() || *c > '\u{ff}') {
        Some(format!("{c:?} cannot stand in a policy"))
    } else if value.contains("${") {
        Some("policy variables are not accepted here; a parameter is written `{stage}`".to_owned())
    } else {
        braces(&value)
    };
    match problem {
        None => Some(value),
        Some(problem) => {
            mistakes.at(text.span(), problem);
            None
        }
    }
}

fn braces(value: &str) -> Option<String> {
    let mut rest = value;
    while let Some(at) = rest.find(['{', '}']) {
        if rest[at..].starts_with('}') {
            return Some(format!("`{value}` closes a `}}` that was not opened"));
        }
        let after = &rest[at + 1..];
        let Some(end) = after.find('}') else {
            return Some(format!("`{value}` opens a `{{` and does not close it"));
        };
        let name = &after[..end];
        let fits = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if !fits {
            return Some(format!(
                "`{{{name}}}` is not a parameter: write a name such as `{{stage}}`"
            ));
        }
        rest = &after[end + 1..];
    }
    None
}

/// The text with every `{parameter}` replaced by a value such as it may get, after checking it.
pub(super) fn filled(literal: &LitStr, mistakes: &mut Mistakes) -> Option<String> {
    text(literal, mistakes).map(|value| with_values(&value))
}

/// The same for a text that was checked.
pub(super) fn with_values(value: &str) -> String {
    if !value.starts_with("arn:") {
        return fill(value, "x");
    }
    let parts = value.splitn(6, ':').enumerate();
    let filled = parts.map(|(index, part)| match index {
        3 => fill(part, "eu-west-1"),
        4 => fill(part, "111122223333"),
        _ => fill(part, "x"),
    });
    filled.collect::<Vec<_>>().join(":")
}

fn fill(text: &str, value: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled += before;
        match after.split_once('}') {
            Some((_, behind)) => {
                filled += value;
                rest = behind;
            }
            None => rest = after,
        }
    }
    filled + rest
}

/// Whether Lambda accepts it as the name of an environment variable.
pub(super) fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn environment(
    name: &LitStr,
    form: &LitStr,
    is_queue: bool,
    mistakes: &mut Mistakes,
) -> Option<DeclaredResource> {
    let variable = name.value();
    let fits = is_variable_name(&variable);
    if !fits {
        mistakes.at(
            name.span(),
            format!("`{variable}` is not the name of a variable: letters, digits and `_`"),
        );
    }
    let word = form.value();
    let known = EnvironmentForm::ALL.map(EnvironmentForm::as_str);
    let Some(form_of) = EnvironmentForm::ALL.into_iter().find(|form| form.as_str() == word) else {
        mistakes.at(form.span(), unknown("form", &word, &known));
        return None;
    };
    if form_of == EnvironmentForm::Url && !is_queue {
        mistakes.at(
            form.span(),
            "only the URL of a queue tells its ARN: write `as = \"arn\"` or `as = \"name\"`",
        );
        return None;
    }
    fits.then(|| DeclaredResource::Environment { name: variable.into(), form: form_of })
}

/// `kms_key = …`.
pub(super) fn key(
    check: &Check<'_>,
    written: &WrittenResource,
    mistakes: &mut Mistakes,
) -> Option<DeclaredResource> {
    let text = match written {
        WrittenResource::Environment { name, form } => {
            return environment(name, form, false, mistakes);
        }
        WrittenResource::Text(text) => text,
    };
    let value = text.value();
    if value == "*" || value == "key/*" {
        mistakes.at(text.span(), format!("`{value}` is every key: name one, as `key/1234abcd-…`"));
        return None;
    }
    let (resource, filled) = written_resource(text, mistakes)?;
    let kms = check.catalog.service("kms");
    let is = |kind| kms.and_then(|kms| kms.resource_type(kind)).is_some_and(|t| filled.fits(&t));
    if is("key") {
        return Some(resource);
    }
    let message = if is("alias") {
        format!(
            "`{value}` is an alias, and IAM grants on keys only: write the key, as `key/1234abcd-…`"
        )
    } else {
        format!("`{value}` names no key: write it as `key/1234abcd-…` or as its ARN")
    };
    mistakes.at(text.span(), message);
    None
}

/// A resource as documentation shows it.
pub(super) fn in_words(resource: &DeclaredResource) -> String {
    match resource {
        DeclaredResource::Arn(text) | DeclaredResource::Tail(text) => format!("`{text}`"),
        DeclaredResource::Environment { name, form } => {
            format!("the {} in `{name}`", form.as_str())
        }
        DeclaredResource::Any { .. } => "any resource".to_owned(),
    }
}
