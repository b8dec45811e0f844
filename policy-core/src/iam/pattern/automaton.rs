//! Many patterns read at once: a lazy subset construction with witnesses.
//!
//! Patterns are grouped in sets; a set matches what one of its patterns matches. Exploring finds,
//! shortest text first, every combination of sets that some text matches, each with such a text.
//! What keeps it small: in one pattern nothing before the last `*` that was reached matters, and in
//! one set nothing matters once the rest is `*`. It is exponential at worst (the question is
//! PSPACE-hard), so every exploration has a budget of states and says when it is used up.

use std::collections::{BTreeMap, HashMap};

use super::{Pattern, Token};

/// A character, or a policy variable as one opaque symbol.
pub(crate) type Symbol = u32;

/// Symbols from here on are variables, in the order of their names.
const FIRST_VARIABLE: Symbol = 0x11_0000;

/// The texts that are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Universe {
    /// Every text.
    Any,
    /// Actions in lower case: a service prefix, a colon, a name.
    Action,
    /// ARNs of six parts.
    Arn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Symbol(Symbol),
    /// Any one character; a variable is not one character.
    One,
    Run,
    /// As `One` and `Run`, but for the colon: the parts of `ArnLike`.
    PartOne,
    PartRun,
    Accept,
}

/// The number of states that may be made was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted;

/// One combination of sets, and the shortest text that matches exactly these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    /// For each set, in the order they were added, whether it matches.
    pub(crate) matches: Vec<bool>,
    /// The text.
    pub(crate) witness: Vec<Symbol>,
}

/// Sets of patterns, ready to be explored.
#[derive(Debug, Default)]
pub(crate) struct Automaton {
    nodes: Vec<Node>,
    /// For each node the first node of its pattern and the number of its set.
    pattern_of: Vec<u32>,
    set_of: Vec<u32>,
    starts: Vec<u32>,
    sets: u32,
    variables: BTreeMap<String, Symbol>,
}

impl Automaton {
    /// Begins a set and gives its number.
    pub(crate) fn begin_set(&mut self) -> usize {
        self.sets += 1;
        self.sets as usize - 1
    }

    /// Adds a pattern to the set begun last.
    pub(crate) fn add(&mut self, pattern: &Pattern) {
        let start = self.begin_pattern();
        for token in pattern.tokens() {
            match token {
                Token::Text(text) => {
                    for c in text.chars() {
                        self.push(start, Node::Symbol(c.into()));
                    }
                }
                Token::One => self.push(start, Node::One),
                Token::Run => self.push(start, Node::Run),
                Token::Variable(name) => {
                    let symbol = self.variable(name);
                    self.push(start, Node::Symbol(symbol));
                }
            }
        }
        self.push(start, Node::Accept);
    }

    /// Adds a pattern as the ARN operators read it: six parts, wildcards of the first five end at
    /// the colon. A pattern of other shape matches nothing.
    pub(crate) fn add_by_parts(&mut self, text: &str) {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        if parts.len() != 6 || !Pattern::parse(parts[0], false).matches("arn") {
            return;
        }
        let start = self.begin_pattern();
        for c in "arn".chars() {
            self.push(start, Node::Symbol(c.into()));
        }
        for (index, part) in parts.iter().enumerate().skip(1) {
            self.push(start, Node::Symbol(':'.into()));
            for c in part.chars() {
                self.push(
                    start,
                    match (c, index) {
                        ('*', 5) => Node::Run,
                        ('?', 5) => Node::One,
                        ('*', _) => Node::PartRun,
                        ('?', _) => Node::PartOne,
                        _ => Node::Symbol(c.into()),
                    },
                );
            }
        }
        self.push(start, Node::Accept);
    }

    fn begin_pattern(&mut self) -> u32 {
        let start = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.starts.push(start);
        start
    }

    fn push(&mut self, start: u32, node: Node) {
        self.nodes.push(node);
        self.pattern_of.push(start);
        self.set_of.push(self.sets.saturating_sub(1));
    }

    /// Names compare without case up to the default value.
    fn variable(&mut self, name: &str) -> Symbol {
        let (key, default) = name.split_at(name.find(',').unwrap_or(name.len()));
        let name = format!("{}{default}", key.trim().to_ascii_lowercase());
        let next = FIRST_VARIABLE + u32::try_from(self.variables.len()).unwrap_or(0);
        *self.variables.entry(name).or_insert(next)
    }

    /// A witness as text; variables by `value`, which gets the name as written between the braces,
    /// key in lower case.
    pub(crate) fn text(&self, witness: &[Symbol], mut value: impl FnMut(&str) -> String) -> String {
        let mut out = String::new();
        for symbol in witness {
            match char::from_u32(*symbol) {
                Some(c) => out.push(c),
                None => {
                    if let Some((name, _)) = self.variables.iter().find(|(_, s)| *s == symbol) {
                        out.push_str(&value(name));
                    }
                }
            }
        }
        out
    }

    /// Every combination of sets that a text of `universe` matches, shortest text first. With
    /// `base`, only texts that this set matches (or, when it is negated, does not).
    ///
    /// `budget` is the number of states that may be made, and afterwards what is left of it.
    ///
    /// # Errors
    /// [`Exhausted`] when more states would be needed.
    pub(crate) fn cells(
        &self,
        universe: Universe,
        base: Option<(usize, bool)>,
        budget: &mut usize,
    ) -> Result<Vec<Cell>, Exhausted> {
        let mut cells: Vec<Cell> = Vec::new();
        let mut seen: HashMap<Vec<bool>, ()> = HashMap::new();
        self.explore(universe, base, None, budget, |matches, witness| {
            if !seen.contains_key(matches) {
                seen.insert(matches.to_vec(), ());
                cells.push(Cell { matches: matches.to_vec(), witness: witness() });
            }
            false
        })?;
        Ok(cells)
    }

    /// The shortest text of `universe` that set `inside` matches and set `outside` does not.
    pub(crate) fn separate(
        &self,
        universe: Universe,
        inside: usize,
        outside: usize,
        budget: &mut usize,
    ) -> Result<Option<Vec<Symbol>>, Exhausted> {
        let mut found = None;
        self.explore(
            universe,
            Some((inside, false)),
            Some(outside),
            budget,
            |matches, witness| {
                if !matches[outside] {
                    found = Some(witness());
                }
                found.is_some()
            },
        )?;
        Ok(found)
    }

    /// Breadth first over sets of positions. `visit` gets what matches here and a way to the text;
    /// it returns whether to stop. `hopeless` is a set: where it matches all that can follow,
    /// nothing more is looked at.
    fn explore(
        &self,
        universe: Universe,
        base: Option<(usize, bool)>,
        hopeless: Option<usize>,
        budget: &mut usize,
        mut visit: impl FnMut(&[bool], &dyn Fn() -> Vec<Symbol>) -> bool,
    ) -> Result<(), Exhausted> {
        let first = State { universe: 0, positions: self.normalised(self.starts.clone()) };
        let mut known: HashMap<State, ()> = HashMap::new();
        let mut queue: Vec<State> = Vec::new();
        let mut parents: Vec<(usize, Symbol)> = Vec::new();
        if !self.is_dead(&first.positions, base, hopeless) {
            known.insert(first.clone(), ());
            queue.push(first);
            parents.push((usize::MAX, 0));
        }
        let mut matches = vec![false; self.sets as usize];
        let mut symbols: Vec<Symbol> = Vec::new();
        let mut at = 0;
        while at < queue.len() {
            let state = queue[at].clone();
            if universe.accepts(state.universe) {
                matches.fill(false);
                for position in &state.positions {
                    if self.nodes[*position as usize] == Node::Accept {
                        matches[self.set_of[*position as usize] as usize] = true;
                    }
                }
                let inside = base.is_none_or(|(set, negated)| matches[set] != negated);
                if inside && visit(&matches, &|| path(&parents, at)) {
                    return Ok(());
                }
            }
            self.symbols(&state, universe, &mut symbols);
            for symbol in &symbols {
                let Some(step) = universe.step(state.universe, *symbol) else { continue };
                let positions = self.step(&state.positions, *symbol);
                if self.is_dead(&positions, base, hopeless) {
                    continue;
                }
                let next = State { universe: step, positions };
                if known.contains_key(&next) {
                    continue;
                }
                *budget = budget.checked_sub(1).ok_or(Exhausted)?;
                known.insert(next.clone(), ());
                queue.push(next);
                parents.push((at, *symbol));
            }
            at += 1;
        }
        Ok(())
    }

    fn is_dead(
        &self,
        positions: &[u32],
        base: Option<(usize, bool)>,
        hopeless: Option<usize>,
    ) -> bool {
        let everything = |set: usize| {
            positions.iter().any(|p| {
                self.set_of[*p as usize] as usize == set && self.is_everything_from(*p as usize)
            })
        };
        let base_dead = match base {
            None => false,
            Some((set, true)) => everything(set),
            Some((set, false)) => {
                !positions.iter().any(|p| self.set_of[*p as usize] as usize == set)
            }
        };
        base_dead || hopeless.is_some_and(everything)
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
                Node::PartOne | Node::PartRun => out.push(':'.into()),
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
            match self.nodes[*position as usize] {
                Node::Symbol(wanted) if wanted == symbol => next.push(position + 1),
                Node::One if !variable => next.push(position + 1),
                Node::PartOne if !variable && !colon => next.push(position + 1),
                Node::Run => next.push(*position),
                Node::PartRun if !variable && !colon => next.push(*position),
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
            if matches!(self.nodes[node as usize], Node::Run | Node::PartRun) {
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
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    universe: u8,
    positions: Vec<u32>,
}

fn path(parents: &[(usize, Symbol)], mut at: usize) -> Vec<Symbol> {
    let mut out = Vec::new();
    while let Some((parent, symbol)) = parents.get(at).filter(|(parent, _)| *parent != usize::MAX) {
        out.push(*symbol);
        at = *parent;
    }
    out.reverse();
    out
}

const LOWER: &str = "xyzabcdefghijklmnopqrstuvw0123456789-_";

impl Universe {
    /// Where a text stands after one more symbol; `None` when no text of the universe goes on so.
    fn step(self, state: u8, symbol: Symbol) -> Option<u8> {
        let c = char::from_u32(symbol);
        match self {
            Self::Any => Some(0),
            Self::Action => {
                let c = c?;
                let letter = c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                match state {
                    0 | 1 if letter => Some(1),
                    1 if c == ':' => Some(2),
                    2 | 3 if letter || c == '_' => Some(3),
                    _ => None,
                }
            }
            Self::Arn => match (state, c) {
                (0, Some('a')) => Some(1),
                (1, Some('r')) => Some(2),
                (2, Some('n')) => Some(3),
                (3, Some(':')) => Some(4),
                (0..=3, _) => None,
                // Partition and service are never empty; Region and account may be.
                (4 | 6, Some(':')) => None,
                (5, Some(':')) => Some(6),
                (7, Some(':')) => Some(8),
                (8, Some(':')) => Some(9),
                (9, Some(':')) => Some(10),
                (4 | 5, _) => Some(5),
                (6 | 7, _) => Some(7),
                (8, _) => Some(8),
                (9, _) => Some(9),
                _ => Some(11),
            },
        }
    }

    fn accepts(self, state: u8) -> bool {
        match self {
            Self::Any => true,
            Self::Action => state == 3,
            Self::Arn => state == 11,
        }
    }

    /// Symbols that matter to the universe itself.
    fn structure(self, state: u8) -> &'static str {
        match (self, state) {
            (Self::Any, _) => "",
            (Self::Action, _) => ":",
            (Self::Arn, 0) => "a",
            (Self::Arn, 1) => "r",
            (Self::Arn, 2) => "n",
            (Self::Arn, _) => ":",
        }
    }

    /// A character that is none of `taken` and so stands for all that are none of them.
    fn other(self, state: u8, taken: &[Symbol]) -> Option<Symbol> {
        let free = |symbol: &Symbol| taken.binary_search(symbol).is_err();
        let mut letters = LOWER.chars().map(Symbol::from);
        match (self, state) {
            (Self::Arn, 0..=3) => None,
            (Self::Action, 0 | 1) => letters.find(|s| free(s) && *s != u32::from('_')),
            (Self::Action, _) => letters.find(free),
            _ => letters.find(free).or_else(|| (0x100..0x2000).find(free)),
        }
    }
}
