//! Ways in which the atoms of one key may come out, where not every value could be tried.
//!
//! A superset: operators of different types are taken as independent of each other but for whether
//! the key is there, and a policy variable inside a value as any text. What is not among these ways
//! is impossible, so that they can prove a region empty; that one of them is there shows nothing.

use super::conditions::Atom;
use super::key::{self, Theory};
use super::variables;
use crate::iam::pattern::automaton::Automaton;
use crate::iam::pattern::universe::Universe;
use crate::iam::{BaseOperator, ConditionKey, Pattern, Token};
use crate::semantics::request::Context;

/// Positions looked at for the texts of one key.
const BUDGET: usize = 400_000;
/// Ways that are kept for one key.
const MAX_WAYS: usize = 1_024;

/// For each way, whether each atom holds; `None` when there are too many to say.
pub(super) fn of(key: &ConditionKey, atoms: &[Atom<'_>]) -> Option<Vec<Vec<bool>>> {
    let none = Context::default();
    let mut ways = vec![atoms.iter().map(|atom| atom.holds(&none)).collect::<Vec<bool>>()];
    let mut theories: Vec<Option<Theory>> =
        atoms.iter().map(|atom| key::theory(atom.operator.base)).collect();
    theories.sort();
    theories.dedup();
    let mut present: Vec<Vec<bool>> = vec![vec![false; atoms.len()]];
    for of in theories {
        let places: Vec<usize> =
            (0..atoms.len()).filter(|i| key::theory(atoms[*i].operator.base) == of).collect();
        let own: Vec<Atom<'_>> = places.iter().map(|i| atoms[*i]).collect();
        let parts = if own.iter().any(|atom| atom.variables) {
            texts(key, &own)?
        } else {
            plain(key, &own)?
        };
        if present.len() * parts.len() > MAX_WAYS {
            return None;
        }
        let mut next = Vec::new();
        for before in &present {
            for part in &parts {
                let mut way = before.clone();
                for (place, holds) in places.iter().zip(part) {
                    way[*place] = *holds;
                }
                next.push(way);
            }
        }
        present = next;
    }
    ways.extend(present);
    ways.sort();
    ways.dedup();
    Some(ways)
}

/// Atoms of one type without variables, on a key that is there: exact.
fn plain(key: &ConditionKey, atoms: &[Atom<'_>]) -> Option<Vec<Vec<bool>>> {
    let cut = key::cut(key, atoms, &Context::default(), Vec::new());
    if cut.incomplete.is_some() {
        return None;
    }
    let mut ways: Vec<Vec<bool>> = cut
        .values
        .into_iter()
        .filter(|values| !values.is_empty())
        .map(|values| truth(key, atoms, values))
        .collect();
    ways.sort();
    ways.dedup();
    Some(ways)
}

fn truth(key: &ConditionKey, atoms: &[Atom<'_>], values: Vec<String>) -> Vec<bool> {
    let mut context = Context::default();
    context.set(key.clone(), values);
    atoms.iter().map(|atom| atom.holds(&context)).collect()
}

/// Atoms that compare text, some with variables, on a key that is there with one value: by cells in
/// which a variable is any text.
fn texts(key: &ConditionKey, atoms: &[Atom<'_>]) -> Option<Vec<Vec<bool>>> {
    if atoms.iter().any(|atom| atom.may_be_set()) {
        return sets(key, atoms);
    }
    // Two sets an atom: values as they stand, and those with variables.
    let mut automaton = Automaton::default();
    for atom in atoms {
        let varies = |value: &&String| atom.variables && value.contains("${");
        automaton.begin_set();
        for value in atom.values.iter().filter(|value| !varies(value)) {
            add(&mut automaton, atom, value)?;
        }
        automaton.begin_set();
        for value in atom.values.iter().filter(varies) {
            add_relaxed(&mut automaton, atom, value)?;
        }
    }
    let cells = automaton.cells(Universe::Any, None, &mut { BUDGET }).ok()?;
    let mut ways = Vec::new();
    for cell in cells {
        let value = automaton.text(&cell.witness);
        let known = truth(key, atoms, vec![value]);
        // An atom with variables that may match may also not.
        let sure = |i: usize| cell.matches[2 * i];
        let open: Vec<usize> =
            (0..atoms.len()).filter(|i| !sure(*i) && cell.matches[2 * *i + 1]).collect();
        if open.len() > 8 {
            return None;
        }
        for way in 0..1_usize << open.len() {
            let mut truth = known.clone();
            for (place, atom) in atoms.iter().enumerate().filter(|(_, atom)| atom.variables) {
                let matched = sure(place)
                    || open.iter().position(|o| *o == place).is_some_and(|bit| way >> bit & 1 == 1);
                truth[place] = matched != atom.operator.base.is_negated();
            }
            ways.push(truth);
        }
    }
    ways.sort();
    ways.dedup();
    Some(ways)
}

/// With set operators: the atoms with variables free, the others exact.
fn sets(key: &ConditionKey, atoms: &[Atom<'_>]) -> Option<Vec<Vec<bool>>> {
    let places: Vec<usize> = (0..atoms.len()).filter(|i| !atoms[*i].variables).collect();
    let own: Vec<Atom<'_>> = places.iter().map(|i| atoms[*i]).collect();
    let free: Vec<usize> = (0..atoms.len()).filter(|i| atoms[*i].variables).collect();
    if free.len() > 8 {
        return None;
    }
    let exact = if own.is_empty() { vec![Vec::new()] } else { plain(key, &own)? };
    let mut ways = Vec::new();
    for part in &exact {
        for way in 0..1_usize << free.len() {
            let mut truth = vec![false; atoms.len()];
            for (place, holds) in places.iter().zip(part) {
                truth[*place] = *holds;
            }
            for (bit, place) in free.iter().enumerate() {
                truth[*place] = way >> bit & 1 == 1;
            }
            ways.push(truth);
        }
    }
    Some(ways)
}

/// Adds what a value without variables matches; `None` for what is not known here.
fn add(automaton: &mut Automaton, atom: &Atom<'_>, value: &str) -> Option<()> {
    use BaseOperator as Op;
    match atom.operator.base {
        Op::StringLike | Op::StringNotLike => automaton.add(&Pattern::parse(value, false)),
        Op::StringEquals | Op::StringNotEquals => automaton.add(&Pattern::literal(value)),
        Op::StringEqualsIgnoreCase | Op::StringNotEqualsIgnoreCase => {
            automaton.add_folded(value, crate::iam::pattern::fold);
        }
        // What a bare `*` means there is a choice of the evaluator.
        Op::ArnEquals | Op::ArnLike | Op::ArnNotEquals | Op::ArnNotLike if value != "*" => {
            automaton.add_by_parts(value);
        }
        _ => return None,
    }
    Some(())
}

/// Adds what a value may match when its variables are any text, or more.
fn add_relaxed(automaton: &mut Automaton, atom: &Atom<'_>, value: &str) -> Option<()> {
    use BaseOperator as Op;
    match atom.operator.base {
        // Wildcards of an ARN that end at colons match no more than those that do not.
        Op::StringLike
        | Op::StringNotLike
        | Op::ArnEquals
        | Op::ArnLike
        | Op::ArnNotEquals
        | Op::ArnNotLike => automaton.add(&variables::relaxed(&Pattern::parse(value, true))),
        Op::StringEquals | Op::StringNotEquals => automaton.add(&relaxed_literal(value)),
        _ => return None,
    }
    Some(())
}

/// A value of `StringEquals`: wildcards are characters, variables any text.
fn relaxed_literal(value: &str) -> Pattern {
    let mut out = Pattern::default();
    let mut rest = value;
    while let Some(at) = rest.find("${") {
        let Some(end) = rest[at..].find('}') else { break };
        out.push_text(&rest[..at]);
        match &rest[at + 2..at + end] {
            one @ ("*" | "?" | "$") => out.push_text(one),
            _ => out.push(Token::Run),
        }
        rest = &rest[at + end + 1..];
    }
    out.push_text(rest);
    out
}
