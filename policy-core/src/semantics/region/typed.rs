//! What the atoms on one key that compare numbers, dates, addresses or bytes make of a text of which
//! only the shape is known.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::conditions::Atom;
use super::key::{self, Shape, Theory};
use super::{text, values};
use crate::iam::pattern::automaton::Automaton;
use crate::iam::{ConditionKey, Pattern};
use crate::semantics::request::Context;

/// A text that is no value of any type.
const NOTHING: &str = "example";
/// Ways that are kept.
const MAX_WAYS: usize = 4_096;
/// All that a value of a type can be made of.
const LETTERS: &str = "0123456789+-.:abcdefABCDEF= ";

/// For each atom whether it holds.
pub(super) type Way = Vec<bool>;

/// By the evaluator, with no variable known.
pub(super) fn truth(key: &ConditionKey, atoms: &[Atom<'_>], values: &[&str]) -> Way {
    let mut context = Context::default();
    if !values.is_empty() {
        context.set(key.clone(), values.iter().map(|v| (*v).to_owned()).collect());
    }
    atoms.iter().map(|atom| atom.holds(&context)).collect()
}

/// The atoms on one key, and how those of each type come out.
pub(super) struct Typed<'k, 'd> {
    key: &'k ConditionKey,
    atoms: &'k [Atom<'d>],
    shapes: Vec<Shape>,
    /// For each shape, for texts of it: what is no value of its type comes first.
    ways: Vec<Vec<Way>>,
    /// For texts that are a number and a date.
    digits: Vec<Way>,
    /// For texts of at most two characters.
    short: Vec<Way>,
}

impl<'k, 'd> Typed<'k, 'd> {
    /// Adds a set for each shape to the automaton, then one of texts that are digits alone and one of
    /// texts of more than two characters. `None` when not every value of a type could be told apart.
    pub(super) fn new(
        key: &'k ConditionKey,
        atoms: &'k [Atom<'d>],
        automaton: &mut Automaton,
    ) -> Option<Self> {
        let shapes = key::add_shapes(automaton, atoms);
        automaton.begin_set();
        text::add_digits(automaton);
        automaton.begin_set();
        automaton.add(&Pattern::parse("???*", false));
        let mut this =
            Self { key, atoms, shapes, ways: Vec::new(), digits: Vec::new(), short: Vec::new() };
        for shape in this.shapes.clone() {
            let ways = this.of(shape)?;
            this.ways.push(ways);
        }
        if this.shapes.contains(&Shape::Number) && this.shapes.contains(&Shape::Date) {
            let values = |of| this.values(of);
            let texts = values::digits(&values(Theory::Number), &values(Theory::Date))?;
            this.digits = this.truths(texts.iter().map(String::as_str));
        }
        if !this.shapes.is_empty() {
            let ones = LETTERS.chars().map(String::from);
            let twos =
                LETTERS.chars().flat_map(|a| LETTERS.chars().map(move |b| format!("{a}{b}")));
            let texts: Vec<String> =
                ones.chain(twos).chain([String::new(), NOTHING.to_owned()]).collect();
            this.short = this.truths(texts.iter().map(String::as_str));
        }
        Some(this)
    }

    /// Ways of a text, of the atoms that compare no text; `matches` is whether the sets match it that
    /// [`Typed::new`] added. `None` when there are too many.
    pub(super) fn ways(&self, matches: &dyn Fn(usize) -> bool) -> Option<Vec<Way>> {
        let nothing = self.typed(NOTHING);
        if self.shapes.is_empty() {
            return Some(vec![nothing]);
        }
        let (digits, long) = (matches(self.shapes.len()), matches(self.shapes.len() + 1));
        let fitting: Vec<usize> = (0..self.shapes.len()).filter(|n| matches(*n)).collect();
        let mut out: BTreeSet<Way> = BTreeSet::from([nothing.clone()]);
        for way in 1..1_usize << fitting.len() {
            let chosen = fitting.iter().enumerate().filter(|(bit, _)| way >> bit & 1 == 1);
            let chosen: Vec<usize> = chosen.map(|(_, number)| *number).collect();
            let shapes: Vec<Shape> = chosen.iter().map(|number| self.shapes[*number]).collect();
            if !may_be_together(&shapes, digits) {
                continue;
            }
            let both = shapes.contains(&Shape::Number) && shapes.contains(&Shape::Date);
            let mut ways = vec![nothing.clone()];
            if both {
                ways = self.joined(&ways, &[Theory::Number, Theory::Date], &self.digits);
            }
            for number in chosen {
                let of = self.shapes[number];
                if !both || !matches!(of, Shape::Number | Shape::Date) {
                    ways = self.joined(&ways, &[of.theory()], &self.ways[number]);
                }
            }
            out.extend(ways);
            if out.len() > MAX_WAYS {
                return None;
            }
        }
        out.retain(|way| long || self.short.contains(way));
        Some(out.into_iter().collect())
    }

    /// How the atoms that compare no text come out for one; the others do not hold.
    fn typed(&self, text: &str) -> Way {
        let way = truth(self.key, self.atoms, &[text]);
        self.atoms.iter().zip(way).map(|(atom, holds)| holds && !key::is_text(atom)).collect()
    }

    /// How the atoms come out for texts of a shape, and for what is no value of its type.
    fn of(&self, shape: Shape) -> Option<Vec<Way>> {
        let own: Vec<Atom<'_>> = self
            .atoms
            .iter()
            .filter(|atom| key::theory(atom.operator.base) == Some(shape.theory()))
            .copied()
            .collect();
        let cut = key::singles(self.key, &own, &Context::default());
        let is_4 = |text: &String| text.trim().parse::<Ipv4Addr>().is_ok();
        let fits = |text: &&String| match shape {
            Shape::Address4 => is_4(text),
            Shape::Address6 => !is_4(text),
            Shape::Number | Shape::Date | Shape::Bytes => true,
        };
        let texts = cut.values.iter().filter(fits).map(String::as_str);
        cut.incomplete.is_none().then(|| self.truths([NOTHING].into_iter().chain(texts)))
    }

    fn truths<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Vec<Way> {
        let mut out: Vec<Way> = texts.map(|text| self.typed(text)).collect();
        out.sort();
        out.dedup();
        out
    }

    /// The values that atoms of a type compare with.
    fn values(&self, of: Theory) -> Vec<&'d str> {
        let own = self.atoms.iter().filter(|a| key::theory(a.operator.base) == Some(of));
        own.flat_map(|atom| atom.values.iter().map(String::as_str)).collect()
    }

    /// Each of the ways with each of what the atoms of some types may be.
    fn joined(&self, ways: &[Way], of: &[Theory], parts: &[Way]) -> Vec<Way> {
        let mut out: BTreeSet<Way> = BTreeSet::new();
        for way in ways {
            for part in parts {
                let mut way = way.clone();
                for (place, atom) in self.atoms.iter().enumerate() {
                    if key::theory(atom.operator.base).is_some_and(|own| of.contains(&own)) {
                        way[place] = part[place];
                    }
                }
                out.insert(way);
            }
        }
        out.into_iter().collect()
    }
}

/// Whether one text may be a value of all these: an address is no number, no date and no address of
/// the other family, and a number is a date only if it is digits.
fn may_be_together(shapes: &[Shape], digits: bool) -> bool {
    use Shape as S;
    let has = |shape| shapes.contains(&shape);
    let alone = [has(S::Address4), has(S::Address6), has(S::Number) || has(S::Date)];
    alone.iter().filter(|is| **is).count() <= 1 && (!(has(S::Number) && has(S::Date)) || digits)
}
