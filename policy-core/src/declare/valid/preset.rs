//! What a declared resource fixes of a request: which members of the request the handle can fill in.
//!
//! A member is fixed when its value is known without account and Region: the name of a table, a bucket,
//! a whole ARN, the text of an environment variable. Which member names the resource is the catalog's
//! knowledge, for each operation; a member that it only guesses (rules 3 to 6) is not touched, nor one that is no
//! plain text, such as the tables of `BatchGetItem`. A wrong value would be a call that fails, so what is
//! not certain stays open and is the caller's to set.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Preset, PresetValue};
use super::fit::{Written, tail};
use crate::catalog::{Operation, ResourceMember, ResourceType};
use crate::evidence::{DeclaredOwner, DeclaredResource, EnvironmentForm};

/// Members of one request that name its resource, by API name; `None` where the value is open.
pub(in super::super) type Naming = BTreeMap<String, Option<PresetValue>>;

/// Members that take a whole ARN as well as a name or an id, beside those that the catalog marks.
///
/// # Source
/// Amazon DynamoDB API Reference, `TableName` ("You can also provide the Amazon Resource Name"); AWS Secrets
/// Manager API Reference, `SecretId` ("The ARN or name"); AWS KMS API Reference, `KeyId` ("key ID or key ARN").
const TAKES_ARN: [(&str, &str); 3] =
    [("dynamodb", "TableName"), ("kms", "KeyId"), ("secretsmanager", "SecretId")];

/// Members that must not be set beside another one that names the resource too.
///
/// # Source
/// Amazon CloudWatch Logs API Reference, FilterLogEvents and DescribeLogStreams: one of `logGroupIdentifier` and
/// `logGroupName`, "but not both".
const EXCLUSIVE: [(&str, &str); 1] = [("logs", "logGroupIdentifier")];

/// Placeholders whose value may hold more than letters, digits, `-`, `_` and `.`.
const FREE_TEXT: [(&str, &str); 4] = [
    ("logs", "LogGroupName"),
    ("logs", "LogStreamName"),
    ("s3", "ObjectName"),
    ("secretsmanager", "SecretId"),
];

/// What `resources` fix of the requests of `operation`: what each of them that fits it fixes to the same value.
pub(super) fn naming(
    operation: Operation<'_>,
    resources: &[DeclaredResource],
    owner: Option<&DeclaredOwner>,
) -> Naming {
    let mut named = resources.iter().filter_map(|resource| of_resource(operation, resource, owner));
    let Some(first) = named.next() else { return open(operation) };
    named.fold(first, agree)
}

/// Where both fix a member to one value it is fixed; what only one of them names is open.
pub(super) fn agree(one: Naming, mut other: Naming) -> Naming {
    let mut both = Naming::new();
    for (member, value) in one {
        let same = other.remove(&member).is_some_and(|other| other == value);
        both.insert(member, value.filter(|_| same));
    }
    both.extend(other.into_keys().map(|member| (member, None)));
    both
}

/// The members that are fixed, and those that are not, as the SDK's builder names them.
pub(in super::super) fn presets(naming: &Naming) -> (Vec<Preset>, Vec<String>) {
    let (mut presets, mut open) = (Vec::new(), Vec::new());
    for (member, value) in naming {
        let setter = crate::catalog::rust_name(member);
        match value {
            Some(value) => presets.push(Preset { setter, value: value.clone() }),
            None => open.push(setter),
        }
    }
    (presets, open)
}

/// Every member that names a resource, none of them fixed.
fn open(operation: Operation<'_>) -> Naming {
    operation
        .resource_members()
        .filter(is_known)
        .map(|member| (member.member.to_owned(), None))
        .collect()
}

/// Whether the catalog knows the member and does not guess it.
fn is_known(member: &ResourceMember<'_>) -> bool {
    member.rule == 0 || (member.is_whole_arn() && member.rule <= 2)
}

/// What one resource fixes; `None` when it is no resource of the operation.
fn of_resource(
    operation: Operation<'_>,
    resource: &DeclaredResource,
    owner: Option<&DeclaredOwner>,
) -> Option<Naming> {
    let service = operation.client().service()?;
    let written = match resource {
        DeclaredResource::Arn(text) | DeclaredResource::Tail(text) => Some(Written::new(text)),
        DeclaredResource::Environment { .. } | DeclaredResource::Any { .. } => None,
    };
    if let Some(written) = &written {
        let fitting: Vec<&str> = operation
            .primary()
            .flat_map(|action| action.resource_types().map(|kind| kind.resource_type))
            .filter(|kind| written.fits(kind))
            .map(|kind| kind.name())
            .collect();
        if fitting.is_empty() {
            return None;
        }
        // An access point is no bucket, though its name may stand where that of a bucket stands.
        let is_known = |kind: &&str| operation.resource_members().any(|m| m.resource_type == *kind);
        if !fitting.iter().all(is_known) {
            return Some(open(operation));
        }
    }
    let known: Vec<(ResourceMember<'_>, ResourceType<'_>)> = operation
        .resource_members()
        .filter(is_known)
        .filter_map(|member| Some((member, service.resource_type(member.resource_type)?)))
        .collect();
    let types: Vec<&str> = known.iter().map(|(_, kind)| kind.name()).collect();
    let is_one_type = types.windows(2).all(|pair| pair[0] == pair[1]);
    let mut values: BTreeMap<&str, BTreeSet<PresetValue>> = BTreeMap::new();
    for (member, kind) in known {
        // What names no resource of the type says nothing of its members.
        if written.as_ref().is_some_and(|written| !written.fits(&kind)) {
            continue;
        }
        let values = values.entry(member.member).or_default();
        if !member.is_text {
            continue;
        }
        let value = match (resource, &written) {
            (DeclaredResource::Environment { name, form }, _) => {
                let fits = match form {
                    EnvironmentForm::Url => ends_with(member.member, "url"),
                    EnvironmentForm::Arn => takes_arn(&member, &kind) && is_one_type,
                    EnvironmentForm::Name => takes_the_name(&member, &kind, owner),
                };
                fits.then(|| PresetValue::Variable(name.to_string()))
            }
            (_, Some(written)) => of_text(&member, &kind, written, owner).map(PresetValue::Text),
            (_, None) => None,
        };
        values.extend(value);
    }
    let mut naming: Naming = values
        .into_iter()
        // Types that both fit must agree.
        .map(|(member, values)| {
            let value = if values.len() == 1 { values.into_iter().next() } else { None };
            (member.to_owned(), value)
        })
        .collect();
    // With the resource named by its ARN, or by its name, the other way to name it is not missing.
    let is_arn = match resource {
        DeclaredResource::Environment { form, .. } => *form == EnvironmentForm::Arn,
        DeclaredResource::Arn(text) => naming
            .values()
            .flatten()
            .any(|value| matches!(value, PresetValue::Text(value) if **value == **text)),
        _ => false,
    };
    if naming.values().any(Option::is_some) {
        naming.retain(|member, value| value.is_some() || !(is_arn || ends_with(member, "arn")));
    }
    Some(naming)
}

/// The value of a member for a resource that is written as text.
fn of_text(
    member: &ResourceMember<'_>,
    kind: &ResourceType<'_>,
    written: &Written,
    owner: Option<&DeclaredOwner>,
) -> Option<String> {
    if written.is_arn {
        let parts: Vec<&str> = written.text.splitn(6, ':').collect();
        if parts[3..5].iter().any(|part| !part.is_empty()) {
            let is_whole = !written.text.contains(['*', '?', '{']);
            return (is_whole && takes_arn(member, kind)).then(|| written.text.clone());
        }
    }
    if !takes_name(member, kind) || is_of_another(kind, owner) {
        return None;
    }
    let values: Vec<String> = kind
        .arn_formats()
        .filter(|format| member.placeholder != "*arn*" || placeholders(tail(format)).count() == 1)
        .filter_map(|format| {
            let wanted = match member.is_whole_arn() {
                true => placeholders(tail(format)).next()?,
                false => member.placeholder,
            };
            let text = value_of(tail(format), written.tail(), wanted, kind.service().prefix())?;
            as_member(kind.service().prefix(), wanted, &text)
        })
        .collect();
    let (first, rest) = values.split_first()?;
    rest.iter().all(|other| other == first).then(|| first.clone())
}

/// The text that stands for `placeholder`, where nothing before it and nothing in it is open.
fn value_of(format: &str, text: &str, placeholder: &str, service: &str) -> Option<String> {
    let (mut format, mut rest) = (format, text);
    loop {
        let (literal, after) = format.split_once("${")?;
        rest = rest.strip_prefix(literal)?;
        let (name, behind) = after.split_once('}')?;
        let end = match behind.split_once("${") {
            Some((next, _)) => rest.find(next).filter(|end| *end > 0)?,
            None => rest.strip_suffix(behind)?.len(),
        };
        let value = &rest[..end];
        let is_last = name == placeholder;
        // The six characters at the end of a secret's ARN are written as wildcards, and belong to no name.
        let certain = match value.strip_suffix("-??????") {
            Some(name) if is_last && service == "secretsmanager" => name,
            _ => value,
        };
        // A wildcard may stand for what divides the parts.
        if certain.is_empty() || certain.contains(['*', '?']) {
            return None;
        }
        if is_last {
            return (!certain.contains('{')).then(|| value.to_owned());
        }
        (format, rest) = (behind, &rest[end..]);
    }
}

/// What the member holds when the ARN holds `text`.
fn as_member(service: &str, placeholder: &str, text: &str) -> Option<String> {
    let is_plain =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    match service {
        // A secret's ARN ends in a hyphen and six characters that are not of its name.
        "secretsmanager" if placeholder == "SecretId" => {
            let (name, random) =
                text.len().checked_sub(7).and_then(|at| text.split_at_checked(at))?;
            let random = random.strip_prefix('-')?;
            let fits = random == "??????" || random.bytes().all(|b| b.is_ascii_alphanumeric());
            (fits && !name.is_empty()).then(|| name.to_owned())
        }
        // A name with a hierarchy begins with the slash that the ARN leaves out; whether one without does, it
        // does not tell.
        "ssm" => text.contains('/').then(|| format!("/{text}")),
        _ if FREE_TEXT.contains(&(service, placeholder)) => Some(text.to_owned()),
        _ => is_plain(text).then(|| text.to_owned()),
    }
}

/// Whether the resource is another account's by declaration, which a bare name would not say.
fn is_of_another(kind: &ResourceType<'_>, owner: Option<&DeclaredOwner>) -> bool {
    let has_account = |format: &str| format.split(':').nth(4).is_some_and(|part| !part.is_empty());
    owner.is_some() && kind.arn_formats().any(has_account)
}

/// Whether the member takes the resource's bare name or id.
fn takes_name(member: &ResourceMember<'_>, kind: &ResourceType<'_>) -> bool {
    let name = member.member;
    if EXCLUSIVE.contains(&(kind.service().prefix(), name)) {
        return false;
    }
    if member.is_whole_arn() {
        // `FunctionName`, and never `stateMachineArn`.
        return ends_with(name, "name") && kind.arn_formats().any(has_one_placeholder);
    }
    !ends_with(name, "arn") && !ends_with(name, "url")
}

/// Whether the member takes what a variable holds that holds the resource's name.
fn takes_the_name(
    member: &ResourceMember<'_>,
    kind: &ResourceType<'_>,
    owner: Option<&DeclaredOwner>,
) -> bool {
    let first = kind.arn_formats().next().and_then(|format| placeholders(tail(format)).next());
    takes_name(member, kind)
        && !is_of_another(kind, owner)
        && (member.is_whole_arn() || first == Some(member.placeholder))
}

/// Whether the member takes the resource's ARN.
fn takes_arn(member: &ResourceMember<'_>, kind: &ResourceType<'_>) -> bool {
    let client = (kind.service().prefix(), member.member);
    member.is_whole_arn()
        || (TAKES_ARN.contains(&client) && kind.arn_formats().all(has_one_placeholder))
}

fn has_one_placeholder(format: &str) -> bool {
    placeholders(tail(format)).count() == 1
}

fn placeholders(format: &str) -> impl Iterator<Item = &str> {
    format.split("${").skip(1).filter_map(|part| part.split('}').next())
}

fn ends_with(member: &str, word: &str) -> bool {
    member.to_ascii_lowercase().ends_with(word)
}

#[cfg(test)]
mod tests;
