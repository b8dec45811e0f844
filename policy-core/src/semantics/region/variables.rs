//! Policy variables in resources: what a request must say for them, and what they may spell.

use std::collections::BTreeMap;

use super::options::{Allowed, Bound};
use super::values;
use crate::iam::{ConditionKey, Pattern, Token};
use crate::semantics::request::Context;

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
    let mut all: BTreeMap<ConditionKey, Allowed> = BTreeMap::new();
    for (key, default) in names(resource) {
        let allowed =
            if default.is_some() { Allowed::OneOrMissing } else { Allowed::Other(Vec::new()) };
        all.entry(ConditionKey::new(key))
            .and_modify(|known| {
                // Each takes its own default where the key is missing.
                if default.is_none() {
                    *known = Allowed::Other(Vec::new());
                }
            })
            .or_insert(allowed);
    }
    all.into_iter().map(|(key, allowed)| Bound { key, allowed }).collect()
}

/// The keys that variables of a pattern name.
pub(super) fn keys(pattern: &Pattern) -> impl Iterator<Item = ConditionKey> {
    names(pattern).map(|(key, _)| ConditionKey::new(key))
}

/// The default values of the variables of a pattern.
pub(super) fn defaults(pattern: &Pattern) -> impl Iterator<Item = &str> {
    names(pattern).filter_map(|(_, default)| default)
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

/// The pattern with any text in place of variables.
pub(super) fn relaxed(pattern: &Pattern) -> Pattern {
    let mut out = Pattern::default();
    for token in pattern.tokens() {
        match token {
            Token::Variable(_) => out.push(Token::Run),
            Token::Text(text) => out.push_text(text),
            token => out.push(token.clone()),
        }
    }
    out
}

/// Whether a variable stands where it may spell the first five parts of an ARN.
pub(super) fn begins_in_the_first_parts(pattern: &Pattern) -> bool {
    let mut colons = 0;
    for token in pattern.tokens() {
        match token {
            Token::Text(text) => colons += text.matches(':').count(),
            Token::Variable(_) if colons < 5 => return true,
            _ => {}
        }
    }
    false
}

/// Values for the variables of a pattern under which it matches the text, a few of them, the
/// shortest first.
pub(super) fn alignments(pattern: &Pattern, text: &str) -> Vec<Spelling> {
    let mut search = Alignment { steps: MAX_STEPS, spelling: Spelling::new(), found: Vec::new() };
    search.go(pattern.tokens(), text);
    search.found
}

/// As [`alignments`], where a variable that stands twice may be two texts: each that it is.
pub(super) fn loose_alignments(pattern: &Pattern, text: &str) -> Vec<(ConditionKey, String)> {
    let mut numbered = Pattern::default();
    let mut keys: BTreeMap<ConditionKey, ConditionKey> = BTreeMap::new();
    for token in pattern.tokens() {
        match token {
            Token::Variable(name) => {
                let own = ConditionKey::new(&format!("{}", keys.len()));
                numbered.push(Token::Variable(own.as_str().into()));
                keys.insert(own, ConditionKey::new(values::variable(name).0));
            }
            token => numbered.push(token.clone()),
        }
    }
    let found = alignments(&numbered, text).into_iter().flatten();
    found.filter_map(|(own, value)| Some((keys.get(&own)?.clone(), value))).collect()
}

/// Steps and answers of one alignment.
const MAX_STEPS: usize = 2_000;
const MAX_ALIGNMENTS: usize = 4;

struct Alignment {
    steps: usize,
    spelling: Spelling,
    found: Vec<Spelling>,
}

impl Alignment {
    fn go(&mut self, tokens: &[Token], rest: &str) {
        if self.steps == 0 || self.found.len() >= MAX_ALIGNMENTS {
            return;
        }
        self.steps -= 1;
        let ends = || rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
        match tokens.split_first() {
            None if rest.is_empty() => self.found.push(self.spelling.clone()),
            None => {}
            Some((Token::Text(literal), tail)) => {
                if let Some(after) = rest.strip_prefix(&**literal) {
                    self.go(tail, after);
                }
            }
            Some((Token::One, tail)) => {
                let mut chars = rest.chars();
                if chars.next().is_some() {
                    self.go(tail, chars.as_str());
                }
            }
            Some((Token::Run, tail)) => ends().for_each(|end| self.go(tail, &rest[end..])),
            Some((Token::Variable(name), tail)) => {
                let key = ConditionKey::new(values::variable(name).0);
                if let Some(value) = self.spelling.get(&key).cloned() {
                    if let Some(after) = rest.strip_prefix(&*value) {
                        self.go(tail, after);
                    }
                    return;
                }
                for end in ends() {
                    self.spelling.insert(key.clone(), rest[..end].to_owned());
                    self.go(tail, &rest[end..]);
                }
                self.spelling.remove(&key);
            }
        }
    }
}
