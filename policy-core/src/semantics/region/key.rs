//! The values of one condition key that its atoms can tell apart.
//!
//! Text is cut by the automaton, numbers, dates and addresses at the ends of their intervals,
//! booleans have two values; a value may also be of none of these types. Where a key is compared as
//! several types, the values of all of them are tried and the cut is called incomplete, unless text
//! is all there is besides booleans. A key with a set operator has sets of values; what a set makes
//! true is the union of what its members do.

use super::conditions::Atom;
use super::options::{Allowed, Bound};
use super::sets::Chosen;
use super::text::{self, Filled, Source};
use super::values;
use crate::iam::pattern::automaton::Automaton;
use crate::iam::pattern::universe::Universe;
use crate::iam::{BaseOperator, ConditionKey, Pattern, Token};
use crate::semantics::glob::{self, Glyph};
use crate::semantics::request::Context;

/// Positions looked at for the texts of one key.
const BUDGET: usize = 400_000;

/// Values found, and why there may be others.
#[derive(Debug)]
pub(super) struct Cut<T> {
    pub(super) values: Vec<T>,
    pub(super) incomplete: Option<String>,
}

/// What kind of values an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Theory {
    Text,
    Boolean,
    Number,
    Date,
    Bytes,
    Address,
}

pub(super) fn theory(base: BaseOperator) -> Option<Theory> {
    use BaseOperator as Op;
    Some(match base {
        Op::StringEquals
        | Op::StringNotEquals
        | Op::StringLike
        | Op::StringNotLike
        | Op::ArnEquals
        | Op::ArnLike
        | Op::ArnNotEquals
        | Op::ArnNotLike
        | Op::StringEqualsIgnoreCase
        | Op::StringNotEqualsIgnoreCase => Theory::Text,
        Op::NumericEquals
        | Op::NumericNotEquals
        | Op::NumericLessThan
        | Op::NumericLessThanEquals
        | Op::NumericGreaterThan
        | Op::NumericGreaterThanEquals => Theory::Number,
        Op::DateEquals
        | Op::DateNotEquals
        | Op::DateLessThan
        | Op::DateLessThanEquals
        | Op::DateGreaterThan
        | Op::DateGreaterThanEquals => Theory::Date,
        Op::Bool => Theory::Boolean,
        Op::BinaryEquals => Theory::Bytes,
        Op::IpAddress | Op::NotIpAddress => Theory::Address,
        Op::Null => return None,
    })
}

/// Whether an atom compares text, or a boolean, which beside texts is one.
pub(super) fn is_text(atom: &Atom<'_>) -> bool {
    matches!(theory(atom.operator.base), Some(Theory::Text | Theory::Boolean))
}

fn theories(atoms: &[Atom<'_>]) -> Vec<Theory> {
    let mut all: Vec<Theory> = atoms.iter().filter_map(|a| theory(a.operator.base)).collect();
    all.sort();
    all.dedup();
    all
}

/// What a key may be, the missing key (no value) first; atoms with variables are read in `context`.
/// `bound` is what the resource asks of this key.
pub(super) fn cut(
    key: &ConditionKey,
    atoms: &[Atom<'_>],
    context: &Context,
    bound: &[&Bound],
) -> Cut<Vec<String>> {
    let mut singles = singles(key, atoms, context);
    singles.values.splice(0..0, bound.iter().filter_map(|bound| bound.text().cloned()));
    let left_out: Vec<String> = bound.iter().flat_map(|bound| bound.left_out()).cloned().collect();
    let several = bound.iter().any(|bound| bound.allowed == Allowed::Several);
    let more = several || !left_out.is_empty();
    if more {
        // One more text of each cell, where there is one.
        let taken = if several { singles.values.clone() } else { left_out };
        texts(atoms, context, &taken, &mut singles);
    }
    let mut chosen = Chosen::new(key, atoms, context, bound);
    chosen.add(Vec::new());
    for value in &singles.values {
        chosen.add(vec![value.clone()]);
    }
    if atoms.iter().any(|atom| atom.may_be_set()) && !chosen.add_sets(&singles.values, several) {
        let reason = format!("`{key}` has too many sets of values to try");
        singles.incomplete.get_or_insert(reason);
    }
    // Of texts the automaton knows them all; another form of a number was perhaps not thought of.
    let text = |of: &Theory| matches!(of, Theory::Text | Theory::Boolean);
    if more && !theories(atoms).iter().all(text) {
        let reason = format!("not every value of `{key}` could be tried");
        singles.incomplete.get_or_insert(reason);
    }
    Cut { values: chosen.values, incomplete: singles.incomplete }
}

/// Values that all these atoms, on whatever keys, cut apart as if they were about one: `count` of
/// each cell as far as it has as many.
pub(super) fn joint(atoms: &[Atom<'_>], count: usize) -> Cut<String> {
    let none = Context::default();
    let mut out = Cut { values: Vec::new(), incomplete: None };
    if !theories(atoms).iter().all(|t| matches!(t, Theory::Text | Theory::Boolean)) {
        let key = atoms.first().map(|a| a.key.as_str()).unwrap_or_default();
        out.incomplete = Some(format!("`{key}` and a policy variable are compared as no texts"));
        for atom in atoms {
            let of = std::slice::from_ref(atom);
            out.values.extend(singles(atom.key, of, &none).values);
        }
    }
    let mut taken: Vec<String> = Vec::new();
    for _ in 0..count.max(1) {
        let mut automaton = Automaton::default();
        for atom in atoms {
            automaton.begin_set();
            add_values(&mut automaton, atom, &none);
            for name in defaults(atom) {
                automaton.begin_set();
                automaton.add(&Pattern::literal(&name));
            }
        }
        automaton.begin_set();
        automaton.add_by_parts(&text::any_arn());
        for text in ["true", "false"] {
            automaton.begin_set();
            automaton.add_folded(&Pattern::literal(text));
        }
        automaton.begin_set();
        taken.iter().for_each(|text| automaton.add(&Pattern::literal(text)));
        let Ok(cells) = automaton.cells(Universe::Any, None, &mut { BUDGET }) else {
            out.incomplete.get_or_insert("the values of conditions are too entangled".to_owned());
            break;
        };
        taken.extend(cells.iter().map(|cell| automaton.text(&cell.witness)));
    }
    out.values.extend(taken);
    out
}

/// The default values of the variables in an atom.
fn defaults(atom: &Atom<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for value in atom.values.iter().filter(|_| atom.variables) {
        for token in Pattern::parse(value, true).tokens() {
            if let Token::Variable(name) = token {
                out.extend(values::variable(name).1.map(ToOwned::to_owned));
            }
        }
    }
    out
}

/// Single values; every way the atoms can hold for one is among them unless called incomplete.
pub(super) fn singles(key: &ConditionKey, atoms: &[Atom<'_>], context: &Context) -> Cut<String> {
    let mut out = Cut { values: Vec::new(), incomplete: None };
    let theories = theories(atoms);
    let text = theories.is_empty() || theories.contains(&Theory::Text);
    let others = theories.iter().any(|t| !matches!(t, Theory::Text | Theory::Boolean));
    if others && theories.len() > 1 {
        out.incomplete =
            Some(format!("conditions on `{key}` compare it as values of several types"));
    }
    for of in theories.iter().filter(|of| **of != Theory::Text) {
        let compared: Vec<String> = atoms
            .iter()
            .filter(|atom| theory(atom.operator.base) == Some(*of))
            .flat_map(|atom| filled(atom, context))
            .collect();
        let compared: Vec<&str> = compared.iter().map(String::as_str).collect();
        let found = &mut out.values;
        let complete = match of {
            Theory::Number => {
                let complete = values::numbers(&compared, found);
                if theories.len() > 1 {
                    let more: Vec<String> =
                        found.iter().flat_map(|n| values::other_forms(n)).collect();
                    found.extend(more);
                }
                complete
            }
            Theory::Date => {
                let complete = values::dates(&compared, found);
                if theories.contains(&Theory::Number) {
                    let own =
                        atoms.iter().filter(|a| theory(a.operator.base) == Some(Theory::Number));
                    let numbers: Vec<&str> =
                        own.flat_map(|a| a.values).map(String::as_str).collect();
                    found.extend(values::digits(&numbers, &compared).unwrap_or_default());
                }
                complete
            }
            Theory::Bytes => {
                found.extend(compared.iter().map(|v| (*v).to_owned()));
                let longest = compared.iter().map(|v| v.len()).max().unwrap_or(0);
                found.push("AAAA".repeat(longest / 4 + 1));
                true
            }
            Theory::Address => values::addresses(&compared, found),
            Theory::Boolean | Theory::Text => {
                found.extend(["true".to_owned(), "false".to_owned()]);
                true
            }
        };
        if !complete {
            out.incomplete.get_or_insert(format!("not every value of `{key}` could be tried"));
        }
    }
    if text {
        named(atoms, context, &mut out.values);
        texts(atoms, context, &[], &mut out);
    } else {
        // A text that is of none of these types.
        out.values.push("example".to_owned());
    }
    out
}

/// Texts that a reader recognises.
fn named(atoms: &[Atom<'_>], context: &Context, out: &mut Vec<String>) {
    for value in atoms.iter().flat_map(|atom| filled(atom, context)) {
        out.push(value.replace('*', "example").replace('?', "x"));
        out.push(value.replace('*', "").replace('?', "x"));
        out.push(value);
    }
    out.push("example".to_owned());
}

/// Texts, complete by the automaton: one of each cell that is none of `taken`, and one that is.
fn texts(atoms: &[Atom<'_>], context: &Context, taken: &[String], out: &mut Cut<String>) {
    let mut automaton = Automaton::default();
    for atom in atoms {
        automaton.begin_set();
        add_values(&mut automaton, atom, context);
    }
    add_shapes(&mut automaton, atoms);
    automaton.begin_set();
    taken.iter().for_each(|text| automaton.add(&Pattern::literal(text)));
    match automaton.cells(Universe::Any, None, &mut { BUDGET }) {
        Ok(cells) => {
            out.values.extend(cells.iter().map(|cell| automaton.text(&cell.witness)));
        }
        Err(_) => {
            out.incomplete.get_or_insert("the values of conditions are too entangled".to_owned());
        }
    }
}

/// The values of an atom as text, variables filled in; those without a value left out.
pub(super) fn filled(atom: &Atom<'_>, context: &Context) -> Vec<String> {
    let text = |value: &String| match atom.variables {
        false => Some(value.clone()),
        true => Some(plain(&glob::fill_in(value, true, context)?)),
    };
    atom.values.iter().filter_map(text).collect()
}

fn plain(glyphs: &[Glyph]) -> String {
    let character = |glyph: &Glyph| match glyph {
        Glyph::Char(c) => *c,
        Glyph::One => '?',
        Glyph::Run => '*',
    };
    glyphs.iter().map(character).collect()
}

/// Adds what the values of an atom match, as texts, to the set begun last.
fn add_values(automaton: &mut Automaton, atom: &Atom<'_>, context: &Context) {
    let source = |key: &ConditionKey| match context.values(key) {
        [] => Source::Missing,
        [one] => Source::Text(one.clone()),
        _ => Source::Several,
    };
    for value in atom.values {
        if let Filled::Known(pattern) = text::fill(&text::parse(atom, value), &source) {
            text::add(automaton, atom, value, &pattern);
        }
    }
}

/// A kind of texts that may be values of a type other than text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Number,
    Date,
    Bytes,
    Address4,
    Address6,
}

impl Shape {
    pub(super) fn theory(self) -> Theory {
        match self {
            Self::Number => Theory::Number,
            Self::Date => Theory::Date,
            Self::Bytes => Theory::Bytes,
            Self::Address4 | Self::Address6 => Theory::Address,
        }
    }
}

/// Adds a set for each shape that the atoms compare.
pub(super) fn add_shapes(automaton: &mut Automaton, atoms: &[Atom<'_>]) -> Vec<Shape> {
    use Shape as S;
    let theories = theories(atoms);
    let all = [S::Number, S::Date, S::Bytes, S::Address4, S::Address6];
    let shapes: Vec<Shape> = all.into_iter().filter(|s| theories.contains(&s.theory())).collect();
    for shape in &shapes {
        automaton.begin_set();
        match shape {
            S::Number => text::add_numbers(automaton),
            S::Date => text::add_dates(automaton),
            S::Address4 => text::add_addresses_4(automaton),
            S::Address6 => text::add_addresses_6(automaton),
            S::Bytes => {
                let own = atoms.iter().filter(|a| theory(a.operator.base) == Some(Theory::Bytes));
                own.flat_map(|a| a.values).for_each(|v| text::add_bytes(automaton, v));
            }
        }
    }
    shapes
}
