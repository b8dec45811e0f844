//! Numbers back to words. Equal words share their text: a log names the same few roles again and again.

use std::collections::HashMap;
use std::str::FromStr;

use crate::evidence::{CallKey, ObservedFunction, ObservedResource};
use crate::iam::{
    AccountId, ActionName, Arn, ArnPattern, Pattern, Region, RoleArn, ServicePrincipal, Token,
};

use crate::names::fold;

use super::event::{CallPart, FoldedPart, FunctionPart, ResourcePart, TextId};
use super::table::Table;

/// Words made so far.
pub(super) struct Words<'t> {
    texts: &'t Table<str>,
    roles: HashMap<TextId, RoleArn>,
    arns: HashMap<TextId, Arn>,
    actions: HashMap<TextId, ActionName>,
    accounts: HashMap<TextId, AccountId>,
    regions: HashMap<TextId, Region>,
    services: HashMap<TextId, ServicePrincipal>,
}

impl<'t> Words<'t> {
    pub(super) fn new(texts: &'t Table<str>) -> Self {
        Self {
            texts,
            roles: HashMap::new(),
            arns: HashMap::new(),
            actions: HashMap::new(),
            accounts: HashMap::new(),
            regions: HashMap::new(),
            services: HashMap::new(),
        }
    }

    /// The call in words.
    ///
    /// INVARIANT: every text in a [`CallPart`] was parsed as its word before it was stored, so `None` does
    /// not happen.
    pub(super) fn key(&mut self, call: CallPart) -> Option<CallKey> {
        let texts = self.texts;
        let text = |id| Box::<str>::from(texts.value(id));
        Some(CallKey {
            role: word(texts, &mut self.roles, call.role)?,
            function: match call.function {
                FunctionPart::Issued(id) => {
                    ObservedFunction::Issued(word(texts, &mut self.arns, id)?)
                }
                FunctionPart::Session(id) => ObservedFunction::Session(text(id)),
                FunctionPart::Unknown => ObservedFunction::Unknown,
            },
            action: word(texts, &mut self.actions, call.action)?,
            operation: text(call.operation),
            resource: match call.resource.told() {
                ResourcePart::Arn(id) => ObservedResource::Arn(word(texts, &mut self.arns, id)?),
                ResourcePart::SecretNamed(id) => {
                    ObservedResource::Named(secret_pattern(texts.value(id)))
                }
                ResourcePart::Folded(FoldedPart { container, head, tail, .. }) => {
                    let text = |id| texts.value(id);
                    let pattern = fold::pattern(text(container), text(head), text(tail));
                    ObservedResource::Names(pattern)
                }
                ResourcePart::None => ObservedResource::None,
                ResourcePart::Many | ResourcePart::Unknown => ObservedResource::Unknown,
            },
            resource_account: optional(texts, &mut self.accounts, call.resource_account)?,
            region: word(texts, &mut self.regions, call.region)?,
            via: optional(texts, &mut self.services, call.via)?,
            outcome: call.outcome,
            refusal: call.refusal.map(text),
        })
    }
}

fn word<W: FromStr + Clone>(
    texts: &Table<str>,
    known: &mut HashMap<TextId, W>,
    id: TextId,
) -> Option<W> {
    if let Some(word) = known.get(&id) {
        return Some(word.clone());
    }
    let word: W = texts.value(id).parse().ok()?;
    known.insert(id, word.clone());
    Some(word)
}

fn optional<W: FromStr + Clone>(
    texts: &Table<str>,
    known: &mut HashMap<TextId, W>,
    id: Option<TextId>,
) -> Option<Option<W>> {
    match id {
        Some(id) => word(texts, known, id).map(Some),
        None => Some(None),
    }
}

/// A secret's ARN without its random part, followed by `-` and six `?`.
fn secret_pattern(before: &str) -> ArnPattern {
    let mut pattern = Pattern::literal(before);
    pattern.push_text("-");
    for _ in 0..6 {
        pattern.push(Token::One);
    }
    ArnPattern::new(pattern)
}
