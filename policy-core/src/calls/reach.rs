//! Which binaries reach which functions.
//!
//! The graph has functions, types and names of methods. A call through a trait, or on a receiver of
//! unknown type, leads to the methods of those types only of which the binary makes a value.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::Dfs;

use super::facts::{Edge, Facts};
use super::names::{Def, Space};
use super::program::{OfTrait, Owner, Program};
use super::types::{FunctionId, Type, TypeId};

/// The functions that each binary reaches.
pub(super) struct Reached {
    by_function: BTreeMap<FunctionId, Vec<Box<str>>>,
}

impl Reached {
    /// The binaries whose `main` reaches the function, sorted.
    pub(super) fn binaries(&self, id: FunctionId) -> Vec<Box<str>> {
        self.by_function.get(&id).cloned().unwrap_or_default()
    }
}

/// What a node leads to once a value of a type exists; at once where there is no such type.
type Pending = Vec<(Option<TypeId>, FunctionId)>;

struct Calls {
    graph: DiGraph<(), ()>,
    functions: usize,
    types: usize,
    pending: BTreeMap<usize, Pending>,
}

/// Follows the calls from the `main` of each binary.
pub(super) fn reach(program: &Program<'_>, facts: &Facts) -> Reached {
    let calls = Calls::new(program, facts);
    let mut by_function: BTreeMap<FunctionId, Vec<Box<str>>> = BTreeMap::new();
    for (index, source) in program.crates.iter().enumerate() {
        let Some(binary) = &source.binary else { continue };
        let main = program.resolve(program.roots[index], &["main".into()], false, Space::Values);
        let Some((Def::Function(main), _)) = main else { continue };
        for function in calls.from(main) {
            let known = by_function.entry(function).or_default();
            if !known.contains(binary) {
                known.push(binary.clone());
            }
        }
    }
    for binaries in by_function.values_mut() {
        binaries.sort();
    }
    Reached { by_function }
}

impl Calls {
    fn new(program: &Program<'_>, facts: &Facts) -> Self {
        let (functions, types) = (program.functions.len(), program.types.len());
        let names: BTreeSet<&str> = facts
            .edges
            .iter()
            .filter_map(|(_, edge)| match edge {
                Edge::Named(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let names: BTreeMap<&str, usize> = names
            .into_iter()
            .enumerate()
            .map(|(at, name)| (name, functions + types + at))
            .collect();
        let mut graph = DiGraph::with_capacity(functions + types + names.len(), facts.edges.len());
        for _ in 0..functions + types + names.len() {
            graph.add_node(());
        }
        let mut add = |from: usize, to: usize| {
            graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
        };
        for (from, edge) in &facts.edges {
            match edge {
                Edge::Function(to) => add(from.0, to.0),
                Edge::Type(to) => add(from.0, functions + to.0),
                Edge::Named(name) => {
                    if let Some(to) = names.get(name.as_str()) {
                        add(from.0, *to);
                    }
                }
            }
        }
        // What another crate may call on a value, and what a value may hold.
        for index in 0..functions {
            if program.is_of_foreign_trait(FunctionId(index))
                && let Some(owner) = owner(program, FunctionId(index))
            {
                add(functions + owner.0, index);
            }
        }
        for (index, fields) in program.fields.iter().enumerate() {
            for ty in fields.values() {
                if let Type::Local(held, _) = ty.core() {
                    add(functions + index, functions + held.0);
                }
            }
        }
        let mut pending: BTreeMap<usize, Pending> = BTreeMap::new();
        for (index, (_, of_trait)) in program.impl_types.iter().enumerate() {
            let OfTrait::Local(of_trait) = of_trait else { continue };
            for function in &program.impls[index].functions {
                let name = &program.functions[function.0].name;
                if let Some(declared) = program.traits[of_trait.0].functions.get(name) {
                    let entry = pending.entry(declared.0).or_default();
                    entry.push((owner(program, *function), *function));
                }
            }
        }
        for (name, node) in &names {
            let found = program.methods_by_name.get(*name).into_iter().flatten();
            let found = found.map(|id| (owner(program, *id), *id));
            pending.entry(*node).or_default().extend(found);
        }
        Self { graph, functions, types, pending }
    }

    /// The functions that `main` reaches.
    fn from(&self, main: FunctionId) -> Vec<FunctionId> {
        let mut search = Dfs::new(&self.graph, NodeIndex::new(main.0));
        let mut reached = Vec::new();
        let mut made: BTreeSet<TypeId> = BTreeSet::new();
        // What waits for a value of a type.
        let mut waiting: BTreeMap<TypeId, Vec<FunctionId>> = BTreeMap::new();
        while let Some(node) = search.next(&self.graph) {
            let node = node.index();
            if node < self.functions {
                reached.push(FunctionId(node));
            } else if node < self.functions + self.types {
                let id = TypeId(node - self.functions);
                made.insert(id);
                let ready = waiting.remove(&id).unwrap_or_default();
                search.stack.extend(ready.iter().map(|id| NodeIndex::new(id.0)));
            }
            for (of, function) in self.pending.get(&node).into_iter().flatten() {
                match of {
                    Some(of) if !made.contains(of) => {
                        waiting.entry(*of).or_default().push(*function);
                    }
                    _ => search.stack.push(NodeIndex::new(function.0)),
                }
            }
        }
        reached
    }
}

/// The type of the source whose method it is.
fn owner(program: &Program<'_>, id: FunctionId) -> Option<TypeId> {
    let Owner::Impl(id) = program.functions[id.0].owner else { return None };
    match program.impl_types[id.0].0.core() {
        Type::Local(id, _) => Some(*id),
        _ => None,
    }
}
