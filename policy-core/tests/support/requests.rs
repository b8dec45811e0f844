//! Requests that documents are about, or nearly: made from their own words, the same ones every time.

use policy_core::catalog::Catalog;
use policy_core::iam::{ActionName, ActionPattern, ConditionKey};
use policy_core::policy::{PolicyDocument, PrincipalElement, Principals, Statement};
use policy_core::semantics::{Context, Principal, Request};

/// Numbers that look random and are the same every time (xorshift).
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % end.max(1)
    }

    /// Whether one of so many.
    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn of<'t, T>(&mut self, items: &'t [T]) -> Option<&'t T> {
        items.get(self.below(items.len()))
    }
}

/// What every request of a role carries, whatever it is for.
fn usual() -> Context {
    Context::default()
        .with("aws:CurrentTime", "2026-11-22T08:30:00Z")
        .with("aws:PrincipalAccount", "111122223333")
        .with("aws:PrincipalArn", "arn:aws:iam::111122223333:role/orders")
        .with("aws:PrincipalOrgID", "o-a1b2c3d4e5")
        .with("aws:RequestedRegion", "eu-west-1")
        .with("aws:SecureTransport", "true")
        .with("aws:SourceIp", "203.0.113.7")
        .with("aws:ViaAWSService", "false")
        .with("aws:userid", "AROAEXAMPLEID:orders")
}

/// `count` requests about the statements of some documents: two in three fit one statement in action
/// and resource, the others mix two or leave the text of the document.
pub(crate) fn sampled(documents: &[&PolicyDocument], count: usize, seed: u64) -> Vec<Request> {
    let mut draw = Draw(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let statements: Vec<&Statement> = documents.iter().flat_map(|d| &d.statements).collect();
    let mut out = Vec::with_capacity(count);
    while out.len() < count {
        let Some(one) = draw.of(&statements).copied() else { return out };
        let other = if draw.one_in(3) { draw.of(&statements).copied() } else { None };
        let Some(action) = action(one, &mut draw) else { continue };
        out.push(Request {
            principal: principal(one, &mut draw),
            action,
            resource: resource(other.unwrap_or(one), &mut draw),
            context: context(one, &mut draw),
        });
    }
    out
}

/// An action of the catalog that an entry matches, or one made from its text.
fn action(statement: &Statement, draw: &mut Draw) -> Option<ActionName> {
    let catalog = Catalog::embedded();
    if statement.action.is_negated() || draw.one_in(8) {
        let number = draw.below(20_000);
        return catalog.actions().nth(number).map(|action| action.name());
    }
    let entry = draw.of(statement.action.values())?;
    if !entry.contains(['*', '?']) {
        return entry.parse().ok();
    }
    let pattern = ActionPattern::new(entry);
    let service = entry.split(':').next().unwrap_or_default();
    let known: Vec<ActionName> = match catalog.service(service) {
        Some(service) => {
            service.actions().map(|a| a.name()).filter(|a| pattern.matches(a)).collect()
        }
        None => catalog.actions().skip(draw.below(15_000)).take(9).map(|a| a.name()).collect(),
    };
    draw.of(&known).cloned().or_else(|| concrete(entry, draw).parse().ok())
}

/// An ARN that an entry matches, or nearly.
fn resource(statement: &Statement, draw: &mut Draw) -> String {
    let entries = statement.resource.as_ref().map_or(&[][..], |element| element.values());
    let mut text = match draw.of(entries) {
        Some(entry) if entry != "*" => concrete(entry, draw),
        _ => "arn:aws:s3:::acme-receipts/2026/11/22/1.pdf".to_owned(),
    };
    if draw.one_in(10) {
        text.push_str("/x");
    }
    text
}

/// A text that a pattern matches: wildcards and variables become some characters.
fn concrete(entry: &str, draw: &mut Draw) -> String {
    const RUNS: [&str; 5] = ["", "a", "111122223333", "eu-west-1", "orders-2026/x"];
    let mut out = String::new();
    let mut rest = entry;
    while let Some(c) = rest.chars().next() {
        let variable = rest.strip_prefix("${").and_then(|inner| inner.find('}'));
        match (c, variable) {
            (_, Some(end)) => {
                out.push_str(draw.of(&RUNS).unwrap());
                rest = &rest[end + 3..];
                continue;
            }
            ('*', _) => out.push_str(draw.of(&RUNS).unwrap()),
            ('?', _) => out.push('q'),
            (c, _) => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// The usual keys, and most of those that the statement asks for, mostly with a value it wants.
fn context(statement: &Statement, draw: &mut Draw) -> Context {
    let mut context = usual();
    for (_, key, values) in statement.condition.iter() {
        if draw.one_in(6) {
            continue;
        }
        let value = match draw.of(values) {
            Some(value) if !draw.one_in(4) => concrete(value, draw),
            _ => "false".to_owned(),
        };
        let mut given = vec![value];
        if draw.one_in(12) {
            given.push("other".to_owned());
        }
        context.set(ConditionKey::new(key.as_str()), given);
    }
    context
}

/// Someone the statement names; the role `orders` where it names nobody.
fn principal(statement: &Statement, draw: &mut Draw) -> Principal {
    let named = statement.principal.as_ref().map(PrincipalElement::principals);
    if let Some(Principals::Map(map)) = named
        && !draw.one_in(6)
    {
        let values: Vec<&String> = map.values().flatten().collect();
        if let Some(value) = draw.of(&values)
            && let Ok(principal) = value.parse()
        {
            return principal;
        }
    }
    "arn:aws:sts::111122223333:assumed-role/orders/orders".parse().unwrap()
}
