//! One statement made ready; its `Action` is in the index.

use super::Asked;
use super::condition::{self, Condition};
use super::principal::Callers;
use super::text::{self, Glob, Piece, Syntax};
use crate::policy::{ResourceElement, Statement};
use crate::semantics::choice;
use crate::semantics::decide::{PolicyKind, parts_to_complete, start_of_resource};
use crate::semantics::principal::Named;
use crate::semantics::request::Request;

/// One statement.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) kind: PolicyKind,
    pub(super) level: usize,
    /// `None`: about whoever it is attached to, if anyone.
    callers: Option<Callers>,
    resources: Resources,
    conditions: Vec<Condition>,
}

/// Which resources a statement is about.
#[derive(Debug, Clone)]
enum Resources {
    /// All or none.
    Every(bool),
    /// Texts, sorted, and patterns; or all else.
    Listed { literals: Vec<Box<str>>, globs: Vec<Glob>, negated: bool },
}

impl Compiled {
    pub(super) fn new(
        statement: &Statement,
        kind: PolicyKind,
        level: usize,
        variables: bool,
    ) -> Self {
        let effect = statement.effect;
        Self {
            kind,
            level,
            callers: statement.principal.as_ref().map(|element| Callers::new(element, effect)),
            resources: Resources::new(statement, kind, variables),
            conditions: condition::compile(&statement.condition, variables, effect),
        }
    }

    /// Whether the statement is about a request whose action it names, and how it names the caller.
    pub(super) fn covers(&self, asked: &Asked<'_>) -> Named {
        let request = asked.request;
        if !asked.concerns(self.kind) || !self.resources.matches(request) {
            return Named::No;
        }
        let named = match &self.callers {
            None if self.kind.is_of_the_caller() => Named::Itself,
            None => Named::No,
            Some(callers) => callers.named(&request.principal, asked.bounded),
        };
        let covers = named != Named::No
            && self.conditions.iter().all(|condition| condition.holds(&request.context))
            && asked.counts(self.kind);
        if covers { named } else { Named::No }
    }
}

impl Resources {
    fn new(statement: &Statement, kind: PolicyKind, variables: bool) -> Self {
        let Some(element) = &statement.resource else {
            return Self::Every(!kind.is_of_the_caller());
        };
        let mut globs = Vec::new();
        for entry in element.values() {
            entry_globs(entry, statement, element, kind, variables, &mut globs);
        }
        let negated = element.is_negated();
        if globs.iter().any(Glob::is_anything) {
            return Self::Every(!negated);
        }
        let mut literals: Vec<Box<str>> =
            globs.iter().filter_map(|glob| glob.as_literal().map(Into::into)).collect();
        literals.sort();
        globs.retain(|glob| glob.as_literal().is_none());
        Self::Listed { literals, globs, negated }
    }

    fn matches(&self, request: &Request) -> bool {
        match self {
            Self::Every(every) => *every,
            Self::Listed { literals, globs, negated } => {
                let resource = request.resource.as_str();
                let listed = literals.binary_search_by(|l| (**l).cmp(resource)).is_ok()
                    || globs.iter().any(|glob| glob.matches(resource, &request.context));
                listed != *negated
            }
        }
    }
}

/// The patterns of one entry: an incomplete ARN is completed with `*` where the kind asks for it.
fn entry_globs(
    entry: &str,
    statement: &Statement,
    element: &ResourceElement,
    kind: PolicyKind,
    variables: bool,
    out: &mut Vec<Glob>,
) {
    let (effect, negated) = (statement.effect, element.is_negated());
    let everywhere = choice::variable_before_the_fifth_colon_is_filled_in(effect, negated);
    let start = if variables && !everywhere { start_of_resource(entry) } else { 0 };
    let mut pieces = text::read(&entry[..start], Syntax { wild: true, variables: false });
    pieces.extend(text::read(&entry[start..], Syntax { wild: true, variables }));
    let missing = parts_to_complete(entry, variables, kind, effect, negated);
    if missing == 0 || choice::short_arn_is_a_plain_pattern_too(effect, negated) {
        out.push(Glob::new(pieces.clone()));
    }
    if missing > 0 {
        for _ in 0..missing {
            pieces.extend([Piece::Text(":".into()), Piece::Run]);
        }
        out.push(Glob::new(pieces));
    }
}
