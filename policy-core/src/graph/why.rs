//! Why a grant is there: paths through the graph, as data.

use petgraph::Direction;
use petgraph::visit::EdgeRef;

use super::build::{AccessGraph, GrantId};
use super::edge::Edge;
use super::node::Node;

/// One reason of a grant: from the grant to the function, through the fact it exists for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path<'g> {
    /// The steps, the grant's first; the last one leads to the function.
    pub steps: Vec<Step<'g>>,
}

/// One edge of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'g> {
    /// What the edge means.
    pub edge: Edge,
    /// The fact it reaches.
    pub node: &'g Node,
}

impl AccessGraph {
    /// Every reason of a grant.
    ///
    /// Shape: declarations first, then reachable calls, observations, platform needs and acceptances, each kind
    /// sorted; never empty for a grant of this graph. A path ends at the function.
    #[must_use]
    pub fn why(&self, grant: GrantId) -> Vec<Path<'_>> {
        let mut reached: Vec<_> = self
            .graph
            .edges_directed(grant.0, Direction::Outgoing)
            .map(|edge| (edge.target(), *edge.weight()))
            .collect();
        // Nodes are added kind by kind, sorted, so that their position is the order.
        reached.sort();
        reached
            .into_iter()
            .map(|(fact, edge)| {
                let mut steps = vec![Step { edge, node: &self.graph[fact] }];
                let implies = self
                    .graph
                    .edges_connecting(fact, grant.0)
                    .any(|edge| *edge.weight() == Edge::Implies);
                if implies {
                    steps[0].edge = Edge::Implies;
                }
                let function = self
                    .graph
                    .edges_directed(fact, Direction::Incoming)
                    .find(|edge| matches!(self.graph[edge.source()], Node::Function(_)));
                if let Some(edge) = function {
                    steps.push(Step { edge: *edge.weight(), node: &self.graph[edge.source()] });
                }
                Path { steps }
            })
            .collect()
    }

    /// The facts that a grant reaches, with how: [`AccessGraph::why`] without the last step.
    pub fn reasons(&self, grant: GrantId) -> impl Iterator<Item = (Edge, &Node)> {
        let mut reached: Vec<_> = self
            .graph
            .edges_directed(grant.0, Direction::Outgoing)
            .map(|edge| (edge.target(), *edge.weight()))
            .collect();
        reached.sort();
        reached.into_iter().map(|(fact, edge)| (edge, &self.graph[fact]))
    }
}
