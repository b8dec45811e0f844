//! Sets of requests, as statements describe them, and requests that are in them.
//!
//! A region is a union, intersection or complement of unions of statements; it is only written
//! down, nothing is expanded. Its one question is for a member. A statement that may hold one is
//! divided into rectangles of one action entry and one resource entry; a rectangle is cut into cells
//! in which every statement is constant (`cells`), lazily and only as far as the answer is open; of
//! each cell a question about conditions alone is left (`conditions`). A cell without a member is a
//! proof; a cell with one gives a request, which counts only when the evaluator of `decide` confirms
//! it. What can be neither proved nor shown is *unknown*, and says why.
//!
//! The requests: actions are texts of the form `service:name`, resources ARNs of six parts or `*`.
//! A condition key has a value, which may be any text, or none; where any condition of the question
//! compares it with a set operator, a set of values. Keys are taken as independent of each other and
//! of the resource, as AWS does: real correlations (the account in `aws:SourceArn` is `aws:SourceAccount`) can make an
//! answer "some" that no real request would show. Policy variables tie keys and resources together,
//! and are followed.
//!
//! The work for one question is bounded; a question that would need more is *unknown*.

mod budget;
mod callers;
mod cell;
mod cells;
mod choosing;
mod conditions;
mod expression;
mod key;
mod options;
mod possible;
mod problem;
mod rectangle;
mod search;
mod sets;
mod spelling;
mod statements;
mod template;
mod text;
mod typed;
mod values;
mod variables;
mod witness;

use std::sync::Arc;

pub(super) use self::budget::{BUDGET, Budget};
pub(super) use self::conditions::Atoms;
pub(super) use self::problem::Problem;
pub(super) use self::search::{Drive, Search, Verdict};
pub(super) use self::statements::{Compiled, Statements};
use super::decide::{Policies, PolicyKind};
use super::request::Request;
use crate::catalog::Catalog;
use crate::policy::{Effect, PolicyDocument};

pub(super) use self::callers::{Caller, classes};

/// A set of requests, over documents that it borrows.
#[derive(Debug, Clone)]
pub struct Region<'d> {
    node: Node<'d>,
    /// The kind of documents that decides who calls and what the resources are.
    kind: PolicyKind,
}

#[derive(Debug, Clone)]
enum Node<'d> {
    Constant(bool),
    Statements(Arc<Statements<'d>>),
    Not(Arc<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// The answer to [`Region::member`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// There is none: a proof.
    None,
    /// This one; `decide` confirms it.
    Some(Box<Request>),
    /// It could not be decided; why, as a clause.
    Unknown(String),
}

impl<'d> Region<'d> {
    /// No request.
    #[must_use]
    pub fn none() -> Self {
        Self { node: Node::Constant(false), kind: PolicyKind::Identity }
    }

    /// Every request.
    #[must_use]
    pub fn all() -> Self {
        Self { node: Node::Constant(true), kind: PolicyKind::Identity }
    }

    /// What the caller's own documents allow: identity policies within boundary, session policy and
    /// every SCP level, less what any of them denies. The other documents are not looked at.
    #[must_use]
    pub fn principal_side(policies: &'d Policies) -> Self {
        let parts = Parts::of(policies);
        let mut layers: Vec<Self> = parts
            .layers
            .into_iter()
            .map(|layer| Self::statements(PolicyKind::Identity, layer.allows))
            .collect();
        let denies = Self::statements(PolicyKind::Identity, parts.denies);
        layers.push(denies.complement());
        layers.into_iter().reduce(|a, b| a.intersection(&b)).unwrap_or_else(Self::none)
    }

    /// What documents of one kind allow by themselves: some `Allow` and no `Deny` matches.
    #[must_use]
    pub fn documents(kind: PolicyKind, documents: &'d [PolicyDocument]) -> Self {
        let allows = Statements::of(documents, (kind, 0), Effect::Allow);
        let denies = Statements::of(documents, (kind, 0), Effect::Deny);
        Self::statements(kind, allows).difference(&Self::statements(kind, denies))
    }

    /// What one of these statements matches.
    pub(super) fn statements(kind: PolicyKind, list: Vec<Arc<Compiled<'d>>>) -> Self {
        if list.is_empty() {
            return Self { node: Node::Constant(false), kind };
        }
        Self { node: Node::Statements(Arc::new(Statements::new(list))), kind }
    }

    /// The requests in one of the two.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let node = match (&self.node, &other.node) {
            (Node::Constant(false), node) | (node, Node::Constant(false)) => node.clone(),
            (a, b) => Node::Any(vec![a.clone(), b.clone()]),
        };
        Self { node, kind: self.kind.max(other.kind) }
    }

    /// The requests in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let node = match (&self.node, &other.node) {
            (Node::Constant(true), node) | (node, Node::Constant(true)) => node.clone(),
            (a, b) => Node::All(vec![a.clone(), b.clone()]),
        };
        Self { node, kind: self.kind.max(other.kind) }
    }

    /// The requests that are not in it.
    #[must_use]
    pub fn complement(&self) -> Self {
        let node = match &self.node {
            Node::Constant(value) => Node::Constant(!value),
            Node::Not(of) => (**of).clone(),
            node => Node::Not(Arc::new(node.clone())),
        };
        Self { node, kind: self.kind }
    }

    /// The requests in this one and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.intersection(&other.complement())
    }

    /// Whether a request is in it, by the evaluator of `decide`.
    #[must_use]
    pub fn contains(&self, request: &Request) -> bool {
        self.node.contains(request)
    }

    /// A request that is in it.
    #[must_use]
    pub fn member(&self, catalog: &Catalog) -> Member {
        let atoms = Atoms::default();
        let problem = Problem::new(self, &atoms);
        let budget = Budget::new(BUDGET);
        let mut doubt = None;
        for caller in &classes(&problem) {
            let mut search = Search::new(&problem, &atoms, &budget, catalog, caller);
            for drive in search.drives() {
                let mut found = None;
                search.run(&drive, &mut |verdict| match verdict {
                    Verdict::Member(request) => {
                        found = Some(request);
                        true
                    }
                    Verdict::Unknown(reason) => {
                        doubt.get_or_insert(reason);
                        false
                    }
                });
                if let Some(request) = found {
                    return Member::Some(Box::new(request));
                }
            }
        }
        doubt.map_or(Member::None, Member::Unknown)
    }

    /// Whether there is no request in it; `None` when that could not be decided.
    #[must_use]
    pub fn is_empty(&self, catalog: &Catalog) -> Option<bool> {
        match self.member(catalog) {
            Member::None => Some(true),
            Member::Some(_) => Some(false),
            Member::Unknown(_) => None,
        }
    }
}

impl Node<'_> {
    fn contains(&self, request: &Request) -> bool {
        match self {
            Self::Constant(value) => *value,
            Self::Statements(of) => of.list.iter().any(|s| s.matches(request)),
            Self::Not(of) => !of.contains(request),
            Self::All(of) => of.iter().all(|node| node.contains(request)),
            Self::Any(of) => of.iter().any(|node| node.contains(request)),
        }
    }
}

/// One layer of the caller's documents: a request needs an `Allow` in each.
#[derive(Debug, Clone)]
pub(super) struct Layer<'d> {
    pub(super) kind: PolicyKind,
    pub(super) level: usize,
    pub(super) documents: &'d [PolicyDocument],
    pub(super) allows: Vec<Arc<Compiled<'d>>>,
}

/// The caller's documents by what they do.
#[derive(Debug, Clone)]
pub(super) struct Parts<'d> {
    /// Identity policies first.
    pub(super) layers: Vec<Layer<'d>>,
    /// `Deny`s of all of them.
    pub(super) denies: Vec<Arc<Compiled<'d>>>,
}

impl<'d> Parts<'d> {
    pub(super) fn of(policies: &'d Policies) -> Self {
        let mut parts = Self { layers: Vec::new(), denies: Vec::new() };
        parts.add(PolicyKind::Identity, 0, &policies.identity);
        if let Some(documents) = &policies.boundary {
            parts.add(PolicyKind::Boundary, 0, documents);
        }
        if let Some(documents) = &policies.session {
            parts.add(PolicyKind::Session, 0, documents);
        }
        for (level, documents) in policies.scp.iter().enumerate() {
            parts.add(PolicyKind::Scp, level, documents);
        }
        parts
    }

    /// Documents of one kind by themselves.
    pub(super) fn of_documents(kind: PolicyKind, documents: &'d [PolicyDocument]) -> Self {
        let mut parts = Self { layers: Vec::new(), denies: Vec::new() };
        parts.add(kind, 0, documents);
        parts
    }

    fn add(&mut self, kind: PolicyKind, level: usize, documents: &'d [PolicyDocument]) {
        let allows = Statements::of(documents, (kind, level), Effect::Allow);
        self.layers.push(Layer { kind, level, documents, allows });
        self.denies.extend(Statements::of(documents, (kind, level), Effect::Deny));
    }
}

#[cfg(test)]
mod tests;
