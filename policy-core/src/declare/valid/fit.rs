//! Whether names and resources fit each other, and what to write when they do not.
//!
//! Every resource must fit at least one name and every name at least one resource: a grant on what
//! the action does not apply to would be dead.

use proc_macro2::Span;

use super::super::Mistakes;
use super::names::{Name, Names};
use crate::catalog::{Action, ResourceType};

/// A resource as text.
pub(super) struct Written {
    /// As written.
    pub(super) text: String,
    /// With a value for every parameter.
    pub(super) filled: String,
    /// A whole ARN; else the tail of one.
    pub(super) is_arn: bool,
}

impl Written {
    /// What stands in a declaration that was checked.
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            filled: super::resource::with_values(text),
            is_arn: text.starts_with("arn:"),
        }
    }

    /// Whether it can name a resource of the type.
    pub(super) fn fits(&self, kind: &ResourceType<'_>) -> bool {
        if self.is_arn {
            return kind.matches(&self.filled);
        }
        kind.arn_formats().any(|format| kind.matches(&with_tail(format, &self.filled)))
    }

    pub(super) fn fits_action(&self, action: &Action<'_>) -> bool {
        action.resource_types().any(|resource| self.fits(&resource.resource_type))
    }

    /// What follows the account.
    pub(super) fn tail(&self) -> &str {
        if self.is_arn { tail(&self.text) } else { &self.text }
    }

    /// The same resource with another tail.
    fn with(&self, tail: &str) -> String {
        if !self.is_arn {
            return tail.to_owned();
        }
        self.text.strip_suffix(self.tail()).unwrap_or_default().to_owned() + tail
    }
}

/// What follows the fifth colon.
pub(super) fn tail(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or_default()
}

/// An ARN of that format that ends in `tail`.
fn with_tail(format: &str, tail: &str) -> String {
    let mut parts: Vec<&str> = format.splitn(6, ':').collect();
    let fixed = ["arn", "aws", "x", "eu-west-1", "111122223333"];
    for (part, value) in parts.iter_mut().zip(fixed) {
        if part.contains("${") || *part == "*" {
            *part = value;
        }
    }
    if let Some(last) = parts.get_mut(5) {
        *last = tail;
    }
    parts.join(":")
}

/// Checks `resources` against `names`; with `others` there are resources beside them that are not
/// known yet. Access levels are narrowed to the actions that fit.
pub(super) fn check(
    resources: &[(Span, Written)],
    others: bool,
    names: &mut Names<'_>,
    mistakes: &mut Mistakes,
) {
    let before: Vec<bool> = resources.iter().map(|(_, r)| names.fit(r)).collect();
    for name in &mut names.names {
        let fits = |action: &Action<'_>| {
            resources.iter().any(|(_, resource)| resource.fits_action(action))
                || (others && action.resource_types().next().is_some())
        };
        if name.is_level() {
            name.actions.retain(fits);
            if name.actions.is_empty() {
                mistakes.at(
                    name.span,
                    format!("no action of level {} applies to these resources", name.in_words()),
                );
            }
            continue;
        }
        if name.actions.is_empty() || name.actions.iter().any(fits) {
            continue;
        }
        if name.actions.iter().all(|action| action.resource_types().next().is_none()) {
            mistakes.at(
                name.span,
                format!(
                    "{} has no resource types, so no ARN can grant it: declare it in an attribute of its own, with `any_resource = \"…\"`",
                    name.in_words()
                ),
            );
        } else if let Some((_, resource)) =
            resources.iter().zip(&before).find(|(_, fits)| **fits).map(|(resource, _)| resource)
        {
            // The resource is right for another name.
            let (what, write) = disagreement(name, resource);
            mistakes.at(
                name.span,
                format!("{what}: declare it in an attribute of its own and {write}"),
            );
        }
    }
    for ((span, resource), fits) in resources.iter().zip(before) {
        let name = names.names.iter().find(|name| has_types(name) && !name.is_level());
        if let Some(name) = name.filter(|_| !fits) {
            let (what, write) = disagreement(name, resource);
            mistakes.at(*span, format!("{what}; {write}"));
        }
    }
}

impl Names<'_> {
    fn fit(&self, resource: &Written) -> bool {
        let mut actions = self.names.iter().flat_map(|name| &name.actions);
        actions.any(|action| resource.fits_action(action))
    }
}

fn has_types(name: &Name<'_>) -> bool {
    name.actions.iter().any(|action| action.resource_types().next().is_some())
}

/// What the two parts say, and what to write.
fn disagreement(name: &Name<'_>, written: &Written) -> (String, String) {
    let types: Vec<ResourceType<'_>> = name
        .actions
        .iter()
        .flat_map(|action| action.resource_types().map(|resource| resource.resource_type))
        .collect();
    let named = name.actions.first().and_then(|action| {
        let mut fitting = action.service().resource_types().filter(|kind| written.fits(kind));
        let first = fitting.next()?;
        // The simplest kind is what is meant: `b` is a bucket before it is anything longer.
        Some(fitting.fold(first, |a, b| if literals(&b) < literals(&a) { b } else { a }))
    });
    // Of equally good advice the simplest kind is meant: an object of a bucket before one of an
    // access point.
    let mut best: Option<((u8, usize), String, ResourceType<'_>)> = None;
    for kind in &types {
        for format in kind.arn_formats() {
            let (rank, write) = suggestion(written, named.as_ref(), kind, format);
            let rank = (rank, literals(kind));
            if best.as_ref().is_none_or(|(other, _, _)| rank < *other) {
                best = Some((rank, write, *kind));
            }
        }
    }
    let Some((_, write, kind)) = best else {
        return (format!("{} does not fit `{}`", name.in_words(), written.text), String::new());
    };
    let names = match &named {
        Some(kind) => format!("names {}", one(kind.name())),
        None => format!("names no {}", noun(kind.name())),
    };
    let applies = format!("{} applies to {}", name.in_words(), many(kind.name()));
    (format!("{applies}, but `{}` {names}", written.text), write)
}

/// How good the advice is (smaller is better), and the advice.
fn suggestion(
    written: &Written,
    named: Option<&ResourceType<'_>>,
    kind: &ResourceType<'_>,
    format: &str,
) -> (u8, String) {
    let (text, wanted) = (written.tail(), tail(format));
    // The tail is right and the head is not: another service, or a Region where none belongs.
    if written.is_arn && kind.matches(&with_tail(format, tail(&written.filled))) {
        return (
            1,
            format!("an ARN of {} looks like `{}`", one(kind.name()), example(format, text)),
        );
    }
    if written.is_arn && !same_service(format, &written.text) {
        let arn = example(format, &plain(wanted));
        return (5, format!("an ARN of {} looks like `{arn}`", one(kind.name())));
    }
    for own in named.iter().flat_map(|named| named.arn_formats()).map(tail) {
        if let Some(rest) = wanted.strip_prefix(own).filter(|rest| !rest.is_empty()) {
            let all = written.with(&format!("{text}{}", starred(rest)));
            return (0, format!("for all its {} write `{all}`", many(kind.name())));
        }
        if let Some(rest) = own.strip_prefix(wanted).filter(|rest| !rest.is_empty()) {
            let separator = &rest[..rest.find("${").unwrap_or(rest.len())];
            if let Some(at) = text.find(separator).filter(|at| *at > 0) {
                return (0, format!("write `{}`", written.with(&text[..at])));
            }
        }
    }
    if let Some((head, variable)) = wanted.split_once("${")
        && variable.find('}') == Some(variable.len() - 1)
        && !head.is_empty()
    {
        let word = head.trim_end_matches(['/', ':']);
        let name = match text.split_once(['/', ':']) {
            None => Some(text),
            Some((first, name)) if first.eq_ignore_ascii_case(word) => Some(name),
            Some(_) => None,
        };
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            let write = written.with(&format!("{head}{name}"));
            return (2, format!("for {} write `{write}`", one(kind.name())));
        }
    }
    (3, format!("write {} as `{}`", one(kind.name()), written.with(&plain(wanted))))
}

fn same_service(format: &str, arn: &str) -> bool {
    let service = |arn: &str| arn.split(':').nth(2).map(str::to_owned);
    let own = service(format).unwrap_or_default();
    own.contains('$') || Some(own) == service(arn)
}

/// The ARN with the head of the format and what is known of the written one.
fn example(format: &str, tail: &str) -> String {
    let mut parts: Vec<String> = format.splitn(6, ':').map(plain).collect();
    for (part, value) in parts.iter_mut().zip(["arn", "aws", "", "eu-west-1", "111122223333", tail])
    {
        if !value.is_empty() && !part.is_empty() {
            *part = value.to_owned();
        }
    }
    parts.join(":")
}

/// A resource that the action applies to, with names for its placeholders.
pub(in super::super) fn shape(action: &Action<'_>) -> Option<String> {
    let kinds = action.resource_types().map(|resource| resource.resource_type);
    let format = kinds.min_by_key(literals)?.arn_formats().next()?;
    Some(plain(tail(format)))
}

/// `table/${TableName}` → `table/TableName`.
fn plain(format: &str) -> String {
    format.replace("${", "").replace('}', "")
}

/// `/${ObjectName}` → `/*`.
fn starred(format: &str) -> String {
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        text += before;
        text.push('*');
        rest = after.split_once('}').map_or("", |(_, behind)| behind);
    }
    text + rest
}

/// Characters of the simplest format that are not placeholders.
fn literals(kind: &ResourceType<'_>) -> usize {
    let count = |format| starred(tail(format)).chars().filter(|c| *c != '*').count();
    kind.arn_formats().map(count).min().unwrap_or_default()
}

fn noun(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn one(name: &str) -> String {
    let noun = noun(name);
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

fn many(name: &str) -> String {
    let noun = noun(name);
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if noun.ends_with(['s', 'x']) || noun.ends_with("ch") => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}
