//! A region made ready to be searched: its leaves numbered, the conditions of each as atoms.

use std::sync::Arc;

use super::conditions::Atoms;
use super::expression::Expression;
use super::statements::{Compiled, Statements};
use super::{Node, Region};
use crate::semantics::decide::PolicyKind;
use crate::semantics::request::Request;

/// A union of statements in one place of an expression.
#[derive(Debug)]
pub(crate) struct Leaf<'d> {
    pub(super) statements: Arc<Statements<'d>>,
    /// Whether matching it adds to the region or takes from it.
    pub(super) adds: bool,
    /// For each statement the numbers of its atoms, sorted.
    pub(super) conditions: Vec<Vec<usize>>,
}

/// What is asked.
#[derive(Debug)]
pub(crate) struct Problem<'d> {
    pub(super) kind: PolicyKind,
    pub(super) leaves: Vec<Leaf<'d>>,
    pub(super) expression: Expression,
}

impl<'d> Problem<'d> {
    pub(crate) fn new(region: &Region<'d>, atoms: &Atoms<'d>) -> Self {
        let mut leaves: Vec<Arc<Statements<'d>>> = Vec::new();
        let expression = flatten(&region.node, &mut leaves);
        let mut polarities = Vec::new();
        expression.polarities(true, &mut polarities);
        let leaf = |(number, statements): (usize, Arc<Statements<'d>>)| {
            let number_all = |statement: &Arc<Compiled<'d>>| {
                let mut all: Vec<usize> =
                    statement.condition.iter().map(|atom| atoms.number(*atom)).collect();
                all.sort_unstable();
                all
            };
            Leaf {
                conditions: statements.list.iter().map(number_all).collect(),
                adds: polarities.iter().any(|(leaf, adds)| *leaf == number && *adds),
                statements,
            }
        };
        let leaves = leaves.into_iter().enumerate().map(leaf).collect();
        Self { kind: region.kind, leaves, expression }
    }

    /// Every statement of every leaf.
    pub(super) fn statements(&self) -> impl Iterator<Item = &Arc<Compiled<'d>>> {
        self.leaves.iter().flat_map(|leaf| &leaf.statements.list)
    }

    /// Whether a request is in the region, by the evaluator of `decide`; of each leaf only these
    /// statements are asked.
    pub(super) fn contains(&self, request: &Request, of: &[Vec<usize>]) -> bool {
        let matched = |leaf: usize| {
            let list = &self.leaves[leaf].statements.list;
            Some(of[leaf].iter().any(|number| list[*number].matches(request)))
        };
        self.expression.value(&matched) == Some(true)
    }
}

fn flatten<'d>(node: &Node<'d>, leaves: &mut Vec<Arc<Statements<'d>>>) -> Expression {
    match node {
        Node::Constant(value) => Expression::Constant(*value),
        Node::Statements(statements) => {
            leaves.push(statements.clone());
            Expression::Leaf(leaves.len() - 1)
        }
        Node::Not(of) => Expression::Not(Box::new(flatten(of, leaves))),
        Node::All(of) => Expression::All(of.iter().map(|n| flatten(n, leaves)).collect()),
        Node::Any(of) => Expression::Any(of.iter().map(|n| flatten(n, leaves)).collect()),
    }
}
