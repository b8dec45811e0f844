//! What patterns with variables have in common.
//!
//! A text that two of them match begins and ends in one way and has as many of each character by the
//! one as by the other, whatever their variables spell. Where that cannot be, they are *apart*. It is a
//! proof; that two patterns are not apart says nothing.

use std::collections::BTreeMap;

use super::variables;
use crate::iam::pattern::automaton::Automaton;
use crate::iam::pattern::explore::Exhausted;
use crate::iam::pattern::universe::Universe;
use crate::iam::{BaseOperator, ConditionKey, Pattern, Token};
use crate::semantics::choice;

/// A value whose variables are open, as operators of one kind read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) reading: Reading,
    pub(super) pattern: Pattern,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Text,
    Folded,
    Arn,
    Bool,
}

impl Reading {
    pub(super) fn of(base: BaseOperator) -> Self {
        use BaseOperator as Op;
        match base {
            Op::StringEqualsIgnoreCase | Op::StringNotEqualsIgnoreCase => Self::Folded,
            Op::ArnEquals | Op::ArnLike | Op::ArnNotEquals | Op::ArnNotLike => Self::Arn,
            Op::Bool => Self::Bool,
            _ => Self::Text,
        }
    }
}

/// `false` is a proof that no text is matched by just these of the templates that are open.
pub(super) fn may_match_together(
    templates: &[Template],
    matched: &[usize],
    open: &[usize],
) -> bool {
    let is_matched = |t: &usize| matched.contains(t);
    for a in matched {
        for b in open {
            let (one, other) = (&templates[*a], &templates[*b]);
            if a != b && is_matched(b) && never_both(one, other) {
                return false;
            }
            if !is_matched(b) && implies(one, other) {
                return false;
            }
        }
    }
    true
}

/// `true` is a proof that no text is matched by both of these.
fn never_both(one: &Template, other: &Template) -> bool {
    let is_plain = |of: &Template| matches!(of.reading, Reading::Text | Reading::Arn);
    is_plain(one) && is_plain(other) && are_apart(&one.pattern, &other.pattern)
}

/// `true` is a proof that what the one matches the other does.
fn implies(one: &Template, other: &Template) -> bool {
    use Reading as R;
    match (one.reading, other.reading) {
        (R::Text, R::Folded) => folded(&one.pattern) == folded(&other.pattern),
        (R::Text, R::Text) => other.pattern.surely_contains(&one.pattern),
        _ => false,
    }
}

fn folded(pattern: &Pattern) -> Pattern {
    let mut out = Pattern::default();
    for token in pattern.tokens() {
        out.push(match token {
            Token::Text(text) => {
                Token::Text(text.chars().map(choice::fold).collect::<String>().into())
            }
            token => token.clone(),
        });
    }
    out
}

/// What a template matches whose variable is the very key it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Own {
    /// Nothing.
    Never,
    /// Every value of the key.
    Always,
    /// It is not known, or it does not name the key.
    Open,
}

/// What a template matches of the values of `key`, when that has one value.
pub(super) fn of_itself(pattern: &Pattern, key: &ConditionKey) -> Own {
    let variables = || {
        pattern.tokens().iter().filter_map(|token| match token {
            Token::Variable(name) => Some(ConditionKey::new(name)),
            _ => None,
        })
    };
    if !variables().any(|name| name == *key) {
        return Own::Open;
    }
    let fixed = |token: &Token| matches!(token, Token::Text(_) | Token::One);
    match variables().count() {
        // The value and more is longer than the value.
        _ if pattern.tokens().iter().any(fixed) => Own::Never,
        1 => Own::Always,
        _ => Own::Open,
    }
}

/// How often something occurs in the texts that a pattern matches.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count<'p> {
    /// In its own characters.
    fixed: i64,
    /// Each time that a variable stands there.
    variables: BTreeMap<&'p str, i64>,
    /// Whether wildcards may add more.
    more: bool,
}

impl<'p> Count<'p> {
    /// Of one character, or, with `None`, of all.
    fn of(pattern: &'p Pattern, wanted: Option<char>) -> Self {
        let mut out = Self::default();
        for token in pattern.tokens() {
            match (token, wanted) {
                (Token::Text(text), _) => {
                    let counted = text.chars().filter(|c| wanted.is_none_or(|w| w == *c)).count();
                    out.fixed += i64::try_from(counted).unwrap_or(i64::MAX);
                }
                (Token::Variable(name), _) => *out.variables.entry(name).or_default() += 1,
                (Token::One, None) => out.fixed += 1,
                (Token::One | Token::Run, _) => out.more = true,
            }
        }
        out
    }

    /// `false` is a proof that no values of the variables make both the same.
    fn may_equal(&self, other: &Self) -> bool {
        // own fixed + own variables + own more = other fixed + other variables + other more
        let mut weights = self.variables.clone();
        for (name, count) in &other.variables {
            *weights.entry(name).or_default() -= count;
        }
        let wanted = other.fixed - self.fixed;
        let common = weights.values().fold(0, |a, b| gcd(a, b.abs()));
        if !self.more && !other.more && common != 0 && wanted % common != 0 {
            return false;
        }
        let rises = self.more || weights.values().any(|w| *w > 0);
        let falls = other.more || weights.values().any(|w| *w < 0);
        match wanted {
            0 => true,
            1.. => rises,
            _ => falls,
        }
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// `true` is a proof that no text is matched by both, whatever their variables spell.
pub(super) fn are_apart(one: &Pattern, other: &Pattern) -> bool {
    let (one, other) = without_what_is_the_same(one, other);
    let apart = |wanted| !Count::of(&one, wanted).may_equal(&Count::of(&other, wanted));
    if apart(None) {
        return true;
    }
    let mut letters: Vec<char> = Vec::new();
    for token in one.tokens().iter().chain(other.tokens()) {
        if let Token::Text(text) = token {
            letters.extend(text.chars());
        }
    }
    letters.sort_unstable();
    letters.dedup();
    letters.into_iter().any(|c| apart(Some(c)))
        || !may_meet(&variables::relaxed(&one), &variables::relaxed(&other))
}

/// Both without the beginning and the end that they share: what is left is the same text if they are.
fn without_what_is_the_same(one: &Pattern, other: &Pattern) -> (Pattern, Pattern) {
    let (mut a, mut b) = (pieces(one), pieces(other));
    for _ in 0..2 {
        let same = a.iter().zip(&b).take_while(|(x, y)| x == y && !x.is_wild()).count();
        a.drain(..same);
        b.drain(..same);
        a.reverse();
        b.reverse();
    }
    (joined(&a), joined(&b))
}

/// One character, wildcard or variable.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Char(char),
    Other(Token),
}

impl Piece {
    fn is_wild(&self) -> bool {
        matches!(self, Self::Other(Token::One | Token::Run))
    }
}

fn pieces(pattern: &Pattern) -> Vec<Piece> {
    let mut out = Vec::new();
    for token in pattern.tokens() {
        match token {
            Token::Text(text) => out.extend(text.chars().map(Piece::Char)),
            token => out.push(Piece::Other(token.clone())),
        }
    }
    out
}

fn joined(pieces: &[Piece]) -> Pattern {
    let mut out = Pattern::default();
    for piece in pieces {
        match piece {
            Piece::Char(c) => out.push_text(c.encode_utf8(&mut [0; 4])),
            Piece::Other(token) => out.push(token.clone()),
        }
    }
    out
}

/// Positions looked at for a text in common.
const BUDGET: usize = 20_000;

/// `false` is a proof that no text is matched by both, which have no variables.
fn may_meet(one: &Pattern, other: &Pattern) -> bool {
    let mut automaton = Automaton::default();
    for pattern in [one, other] {
        automaton.begin_set();
        automaton.add(pattern);
    }
    match automaton.cells(Universe::Any, Some((0, false)), &mut { BUDGET }) {
        Ok(cells) => cells.iter().any(|cell| cell.matches[1]),
        Err(Exhausted) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_apart_as_text(one: &str, other: &str) -> bool {
        let (one, other) = (Pattern::parse(one, true), Pattern::parse(other, true));
        assert_eq!(are_apart(&one, &other), are_apart(&other, &one));
        are_apart(&one, &other)
    }

    #[test]
    fn patterns_that_count_a_character_differently_are_apart() {
        assert!(are_apart_as_text("b/${k}", "b/a${k}"));
        assert!(are_apart_as_text("${k}", "b/${k}*"));
        assert!(are_apart_as_text("a:${k}:b", "a::b/${k}-${k}"));
        assert!(are_apart_as_text("b/${k}-${l}", "b/${k}/${l}"));
        assert!(are_apart_as_text("a?${k}", "b${k}"));
        assert!(are_apart_as_text("b/${k}-${k}", "b/a?"));
        assert!(are_apart_as_text("b/${k}/${k}", "b/${l}-${l}"));
    }

    #[test]
    fn patterns_that_go_on_differently_after_the_same_beginning_are_apart() {
        assert!(are_apart_as_text("b/${k}-${k}", "b/${k}/*"));
        assert!(are_apart_as_text("b/${k}-${k}", "b/${l}/${k}"));
        assert!(are_apart_as_text("*:::b/${l}/${k}", "q:w:1:?${k}"));
    }

    #[test]
    fn what_may_be_the_same_text_is_not_apart() {
        assert!(!are_apart_as_text("b/${k}", "b/${l}a"));
        assert!(!are_apart_as_text("${k}${k}", "a${k}"));
        assert!(!are_apart_as_text("b/${k}*", "b/a${k}"));
        assert!(!are_apart_as_text("a?${k}", "?b${k}"));
        assert!(!are_apart_as_text("b/${k}-${k}", "b/a*"));
        assert!(!are_apart_as_text("${k}/a", "b/${l}-${l}"));
        assert!(!are_apart_as_text("b/${k}", "b/${k, 'a'}x"));
    }
}
