//! One side of a comparison: layers that must all allow, and what denies.

use std::collections::HashMap;
use std::sync::Arc;

use crate::policy::PolicyDocument;
use crate::semantics::decide::{Policies, PolicyKind};
use crate::semantics::region::{Compiled, Drive, Layer, Parts, Region};

/// What a set of documents allows.
#[derive(Debug, Clone)]
pub(super) struct Side<'d> {
    kind: PolicyKind,
    layers: Vec<Layer<'d>>,
    denies: Vec<Arc<Compiled<'d>>>,
    /// The statements of the first layer, by what is written in them.
    written: HashMap<Written, Vec<usize>>,
}

/// A number for what a statement says; the same words, the same number.
type Written = u64;

impl<'d> Side<'d> {
    pub(super) fn of_documents(kind: PolicyKind, documents: &'d [PolicyDocument]) -> Self {
        Self::new(kind, Parts::of_documents(kind, documents))
    }

    pub(super) fn of_policies(policies: &'d Policies) -> Self {
        Self::new(PolicyKind::Identity, Parts::of(policies))
    }

    fn new(kind: PolicyKind, Parts { layers, denies }: Parts<'d>) -> Self {
        let mut written: HashMap<Written, Vec<usize>> = HashMap::new();
        let first = layers.first().map(|layer| layer.allows.as_slice()).unwrap_or_default();
        for (number, statement) in first.iter().enumerate() {
            written.entry(statement.written()).or_default().push(number);
        }
        Self { kind, layers, denies, written }
    }

    /// The requests it allows; the leaf of the first layer comes first.
    pub(super) fn region(&self) -> Region<'d> {
        let denies = Region::statements(self.kind, self.denies.clone());
        self.layers
            .iter()
            .map(|layer| Region::statements(self.kind, layer.allows.clone()))
            .reduce(|a, b| a.intersection(&b))
            .unwrap_or_else(Region::none)
            .difference(&denies)
    }

    /// This side less what makes no difference to requests that `granting` allows: `Deny`s that it
    /// has too, and limits that are the same.
    pub(super) fn without_what_both_have(&self, granting: &Self) -> Self {
        let mut theirs: HashMap<Written, Vec<&Arc<Compiled<'d>>>> = HashMap::new();
        for deny in &granting.denies {
            theirs.entry(deny.written()).or_default().push(deny);
        }
        let is_theirs = |deny: &Arc<Compiled<'d>>| {
            let same = theirs.get(&deny.written());
            same.is_some_and(|same| same.iter().any(|other| other.means_the_same_as(deny)))
        };
        let limits = |layer: &Layer<'d>| {
            granting.layers.iter().skip(1).any(|other| {
                (other.kind, other.level) == (layer.kind, layer.level)
                    && other.documents == layer.documents
            })
        };
        let mut this = self.clone();
        this.denies.retain(|deny| !is_theirs(deny));
        let mut number = 0;
        this.layers.retain(|layer| {
            number += 1;
            number == 1 || !limits(layer)
        });
        this
    }

    /// Cheap and sound: every statement of the other first layer is one of this first layer, which
    /// is all that is asked.
    pub(super) fn allows_all_of(&self, granting: &Self) -> bool {
        let first = granting.layers.first().map(|layer| layer.allows.as_slice());
        self.has_only_one_layer() && first.unwrap_or_default().iter().all(|s| self.has(s))
    }

    /// The same for one statement.
    pub(super) fn has_twin_of(&self, drive: &Drive<'d>) -> bool {
        self.has_only_one_layer() && drive.statement().is_some_and(|statement| self.has(statement))
    }

    /// Whether no request can be allowed, since the first layer has no `Allow`.
    pub(super) fn allows_nothing(&self) -> bool {
        self.layers.first().is_none_or(|layer| layer.allows.is_empty())
    }

    fn has_only_one_layer(&self) -> bool {
        self.layers.len() == 1 && self.denies.is_empty()
    }

    fn has(&self, statement: &Arc<Compiled<'d>>) -> bool {
        let Some(layer) = self.layers.first() else { return false };
        self.written.get(&statement.written()).is_some_and(|numbers| {
            numbers.iter().any(|n| layer.allows[*n].means_the_same_as(statement))
        })
    }
}
