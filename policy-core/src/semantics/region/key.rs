//! The values of one condition key that its atoms can tell apart.
//!
//! Text is cut by the automaton, numbers, dates and addresses at the ends of their intervals,
//! booleans have two values; a value may also be of none of these types. Where a key is compared as
//! several types, the values of all of them are tried and the cut is called incomplete, unless text
//! is all there is besides booleans. A key with a set operator has sets of values; what a set makes
//! true is the union of what its members do.

use std::collections::BTreeMap;

use super::conditions::Atom;
use super::values;
use crate::iam::pattern::automaton::Automaton;
use crate::iam::pattern::universe::Universe;
use crate::iam::{BaseOperator, ConditionKey, Pattern, Token};
use crate::semantics::choice;
use crate::semantics::glob::{self, Glyph};
use crate::semantics::request::Context;

/// Positions looked at for the texts of one key.
const BUDGET: usize = 400_000;
/// Sets of values of one key that are looked at.
const MAX_SETS: usize = 256;

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

fn theories(atoms: &[Atom<'_>]) -> Vec<Theory> {
    let mut all: Vec<Theory> = atoms.iter().filter_map(|a| theory(a.operator.base)).collect();
    all.sort();
    all.dedup();
    all
}

/// What a key may be, the missing key (no value) first; atoms with variables are read in `context`.
/// `more` are values to try besides.
pub(super) fn cut(
    key: &ConditionKey,
    atoms: &[Atom<'_>],
    context: &Context,
    more: Vec<String>,
) -> Cut<Vec<String>> {
    let mut singles = singles(key, atoms, context);
    singles.values.splice(0..0, more);
    let mut chosen = Chosen { key, atoms, context, seen: Vec::new(), values: Vec::new() };
    chosen.add(Vec::new());
    for value in &singles.values {
        chosen.add(vec![value.clone()]);
    }
    if atoms.iter().any(|atom| atom.may_be_set()) && !chosen.add_sets(&singles.values) {
        let reason = format!("`{key}` has too many sets of values to try");
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
            add_values(&mut automaton, atom, &none, &mut out.incomplete);
            for name in defaults(atom) {
                automaton.begin_set();
                automaton.add(&Pattern::literal(&name));
            }
        }
        automaton.begin_set();
        automaton.add_by_parts("arn:*:*:*:*:*");
        for text in ["true", "false"] {
            automaton.begin_set();
            automaton.add_folded(text, |c| c);
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
fn singles(key: &ConditionKey, atoms: &[Atom<'_>], context: &Context) -> Cut<String> {
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
            Theory::Date => values::dates(&compared, found),
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
        texts(atoms, context, &mut out);
    } else {
        // A text that is of none of these types.
        out.values.push("example".to_owned());
    }
    out
}

/// Texts, complete by the automaton; texts that a reader recognises come first.
fn texts(atoms: &[Atom<'_>], context: &Context, out: &mut Cut<String>) {
    for value in atoms.iter().flat_map(|atom| filled(atom, context)) {
        out.values.push(value.replace('*', "example").replace('?', "x"));
        out.values.push(value.replace('*', "").replace('?', "x"));
        out.values.push(value);
    }
    out.values.push("example".to_owned());
    let mut automaton = Automaton::default();
    for atom in atoms {
        automaton.begin_set();
        add_values(&mut automaton, atom, context, &mut out.incomplete);
    }
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
fn add_values(
    automaton: &mut Automaton,
    atom: &Atom<'_>,
    context: &Context,
    incomplete: &mut Option<String>,
) {
    use BaseOperator as Op;
    for value in atom.values {
        let glyphs = |wild: bool| match (atom.variables, wild) {
            (true, wild) => glob::fill_in(value, wild, context),
            (false, true) => Some(glob::wildcards(value).collect()),
            (false, false) => Some(glob::literally(value)),
        };
        match atom.operator.base {
            Op::StringEquals | Op::StringNotEquals => {
                if let Some(glyphs) = glyphs(false) {
                    automaton.add(&Pattern::literal(&plain(&glyphs)));
                }
            }
            Op::StringEqualsIgnoreCase | Op::StringNotEqualsIgnoreCase => {
                if let Some(glyphs) = glyphs(false) {
                    automaton.add_folded(&plain(&glyphs), choice::fold);
                }
            }
            Op::StringLike | Op::StringNotLike => {
                if let Some(glyphs) = glyphs(true) {
                    automaton.add(&pattern(&glyphs));
                }
            }
            Op::ArnEquals | Op::ArnLike | Op::ArnNotEquals | Op::ArnNotLike => {
                let negated = atom.operator.base.is_negated();
                let any = value == "*"
                    && choice::arn_like_bare_star_matches_any_arn(atom.effect, negated);
                if any {
                    automaton.add_by_parts("arn:*:*:*:*:*");
                }
                let Some(glyphs) = glyphs(true) else { continue };
                if glyphs.iter().any(|g| matches!(g, Glyph::Char('*' | '?'))) {
                    let key = atom.key;
                    incomplete.get_or_insert(format!("an ARN for `{key}` has escaped wildcards"));
                }
                automaton.add_by_parts(&plain(&glyphs));
            }
            // Beside texts, a boolean is a text that says so in any case.
            Op::Bool => {
                let Some(glyphs) = glyphs(false) else { continue };
                let text = plain(&glyphs).to_ascii_lowercase();
                if text == "true" || text == "false" {
                    automaton.add_folded(&text, |c| c);
                }
            }
            _ => {}
        }
    }
}

fn pattern(glyphs: &[Glyph]) -> Pattern {
    let mut out = Pattern::default();
    let mut text = String::new();
    for glyph in glyphs {
        let token = match glyph {
            Glyph::Char(c) => {
                text.push(*c);
                continue;
            }
            Glyph::One => Token::One,
            Glyph::Run => Token::Run,
        };
        out.push_text(&std::mem::take(&mut text));
        out.push(token);
    }
    out.push_text(&text);
    out
}

/// Values of a key, one for each way its atoms can hold.
struct Chosen<'c, 'd> {
    key: &'c ConditionKey,
    atoms: &'c [Atom<'d>],
    context: &'c Context,
    seen: Vec<Vec<bool>>,
    values: Vec<Vec<String>>,
}

impl Chosen<'_, '_> {
    fn truth(&self, values: Vec<String>) -> Vec<bool> {
        let mut context = self.context.clone();
        context.set(self.key.clone(), values);
        self.atoms.iter().map(|atom| atom.holds(&context)).collect()
    }

    fn add(&mut self, values: Vec<String>) {
        let truth = self.truth(values.clone());
        // A variable in the resource may need the key where the atoms do not tell, so the missing
        // key never stands for a value.
        if values.is_empty() || !self.seen.contains(&truth) {
            if !values.is_empty() {
                self.seen.push(truth);
            }
            self.values.push(values);
        }
    }

    /// Sets of values: a set operator holds or not by which members match, so sets are told apart
    /// by the union of what their members do. `false` when there are too many.
    fn add_sets(&mut self, singles: &[String]) -> bool {
        // For a member, whether it matches each atom's positive form: the truth of a set with that
        // one member says so for every operator.
        let mut members: BTreeMap<Vec<bool>, &String> = BTreeMap::new();
        for value in singles {
            members.entry(self.truth(vec![value.clone()])).or_insert(value);
        }
        // A set is known by, for each atom, whether some member holds it and whether some does not.
        type Signature = Vec<(bool, bool)>;
        let signature = |truth: &[bool]| -> Signature { truth.iter().map(|t| (*t, !*t)).collect() };
        let join = |a: &Signature, b: &Signature| -> Signature {
            a.iter().zip(b).map(|(x, y)| (x.0 || y.0, x.1 || y.1)).collect()
        };
        let single: Vec<(Signature, String)> =
            members.iter().map(|(truth, value)| (signature(truth), (*value).clone())).collect();
        let mut known: BTreeMap<Signature, Vec<String>> =
            single.iter().map(|(s, v)| (s.clone(), vec![v.clone()])).collect();
        let mut queue: Vec<Signature> = known.keys().cloned().collect();
        while let Some(from) = queue.pop() {
            for (one, value) in &single {
                let joined = join(&from, one);
                if known.contains_key(&joined) {
                    continue;
                }
                if known.len() >= MAX_SETS {
                    return false;
                }
                let mut set = known.get(&from).cloned().unwrap_or_default();
                set.push(value.clone());
                known.insert(joined.clone(), set);
                queue.push(joined);
            }
        }
        let mut sets: Vec<Vec<String>> = known.into_values().collect();
        sets.sort_by_key(|set| (set.len(), set.clone()));
        for mut set in sets {
            set.sort();
            self.add(set);
        }
        true
    }
}
