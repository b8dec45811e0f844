//! A world small enough that every request in it can be asked: statements over a few letters, and the
//! set of requests that each of them matches, worked out one by one by `decide`.

mod vocabulary;

use policy_core::iam::ConditionBlock;
use policy_core::policy::{
    ActionElement, Effect, PolicyDocument, PrincipalElement, Principals, ResourceElement,
    Statement, Version,
};
use policy_core::semantics::{Policies, PolicyKind, Region, Request, principal_side};

pub(crate) use vocabulary::{RESOURCES, Vocabulary};

/// Numbers that are the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// One of `0..below`.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below
    }

    /// Whether one chance in a hundred of `percent` came true.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// A set of requests, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    pub(crate) fn of(requests: &[Request], holds: impl Fn(&Request) -> bool) -> Self {
        let mut bits = vec![0; requests.len().div_ceil(64)];
        for (number, request) in requests.iter().enumerate() {
            if holds(request) {
                bits[number / 64] |= 1 << (number % 64);
            }
        }
        Self(bits)
    }

    pub(crate) fn empty(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    pub(crate) fn or(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
        self
    }

    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
        self
    }

    pub(crate) fn less(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= !b);
        self
    }

    /// All the others; the bits past the last request are never asked for.
    pub(crate) fn complement(mut self) -> Self {
        self.0.iter_mut().for_each(|word| *word = !*word);
        self
    }

    /// The number of one that is in it.
    pub(crate) fn first(&self) -> Option<usize> {
        let word = self.0.iter().position(|word| *word != 0)?;
        Some(word * 64 + self.0[word].trailing_zeros() as usize)
    }
}

/// A statement of a document of some version, and what it matches.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) version: Option<Version>,
    pub(crate) statement: Statement,
    pub(crate) matches: Bits,
}

impl Known {
    pub(crate) fn document(&self) -> PolicyDocument {
        document(self.version, vec![self.statement.clone()])
    }
}

fn document(version: Option<Version>, statements: Vec<Statement>) -> PolicyDocument {
    PolicyDocument { version, id: None, statements }
}

/// What one statement matches as part of documents of this kind, by the evaluator.
pub(crate) fn matches(
    version: Option<Version>,
    statement: &Statement,
    kind: PolicyKind,
    requests: &[Request],
) -> Bits {
    let own = document(version, vec![statement.clone()]);
    let anyone = matches!(kind, PolicyKind::Resource | PolicyKind::Trust);
    let all = document(
        None,
        vec![Statement {
            sid: None,
            effect: Effect::Allow,
            principal: anyone.then_some(PrincipalElement::Principal(Principals::Any)),
            action: ActionElement::Action(vec!["*".to_owned()]),
            resource: (kind != PolicyKind::Trust)
                .then(|| ResourceElement::Resource(vec!["*".to_owned()])),
            condition: ConditionBlock::default(),
        }],
    );
    let denies = statement.effect == Effect::Deny;
    let documents = if denies { vec![all.clone(), own] } else { vec![own] };
    if anyone {
        let region = Region::documents(kind, &documents);
        return Bits::of(requests, |request| region.contains(request) != denies);
    }
    let mut policies = Policies::identity(vec![all]);
    match kind {
        PolicyKind::Boundary => policies.boundary = Some(documents),
        PolicyKind::Session => policies.session = Some(documents),
        PolicyKind::Scp => policies.scp = vec![documents],
        _ => policies.identity = documents,
    }
    Bits::of(requests, |request| principal_side(request, &policies) != denies)
}

/// What statements of one kind allow and deny.
pub(crate) fn effects(of: &[Known], count: usize) -> (Bits, Bits) {
    let (mut allows, mut denies) = (Bits::empty(count), Bits::empty(count));
    for known in of {
        match known.statement.effect {
            Effect::Allow => allows = allows.or(&known.matches),
            Effect::Deny => denies = denies.or(&known.matches),
        }
    }
    (allows, denies)
}

/// The documents of these statements; neighbours of one version stand in one document.
pub(crate) fn documents(of: &[Known]) -> Vec<PolicyDocument> {
    let mut out: Vec<PolicyDocument> = Vec::new();
    for known in of {
        match out.last_mut().filter(|last| last.version == known.version) {
            Some(last) => last.statements.push(known.statement.clone()),
            None => out.push(known.document()),
        }
    }
    out
}
