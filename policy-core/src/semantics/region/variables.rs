//! Policy variables in resources: what a request must say for them, and what they may spell.

use std::collections::BTreeMap;

use super::options::Bound;
use super::values;
use crate::iam::{ConditionKey, Pattern, Token};
use crate::semantics::request::Context;

/// Spellings tried for one cell.
const MAX_SPELLINGS: usize = 32;

/// Values of policy variables, by key.
pub(super) type Spelling = BTreeMap<ConditionKey, String>;

fn names(pattern: &Pattern) -> impl Iterator<Item = (&str, Option<&str>)> {
    pattern.tokens().iter().filter_map(|token| match token {
        Token::Variable(name) => Some(values::variable(name)),
        _ => None,
    })
}

/// What a request for this resource must say: each variable's key has one value, or none where the
/// variable has a default.
pub(super) fn bound(resource: &Pattern) -> Vec<Bound> {
    let mut all: BTreeMap<ConditionKey, Option<String>> = BTreeMap::new();
    for (key, default) in names(resource) {
        let default = default.map(ToOwned::to_owned);
        all.entry(ConditionKey::new(key))
            .and_modify(|known| {
                if *known != default {
                    *known = None;
                }
            })
            .or_insert(default);
    }
    all.into_iter().map(|(key, default)| Bound { key, default, value: None }).collect()
}

/// The values as conditions on keys.
pub(super) fn settled(spelling: &Spelling) -> Vec<Bound> {
    spelling
        .iter()
        .map(|(key, value)| Bound { key: key.clone(), default: None, value: Some(value.clone()) })
        .collect()
}

/// The resource as text, variables by what the context says; `None` when one has no value.
pub(super) fn filled(resource: &Pattern, context: &Context) -> Option<String> {
    let mut out = String::new();
    for token in resource.tokens() {
        match token {
            Token::Text(text) => out.push_str(text),
            Token::Variable(name) => {
                let (key, default) = values::variable(name);
                match context.values(&ConditionKey::new(key)) {
                    [one] => out.push_str(one),
                    [] => out.push_str(default?),
                    _ => return None,
                }
            }
            Token::One | Token::Run => return None,
        }
    }
    Some(out)
}

/// The pattern with these values in place of variables; the others stay.
pub(super) fn with_pattern(pattern: &Pattern, spelling: &Spelling) -> Pattern {
    let mut out = Pattern::default();
    for token in pattern.tokens() {
        match token {
            Token::Variable(name) => {
                match spelling.get(&ConditionKey::new(values::variable(name).0)) {
                    Some(value) => out.push_text(value),
                    None => out.push(token.clone()),
                }
            }
            Token::Text(text) => out.push_text(text),
            token => out.push(token.clone()),
        }
    }
    out
}

/// The same for a resource: variables that are not spelled get their example value.
pub(super) fn with(resource: &Pattern, spelling: &Spelling) -> Pattern {
    let mut whole = spelling.clone();
    for (key, _) in names(resource) {
        whole.entry(ConditionKey::new(key)).or_insert_with(|| values::example(key));
    }
    with_pattern(resource, &whole)
}

/// Values under which the resource and one of the patterns may be the same text: for each variable,
/// what the other side has in its place.
pub(super) fn spellings(resource: &Pattern, lists: &[&[Pattern]]) -> Vec<Spelling> {
    let mut out: Vec<Spelling> = Vec::new();
    let mut add = |spelling: Spelling| {
        if !spelling.is_empty() && out.len() < MAX_SPELLINGS && !out.contains(&spelling) {
            out.push(spelling);
        }
    };
    for pattern in lists.iter().flat_map(|list| list.iter()) {
        for filler in ["", "x"] {
            aligned(resource, &sample(pattern, filler), &mut add);
        }
        aligned(pattern, &sample(resource, ""), &mut add);
    }
    out
}

/// A text of the pattern: wildcards by `filler`, variables by their example.
fn sample(pattern: &Pattern, filler: &str) -> String {
    let mut out = String::new();
    for token in pattern.tokens() {
        match token {
            Token::Text(text) => out.push_str(text),
            Token::One => out.push('x'),
            Token::Run => out.push_str(filler),
            Token::Variable(name) => out.push_str(&values::example(values::variable(name).0)),
        }
    }
    out
}

/// Values for the variables of `pattern` that stand between plain texts, so that it matches `text`:
/// the shortest value and the longest for each.
fn aligned(pattern: &Pattern, text: &str, add: &mut dyn FnMut(Spelling)) {
    for longest in [false, true] {
        let mut spelling = Spelling::new();
        let mut rest = text;
        let tokens = pattern.tokens();
        let mut fits = true;
        for (place, token) in tokens.iter().enumerate() {
            match token {
                Token::Text(literal) => match rest.strip_prefix(&**literal) {
                    Some(after) => rest = after,
                    None => fits = false,
                },
                Token::One => rest = rest.get(1..).unwrap_or_default(),
                // What follows a `*` is found by the text after it.
                Token::Run | Token::Variable(_) => {
                    let end = match tokens.get(place + 1) {
                        None if matches!(token, Token::Variable(_)) => Some(rest.len()),
                        None => Some(rest.len()),
                        Some(Token::Text(next)) if longest => rest.rfind(&**next),
                        Some(Token::Text(next)) => rest.find(&**next),
                        Some(_) => Some(if longest { rest.len() } else { 0 }),
                    };
                    let Some(end) = end else {
                        fits = false;
                        break;
                    };
                    if let Token::Variable(name) = token {
                        let key = ConditionKey::new(values::variable(name).0);
                        spelling.insert(key, rest[..end].to_owned());
                    }
                    rest = &rest[end..];
                }
            }
            if !fits {
                break;
            }
        }
        if fits {
            add(spelling);
        }
    }
}
