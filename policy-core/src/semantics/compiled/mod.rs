//! The fast evaluator: the same answers as `decide`, a million times a second.
//!
//! Documents are read once: statements are found by the action asked for (`index`), patterns are cut
//! into what a comparison of bytes can answer (`text`), condition values are parsed (`condition`), so
//! that a request allocates nothing on the usual path. What follows from the statements that match is
//! not written again: it is [`combine`] of the slow evaluator. Tests hold the two equal, statements
//! and their order included.

mod action;
mod arn;
mod condition;
mod index;
mod principal;
mod statement;
mod text;

use std::cell::OnceCell;
use std::ops::ControlFlow;

use self::action::Action;
use self::index::{Builder, Index};
use self::statement::Compiled;
use super::decide::{
    Caller, Decision, DecisionEffect, Matches, Policies, PolicyKind, Shape, StatementRef,
    applies_to, combine, is_read, lacking_of_matches,
};
use super::principal::Named;
use super::request::Request;
use crate::policy::Effect;

/// Policies made ready for many requests.
///
/// Use it where the same documents are asked again and again; for one request
/// [`decide`](super::decide) is as good.
#[derive(Debug, Clone)]
pub struct CompiledPolicies {
    shape: Shape,
    /// The kinds that have a statement.
    kinds: Vec<PolicyKind>,
    /// In the order in which `decide` lists them; `Allow`s of RCPs, which say nothing, left out.
    statements: Vec<Compiled>,
    /// The name of each statement.
    places: Vec<StatementRef>,
    allows: Index,
    denies: Index,
}

impl CompiledPolicies {
    /// Reads the documents.
    #[must_use]
    pub fn new(policies: &Policies) -> Self {
        let (mut allows, mut denies) = (Builder::default(), Builder::default());
        let (mut kinds, mut statements, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for (kind, level, document, policy) in policies.documents() {
            let variables = policy.has_variables();
            for (index, statement) in policy.statements.iter().enumerate() {
                if !is_read(statement, kind) {
                    continue;
                }
                let by_effect = match (statement.effect, kind) {
                    (Effect::Deny, _) => &mut denies,
                    (Effect::Allow, PolicyKind::Rcp) => continue,
                    (Effect::Allow, _) => &mut allows,
                };
                by_effect.add(statements.len(), &statement.action);
                statements.push(Compiled::new(statement, kind, level, variables));
                let sid = statement.sid.clone();
                places.push(StatementRef { kind, level, document, index, sid });
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
        }
        Self {
            shape: Shape::of(policies),
            kinds,
            statements,
            places,
            allows: allows.finish(),
            denies: denies.finish(),
        }
    }

    /// How the request ends: the same as the effect of [`decide`](super::decide).
    #[must_use]
    pub fn effect(&self, request: &Request) -> DecisionEffect {
        let mut matches = Matches::before_any_statement(request, self.shape);
        let asked = self.asked(request, matches.caller);
        let denied = self.denies.visit(&asked.action, |number| {
            match self.statements[number].covers(&asked) {
                Named::No => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            }
        });
        matches.denied = denied.is_break();
        if !matches.denied {
            let _ = self.allows.visit(&asked.action, |number| {
                let statement = &self.statements[number];
                if !settled(&matches, statement.kind, statement.level) {
                    let named = statement.covers(&asked);
                    if named != Named::No {
                        matches.allow(statement.kind, statement.level, named);
                        if self.is_settled(&matches) {
                            return ControlFlow::Break(());
                        }
                    }
                }
                ControlFlow::Continue(())
            });
        }
        combine(&matches)
    }

    /// The whole answer: equal to [`decide`](super::decide), statements and their order included.
    #[must_use]
    pub fn decide(&self, request: &Request) -> Decision {
        let mut matches = Matches::before_any_statement(request, self.shape);
        let asked = self.asked(request, matches.caller);
        let denies = self.matching(&self.denies, &asked);
        matches.denied = !denies.is_empty();
        let allows = self.matching(&self.allows, &asked);
        for (number, named) in &allows {
            let statement = &self.statements[*number];
            matches.allow(statement.kind, statement.level, *named);
        }
        let effect = combine(&matches);
        let responsible = match effect {
            DecisionEffect::ExplicitlyDenied => denies,
            DecisionEffect::Allowed => allows,
            DecisionEffect::ImplicitlyDenied => Vec::new(),
        };
        let statements =
            responsible.into_iter().map(|(number, _)| self.places[number].clone()).collect();
        Decision { effect, statements }
    }

    /// What an implicitly denied request lacks: equal to [`lacking`](super::lacking).
    #[must_use]
    pub fn lacking(&self, request: &Request) -> Vec<(PolicyKind, usize)> {
        let mut matches = Matches::before_any_statement(request, self.shape);
        let asked = self.asked(request, matches.caller);
        matches.denied = !self.matching(&self.denies, &asked).is_empty();
        for (number, named) in self.matching(&self.allows, &asked) {
            let statement = &self.statements[number];
            matches.allow(statement.kind, statement.level, named);
        }
        lacking_of_matches(&matches, self.shape, request)
    }

    /// Whether no `Allow` at all can change the answer any more.
    fn is_settled(&self, matches: &Matches) -> bool {
        self.kinds.iter().all(|kind| match kind {
            PolicyKind::Scp => matches.scp.iter().all(|allows| *allows),
            kind => settled(matches, *kind, 0),
        })
    }

    /// The matching statements of one effect, in their order.
    fn matching(&self, index: &Index, asked: &Asked<'_>) -> Vec<(usize, Named)> {
        let mut out = Vec::new();
        let _ = index.visit(&asked.action, |number| {
            match self.statements[number].covers(asked) {
                Named::No => {}
                named => out.push((number, named)),
            }
            ControlFlow::<()>::Continue(())
        });
        // Two entries of one statement may both match.
        out.sort_unstable();
        out.dedup();
        out
    }

    fn asked<'r>(&self, request: &'r Request, caller: Caller) -> Asked<'r> {
        let mut kinds = 0;
        for kind in &self.kinds {
            if *kind != PolicyKind::Rcp && applies_to(caller, *kind, request) {
                kinds |= bit(*kind);
            }
        }
        Asked {
            request,
            caller,
            action: Action::new(&request.action),
            kinds,
            rcps: OnceCell::new(),
            bounded: self.shape.boundary && applies_to(caller, PolicyKind::Boundary, request),
        }
    }
}

/// A request, with what every statement wants to know of it.
#[derive(Debug)]
struct Asked<'r> {
    request: &'r Request,
    caller: Caller,
    action: Action,
    /// The kinds that apply, RCPs aside, one bit each.
    kinds: u8,
    /// Whether RCPs apply, once a statement of one has asked: it is a long list to look through.
    rcps: OnceCell<bool>,
    /// Whether the caller has a permissions boundary.
    bounded: bool,
}

impl Asked<'_> {
    fn concerns(&self, kind: PolicyKind) -> bool {
        kind == PolicyKind::Rcp || self.kinds & bit(kind) != 0
    }

    /// Whether a statement of a kind counts, nothing else being against it.
    fn counts(&self, kind: PolicyKind) -> bool {
        kind != PolicyKind::Rcp
            || *self.rcps.get_or_init(|| applies_to(self.caller, PolicyKind::Rcp, self.request))
    }
}

fn bit(kind: PolicyKind) -> u8 {
    1 << kind as u8
}

/// Whether another `Allow` of the kind and level cannot change the answer any more.
fn settled(matches: &Matches, kind: PolicyKind, level: usize) -> bool {
    match kind {
        PolicyKind::Identity => matches.identity,
        PolicyKind::Boundary => matches.boundary,
        PolicyKind::Session => matches.session,
        PolicyKind::Scp => matches.scp.get(level).is_none_or(|allows| *allows),
        PolicyKind::Resource => matches.resource == Named::Itself,
        PolicyKind::Trust => matches.trust == Some(Named::Itself),
        PolicyKind::Rcp => true,
        PolicyKind::Endpoint => matches.endpoint,
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod vocabulary;
