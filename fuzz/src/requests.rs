//! Requests made from the words of documents: what a document names is what is worth asking about.

use std::collections::BTreeSet;

use policy_core::iam::{ActionName, ConditionKey};
use policy_core::policy::{Effect, PolicyDocument, PrincipalElement, Principals};
use policy_core::semantics::{Context, Principal, Request};

/// The most words of a kind that are taken from documents.
const MOST: usize = 5;

/// A text that a pattern matches: each `*` is `run`, each `?` is `x`, each variable is `v`.
fn filled(pattern: &str, run: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        if rest.starts_with("${")
            && let Some(end) = rest.find('}')
        {
            out.push('v');
            rest = &rest[end + 1..];
            continue;
        }
        match character {
            '*' => out.push_str(run),
            '?' => out.push('x'),
            other => out.push(other),
        }
        rest = &rest[character.len_utf8()..];
    }
    out
}

fn first<T: Ord>(words: BTreeSet<T>) -> Vec<T> {
    words.into_iter().take(MOST).collect()
}

/// Requests about what the documents name; a few hundred at most.
pub fn of_documents<'d>(documents: impl Iterator<Item = &'d PolicyDocument>) -> Vec<Request> {
    let (mut actions, mut resources) = (BTreeSet::<ActionName>::new(), BTreeSet::new());
    let (mut principals, mut entries) = (BTreeSet::new(), BTreeSet::new());
    for statement in documents.flat_map(|document| &document.statements).take(20) {
        for action in statement.action.values().iter().take(MOST) {
            let action = if action.chars().all(|c| c == '*') { "x:x" } else { action };
            actions.extend(["", "Get"].iter().filter_map(|run| filled(action, run).parse().ok()));
        }
        for resource in statement.resource.iter().flat_map(|r| r.values()).take(MOST) {
            resources.extend(["", "x/y"].map(|run| filled(resource, run)));
        }
        if let Some(element) = &statement.principal {
            let (PrincipalElement::Principal(of) | PrincipalElement::NotPrincipal(of)) = element;
            if let Principals::Map(map) = of {
                let named = map.values().flatten().filter_map(|text| text.parse().ok());
                principals.extend(named.take(MOST));
            }
        }
        for (_, key, values) in statement.condition.iter() {
            let values: Vec<String> = values.iter().take(2).map(|v| filled(v, "x")).collect();
            entries.insert((key.clone(), values.clone()));
            entries.insert((key.clone(), values.into_iter().take(1).collect()));
            // What none of the values is.
            let other = if statement.effect == Effect::Allow { "0" } else { "-" };
            entries.insert((key.clone(), vec![other.to_owned()]));
        }
    }
    let (mut actions, mut resources) = (first(actions), first(resources));
    actions.extend("s3:GetObject".parse());
    resources.push("*".to_owned());
    resources.push("arn:aws:s3:::b/x".to_owned());
    let mut principals = first::<Principal>(principals);
    principals.extend("arn:aws:iam::111122223333:role/r".parse());
    let entries: Vec<(ConditionKey, Vec<String>)> = entries.into_iter().take(3 * MOST).collect();
    let mut contexts = vec![Context::default(), entries.iter().cloned().collect()];
    contexts.extend(entries.iter().rev().cloned().map(|entry| Context::from_iter([entry])));
    contexts.push(entries.into_iter().rev().collect());
    contexts.truncate(8);
    let mut out = Vec::new();
    for (turn, context) in contexts.iter().enumerate() {
        for (a, action) in actions.iter().enumerate() {
            for (r, resource) in resources.iter().enumerate() {
                let principal = &principals[(turn + a + r) % principals.len()];
                out.push(Request {
                    principal: principal.clone(),
                    action: action.clone(),
                    resource: resource.clone(),
                    context: context.clone(),
                });
            }
        }
    }
    out
}
