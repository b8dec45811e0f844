//! Walking an automaton: a lazy subset construction with witnesses.
//!
//! Exploring finds, shortest text first, every combination of sets that some text matches, each with
//! such a text. What keeps it small: in one pattern nothing before the last `*` that was reached
//! matters, in one set nothing matters once the rest is `*`, and a caller may turn back where what
//! is known of the sets already answers its question. It is exponential at worst (the question is
//! PSPACE-hard), so every exploration has a budget and says when it is used up.

use std::collections::HashSet;
use std::rc::Rc;

use super::automaton::{Automaton, FIRST_VARIABLE, Node, Reading, Symbol};
use super::universe::Universe;

/// The budget was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted;

/// What is known of a set somewhere in a text: `Some` when it will match every way, or no way, in
/// which the text may go on.
pub(crate) type Known = Option<bool>;

/// Where to turn back and what to do at each text.
pub(crate) trait Walk {
    /// Whether nothing that may follow is of interest, by what is known of each set. What was
    /// pointless once stays so.
    fn is_pointless(&mut self, known: &[Known]) -> bool;

    /// A text at which these sets match; `text` gives the shortest such text that leads here.
    /// Returns whether to stop.
    fn visit(&mut self, matches: &[bool], text: &dyn Fn() -> Vec<Symbol>) -> bool;
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    universe: u8,
    positions: Box<[u32]>,
}

/// What the walk keeps of a state it has been to.
struct Visited {
    state: Rc<State>,
    parent: usize,
    symbol: Symbol,
}

impl Automaton {
    /// Breadth first over sets of positions. With `base`, only texts that this set matches (or, when
    /// it is negated, does not).
    ///
    /// `budget` is the number of positions that may be looked at, and afterwards what is left of it;
    /// at most as many are kept, at four bytes each.
    ///
    /// # Errors
    /// [`Exhausted`] when more would be needed.
    pub(crate) fn explore(
        &self,
        universe: Universe,
        base: Option<(usize, bool)>,
        budget: &mut usize,
        walk: &mut dyn Walk,
    ) -> Result<(), Exhausted> {
        let mut explorer = Explorer {
            automaton: self,
            base,
            known: vec![None; self.sets()],
            pointless: HashSet::new(),
        };
        let mut seen: HashSet<Rc<State>> = HashSet::new();
        let mut queue: Vec<Visited> = Vec::new();
        let first = self.normalised(self.starts.clone());
        *budget = budget.checked_sub(first.len() + 1).ok_or(Exhausted)?;
        if !explorer.is_dead(&first, walk) {
            let state = Rc::new(State { universe: 0, positions: first.into() });
            seen.insert(state.clone());
            queue.push(Visited { state, parent: usize::MAX, symbol: 0 });
        }
        let mut matches = vec![false; self.sets()];
        let mut symbols: Vec<Symbol> = Vec::new();
        let mut at = 0;
        while at < queue.len() {
            let state = queue[at].state.clone();
            if universe.accepts(state.universe) {
                matches.fill(false);
                for position in &state.positions {
                    if self.nodes[*position as usize] == Node::Accept {
                        matches[self.set_of[*position as usize] as usize] = true;
                    }
                }
                let inside = base.is_none_or(|(set, negated)| matches[set] != negated);
                if inside && walk.visit(&matches, &|| path(&queue, at)) {
                    return Ok(());
                }
            }
            self.symbols(&state, universe, &mut symbols);
            for symbol in &symbols {
                let Some(step) = universe.step(state.universe, *symbol) else { continue };
                *budget = budget.checked_sub(state.positions.len() + 1).ok_or(Exhausted)?;
                let positions = self.step(&state.positions, *symbol);
                let next = State { universe: step, positions: positions.into() };
                if seen.contains(&next) || explorer.is_dead(&next.positions, walk) {
                    continue;
                }
                let next = Rc::new(next);
                seen.insert(next.clone());
                queue.push(Visited { state: next, parent: at, symbol: *symbol });
            }
            at += 1;
        }
        Ok(())
    }

    fn is_everything_from(&self, node: usize) -> bool {
        self.nodes[node] == Node::Run && self.nodes.get(node + 1) == Some(&Node::Accept)
    }

    /// The symbols that lead to different places from here, the last one standing for all others.
    fn symbols(&self, state: &State, universe: Universe, out: &mut Vec<Symbol>) {
        out.clear();
        for position in &state.positions {
            match self.nodes[*position as usize] {
                Node::Symbol(symbol) => out.push(symbol),
                Node::Folded(c) => {
                    out.push(c.into());
                    out.extend(c.to_uppercase().map(Symbol::from));
                }
                Node::PartOne | Node::PartRun => out.push(':'.into()),
                Node::Letter(letters) | Node::Letters(letters) => {
                    out.extend_from_slice(letters.all())
                }
                Node::One | Node::Run | Node::Accept => {}
            }
        }
        out.extend(universe.structure(state.universe).chars().map(Symbol::from));
        out.sort_unstable();
        out.dedup();
        if let Some(other) = universe.other(state.universe, out) {
            out.push(other);
        }
    }

    fn step(&self, positions: &[u32], symbol: Symbol) -> Vec<u32> {
        let variable = symbol >= FIRST_VARIABLE;
        let colon = symbol == u32::from(':');
        let mut next = Vec::with_capacity(positions.len());
        for position in positions {
            let at = *position as usize;
            if variable && self.readings[self.set_of[at] as usize] == Reading::Anything {
                // The text of the variable may lead anywhere further on in the pattern.
                let rest = self.nodes[at..].iter().position(|n| *n == Node::Accept).unwrap_or(0);
                next.extend((at..=at + rest).filter_map(|n| u32::try_from(n).ok()));
                continue;
            }
            match self.nodes[at] {
                Node::Symbol(wanted) if wanted == symbol => next.push(position + 1),
                Node::Folded(wanted) if !variable && folds_to(symbol, wanted) => {
                    next.push(position + 1);
                }
                Node::One if !variable => next.push(position + 1),
                Node::PartOne if !variable && !colon => next.push(position + 1),
                Node::Run => next.push(*position),
                Node::PartRun if !variable && !colon => next.push(*position),
                Node::Letter(letters) if letters.contains(symbol) => next.push(position + 1),
                Node::Letters(letters) if letters.contains(symbol) => next.push(*position),
                _ => {}
            }
        }
        self.normalised(next)
    }

    /// Follows wildcards that may be empty, then drops what cannot matter any more.
    fn normalised(&self, mut positions: Vec<u32>) -> Vec<u32> {
        let mut i = 0;
        while i < positions.len() {
            let node = positions[i];
            if matches!(self.nodes[node as usize], Node::Run | Node::PartRun | Node::Letters(_)) {
                positions.push(node + 1);
            }
            i += 1;
        }
        positions.sort_unstable();
        positions.dedup();
        // INVARIANT: nodes of one pattern, and patterns of one set, are neighbours.
        let mut kept: Vec<u32> = Vec::with_capacity(positions.len());
        let (mut pattern_from, mut set_from) = (0, 0);
        let mut set_done: Option<u32> = None;
        for node in positions {
            let at = node as usize;
            let last = kept.last().map(|k| *k as usize);
            if last.is_none_or(|l| self.set_of[l] != self.set_of[at])
                && set_done != Some(self.set_of[at])
            {
                set_from = kept.len();
            }
            if last.is_none_or(|l| self.pattern_of[l] != self.pattern_of[at]) {
                pattern_from = kept.len();
            }
            if set_done == Some(self.set_of[at]) {
                continue;
            }
            if self.nodes[at] == Node::Run {
                kept.truncate(pattern_from);
                if self.is_everything_from(at) {
                    kept.truncate(set_from);
                    kept.extend([node, node + 1]);
                    set_done = Some(self.set_of[at]);
                    continue;
                }
            }
            kept.push(node);
        }
        kept
    }

    /// Every combination of sets that a text of `universe` matches, each with the shortest such text.
    ///
    /// # Errors
    /// As [`Automaton::explore`].
    pub(crate) fn cells(
        &self,
        universe: Universe,
        base: Option<(usize, bool)>,
        budget: &mut usize,
    ) -> Result<Vec<Cell>, Exhausted> {
        let mut collect = Collect { cells: Vec::new(), seen: HashSet::new() };
        self.explore(universe, base, budget, &mut collect)?;
        Ok(collect.cells)
    }

    /// The shortest text of `universe` that set `inside` matches and set `outside` does not.
    ///
    /// # Errors
    /// As [`Automaton::explore`].
    pub(crate) fn separate(
        &self,
        universe: Universe,
        inside: usize,
        outside: usize,
        budget: &mut usize,
    ) -> Result<Option<Vec<Symbol>>, Exhausted> {
        let mut walk = Separate { outside, found: None };
        self.explore(universe, Some((inside, false)), budget, &mut walk)?;
        Ok(walk.found)
    }
}

/// One combination of sets, and the shortest text that matches exactly these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    /// For each set, in the order they were added, whether it matches.
    pub(crate) matches: Vec<bool>,
    /// The text.
    pub(crate) witness: Vec<Symbol>,
}

struct Collect {
    cells: Vec<Cell>,
    seen: HashSet<Vec<bool>>,
}

impl Walk for Collect {
    fn is_pointless(&mut self, known: &[Known]) -> bool {
        all_seen(known, &self.seen)
    }

    fn visit(&mut self, matches: &[bool], text: &dyn Fn() -> Vec<Symbol>) -> bool {
        if !self.seen.contains(matches) {
            self.seen.insert(matches.to_vec());
            self.cells.push(Cell { matches: matches.to_vec(), witness: text() });
        }
        false
    }
}

/// Sets of which nothing is known for every way they may turn out to be looked up.
const MAX_OPEN: usize = 5;

/// Whether every way in which the sets may turn out has been seen.
pub(crate) fn all_seen(known: &[Known], seen: &HashSet<Vec<bool>>) -> bool {
    let open: Vec<usize> = (0..known.len()).filter(|set| known[*set].is_none()).collect();
    if open.len() > MAX_OPEN || seen.len() < 1 << open.len() {
        return false;
    }
    let mut matches: Vec<bool> = known.iter().map(|k| *k == Some(true)).collect();
    (0..1_usize << open.len()).all(|way| {
        for (bit, set) in open.iter().enumerate() {
            matches[*set] = way >> bit & 1 == 1;
        }
        seen.contains(&matches)
    })
}

struct Separate {
    outside: usize,
    found: Option<Vec<Symbol>>,
}

impl Walk for Separate {
    fn is_pointless(&mut self, known: &[Known]) -> bool {
        known[self.outside] == Some(true)
    }

    fn visit(&mut self, matches: &[bool], text: &dyn Fn() -> Vec<Symbol>) -> bool {
        if !matches[self.outside] {
            self.found = Some(text());
        }
        self.found.is_some()
    }
}

struct Explorer<'a> {
    automaton: &'a Automaton,
    base: Option<(usize, bool)>,
    known: Vec<Known>,
    /// Where [`Walk::is_pointless`] said so.
    pointless: HashSet<Vec<Known>>,
}

impl Explorer<'_> {
    /// Whether no text that goes on from here is asked for.
    fn is_dead(&mut self, positions: &[u32], walk: &mut dyn Walk) -> bool {
        self.known.fill(Some(false));
        for position in positions {
            let known = &mut self.known[self.automaton.set_of[*position as usize] as usize];
            if self.automaton.is_everything_from(*position as usize) {
                *known = Some(true);
            } else if *known == Some(false) {
                *known = None;
            }
        }
        if self.base.is_some_and(|(set, negated)| self.known[set] == Some(negated)) {
            return true;
        }
        if self.pointless.contains(&self.known) {
            return true;
        }
        let answer = walk.is_pointless(&self.known);
        if answer {
            self.pointless.insert(self.known.clone());
        }
        answer
    }
}

fn path(visited: &[Visited], mut at: usize) -> Vec<Symbol> {
    let mut out = Vec::new();
    while let Some(from) = visited.get(at).filter(|v| v.parent != usize::MAX) {
        out.push(from.symbol);
        at = from.parent;
    }
    out.reverse();
    out
}

/// Whether a character is `lower` but for its case.
fn folds_to(symbol: Symbol, lower: char) -> bool {
    char::from_u32(symbol).is_some_and(|c| super::fold(c) == lower)
}
