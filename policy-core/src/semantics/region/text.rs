//! What one value of a condition matches as text, as far as its policy variables are known.

use super::conditions::Atom;
use super::values;
use crate::iam::pattern::automaton::{Automaton, Letters, Piece};
use crate::iam::{BaseOperator, ConditionKey, Pattern, Token};
use crate::semantics::choice;

/// What is known of the key that a variable names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// It is missing.
    Missing,
    /// It has several values.
    Several,
    /// It has one value: this.
    Text(String),
    /// It has one value, which is none of these.
    Other(Vec<String>),
}

/// A value with its variables filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filled {
    /// A variable has no value: it matches nothing.
    Never,
    /// Without variables.
    Known(Pattern),
    /// Variables are left whose values are not known.
    Open(Pattern),
}

/// A value as its operator reads it: wildcards and variables only where they are some.
pub(super) fn parse(atom: &Atom<'_>, value: &str) -> Pattern {
    use BaseOperator as Op;
    let base = atom.operator.base;
    let wild = matches!(
        base,
        Op::StringLike
            | Op::StringNotLike
            | Op::ArnEquals
            | Op::ArnLike
            | Op::ArnNotEquals
            | Op::ArnNotLike
    );
    let filled = base != Op::Bool || choice::variable_under_bool_is_filled_in(atom.effect);
    match (atom.variables && filled, wild) {
        (variables, true) => Pattern::parse(value, variables),
        (false, false) => Pattern::literal(value),
        (true, false) => without_wildcards(value),
    }
}

/// Wildcards are characters; variables and the three escapes are not.
fn without_wildcards(value: &str) -> Pattern {
    let mut out = Pattern::default();
    let mut rest = value;
    while let Some(at) = rest.find("${") {
        let Some(end) = rest[at..].find('}') else { break };
        out.push_text(&rest[..at]);
        match &rest[at + 2..at + end] {
            one @ ("*" | "?" | "$") => out.push_text(one),
            name => out.push(Token::Variable(name.into())),
        }
        rest = &rest[at + end + 1..];
    }
    out.push_text(rest);
    out
}

/// Fills in what is known.
pub(super) fn fill(pattern: &Pattern, source: &dyn Fn(&ConditionKey) -> Source) -> Filled {
    let mut out = Pattern::default();
    let mut open = false;
    for token in pattern.tokens() {
        let Token::Variable(name) = token else {
            out.push(token.clone());
            continue;
        };
        let (key, default) = values::variable(name);
        match (source(&ConditionKey::new(key)), default) {
            (Source::Text(value), _) => out.push_text(&value),
            (Source::Missing, Some(default)) => out.push_text(default),
            (Source::Missing, None) | (Source::Several, _) => return Filled::Never,
            (Source::Other(_), _) => {
                // The key has a value, so a default makes no difference.
                out.push(Token::Variable(key.to_ascii_lowercase().into()));
                open = true;
            }
        }
    }
    if open { Filled::Open(out) } else { Filled::Known(out) }
}

/// Adds what a value matches under the operator of an atom; for operators that compare no text,
/// nothing. `pattern` is the value without variables. `Bool` is taken as a text that says so in any
/// case.
pub(super) fn add(automaton: &mut Automaton, atom: &Atom<'_>, value: &str, pattern: &Pattern) {
    use BaseOperator as Op;
    match atom.operator.base {
        Op::StringEquals | Op::StringNotEquals | Op::StringLike | Op::StringNotLike => {
            automaton.add(pattern);
        }
        Op::StringEqualsIgnoreCase | Op::StringNotEqualsIgnoreCase => {
            automaton.add_folded(pattern);
        }
        Op::ArnEquals | Op::ArnLike | Op::ArnNotEquals | Op::ArnNotLike => {
            let (negated, any_arn) = (atom.operator.base.is_negated(), any_arn());
            let any = choice::arn_like_bare_star_matches_any_arn(atom.effect, negated);
            automaton.add_by_parts(if value == "*" && any { &any_arn } else { pattern });
        }
        Op::Bool => {
            let lower = lower(pattern);
            for text in ["true", "false"].iter().filter(|text| lower.matches(text)) {
                automaton.add_folded(&Pattern::literal(text));
            }
        }
        _ => {}
    }
}

/// Adds what a pattern may match, whatever texts its variables are; perhaps more.
pub(super) fn add_relaxed(
    automaton: &mut Automaton,
    atom: &Atom<'_>,
    value: &str,
    pattern: &Pattern,
) {
    use BaseOperator as Op;
    let mut relaxed = Pattern::default();
    for token in pattern.tokens() {
        relaxed.push(match token {
            Token::Variable(_) => Token::Run,
            token => token.clone(),
        });
    }
    match atom.operator.base {
        // A variable may hold colons, so the parts of the pattern are not known.
        Op::ArnEquals | Op::ArnLike | Op::ArnNotEquals | Op::ArnNotLike => automaton.add(&relaxed),
        _ => add(automaton, atom, value, &relaxed),
    }
}

/// What every ARN matches.
pub(super) fn any_arn() -> Pattern {
    Pattern::parse("arn:*:*:*:*:*", false)
}

/// The pattern in lower case, its variables as they are.
pub(super) fn lower(pattern: &Pattern) -> Pattern {
    let mut out = Pattern::default();
    for token in pattern.tokens() {
        out.push(match token {
            Token::Text(text) => Token::Text(text.to_lowercase().into()),
            token => token.clone(),
        });
    }
    out
}

const SPACE: Piece<'static> = Piece::Run(Letters::Space);
const DIGIT: Piece<'static> = Piece::One(Letters::Digit);
const DIGITS: Piece<'static> = Piece::Run(Letters::Digit);

/// Adds every text that may be a number.
pub(super) fn add_numbers(automaton: &mut Automaton) {
    let signs = Piece::Run(Letters::Sign);
    let exponent = [Piece::One(Letters::Exponent), signs, DIGITS];
    for digits in [&[DIGIT, DIGITS][..], &[DIGITS, Piece::Text("."), DIGITS]] {
        let number = [&[SPACE, signs], digits].concat();
        automaton.add_shape(&[&number[..], &[SPACE]].concat());
        automaton.add_shape(&[&number[..], &exponent, &[SPACE]].concat());
    }
}

/// Adds every text that may be a date.
pub(super) fn add_dates(automaton: &mut Automaton) {
    automaton.add_shape(&[SPACE, Piece::One(Letters::DateStart), Piece::Anything]);
}

/// Adds every text of digits alone, with space around it.
pub(super) fn add_digits(automaton: &mut Automaton) {
    automaton.add_shape(&[SPACE, DIGIT, DIGITS, SPACE]);
}

/// Adds every text that may be an IPv4 address.
pub(super) fn add_addresses_4(automaton: &mut Automaton) {
    let dot = Piece::Text(".");
    automaton.add_shape(&[SPACE, DIGITS, dot, DIGITS, dot, DIGITS, dot, DIGITS, SPACE]);
}

/// Adds every text that may be an IPv6 address.
pub(super) fn add_addresses_6(automaton: &mut Automaton) {
    let (colon, hex) = (Piece::Text(":"), Piece::Run(Letters::Address));
    automaton.add_shape(&[SPACE, hex, colon, hex, colon, hex, SPACE]);
}

/// Adds every text that may stand for the same bytes as this one.
pub(super) fn add_bytes(automaton: &mut Automaton, value: &str) {
    let space = Piece::Run(Letters::Space);
    automaton.add_shape(&[space, Piece::Text(value.trim()), space]);
}
