//! The values of one condition key that its atoms can tell apart.
//!
//! Text is cut by the automaton, numbers, dates and addresses at the ends of their intervals,
//! booleans have two values. Each value found is judged by the evaluator of `decide`, so a cut can
//! be incomplete but never wrong. A key with a set operator has sets of values; what a set makes
//! true is the union of what its members do.

use std::collections::BTreeMap;

use super::conditions::Atom;
use crate::iam::pattern::automaton::{Automaton, Universe};
use crate::iam::{BaseOperator, ConditionKey, Pattern};
use crate::semantics::choice;
use crate::semantics::request::Context;
use crate::semantics::value::{self, Decimal};

/// States for the texts of one key.
const BUDGET: usize = 10_000;
/// Sets of values of one key that are looked at.
const MAX_SETS: usize = 256;

/// One choice for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// The keys it sets; nothing when the key is missing.
    pub(super) set: Vec<(ConditionKey, Vec<String>)>,
    /// For each atom whether it holds.
    pub(super) truth: Vec<bool>,
}

/// All choices for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    /// Numbers of the atoms.
    pub(super) atoms: Vec<usize>,
    /// One choice for each way the atoms can come out, as far as known.
    pub(super) options: Vec<Choice>,
    /// Why there may be others; `None` is a proof that there are none.
    pub(super) incomplete: Option<String>,
}

/// What kind of values an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Theory {
    Text,
    FoldedText,
    Number,
    Date,
    Boolean,
    Bytes,
    Address,
    Presence,
}

fn theory(base: BaseOperator) -> Theory {
    use BaseOperator as Op;
    match base {
        Op::StringEquals
        | Op::StringNotEquals
        | Op::StringLike
        | Op::StringNotLike
        | Op::ArnEquals
        | Op::ArnLike
        | Op::ArnNotEquals
        | Op::ArnNotLike => Theory::Text,
        Op::StringEqualsIgnoreCase | Op::StringNotEqualsIgnoreCase => Theory::FoldedText,
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
        Op::Null => Theory::Presence,
    }
}

/// The choices for one key. `fixed` is the value the key must have because the resource holds it.
pub(super) fn options(
    key: &ConditionKey,
    atoms: &[(usize, &Atom)],
    fixed: Option<&str>,
) -> Options {
    let mut out = Options {
        atoms: atoms.iter().map(|(number, _)| *number).collect(),
        options: Vec::new(),
        incomplete: None,
    };
    let list: Vec<&Atom> = atoms.iter().map(|(_, atom)| *atom).collect();
    if let Some(value) = fixed {
        add(&mut out.options, &list, vec![(key.clone(), vec![value.to_owned()])]);
        out.incomplete = Some(format!("the policy variable `{key}` also stands in a condition"));
        return out;
    }
    add(&mut out.options, &list, Vec::new());
    if list.iter().any(|atom| atom.variables) {
        out.incomplete = Some(format!("a condition on `{key}` compares with a policy variable"));
        for set in variable_choices(key, &list) {
            add(&mut out.options, &list, set);
        }
        return out;
    }
    let mut theories: Vec<Theory> = list
        .iter()
        .map(|atom| theory(atom.operator.base))
        .filter(|t| *t != Theory::Presence)
        .collect();
    theories.sort();
    theories.dedup();
    if theories.len() > 1 {
        out.incomplete =
            Some(format!("conditions on `{key}` compare it as values of several types"));
    }
    if theories.is_empty() {
        theories.push(Theory::Text);
    }
    let mut candidates: Vec<String> = Vec::new();
    for of in theories {
        let values: Vec<&str> = list
            .iter()
            .filter(|atom| theory(atom.operator.base) == of)
            .flat_map(|atom| atom.values.iter().map(String::as_str))
            .collect();
        let complete = match of {
            Theory::Text | Theory::Presence => texts(&list, &values, &mut candidates),
            Theory::FoldedText => {
                candidates.extend(values.iter().map(|v| (*v).to_owned()));
                candidates.push("example".to_owned());
                candidates.push(fresh(&values));
                true
            }
            Theory::Number => numbers(&values, &mut candidates),
            Theory::Date => dates(&values, &mut candidates),
            Theory::Boolean => {
                candidates.extend(["true".to_owned(), "false".to_owned()]);
                true
            }
            Theory::Bytes => {
                candidates.extend(values.iter().map(|v| (*v).to_owned()));
                let longest = values.iter().map(|v| v.len()).max().unwrap_or(0);
                candidates.push("AAAA".repeat(longest / 4 + 1));
                true
            }
            Theory::Address => addresses(&values, &mut candidates),
        };
        if !complete && out.incomplete.is_none() {
            out.incomplete = Some(format!("not every value of `{key}` could be tried"));
        }
    }
    for value in &candidates {
        add(&mut out.options, &list, vec![(key.clone(), vec![value.clone()])]);
    }
    if list.iter().any(|atom| atom.operator.quantifier.is_some())
        && !sets(key, &list, &candidates, &mut out.options)
        && out.incomplete.is_none()
    {
        out.incomplete = Some(format!("`{key}` has too many sets of values to try"));
    }
    out
}

/// Adds a choice unless another already makes the same atoms hold.
fn add(options: &mut Vec<Choice>, atoms: &[&Atom], set: Vec<(ConditionKey, Vec<String>)>) {
    let context: Context = set.iter().cloned().collect();
    let truth: Vec<bool> = atoms.iter().map(|atom| atom.holds(&context)).collect();
    if !options.iter().any(|o| o.truth == truth) {
        options.push(Choice { set, truth });
    }
}

/// A text that none of the values is, in any case of its letters.
fn fresh(values: &[&str]) -> String {
    let longest = values.iter().map(|v| v.chars().count()).max().unwrap_or(0);
    "x".repeat(longest + 1)
}

/// Texts, complete by the automaton; texts that a reader recognises come first.
fn texts(atoms: &[&Atom], values: &[&str], out: &mut Vec<String>) -> bool {
    for value in values {
        out.push(value.replace('*', "example").replace('?', "x"));
        out.push(value.replace('*', "").replace('?', "x"));
        out.push((*value).to_owned());
    }
    out.push("example".to_owned());
    let mut automaton = Automaton::default();
    for atom in atoms {
        automaton.begin_set();
        for value in &atom.values {
            use BaseOperator as Op;
            match atom.operator.base {
                Op::StringEquals | Op::StringNotEquals => automaton.add(&Pattern::literal(value)),
                Op::StringLike | Op::StringNotLike => automaton.add(&Pattern::parse(value, false)),
                Op::ArnEquals | Op::ArnLike | Op::ArnNotEquals | Op::ArnNotLike if value == "*" => {
                    let effect = atom.effect;
                    if choice::arn_like_bare_star_matches_any_arn(
                        effect,
                        atom.operator.base.is_negated(),
                    ) {
                        automaton.add_by_parts("arn:*:*:*:*:*");
                    }
                }
                Op::ArnEquals | Op::ArnLike | Op::ArnNotEquals | Op::ArnNotLike => {
                    automaton.add_by_parts(value);
                }
                _ => {}
            }
        }
    }
    match automaton.cells(Universe::Any, None, &mut { BUDGET }) {
        Ok(cells) => {
            out.extend(cells.iter().map(|cell| automaton.text(&cell.witness, |_| String::new())));
            true
        }
        Err(_) => false,
    }
}

/// Every bound, and one number between each two, below all and above all.
fn numbers(values: &[&str], out: &mut Vec<String>) -> bool {
    let mut bounds: Vec<(Decimal, &str)> =
        values.iter().filter_map(|v| Some((Decimal::parse(v)?, *v))).collect();
    bounds.sort();
    bounds.dedup_by(|a, b| a.0 == b.0);
    let as_float = |text: &str| text.trim().parse::<f64>().ok();
    let mut complete = true;
    let mut between = |low: Option<&(Decimal, &str)>, high: Option<&(Decimal, &str)>| {
        let number = match (low.map(|l| as_float(l.1)), high.map(|h| as_float(h.1))) {
            (None, None) => Some(0.0),
            (None, Some(high)) => high.map(|h| h - 1.0),
            (Some(low), None) => low.map(|l| l + 1.0),
            (Some(low), Some(high)) => low.zip(high).map(|(l, h)| f64::midpoint(l, h)),
        };
        let text = number.map(|n| format!("{n}")).unwrap_or_default();
        let fits = Decimal::parse(&text)
            .is_some_and(|n| low.is_none_or(|l| l.0 < n) && high.is_none_or(|h| n < h.0));
        complete &= fits;
        if fits {
            out.push(text);
        }
    };
    between(None, bounds.first());
    for pair in bounds.windows(2) {
        between(pair.first(), pair.last());
    }
    if !bounds.is_empty() {
        between(bounds.last(), None);
    }
    out.extend(bounds.iter().map(|(_, text)| (*text).to_owned()));
    complete
}

/// Every bound, and one second between each two, before all and after all.
fn dates(values: &[&str], out: &mut Vec<String>) -> bool {
    const SECOND: i128 = 1_000_000_000;
    let mut bounds: Vec<i128> = values.iter().filter_map(|v| value::date(v)).collect();
    bounds.sort_unstable();
    bounds.dedup();
    let mut points: Vec<i128> = Vec::new();
    let mut complete = true;
    for pair in bounds.windows(2) {
        complete &= pair[1] - pair[0] > SECOND;
        points.push(pair[0].midpoint(pair[1]) / SECOND * SECOND);
    }
    points.extend(bounds.first().map_or(Some(0), |b| Some(b - 86_400 * SECOND)));
    points.extend(bounds.last().map(|b| b + 86_400 * SECOND));
    points.extend(&bounds);
    for point in points {
        match jiff::Timestamp::from_nanosecond(point) {
            Ok(at) => out.push(at.to_string()),
            Err(_) => complete = false,
        }
    }
    complete
}

/// Where each block of addresses begins and what follows it; blocks nest or are apart, so every
/// cell has such an address.
fn addresses(values: &[&str], out: &mut Vec<String>) -> bool {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    for network in values.iter().filter_map(|v| value::network(v)) {
        out.push(network.network().to_string());
        let after = match network.broadcast() {
            IpAddr::V4(last) => {
                u32::from(last).checked_add(1).map(|n| IpAddr::V4(Ipv4Addr::from(n)))
            }
            IpAddr::V6(last) => {
                u128::from(last).checked_add(1).map(|n| IpAddr::V6(Ipv6Addr::from(n)))
            }
        };
        out.extend(after.map(|a| a.to_string()));
    }
    out.extend(["0.0.0.0".to_owned(), "::".to_owned()]);
    true
}

/// Sets of values: a set operator holds or not by which members match, so sets are told apart by
/// the union of what their members do. `false` when there are too many.
fn sets(key: &ConditionKey, atoms: &[&Atom], values: &[String], options: &mut Vec<Choice>) -> bool {
    // For a member, whether it matches each atom's positive form: the truth of a set with that one
    // member says so for every operator.
    let member = |value: &String| -> Vec<bool> {
        let context: Context = [(key.clone(), vec![value.clone()])].into_iter().collect();
        atoms.iter().map(|atom| atom.holds(&context)).collect()
    };
    let mut members: BTreeMap<Vec<bool>, &String> = BTreeMap::new();
    for value in values {
        members.entry(member(value)).or_insert(value);
    }
    // A set is known by, for each atom, whether some member holds it and whether some does not.
    type Signature = Vec<(bool, bool)>;
    let signature = |truth: &[bool]| -> Signature { truth.iter().map(|t| (*t, !*t)).collect() };
    let join = |a: &Signature, b: &Signature| -> Signature {
        a.iter().zip(b).map(|(x, y)| (x.0 || y.0, x.1 || y.1)).collect()
    };
    let singles: Vec<(Signature, String)> =
        members.iter().map(|(truth, value)| (signature(truth), (*value).clone())).collect();
    let mut known: BTreeMap<Signature, Vec<String>> =
        singles.iter().map(|(s, v)| (s.clone(), vec![v.clone()])).collect();
    let mut queue: Vec<Signature> = known.keys().cloned().collect();
    while let Some(from) = queue.pop() {
        for (single, value) in &singles {
            let joined = join(&from, single);
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
        add(options, atoms, vec![(key.clone(), set)]);
    }
    true
}

/// The example value of a variable, the same wherever a witness needs one.
pub(super) fn variable_value(key: &str) -> String {
    let key = key.to_ascii_lowercase();
    if key.ends_with("account") {
        return "111122223333".to_owned();
    }
    format!("value-of-{}", key.replace([':', '/'], "-"))
}

/// Guesses for atoms whose values hold variables: the variable has an example value, or none.
fn variable_choices(key: &ConditionKey, atoms: &[&Atom]) -> Vec<Vec<(ConditionKey, Vec<String>)>> {
    let mut out = Vec::new();
    for value in atoms.iter().flat_map(|atom| &atom.values) {
        let mut set: Vec<(ConditionKey, Vec<String>)> = Vec::new();
        let mut text = String::new();
        for token in Pattern::parse(value, true).tokens() {
            match token {
                crate::iam::Token::Text(literal) => text.push_str(literal),
                crate::iam::Token::One => text.push('x'),
                crate::iam::Token::Run => text.push_str("example"),
                crate::iam::Token::Variable(name) => {
                    let name = name.split(',').next().unwrap_or(name).trim();
                    let value = variable_value(name);
                    text.push_str(&value);
                    set.push((ConditionKey::new(name), vec![value]));
                }
            }
        }
        let mut without = vec![(key.clone(), vec![text.clone()])];
        set.retain(|(name, _)| name != key);
        set.push((key.clone(), vec![text]));
        out.push(set.clone());
        if let Some(last) = set.last_mut() {
            last.1 = vec!["another-example".to_owned()];
        }
        out.push(set);
        without.truncate(1);
        out.push(without);
    }
    out
}
