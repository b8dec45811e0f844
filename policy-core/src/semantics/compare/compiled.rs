//! Statements made ready for comparison: patterns read, conditions numbered.

use super::callers::Caller;
use super::cells::Base;
use super::conditions::Atoms;
use crate::iam::Pattern;
use crate::policy::{
    ActionElement, Effect, PolicyDocument, PrincipalElement, ResourceElement, Statement,
};
use crate::semantics::choice;
use crate::semantics::decide::{PolicyKind, StatementRef};
use crate::semantics::principal::{self, Named};

/// What a list of patterns matches, or all else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Globs {
    pub(super) patterns: Vec<Pattern>,
    pub(super) negated: bool,
}

impl Globs {
    fn new(mut patterns: Vec<Pattern>, negated: bool) -> Self {
        patterns.sort();
        patterns.dedup();
        Self { patterns, negated }
    }

    /// The pieces it is made of: one for each pattern, or one complement.
    pub(super) fn bases(&self) -> Vec<Base<'_>> {
        if self.negated {
            return vec![Base::Except(&self.patterns)];
        }
        self.patterns.iter().map(Base::Pattern).collect()
    }

    /// Whether a text without variables is matched.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.patterns.iter().any(|p| p.matches(text)) != self.negated
    }

    /// `false` is a proof that no text of `base` is matched.
    pub(super) fn may_meet(&self, base: Base<'_>) -> bool {
        match (base, self.negated) {
            (Base::Pattern(one), false) => self.patterns.iter().any(|p| p.may_meet(one)),
            (Base::Pattern(one), true) => !self.patterns.iter().any(|p| p.surely_contains(one)),
            (Base::Except(not), false) => {
                !self.patterns.iter().all(|p| not.iter().any(|n| n.surely_contains(p)))
            }
            (Base::Except(_), true) => true,
        }
    }

    /// `false` is a proof that no text is matched by both.
    pub(super) fn may_meet_any(&self, other: &Self) -> bool {
        other.bases().into_iter().any(|base| self.may_meet(base))
    }

    /// `true` is a proof that every text of `base` is matched.
    pub(super) fn surely_contains(&self, base: Base<'_>) -> bool {
        match (base, self.negated) {
            // INVARIANT: patterns are sorted; most statements that cover do so word for word.
            (Base::Pattern(one), false) => {
                self.patterns.binary_search(one).is_ok()
                    || self.patterns.iter().any(|p| p.surely_contains(one))
            }
            (Base::Pattern(one), true) => !self.patterns.iter().any(|p| p.may_meet(one)),
            (Base::Except(not), true) => {
                self.patterns.iter().all(|p| not.iter().any(|n| n.surely_contains(p)))
            }
            (Base::Except(_), false) => {
                self.patterns.iter().any(|p| p.tokens() == [crate::iam::Token::Run])
            }
        }
    }

    /// `true` is a proof that every text of `other` is matched.
    pub(super) fn surely_contains_all(&self, other: &Self) -> bool {
        other.bases().into_iter().all(|base| self.surely_contains(base))
    }

    pub(super) fn has_variables(&self) -> bool {
        self.patterns.iter().any(Pattern::has_variables)
    }
}

/// One statement.
#[derive(Debug)]
pub(super) struct Compiled<'d> {
    pub(super) place: StatementRef,
    pub(super) effect: Effect,
    pub(super) principal: Option<&'d PrincipalElement>,
    pub(super) action: Globs,
    pub(super) resource: Globs,
    /// Numbers of atoms, sorted.
    pub(super) condition: Vec<usize>,
}

impl Compiled<'_> {
    /// Whether both match the same requests because they are written the same.
    pub(super) fn means_the_same_as(&self, other: &Self) -> bool {
        self.effect == other.effect
            && self.principal == other.principal
            && self.action == other.action
            && self.resource == other.resource
            && self.condition == other.condition
    }
}

/// All statements of one side.
#[derive(Debug)]
pub(super) struct Side<'d> {
    /// 0 or 1; tells the two sides apart in caches.
    pub(super) number: usize,
    pub(super) documents: &'d [PolicyDocument],
    pub(super) statements: Vec<Compiled<'d>>,
    kind: PolicyKind,
}

impl<'d> Side<'d> {
    pub(super) fn compile(
        documents: &'d [PolicyDocument],
        kind: PolicyKind,
        atoms: &mut Atoms,
    ) -> Self {
        let mut statements = Vec::new();
        for (document, policy) in documents.iter().enumerate() {
            let variables = policy.has_variables();
            for (index, statement) in policy.statements.iter().enumerate() {
                let place =
                    StatementRef { kind, level: 0, document, index, sid: statement.sid.clone() };
                statements.push(compile(statement, place, variables, atoms));
            }
        }
        Self { number: atoms.next_side(), documents, statements, kind }
    }

    /// Whether a statement is about this caller at all.
    pub(super) fn names(&self, index: usize, caller: &Caller) -> bool {
        match (self.statements[index].principal, self.kind) {
            (None, PolicyKind::Identity) => true,
            (None, _) => false,
            (Some(element), _) => principal::named(element, &caller.principal) != Named::No,
        }
    }
}

fn compile<'d>(
    statement: &'d Statement,
    place: StatementRef,
    variables: bool,
    atoms: &mut Atoms,
) -> Compiled<'d> {
    let effect = statement.effect;
    let action = match &statement.action {
        ActionElement::Action(values) | ActionElement::NotAction(values) => {
            values.iter().map(|v| Pattern::parse(&v.to_ascii_lowercase(), false)).collect()
        }
    };
    let resource = match &statement.resource {
        None if place.kind == PolicyKind::Identity => Globs::new(Vec::new(), false),
        None => Globs::new(vec![Pattern::parse("*", false)], false),
        Some(element) => {
            let negated = matches!(element, ResourceElement::NotResource(_));
            let mut patterns = Vec::new();
            for value in element.values() {
                resource_patterns(value, variables, effect, negated, place.kind, &mut patterns);
            }
            Globs::new(patterns, negated)
        }
    };
    let mut condition: Vec<usize> = statement
        .condition
        .iter()
        .map(|(operator, key, values)| atoms.intern(effect, variables, operator, key, values))
        .collect();
    condition.sort_unstable();
    condition.dedup();
    Compiled {
        place,
        effect,
        principal: statement.principal.as_ref(),
        action: Globs::new(action, statement.action.is_negated()),
        resource,
        condition,
    }
}

/// The patterns of one entry: an incomplete ARN of an identity policy is completed with `*`.
fn resource_patterns(
    value: &str,
    variables: bool,
    effect: Effect,
    negated: bool,
    kind: PolicyKind,
    out: &mut Vec<Pattern>,
) {
    let plain = Pattern::parse(value, variables);
    let colons = plain
        .tokens()
        .iter()
        .map(|token| match token {
            crate::iam::Token::Text(text) => text.matches(':').count(),
            _ => 0,
        })
        .sum::<usize>();
    if kind != PolicyKind::Identity || !value.starts_with("arn:") || colons >= 5 {
        out.push(plain);
        return;
    }
    let mut completed = plain.clone();
    for _ in colons..5 {
        completed.push_text(":");
        completed.push(crate::iam::Token::Run);
    }
    out.push(completed);
    if choice::short_arn_is_a_plain_pattern_too(effect, negated) {
        out.push(plain);
    }
}
