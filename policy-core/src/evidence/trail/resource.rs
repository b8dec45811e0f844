//! What a call was done to: from `resources[]`, else from `requestParameters`.
//!
//! A resource is believed only if it is an ARN of a type that the action has. A name in the request
//! is put into the ARN format only by the surest matches of the catalog; whatever is not sure is
//! unknown, and reported as such. Characters such as `*` in a name are characters.

use std::borrow::Cow;

use crate::catalog::{ResourceMember, ResourceType};
use crate::iam::{AccountId, Arn, ArnText};

use super::lists;
use super::naming::{ArnParts, EVENT_BUS, QueueUrl, named, when_absent};
use super::parameters::Parameters;
use super::plan::ActionPlan;
use super::record::Record;

/// What a call was done to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// An ARN; it was parsed.
    Arn(Box<str>),
    /// A secret's ARN without its random part.
    SecretNamed(Box<str>),
    /// The action has no resource type.
    None,
    /// The event does not tell.
    Unknown,
}

/// A target with its owner, where the event names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Owned {
    pub(super) target: Target,
    pub(super) account: Option<Box<str>>,
}

impl Owned {
    pub(super) fn unknown() -> Self {
        Self { target: Target::Unknown, account: None }
    }
}

/// What completes a name to an ARN.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'r> {
    pub(super) partition: &'r str,
    pub(super) region: &'r str,
    pub(super) account: &'r str,
}

/// What the call of `action` in `record` was done to: at least one target.
pub(super) fn targets(
    action: &ActionPlan<'_>,
    record: &Record<'_>,
    place: Place<'_>,
) -> Vec<Owned> {
    if action.types.is_empty() {
        return vec![Owned { target: Target::None, account: None }];
    }
    let mut found = listed(action, record);
    if found.is_empty() {
        found = requested(action, &record.parameters, place);
    }
    if found.is_empty() {
        found.push(Owned::unknown());
    }
    if found.len() > 1 {
        found.sort();
        found.dedup();
    }
    found
}

/// The entries of `resources[]` that fit the action.
pub(super) fn listed(action: &ActionPlan<'_>, record: &Record<'_>) -> Vec<Owned> {
    let mut found = Vec::new();
    for entry in &record.resources {
        let Some(arn) = entry.arn.as_deref() else { continue };
        let Some(target) = of_arn(action, arn) else { continue };
        let target = with_index(action, target, &record.parameters);
        let target = with_qualifier(target, &record.parameters);
        let account = entry.account.as_deref().or_else(|| bucket_account(record, arn));
        let account = account.filter(|id| AccountId::fits(id)).map(Into::into);
        found.push(Owned { target, account });
    }
    // Through an access point IAM checks the object of the access point besides the bucket's.
    for entry in &record.resources {
        let object = entry.arn.as_deref().and_then(|arn| access_point_object(arn, record));
        let Some(object) = object.filter(|object| action.admits(object)) else { continue };
        let target = Target::Arn(object.into());
        if found.iter().all(|owned| owned.target != target) {
            let account = entry.account.as_deref().filter(|id| AccountId::fits(id));
            found.push(Owned { target, account: account.map(Into::into) });
        }
    }
    found
}

/// The object that the request names, as an object of the access point `arn`.
///
/// # Source
/// Amazon S3 User Guide, "Configuring IAM policies for using access points".
fn access_point_object(arn: &str, record: &Record<'_>) -> Option<String> {
    // Most ARNs are none of an access point, which is seen before they are read.
    if !arn.contains(":accesspoint/") {
        return None;
    }
    let parsed: Arn = arn.parse().ok()?;
    let name = parsed.resource().strip_prefix("accesspoint/")?;
    if parsed.service() != "s3" || parsed.region().is_empty() || name.contains('/') {
        return None;
    }
    let key = record.parameters.text("key").filter(|key| !key.is_empty())?;
    Some(format!("{arn}/object/{key}"))
}

/// The owner of an object is on the entry of its bucket.
fn bucket_account<'r>(record: &'r Record<'_>, object: &str) -> Option<&'r str> {
    record
        .resources
        .iter()
        .filter(|entry| {
            entry.arn.as_deref().is_some_and(|bucket| {
                object.strip_prefix(bucket).is_some_and(|rest| rest.starts_with('/'))
            })
        })
        .find_map(|entry| entry.account.as_deref())
}

/// `text` as a target, if it is an ARN of a type that the action has.
fn of_arn(action: &ActionPlan<'_>, text: &str) -> Option<Target> {
    let arn = ArnText::of(text)?;
    let text = if arn.service == "ssm" { without_selector(text) } else { text };
    if arn.service == "secretsmanager" {
        return action.admits(text).then(|| secret(text));
    }
    if action.admits(text) {
        return Some(Target::Arn(text.into()));
    }
    // A state machine with its version or alias: IAM checks the one without, and the qualifier is a
    // condition key (AWS Step Functions Developer Guide, "Authorization for versions and aliases").
    if arn.service == "states"
        && let Some((name, qualifier)) =
            arn.resource.strip_prefix("stateMachine:").and_then(|rest| rest.split_once(':'))
        && !name.is_empty()
        && !qualifier.contains(':')
    {
        let bare = &text[..text.len() - qualifier.len() - 1];
        return action.admits(bare).then(|| Target::Arn(bare.into()));
    }
    // A function with its version or alias: IAM checks the qualified ARN against the type of the function.
    if arn.service == "lambda"
        && let Some((name, qualifier)) =
            arn.resource.strip_prefix("function:").and_then(|rest| rest.split_once(':'))
        && !name.is_empty()
        && is_qualifier(name)
        && is_qualifier(qualifier)
    {
        let bare = &text[..text.len() - qualifier.len() - 1];
        return action.admits(bare).then(|| Target::Arn(text.into()));
    }
    None
}

/// A parameter's name or ARN without `:VERSION` or `:LABEL`, which IAM does not check.
pub(super) fn without_selector(text: &str) -> &str {
    let colons = if text.starts_with("arn:") { 5 } else { 0 };
    text.match_indices(':').nth(colons).map_or(text, |(at, _)| &text[..at])
}

/// A secret by its ARN. Secrets Manager appends `-` and six random characters to the name; an ARN
/// without them stands for the secret of that name.
fn secret(text: &str) -> Target {
    let whole = text.len().checked_sub(7).and_then(|at| text.split_at_checked(at));
    let is_whole = whole.is_some_and(|(before, tail)| {
        !before.ends_with(':')
            && tail
                .strip_prefix('-')
                .is_some_and(|random| random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    });
    if is_whole { Target::Arn(text.into()) } else { Target::SecretNamed(text.into()) }
}

/// A table becomes its index when the request names one: IAM checks the index.
fn with_index(action: &ActionPlan<'_>, target: Target, parameters: &Parameters<'_>) -> Target {
    let Target::Arn(arn) = &target else { return target };
    let Some(index) = parameters.text("IndexName").filter(|index| !index.is_empty()) else {
        return target;
    };
    if !arn.contains(":table/") || arn.contains("/index/") {
        return target;
    }
    let indexed = format!("{arn}/index/{index}");
    let fits = action.types.iter().any(|kind| kind.name() == "index" && kind.matches(&indexed));
    if fits { Target::Arn(indexed.into()) } else { target }
}

/// A function becomes its version or alias when the request names one: IAM checks the qualified ARN.
///
/// # Source
/// AWS Lambda Developer Guide, "Fine-tuning the Resources and Conditions sections of policies".
fn with_qualifier(target: Target, parameters: &Parameters<'_>) -> Target {
    let Target::Arn(arn) = &target else { return target };
    let Some((before, name)) = arn.split_once(":function:") else { return target };
    if !before.starts_with("arn:") || before.split(':').nth(2) != Some("lambda") {
        return target;
    }
    let called = parameters.text("FunctionName").map(ArnParts::parse);
    let called = called.and_then(|called| called.name.split_once(':'));
    let of_name = called.filter(|(own, _)| *own == name).map(|(_, qualifier)| qualifier);
    let qualifier = value(parameters, "Qualifier").or(of_name);
    match qualifier.filter(|qualifier| !name.contains(':') && !qualifier.is_empty()) {
        Some(qualifier) if !is_qualifier(qualifier) || !is_qualifier(name) => Target::Unknown,
        Some(qualifier) => Target::Arn(format!("{arn}:{qualifier}").into()),
        None => target,
    }
}

/// Whether `text` can be a version or an alias.
///
/// # Source
/// AWS Lambda API Reference, "Invoke", the pattern of `Qualifier`.
fn is_qualifier(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"$-_".contains(&byte))
}

/// One way to fill the ARN of a type from the request.
struct Filled<'c> {
    kind: &'c str,
    target: Target,
    /// The weakest rule that was needed.
    rule: u8,
    members: Vec<&'c str>,
}

/// What `requestParameters` name.
pub(super) fn requested(
    action: &ActionPlan<'_>,
    parameters: &Parameters<'_>,
    place: Place<'_>,
) -> Vec<Owned> {
    if parameters.is_empty() {
        return Vec::new();
    }
    if let Some(each) = lists::each(action, parameters) {
        let of_one = |one: &Parameters<'_>| {
            let found = named_once(action, one, place);
            if found.is_empty() { vec![Owned::unknown()] } else { found }
        };
        return each.iter().flat_map(of_one).collect();
    }
    if let Some(found) = through_access_point(action, parameters) {
        return found;
    }
    named_once(action, parameters, place)
}

/// A bucket member may hold the ARN of an access point. IAM checks that, and the bucket behind it,
/// which the request does not name.
///
/// # Source
/// Amazon S3 User Guide, "Configuring IAM policies for using access points".
fn through_access_point(
    action: &ActionPlan<'_>,
    parameters: &Parameters<'_>,
) -> Option<Vec<Owned>> {
    let point = parameters.text("bucketName").filter(|_| action.name.starts_with("s3:"))?;
    if !point.starts_with("arn:") {
        return None;
    }
    let key = parameters.text("key").filter(|key| !key.is_empty());
    let object = key.map(|key| format!("{point}/object/{key}"));
    let arn = object.into_iter().chain([point.to_owned()]).find(|arn| {
        arn.parse::<Arn>().is_ok_and(|arn| arn.resource().starts_with("accesspoint/"))
            && action.admits(arn)
    })?;
    Some(vec![Owned { target: Target::Arn(arn.into()), account: None }, Owned::unknown()])
}

/// What parameters without lists name.
fn named_once(
    action: &ActionPlan<'_>,
    parameters: &Parameters<'_>,
    place: Place<'_>,
) -> Vec<Owned> {
    let mut filled: Vec<Filled<'_>> =
        action.types.iter().filter_map(|&kind| fill(action, kind, parameters, place)).collect();
    // A type that needs more members is the narrower one: an index before its table. Two that every
    // call needs are both checked: a database and its table.
    let is_required = |name: &str| action.required.iter().any(|kind| kind.name() == name);
    let members: Vec<(bool, Vec<&str>)> =
        filled.iter().map(|one| (is_required(one.kind), one.members.clone())).collect();
    filled.retain(|one| {
        !members.iter().any(|(required, other)| {
            other.len() > one.members.len()
                && one.members.iter().all(|m| other.contains(m))
                && !(*required && is_required(one.kind))
        })
    });
    // Among types that the same member fills, the surest match counts.
    let sure: Vec<(u8, Vec<&str>)> =
        filled.iter().map(|one| (one.rule, one.members.clone())).collect();
    filled.retain(|one| {
        !sure.iter().any(|(rule, members)| {
            *rule < one.rule && one.members.iter().any(|member| members.contains(member))
        })
    });
    let ambiguous = filled.iter().enumerate().any(|(at, one)| {
        filled[..at].iter().any(|other| {
            other.kind != one.kind && other.members == one.members && other.target != one.target
        })
    });
    if ambiguous {
        return Vec::new();
    }
    let is_sole = filled.is_empty() && action.types.len() == 1;
    if is_sole || (!filled.is_empty() && action.name.starts_with("glue:")) {
        filled.extend(action.required.iter().filter_map(|&kind| nameless(action, kind, place)));
    }
    let is_partial = names_more(action, &filled, parameters);
    let mut found: Vec<Owned> =
        filled.into_iter().map(|one| Owned { target: one.target, account: None }).collect();
    if is_partial {
        found.push(Owned::unknown());
    }
    found
}

/// The one resource of a type without a name of its own: the catalog of an account, which AWS Glue checks
/// besides the database and the table.
///
/// Elsewhere a type that the reference marks as required may be one of several choices, and counts only
/// where it is the only type.
///
/// # Source
/// AWS Glue Developer Guide, "Specifying AWS Glue resource ARNs".
fn nameless<'c>(
    action: &ActionPlan<'c>,
    kind: ResourceType<'c>,
    place: Place<'_>,
) -> Option<Filled<'c>> {
    let arn = kind.arn_formats().find_map(|format| {
        let arn = format
            .replace("${Partition}", place.partition)
            .replace("${Region}", place.region)
            .replace("${Account}", place.account);
        (!arn.contains(['$', '*'])).then_some(arn)
    })?;
    let target = of_arn(action, &arn)?;
    Some(Filled { kind: kind.name(), target, rule: 0, members: Vec::new() })
}

/// Whether the request names, by a member that nothing in `filled` used, a resource that every such
/// call needs: a table of a database that alone could be filled.
fn names_more(action: &ActionPlan<'_>, filled: &[Filled<'_>], parameters: &Parameters<'_>) -> bool {
    let lacks = |kind: &&ResourceType<'_>| filled.iter().all(|one| one.kind != kind.name());
    let is_used = |member: &str| filled.iter().any(|one| one.members.contains(&member));
    let is_named = |kind: &ResourceType<'_>| {
        let members = action.members.iter().chain(&action.hints);
        members
            .filter(|member| member.resource_type == kind.name() && !is_used(member.member))
            .any(|member| value(parameters, member.member).is_some())
    };
    !filled.is_empty() && action.required.iter().filter(lacks).any(is_named)
}

fn fill<'c>(
    action: &ActionPlan<'c>,
    kind: ResourceType<'c>,
    parameters: &Parameters<'_>,
    place: Place<'_>,
) -> Option<Filled<'c>> {
    let members: Vec<ResourceMember<'c>> = action
        .members
        .iter()
        .filter(|member| member.resource_type == kind.name())
        .copied()
        .collect();
    // A whole ARN tells its type, however weak the match of the member that holds it.
    let hints = action.hints.iter().filter(|hint| hint.resource_type == kind.name());
    for member in members.iter().chain(hints) {
        let text = value(parameters, member.member).filter(|text| text.starts_with("arn:"));
        // A stream's iterator begins with the ARN of the stream.
        let text = text.map(|text| text.split_once('|').map_or(text, |(arn, _)| arn));
        if let Some(text) = text
            && (kind.matches(text) || is_qualified(text))
            && let Some(target) = of_arn(action, text)
        {
            let target = with_index(action, target, parameters);
            let target = with_qualifier(target, parameters);
            return Some(Filled {
                kind: kind.name(),
                target,
                rule: member.rule,
                members: vec![member.member],
            });
        }
    }
    kind.arn_formats()
        .find_map(|format| complete(action, kind, format, &members, parameters, place))
}

/// Whether `text` may have a version or an alias that its type does not.
fn is_qualified(text: &str) -> bool {
    text.parse::<Arn>().is_ok_and(|arn| ["lambda", "states"].contains(&arn.service()))
}

/// The text of a request member. S3 names two of its members in its own way; a log group is named
/// or, since later, identified.
fn value<'p>(parameters: &'p Parameters<'_>, member: &str) -> Option<&'p str> {
    let text = parameters.text(member).or_else(|| match member {
        "Bucket" => parameters.text("bucketName"),
        "logGroupIdentifier" => parameters.text("logGroupName"),
        _ => None,
    });
    text.filter(|text| !text.is_empty())
}

/// Fills the placeholders of `format`.
fn complete<'c>(
    action: &ActionPlan<'c>,
    kind: ResourceType<'c>,
    format: &str,
    members: &[ResourceMember<'c>],
    parameters: &Parameters<'_>,
    place: Place<'_>,
) -> Option<Filled<'c>> {
    let mut arn = String::with_capacity(format.len() + 40);
    let (mut region, mut account) = (Cow::Borrowed(place.region), Cow::Borrowed(place.account));
    let mut used = Vec::new();
    let mut rule = 0;
    // A URL says where its queue is; that has to be known before the format is filled from the left.
    for member in members {
        if let Some(queue) = value(parameters, member.member).and_then(QueueUrl::parse) {
            account = Cow::Borrowed(queue.account);
            region = queue.region.map_or(region, Cow::Borrowed);
        } else if kind.service().prefix() == "events"
            && member.member == EVENT_BUS
            && let Some(bus) = value(parameters, EVENT_BUS).and_then(|bus| bus.parse::<Arn>().ok())
        {
            account = Cow::Owned(bus.account().to_owned());
            region = Cow::Owned(bus.region().to_owned());
        } else if kind.service().prefix() == "lambda"
            && ["FunctionName", "LayerName"].contains(&member.member)
            && let Some(called) = value(parameters, member.member).map(ArnParts::parse)
        {
            account = called.account.map_or(account, Cow::Borrowed);
            region = called.region.map_or(region, Cow::Borrowed);
        }
    }
    if kind.service().prefix() == "sqs"
        && let Some(owner) = value(parameters, "QueueOwnerAWSAccountId")
        && owner.parse::<AccountId>().is_ok()
    {
        account = Cow::Borrowed(owner);
    }
    let mut rest = format;
    while let Some(at) = rest.find("${") {
        arn.push_str(&rest[..at]);
        let (name, after) = rest[at + 2..].split_once('}')?;
        rest = after;
        match name {
            "Partition" => arn.push_str(place.partition),
            "Region" => arn.push_str(&region),
            "Account" => arn.push_str(&account),
            name => {
                // A member that may hold a whole ARN is a bare name of the placeholder only if it is
                // called like it.
                let member = members.iter().find(|member| {
                    member.placeholder == name
                        || (member.is_whole_arn() && member.member.eq_ignore_ascii_case(name))
                });
                let text = member.and_then(|member| value(parameters, member.member));
                let Some((member, text)) = member.zip(text) else {
                    arn.push_str(when_absent(kind.service().prefix(), name)?);
                    continue;
                };
                arn.push_str(named(name, member.member, &arn, text)?);
                rule = rule.max(member.rule);
                used.push(member.member);
            }
        }
    }
    arn.push_str(rest);
    if used.is_empty() || arn.contains('*') && format.contains('*') {
        return None;
    }
    let parsed: Arn = arn.parse().ok()?;
    let target = if parsed.service() == "secretsmanager" {
        Target::SecretNamed(arn.into())
    } else {
        with_qualifier(of_arn(action, &arn)?, parameters)
    };
    // The format of a type with a shorter name may also admit the text; the type itself must.
    if let Target::Arn(arn) = &target
        && !kind.matches(arn)
        && !is_qualified(arn)
    {
        return None;
    }
    used.sort_unstable();
    used.dedup();
    Some(Filled { kind: kind.name(), target, rule, members: used })
}
