//! One line → one [`Case`]: its name, its request and the decision that is right.

use std::collections::BTreeMap;
use std::rc::Rc;

use policy_core::catalog::nearest;
use policy_core::iam::ConditionKey;
use policy_core::semantics::{DecisionEffect, Principal, Request, assumes_role};
use serde_json::value::RawValue;

use super::documents::{Documents, Held};
use super::line::{Kind, Line, Member, listed, short};
use crate::input::request::{self, Asked, Mistake};

/// One question with, if it is told, the right answer.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The line on which it stands, from 1.
    pub line: u32,
    /// The question.
    pub request: Request,
    /// The documents, shared by all cases with the same.
    pub held: Rc<Held>,
    /// The decision that is right; `None` when only the answer is wanted.
    pub expected: Option<DecisionEffect>,
}

const CASE: &[&str] = &["name", "request", "policies", "expected"];
const REQUEST: &[&str] = &["principal", "action", "resource", "resourceAccount", "context"];
const PRINCIPAL: &[&str] = &["service", "federated", "canonicalUser"];
const DECISIONS: [DecisionEffect; 3] =
    [DecisionEffect::Allowed, DecisionEffect::ImplicitlyDenied, DecisionEffect::ExplicitlyDenied];

/// Reads a line; `None` when it has mistakes, which the line then holds. With `bare`, documents come
/// from elsewhere and `policies` may be left out.
pub(super) fn read(line: &mut Line<'_>, documents: &mut Documents<'_>, bare: bool) -> Option<Case> {
    let case = line.object("a case", CASE)?;
    let name = case.required(line, "name", "write `\"name\": \"what the case shows\"`");
    let name = name.and_then(|value| line.string(value, "`name`"));
    let expected = case.optional("expected").and_then(|value| expected(line, value));
    let request = case.required(
        line,
        "request",
        "write `\"request\": {\"principal\": …, \"action\": …, \"resource\": …}`",
    );
    let request = request.and_then(|value| asked(line, value));
    let help = "write `\"policies\": {\"identity\": [ … ]}`, or give documents with `--policy` and its \
                like";
    let policies =
        if bare { case.optional("policies") } else { case.required(line, "policies", help) };
    let held = documents.of(line, policies, request.as_ref().map(assumes_role));
    if !line.mistakes.is_empty() {
        return None;
    }
    let (name, request, held) = (name?, request?, held?);
    Some(Case { name, line: line.number, request, held, expected })
}

fn expected<'a>(line: &mut Line<'a>, value: &'a RawValue) -> Option<DecisionEffect> {
    let text = line.string(value, "`expected`")?;
    let found = DECISIONS.into_iter().find(|effect| effect.as_str() == text);
    if found.is_none() {
        let known = DECISIONS.map(DecisionEffect::as_str);
        let help = match nearest(&text, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", listed(&known)),
        };
        line.mistake(value.get(), format!("`{}` is not a decision", short(&text)), help);
    }
    found
}

fn asked<'a>(line: &mut Line<'a>, value: &'a RawValue) -> Option<Request> {
    let before = line.mistakes.len();
    let members = line.members(value, "`request`", REQUEST)?;
    let principal = members.required(
        line,
        "principal",
        "write an ARN, `{\"service\": \"lambda.amazonaws.com\"}` or `\"anonymous\"`",
    );
    let principal = principal.and_then(|value| principal_of(line, value));
    let mut text = |name: &str, help: &str| {
        let found = members.required(line, name, help)?;
        Some((found, line.string(found, &format!("`{name}`"))?))
    };
    let action = text("action", "write `\"action\": \"s3:GetObject\"`");
    let resource = text("resource", "write the ARN, or `\"*\"` for an action without a resource");
    let action = action.and_then(|(at, text)| word(line, at, request::action(&text)));
    let resource = resource.and_then(|(at, text)| word(line, at, request::resource(&text)));
    let resource_account = members.optional("resourceAccount").and_then(|value| {
        // An account id without a leading zero may have been written as a number.
        let text = line.scalar(value, "`resourceAccount`")?;
        word(line, value, request::account(&text))
    });
    let context = match members.optional("context") {
        Some(value) => context(line, value),
        None => BTreeMap::new(),
    };
    if line.mistakes.len() > before {
        return None;
    }
    let asked = Asked {
        principal: Some(principal?),
        action: action?,
        resource: resource?,
        resource_account,
        context,
    };
    word(line, value, asked.request())
}

fn principal_of<'a>(line: &mut Line<'a>, value: &'a RawValue) -> Option<Principal> {
    match Kind::of(value) {
        Kind::Text => {
            let text = line.string(value, "`principal`")?;
            word(line, value, request::principal(&text))
        }
        Kind::Object => {
            let before = line.mistakes.len();
            let members = line.members(value, "`principal`", PRINCIPAL)?.members;
            if line.mistakes.len() > before {
                return None;
            }
            let [Member { name, value: named }] = members.as_slice() else {
                line.mistake(
                    value.get(),
                    "`principal` names one caller",
                    format!("write one of {}", listed(PRINCIPAL)),
                );
                return None;
            };
            let text = line.string(named, &format!("`{name}`"))?;
            match &**name {
                "service" => {
                    let service = text.parse().map_err(|error| Mistake {
                        message: format!("{error}"),
                        help: "write the name as policies have it, such as `lambda.amazonaws.com`",
                    });
                    word(line, named, service).map(Principal::Service)
                }
                _ if text.is_empty() => {
                    line.mistake(named.get(), format!("`{name}` is empty"), "write who calls");
                    None
                }
                "federated" => Some(Principal::Federated(text)),
                _ => Some(Principal::CanonicalUser(text)),
            }
        }
        _ => {
            line.wrong_kind(value, "`principal`", "a string or an object");
            None
        }
    }
}

fn context<'a>(line: &mut Line<'a>, value: &'a RawValue) -> BTreeMap<ConditionKey, Vec<String>> {
    let mut context = BTreeMap::new();
    for Member { name, value } in line.any_members(value, "`context`").unwrap_or_default() {
        let what = format!("`{}`", short(&name));
        if name.is_empty() {
            line.mistake(value.get(), "a condition key has a name", "write its name");
        }
        let values = match Kind::of(value) {
            Kind::Array => line.items(value, &what).unwrap_or_default(),
            Kind::Null => {
                line.mistake(
                    value.get(),
                    format!("{what} is null, expected one value or several"),
                    "leave the key out; write `[]` to say that the request lacks a key that would \
                     be filled in",
                );
                continue;
            }
            _ => vec![value],
        };
        let what = format!("a value of {what}");
        let values = values.into_iter().filter_map(|value| line.scalar(value, &what)).collect();
        let key = ConditionKey::new(&name);
        if context.insert(key, values).is_some() {
            line.mistake(
                value.get(),
                format!("`{}` stands twice in `context`", short(&name)),
                "write it once, with all its values; the case of a key does not count",
            );
        }
    }
    context
}

/// Takes what a word means, or notes what is wrong with it.
fn word<'a, T>(line: &mut Line<'a>, at: &'a RawValue, found: Result<T, Mistake>) -> Option<T> {
    match found {
        Ok(word) => Some(word),
        Err(Mistake { message, help }) => {
            line.mistake(at.get(), message, help);
            None
        }
    }
}
