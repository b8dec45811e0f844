//! Requests that a reader recognises: real actions, ARNs that look like the ones in use.
//!
//! Only taste is at work here. Every candidate is confirmed by the evaluator, and the last
//! candidate is the text that the automaton found.

use super::cells::Base;
use super::statements::{Compiled, Globs};
use crate::catalog::Catalog;
use crate::iam::pattern::universe::Universe;
use crate::iam::{ActionName, Pattern, Token};
use crate::semantics::decide::PolicyKind;

/// Catalog entries looked at for one witness.
const MAX_LOOKED_AT: usize = 2_000;

/// A cell for which a request is wanted.
pub(super) struct Ask<'a, 'd> {
    pub(super) catalog: &'a Catalog,
    pub(super) kind: PolicyKind,
    pub(super) action: Base<'a>,
    pub(super) action_text: &'a str,
    pub(super) resource: Base<'a>,
    pub(super) resource_text: &'a str,
    /// Statements that the action must match or not as the cell does.
    pub(super) relevant: &'a [&'a Compiled<'d>],
    /// Lists that the resource must match or not as the cell does.
    pub(super) live: &'a [&'a Globs],
}

impl Ask<'_, '_> {
    /// Action and resource, best first.
    pub(super) fn candidates(&self) -> Vec<(ActionName, String)> {
        let mut out = Vec::new();
        for action in self.actions() {
            for resource in self.resources(&action) {
                out.push((action.clone(), resource));
            }
        }
        out
    }

    fn actions(&self) -> Vec<ActionName> {
        let Ok(found) = self.action_text.parse::<ActionName>() else { return Vec::new() };
        if let Some(known) = self.catalog.action(&found) {
            return vec![known.name()];
        }
        if matches!(self.action, Base::Pattern(p) if p.as_literal().is_some()) {
            return vec![found];
        }
        let wanted: Vec<bool> =
            self.relevant.iter().map(|s| s.action.matches(self.action_text)).collect();
        let fits = |name: &ActionName| {
            let text = name.as_str().to_ascii_lowercase();
            self.action.matches(&text)
                && self.relevant.iter().zip(&wanted).all(|(s, w)| s.action.matches(&text) == *w)
        };
        let prefix = match self.action {
            Base::Pattern(pattern) => pattern.literal_prefix().split_once(':').map(|(p, _)| p),
            Base::Except(_) => None,
        };
        let real = match prefix.map(|p| self.catalog.service(p)) {
            Some(service) => service.and_then(|s| {
                s.actions().take(MAX_LOOKED_AT).map(|a| a.name()).find(|name| fits(name))
            }),
            None => {
                self.catalog.actions().take(MAX_LOOKED_AT).map(|a| a.name()).find(|name| fits(name))
            }
        };
        real.into_iter().chain([found]).collect()
    }

    fn resources(&self, action: &ActionName) -> Vec<String> {
        if self.kind == PolicyKind::Trust {
            return vec![self.resource_text.to_owned()];
        }
        let literal = match self.resource {
            Base::Pattern(pattern) => pattern.as_literal(),
            Base::Except(_) => None,
        };
        if let Some(text) = literal {
            return vec![text.to_owned()];
        }
        let wanted: Vec<bool> =
            self.live.iter().map(|globs| globs.matches(self.resource_text)).collect();
        let fits = |text: &String| {
            self.resource.matches(text)
                && self.live.iter().zip(&wanted).all(|(globs, w)| globs.matches(text) == *w)
        };
        let mut out: Vec<String> = Vec::new();
        if let Some(action) = self.catalog.action(action) {
            let mut types = action.resource_types().peekable();
            if types.peek().is_none() {
                out.push("*".to_owned());
            }
            for of in types {
                out.extend(of.resource_type.arn_formats().map(filled_format));
            }
            // The plain form of a resource is shorter than its forms through something else.
            out.sort_by_key(String::len);
        }
        if let Base::Pattern(pattern) = self.resource {
            out.extend(["example", "", "x"].map(|filler| filled(pattern, filler)));
        }
        out.retain(|text| (text == "*" || Universe::Arn.holds(text)) && fits(text));
        out.truncate(3);
        out.push(self.resource_text.to_owned());
        out
    }
}

/// `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}` with an example for each placeholder.
fn filled_format(format: &str) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some((head, tail)) = rest.split_once("${") {
        out.push_str(head);
        let (name, after) = tail.split_once('}').unwrap_or((tail, ""));
        out.push_str(match name {
            "Partition" => "aws",
            "Region" => "eu-west-1",
            "Account" => "111122223333",
            _ => "example",
        });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A text of the pattern: wildcards of the first five parts by what stands there usually.
pub(super) fn filled(pattern: &Pattern, filler: &str) -> String {
    let mut out = String::new();
    for token in pattern.tokens() {
        match token {
            Token::Text(text) => out.push_str(text),
            Token::One => out.push('x'),
            Token::Run => out.push_str(match (out.starts_with("arn:"), out.matches(':').count()) {
                (true, 1) => "aws",
                (true, 3) => "eu-west-1",
                (true, 4) => "111122223333",
                _ => filler,
            }),
            Token::Variable(name) => out.push_str(name),
        }
    }
    out
}
