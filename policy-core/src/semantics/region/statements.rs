//! Statements made ready: patterns read, conditions as atoms, an index by action.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use super::budget::{LITERAL, PATTERN};
use super::cells::Base;
use super::conditions::Atom;
use crate::iam::{Pattern, Token};
use crate::policy::{Effect, PolicyDocument, ResourceElement, Statement};
use crate::semantics::choice;
use crate::semantics::decide::{self, PolicyKind, StatementRef};
use crate::semantics::principal::Named;
use crate::semantics::request::{Principal, Request};

/// What a list of patterns matches, or all else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Globs {
    /// Sorted, each once.
    pub(super) patterns: Vec<Pattern>,
    pub(super) negated: bool,
    /// The patterns that are plain text, sorted, and the places of the others.
    literals: Vec<Box<str>>,
    wild: Vec<usize>,
}

impl Globs {
    pub(super) fn new(mut patterns: Vec<Pattern>, negated: bool) -> Self {
        patterns.sort();
        patterns.dedup();
        let mut literals: Vec<Box<str>> =
            patterns.iter().filter_map(|p| p.as_literal().map(Into::into)).collect();
        literals.sort();
        let wild = (0..patterns.len()).filter(|i| patterns[*i].as_literal().is_none()).collect();
        Self { patterns, negated, literals, wild }
    }

    /// The pieces it is made of: one for each pattern, or one complement.
    pub(super) fn bases(&self) -> Vec<Base<'_>> {
        if self.negated {
            return vec![Base::Except(&self.patterns)];
        }
        self.patterns.iter().map(Base::Pattern).collect()
    }

    fn wild(&self) -> impl Iterator<Item = &Pattern> {
        self.wild.iter().map(|i| &self.patterns[*i])
    }

    fn lists(&self, text: &str) -> bool {
        self.literals.binary_search_by(|l| (**l).cmp(text)).is_ok()
            || self.wild().any(|p| p.matches(text))
    }

    /// Units of work to hold all patterns against one text or pattern.
    pub(super) fn work(&self) -> usize {
        self.literals.len() * LITERAL + self.wild.len() * PATTERN
    }

    /// Whether a text without variables is matched.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.lists(text) != self.negated
    }

    /// `false` is a proof that no text of `base` is matched, whatever variables spell.
    pub(super) fn may_meet(&self, base: Base<'_>) -> bool {
        match (base, self.negated) {
            (Base::Pattern(one), false) => match one.as_literal() {
                Some(text) => {
                    self.literals.binary_search_by(|l| (**l).cmp(text)).is_ok()
                        || self.wild().any(|p| p.may_meet(one))
                }
                None => self.patterns.iter().any(|p| p.may_meet(one)),
            },
            (Base::Pattern(one), true) => !self.lists_all_of(one),
            (Base::Except(not), false) => {
                !self.patterns.iter().all(|p| not.iter().any(|n| n.surely_contains(p)))
            }
            (Base::Except(_), true) => true,
        }
    }

    /// `true` is a proof that every text of `one` is listed.
    fn lists_all_of(&self, one: &Pattern) -> bool {
        // INVARIANT: patterns are sorted; most statements that cover do so word for word.
        self.patterns.binary_search(one).is_ok()
            || self.wild().any(|p| p.surely_contains(one))
            || one.as_literal().is_some_and(|text| self.lists(text))
    }

    /// `true` is a proof that every text of `base` is matched.
    pub(super) fn surely_contains(&self, base: Base<'_>) -> bool {
        match (base, self.negated) {
            (Base::Pattern(one), false) => self.lists_all_of(one),
            (Base::Pattern(one), true) => !self.patterns.iter().any(|p| p.may_meet(one)),
            (Base::Except(not), true) => {
                self.patterns.iter().all(|p| not.iter().any(|n| n.surely_contains(p)))
            }
            (Base::Except(_), false) => self.patterns.iter().any(|p| p.tokens() == [Token::Run]),
        }
    }

    /// `true` is a proof that every text of `other` is matched.
    pub(super) fn surely_contains_all(&self, other: &Self) -> bool {
        self == other || other.bases().into_iter().all(|base| self.surely_contains(base))
    }

    /// `false` is a proof that no text is matched by both.
    pub(super) fn may_meet_any(&self, other: &Self) -> bool {
        other.bases().into_iter().any(|base| self.may_meet(base))
    }

    pub(super) fn has_variables(&self) -> bool {
        self.wild().any(Pattern::has_variables)
    }
}

/// One statement: a set of requests.
#[derive(Debug)]
pub(crate) struct Compiled<'d> {
    pub(crate) place: StatementRef,
    pub(crate) statement: &'d Statement,
    /// Whether its document has policy variables.
    variables: bool,
    pub(super) action: Globs,
    pub(super) resource: Globs,
    /// All must hold; sorted, each once.
    pub(super) condition: Vec<Atom<'d>>,
}

impl<'d> Compiled<'d> {
    pub(crate) fn new(statement: &'d Statement, place: StatementRef, variables: bool) -> Self {
        let effect = statement.effect;
        let action = statement
            .action
            .values()
            .iter()
            .map(|v| Pattern::parse(&v.to_ascii_lowercase(), false))
            .collect();
        let resource = match &statement.resource {
            None if place.kind.is_of_the_caller() => Globs::new(Vec::new(), false),
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
        let mut condition: Vec<Atom<'d>> = statement
            .condition
            .iter()
            .map(|(operator, key, values)| Atom::new(effect, variables, operator, key, values))
            .collect();
        condition.sort();
        condition.dedup();
        let action = Globs::new(action, statement.action.is_negated());
        Self { place, statement, variables, action, resource, condition }
    }

    /// A number that is the same for statements that are written the same.
    pub(crate) fn written(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.statement.effect.hash(&mut hasher);
        (&self.action, &self.resource, &self.condition).hash(&mut hasher);
        hasher.finish()
    }

    /// Whether both match the same requests because they are written the same.
    pub(crate) fn means_the_same_as(&self, other: &Self) -> bool {
        self.statement.effect == other.statement.effect
            && self.statement.principal == other.statement.principal
            && self.action == other.action
            && self.resource == other.resource
            && self.condition == other.condition
    }

    /// Whether it is about this caller at all.
    pub(super) fn names(&self, caller: &Principal) -> bool {
        decide::names(self.statement, self.place.kind, caller) != Named::No
    }

    /// Whether it matches a request, by the evaluator of `decide`.
    pub(crate) fn matches(&self, request: &Request) -> bool {
        decide::is_about(self.statement, self.variables, self.place.kind, request)
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
    let everywhere = choice::variable_before_the_fifth_colon_is_filled_in(effect, negated);
    let plain = if variables && !everywhere {
        let (head, tail) = value.split_at(decide::start_of_resource(value));
        let mut plain = Pattern::parse(head, false);
        Pattern::parse(tail, true).tokens().iter().for_each(|token| plain.push(token.clone()));
        plain
    } else {
        Pattern::parse(value, variables)
    };
    let missing = decide::parts_to_complete(value, variables, kind, effect, negated);
    if missing == 0 {
        out.push(plain);
        return;
    }
    let mut completed = plain.clone();
    for _ in 0..missing {
        completed.push_text(":");
        completed.push(Token::Run);
    }
    out.push(completed);
    if choice::short_arn_is_a_plain_pattern_too(effect, negated) {
        out.push(plain);
    }
}

/// A union of statements, found by action.
#[derive(Debug, Default)]
pub(crate) struct Statements<'d> {
    pub(crate) list: Vec<Arc<Compiled<'d>>>,
    /// Statements by an action they list in full, by a service of which they list actions with
    /// wildcards, by a service of which they list any, and those that are in none of these.
    exact: HashMap<Box<str>, Vec<usize>>,
    wild: HashMap<Box<str>, Vec<usize>>,
    service: HashMap<Box<str>, Vec<usize>>,
    general: Vec<usize>,
}

impl<'d> Statements<'d> {
    /// The statements of these documents with this effect. `level` as in [`StatementRef`].
    pub(crate) fn of(
        documents: &'d [PolicyDocument],
        (kind, level): (PolicyKind, usize),
        effect: Effect,
    ) -> Vec<Arc<Compiled<'d>>> {
        let mut list = Vec::new();
        for (document, policy) in documents.iter().enumerate() {
            let variables = policy.has_variables();
            for (index, statement) in policy.statements.iter().enumerate() {
                if statement.effect == effect {
                    let sid = statement.sid.clone();
                    let place = StatementRef { kind, level, document, index, sid };
                    list.push(Arc::new(Compiled::new(statement, place, variables)));
                }
            }
        }
        list
    }

    /// The union of these.
    pub(crate) fn new(list: Vec<Arc<Compiled<'d>>>) -> Self {
        let mut this = Self { list, ..Self::default() };
        for number in 0..this.list.len() {
            this.add_to_index(number);
        }
        this
    }

    fn add_to_index(&mut self, number: usize) {
        let globs = &self.list[number].action;
        let add = |list: &mut Vec<usize>| {
            if list.last() != Some(&number) {
                list.push(number);
            }
        };
        if globs.negated {
            self.general.push(number);
            return;
        }
        for pattern in &globs.patterns {
            let Some((service, _)) = pattern.literal_prefix().split_once(':') else {
                add(&mut self.general);
                continue;
            };
            add(self.service.entry(service.into()).or_default());
            match pattern.as_literal() {
                Some(text) => add(self.exact.entry(text.into()).or_default()),
                None => add(self.wild.entry(service.into()).or_default()),
            }
        }
    }

    /// The numbers of the statements that may match an action of `base`, ascending.
    pub(super) fn relevant(&self, base: Base<'_>) -> Vec<usize> {
        let empty: &[usize] = &[];
        let prefix = match base {
            Base::Pattern(pattern) => pattern.literal_prefix().split_once(':').map(|(s, _)| s),
            Base::Except(_) => None,
        };
        let Some(service) = prefix else {
            return (0..self.list.len()).filter(|i| self.list[*i].action.may_meet(base)).collect();
        };
        let literal = match base {
            Base::Pattern(pattern) => pattern.as_literal(),
            Base::Except(_) => None,
        };
        let (sure, maybe) = match literal {
            Some(text) => (self.exact.get(text), self.wild.get(service)),
            None => (None, self.service.get(service)),
        };
        let mut out: Vec<usize> = sure.map_or(empty, Vec::as_slice).to_vec();
        let maybe = maybe.map_or(empty, Vec::as_slice).iter().chain(&self.general);
        out.extend(maybe.filter(|i| self.list[**i].action.may_meet(base)));
        out.sort_unstable();
        out.dedup();
        out
    }
}
