//! Whether one statement is about a request: its elements, one by one.

use super::policies::PolicyKind;
use crate::policy::{ActionElement, Effect, ResourceElement, Statement};
use crate::semantics::glob::{self, Glyph};
use crate::semantics::principal::{self, Named};
use crate::semantics::request::{Principal, Request};
use crate::semantics::{choice, condition};

/// What a statement is held against besides itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held<'r> {
    pub(super) request: &'r Request,
    pub(super) kind: PolicyKind,
    /// Whether the document has policy variables.
    pub(super) variables: bool,
    /// Whether the caller has a permissions boundary.
    pub(super) bounded: bool,
}

/// Whether a statement is about the request, and how it names the caller.
pub(super) fn covers(statement: &Statement, held: Held<'_>) -> Named {
    let Held { request, kind, variables, bounded } = held;
    if !is_read(statement, kind) {
        return Named::No;
    }
    let named = match &statement.principal {
        // A document without principals is about whoever it is attached to.
        None if kind.is_of_the_caller() => Named::Itself,
        None => Named::No,
        Some(element) => {
            principal::named_by(statement.effect, element, &request.principal, bounded)
        }
    };
    if named == Named::No
        || !action_matches(&statement.action, request)
        || !resource_matches(statement, variables, kind, request)
        || !condition::holds(&statement.condition, &request.context, variables, statement.effect)
    {
        return Named::No;
    }
    named
}

/// Whether a statement of a kind of policy is read at all.
pub(in crate::semantics) fn is_read(statement: &Statement, kind: PolicyKind) -> bool {
    choice::SCP_ALLOW_HAS_THE_FULL_LANGUAGE
        || kind != PolicyKind::Scp
        || statement.effect == Effect::Deny
        || !has_more_than_actions(statement)
}

/// Whether a statement says more than `Action` on `Resource: "*"`.
fn has_more_than_actions(statement: &Statement) -> bool {
    let everything = ResourceElement::Resource(vec!["*".to_owned()]);
    !statement.condition.is_empty()
        || statement.action.is_negated()
        || statement.resource.as_ref() != Some(&everything)
}

/// How a statement names a caller of whom nothing else is known.
pub(in crate::semantics) fn names(
    statement: &Statement,
    kind: PolicyKind,
    caller: &Principal,
) -> Named {
    match &statement.principal {
        None if kind.is_of_the_caller() => Named::Itself,
        None => Named::No,
        Some(element) => principal::named(element, caller),
    }
}

/// `Action` entries compare without case and know no variables.
fn action_matches(element: &ActionElement, request: &Request) -> bool {
    let action = request.action.as_str().to_ascii_lowercase();
    let listed = element
        .values()
        .iter()
        .any(|entry| glob::matches(glob::wildcards(&entry.to_ascii_lowercase()), &action));
    listed != element.is_negated()
}

fn resource_matches(
    statement: &Statement,
    variables: bool,
    kind: PolicyKind,
    request: &Request,
) -> bool {
    let Some(element) = &statement.resource else {
        // A trust policy is about its role; elsewhere the element is only left out where the
        // policy can be about nothing but the resource that carries it.
        return !kind.is_of_the_caller();
    };
    let negated = element.is_negated();
    let listed = element.values().iter().any(|entry| {
        let pieces = if variables {
            filled(
                entry,
                request,
                choice::variable_before_the_fifth_colon_is_filled_in(statement.effect, negated),
            )
        } else {
            Some(glob::wildcards(entry).collect())
        };
        let Some(mut pieces) = pieces else { return false };
        let missing = parts_to_complete(entry, variables, kind, statement.effect, negated);
        if missing == 0 {
            return glob::matches(pieces.iter().copied(), &request.resource);
        }
        let plain = choice::short_arn_is_a_plain_pattern_too(statement.effect, negated)
            && glob::matches(pieces.iter().copied(), &request.resource);
        for _ in 0..missing {
            pieces.extend([Glyph::Char(':'), Glyph::Run]);
        }
        plain || glob::matches(pieces.iter().copied(), &request.resource)
    });
    listed != negated
}

/// The pieces of an entry with its variables filled in; `None` when one has no value.
fn filled(entry: &str, request: &Request, everywhere: bool) -> Option<Vec<Glyph>> {
    let resource = if everywhere { 0 } else { start_of_resource(entry) };
    let mut pieces: Vec<Glyph> = glob::wildcards(&entry[..resource]).collect();
    pieces.extend(glob::fill_in(&entry[resource..], true, &request.context)?);
    Some(pieces)
}

/// Where the text after the fifth colon begins; the colons of variables do not count.
pub(in crate::semantics) fn start_of_resource(entry: &str) -> usize {
    let (mut colons, mut in_variable, mut before) = (0_usize, false, ' ');
    for (at, c) in entry.char_indices() {
        match c {
            '{' if before == '$' => in_variable = true,
            '}' => in_variable = false,
            ':' if !in_variable => colons += 1,
            _ => {}
        }
        if colons == 5 {
            return at + 1;
        }
        before = c;
    }
    entry.len()
}

/// How many parts of an incomplete ARN are completed with `*`, where the kind of policy does so.
pub(in crate::semantics) fn parts_to_complete(
    entry: &str,
    variables: bool,
    kind: PolicyKind,
    effect: Effect,
    negated: bool,
) -> usize {
    let completed = match kind {
        PolicyKind::Identity | PolicyKind::Boundary => true,
        PolicyKind::Scp => choice::short_arn_of_an_scp_is_completed(effect, negated),
        _ => false,
    };
    if completed { missing_parts(entry, variables) } else { 0 }
}

/// How many of the six parts an ARN of an identity policy lacks; each is completed with `*`.
///
/// # Source
/// IAM User Guide, "IAM JSON policy elements: Resource" (the note on incomplete ARNs).
fn missing_parts(entry: &str, variables: bool) -> usize {
    if !entry.starts_with("arn:") {
        return 0;
    }
    let mut colons = 0_usize;
    let mut in_variable = false;
    let mut before = ' ';
    for c in entry.chars() {
        match c {
            '{' if variables && before == '$' => in_variable = true,
            '}' => in_variable = false,
            ':' if !in_variable => colons += 1,
            _ => {}
        }
        before = c;
    }
    5_usize.saturating_sub(colons)
}
