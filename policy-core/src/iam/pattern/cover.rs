//! Questions about whole patterns: does one cover another, do two meet.

use super::automaton::Automaton;
use super::universe::Universe;
use super::{Pattern, Token};

/// Positions that [`Pattern::contains`] and [`Pattern::intersects`] may look at.
const SINGLE_BUDGET: usize = 4_000_000;

/// The answer of [`patterns_cover`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cover {
    /// Every text that the pattern matches is matched by one of the set.
    Yes,
    /// This text is matched by the pattern and by none of the set. A variable is written `${name}`.
    No(String),
    /// The budget ran out first.
    Unknown,
}

/// Whether every text that `pattern` matches is matched by one of `set`, exactly.
///
/// A variable is the same unknown text wherever its name stands; the answer is about all its
/// values. `budget` is the number of positions of the patterns that may be looked at; patterns as
/// people write them need some dozens for each of their characters.
#[must_use]
pub fn patterns_cover(set: &[Pattern], pattern: &Pattern, budget: usize) -> Cover {
    if set.iter().any(|of| of.surely_contains(pattern)) {
        return Cover::Yes;
    }
    let mut automaton = Automaton::default();
    let inside = automaton.begin_set();
    automaton.add(pattern);
    let outside = automaton.begin_set();
    for of in set.iter().filter(|of| of.may_meet(pattern)) {
        automaton.add(of);
    }
    let mut left = budget;
    match automaton.separate(Universe::Any, inside, outside, &mut left) {
        Ok(None) => Cover::Yes,
        Ok(Some(witness)) => Cover::No(automaton.text(&witness)),
        Err(_) => Cover::Unknown,
    }
}

impl Pattern {
    /// Whether every text that `other` matches is matched by this one.
    ///
    /// Exact, but for patterns so entangled that the answer would need more than 4,000,000 steps:
    /// those are "no". [`patterns_cover`] tells the two apart.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        if self.surely_lacks_some_of(other) {
            return false;
        }
        patterns_cover(std::slice::from_ref(self), other, SINGLE_BUDGET) == Cover::Yes
    }

    /// Whether some text is matched by both.
    ///
    /// A variable meets the same variable and `*`, not other text: its value is unknown. Exact; "yes"
    /// for patterns that would need more than 4,000,000 steps.
    #[must_use]
    pub fn intersects(&self, other: &Self) -> bool {
        if !self.may_meet(other) {
            return false;
        }
        let mut automaton = Automaton::default();
        let base = automaton.begin_set();
        automaton.add(self);
        let second = automaton.begin_set();
        automaton.add(other);
        match automaton.cells(Universe::Any, Some((base, false)), &mut { SINGLE_BUDGET }) {
            Ok(cells) => cells.iter().any(|cell| cell.matches[second]),
            Err(_) => true,
        }
    }

    /// Cheap and sound: `true` is a proof, `false` says nothing.
    ///
    /// Reads the other pattern as if it were text, in which only a `*` of this one stands for a `*`.
    pub(crate) fn surely_contains(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        match self.tokens() {
            [Token::Run] => true,
            [Token::Text(prefix), Token::Run] => other.literal_prefix().starts_with(&**prefix),
            _ if self.as_literal().is_some() => false,
            _ => match other.as_literal() {
                Some(text) => self.matches(text),
                None => self.may_contain(other) && self.contains_as_text(other),
            },
        }
    }

    /// Cheap: whether beginnings and ends leave the question open.
    fn may_contain(&self, other: &Self) -> bool {
        other.literal_prefix().starts_with(self.literal_prefix())
            && other.literal_suffix().ends_with(self.literal_suffix())
    }

    /// Backtracks to the last `*` only, as matching a text does.
    fn contains_as_text(&self, other: &Self) -> bool {
        let (mut mine, mut theirs) = (Pieces::of(self), Pieces::of(other));
        let mut retry: Option<(Pieces<'_>, Pieces<'_>)> = None;
        loop {
            let there = theirs;
            let fits = match (mine.next(), theirs.next()) {
                (None, None) => return true,
                (Some(Piece::Run), _) => {
                    retry = Some((mine, there));
                    theirs = there;
                    continue;
                }
                (Some(Piece::One), Some(Piece::One | Piece::Char(_))) => true,
                (Some(mine), Some(theirs)) => mine == theirs,
                _ => false,
            };
            if fits {
                continue;
            }
            let Some((from, mut at)) = retry else { return false };
            if at.next().is_none() {
                return false;
            }
            retry = Some((from, at));
            (mine, theirs) = (from, at);
        }
    }

    /// Cheap and sound: `true` is a proof that `other` matches a text that this one does not.
    ///
    /// A pattern with a wildcard matches texts that go on in every way behind its first characters
    /// and come from every way before its last ones, so all that is sure of them must be more than
    /// this one asks for.
    fn surely_lacks_some_of(&self, other: &Self) -> bool {
        if self.has_variables() || other.has_variables() {
            return false;
        }
        match (self.as_literal(), other.as_literal()) {
            (_, Some(text)) => !self.matches(text),
            (Some(_), None) => true,
            (None, None) => {
                !other.literal_prefix().starts_with(self.literal_prefix())
                    || !other.literal_suffix().ends_with(self.literal_suffix())
            }
        }
    }

    /// Cheap and sound: `false` is a proof that no text is matched by both.
    pub(crate) fn may_meet(&self, other: &Self) -> bool {
        if let (Some(text), false) = (self.as_literal(), other.has_variables()) {
            return other.matches(text);
        }
        if let (Some(text), false) = (other.as_literal(), self.has_variables()) {
            return self.matches(text);
        }
        let (a, b) = (self.literal_prefix(), other.literal_prefix());
        let (c, d) = (self.literal_suffix(), other.literal_suffix());
        (a.starts_with(b) || b.starts_with(a)) && (c.ends_with(d) || d.ends_with(c))
    }

    /// The characters that every match begins with.
    pub(crate) fn literal_prefix(&self) -> &str {
        match self.tokens().first() {
            Some(Token::Text(text)) => text,
            _ => "",
        }
    }

    fn literal_suffix(&self) -> &str {
        match self.tokens().last() {
            Some(Token::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether a policy variable stands in it.
    #[must_use]
    pub fn has_variables(&self) -> bool {
        self.tokens().iter().any(|token| matches!(token, Token::Variable(_)))
    }
}

/// A piece of a pattern: a character, or a token that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'p> {
    Char(char),
    One,
    Run,
    Variable(&'p str),
}

/// A place in a pattern, read character by character.
#[derive(Clone, Copy)]
struct Pieces<'p> {
    text: &'p str,
    tokens: &'p [Token],
}

impl<'p> Pieces<'p> {
    fn of(pattern: &'p Pattern) -> Self {
        Self { text: "", tokens: pattern.tokens() }
    }
}

impl<'p> Iterator for Pieces<'p> {
    type Item = Piece<'p>;

    fn next(&mut self) -> Option<Piece<'p>> {
        loop {
            let mut chars = self.text.chars();
            if let Some(c) = chars.next() {
                self.text = chars.as_str();
                return Some(Piece::Char(c));
            }
            let (first, rest) = self.tokens.split_first()?;
            self.tokens = rest;
            match first {
                Token::Text(text) => self.text = text,
                Token::One => return Some(Piece::One),
                Token::Run => return Some(Piece::Run),
                Token::Variable(name) => return Some(Piece::Variable(name)),
            }
        }
    }
}

#[cfg(test)]
#[path = "cover_tests.rs"]
mod tests;
