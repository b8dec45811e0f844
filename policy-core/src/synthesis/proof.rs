//! Documents are proved before anyone sees them.
//!
//! A slow evaluator that shares no code with what made the documents replays every piece of evidence
//! (all allowed), every name that was only refused (none allowed), and takes every part out in
//! turn (something breaks each time, or, for a condition, something gets in).

use std::collections::BTreeMap;

use crate::graph::AccessGraph;
use crate::iam::{ActionPattern, ConditionBlock, ConditionKey, Pattern};
use crate::policy::write as json;
use crate::policy::{ActionElement, Effect, PolicyDocument, ResourceElement, Statement};
use crate::semantics::{Policies, Request, principal_side, principal_side_by};

use super::conditions::SOURCE_FUNCTION;
use super::error::SynthesisError;
use super::proven::{Claim, Proof};
use super::requests;

/// What the documents get wrong. Always a fault of this tool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the policies do not pass their proof: {problem}; this is a fault of this tool, nothing was written"
)]
pub struct ProofError {
    problem: String,
}

impl ProofError {
    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

pub(super) fn fail<T>(problem: String) -> Result<T, ProofError> {
    Err(ProofError { problem })
}

/// Proves the execution role's documents, by what they allow: whether a key or a role to be assumed
/// allows too is not theirs to say.
///
/// A role that several functions share must allow what each of them needs; what was refused to one may be `granted` to
/// another, whose own documents allow it.
pub(super) fn execution_role(
    graphs: &[&AccessGraph],
    documents: &[PolicyDocument],
    granted: &[Policies],
    is_asked: bool,
    proof: &mut Proof,
) -> Result<(), SynthesisError> {
    let mut requests = requests::Requests::default();
    for graph in graphs {
        let own = requests::of(graph)?;
        requests.allowed.extend(own.allowed);
        requests.refused.extend(own.refused);
        for (item, count) in own.items {
            *requests.items.entry(item).or_default() += count;
        }
    }
    let whole = Policies::identity(documents.to_vec());
    // Which of the requests each statement is responsible for, and which it alone.
    let mut answered: BTreeMap<(usize, usize), Vec<&Request>> = BTreeMap::new();
    for request in &requests.allowed {
        let decision = principal_side_by(request, &whole);
        if !decision.is_allowed() {
            fail(format!("{} is not allowed", shown(request)))?;
        }
        for statement in decision.statements {
            answered.entry((statement.document, statement.index)).or_default().push(request);
        }
    }
    for request in &requests.refused {
        let is_anothers = granted.iter().any(|policies| principal_side(request, policies));
        if !is_anothers && principal_side(request, &whole) {
            fail(format!("{} was only ever refused and is allowed", shown(request)))?;
        }
    }
    for ((action, resource), count) in &requests.items {
        proof.row(is_asked, Claim::Allowed, format!("`{action}` on `{resource}`"), *count);
    }
    for request in &requests.refused {
        let subject = format!("`{}` on `{}`", request.action, request.resource);
        proof.row(is_asked, Claim::Refused, subject, 1);
    }
    for (d, document) in documents.iter().enumerate() {
        for (s, statement) in document.statements.iter().enumerate() {
            if statement.effect == Effect::Deny {
                refusal(documents, (d, s), &requests.allowed)?;
                let count = 3 * statement.action.values().len();
                proof.row(is_asked, Claim::RefusedToCode, name(statement), count);
                continue;
            }
            let answered = answered.get(&(d, s)).map_or(&[][..], Vec::as_slice);
            for part in parts(statement) {
                let mut without = documents.to_vec();
                match &part.rest {
                    Some(rest) => without[d].statements[s] = rest.clone(),
                    None => _ = without[d].statements.remove(s),
                }
                let without = Policies::identity(without);
                let matters = answered
                    .iter()
                    .filter(|request| part.concerns(request))
                    .any(|request| !principal_side(request, &without));
                if !matters {
                    fail(format!("{} of {} is superfluous", part.name, name(statement)))?;
                }
                let subject = format!("{} of {}", part.name, name(statement));
                proof.row(is_asked, Claim::Needed, subject, answered.len());
            }
            for (condition, rest, key) in without_conditions(statement) {
                let mut without = documents.to_vec();
                without[d].statements[s] = rest;
                let without = Policies::identity(without);
                let widens = answered.iter().any(|request| {
                    outside(request, &key).iter().any(|request| {
                        !principal_side(request, &whole) && principal_side(request, &without)
                    })
                });
                if !widens {
                    fail(format!(
                        "the condition {condition} of {} is superfluous",
                        name(statement)
                    ))?;
                }
                let subject = format!("{condition} of {}", name(statement));
                proof.row(is_asked, Claim::KeepsOut, subject, 2 * answered.len());
            }
        }
    }
    if is_asked {
        proof.requests = requests.allowed;
    }
    Ok(())
}

/// Proves a statement that refuses to the code what Lambda needs: each action is refused to the code, would not be without the
/// statement, and stays allowed to Lambda, which is why the condition is there.
fn refusal(
    documents: &[PolicyDocument],
    (d, s): (usize, usize),
    allowed: &[Request],
) -> Result<(), SynthesisError> {
    let statement = &documents[d].statements[s];
    let named = statement.condition.iter().find(|(_, key, values)| {
        key.as_str() == SOURCE_FUNCTION && values.iter().any(|value| value.starts_with("arn:"))
    });
    let any = ["arn:aws:lambda:us-east-1:000000000000:function:any".to_owned()];
    let functions = named.map_or(&any[..], |(_, _, values)| values);
    let with = |statement: Option<Statement>| {
        let mut documents = documents.to_vec();
        match statement {
            Some(statement) => documents[d].statements[s] = statement,
            None => _ = documents[d].statements.remove(s),
        }
        Policies::identity(documents)
    };
    let whole = Policies::identity(documents.to_vec());
    let without = with(None);
    for action in statement.action.values() {
        let Some(lambdas) = allowed.iter().find(|request| request.action.as_str() == action) else {
            return Ok(fail(format!(
                "{} refuses `{action}`, which nobody needs",
                name(statement)
            ))?);
        };
        for function in functions {
            let code = Request {
                context: lambdas.context.clone().with(SOURCE_FUNCTION, function),
                ..lambdas.clone()
            };
            if principal_side(&code, &whole) {
                fail(format!("{} is not refused to the code", shown(&code)))?;
            }
            if !principal_side(&code, &without) {
                fail(format!("the action `{action}` of {} is superfluous", name(statement)))?;
            }
        }
        let unconditional = Statement { condition: ConditionBlock::default(), ..statement.clone() };
        if principal_side(lambdas, &with(Some(unconditional))) {
            fail(format!("the condition of {} is superfluous", name(statement)))?;
        }
    }
    Ok(())
}

/// The request with a key missing, and with a value that stands nowhere.
pub(super) fn outside(request: &Request, key: &ConditionKey) -> [Request; 2] {
    let with = |values: Vec<String>| {
        let mut request = request.clone();
        request.context.set(key.clone(), values);
        request
    };
    let value = request.context.values(key).first().map_or("", String::as_str);
    let foreign = match value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit()) {
        true => value.bytes().rev().map(|b| char::from(b'0' + (b'9' - b))).collect(),
        false => format!("elsewhere-{value}"),
    };
    [with(Vec::new()), with(vec![foreign])]
}

/// A part of a statement that can be taken out.
struct Part {
    name: String,
    /// What stays of the statement; `None` when nothing does.
    rest: Option<Statement>,
    action: Option<ActionPattern>,
    resource: Option<Pattern>,
}

impl Part {
    /// Whether taking the part out can change the answer to a request.
    fn concerns(&self, request: &Request) -> bool {
        self.action.as_ref().is_none_or(|action| action.matches(&request.action))
            && self.resource.as_ref().is_none_or(|resource| {
                // A variable matches nothing by itself; leave those to the evaluator.
                resource.matches(&request.resource) || resource.to_string().contains("${")
            })
    }
}

/// Every action, resource and condition value that can be taken out alone; the statement itself when
/// it has one of each.
fn parts(statement: &Statement) -> Vec<Part> {
    let actions = statement.action.values();
    let resources = statement.resource.as_ref().map_or(&[][..], ResourceElement::values);
    let mut parts =
        vec![Part { name: "the whole".into(), rest: None, action: None, resource: None }];
    let without = |values: &[String], i: usize| {
        let mut values = values.to_vec();
        values.remove(i);
        values
    };
    for (i, action) in actions.iter().enumerate().filter(|_| actions.len() > 1) {
        let rest = ActionElement::Action(without(actions, i));
        parts.push(Part {
            name: format!("the action `{action}`"),
            rest: Some(Statement { action: rest, ..statement.clone() }),
            action: Some(ActionPattern::new(action)),
            resource: None,
        });
    }
    for (i, resource) in resources.iter().enumerate().filter(|_| resources.len() > 1) {
        let rest = ResourceElement::Resource(without(resources, i));
        parts.push(Part {
            name: format!("the resource `{resource}`"),
            rest: Some(Statement { resource: Some(rest), ..statement.clone() }),
            action: None,
            resource: Some(Pattern::parse(resource, true)),
        });
    }
    for (operator, key, values) in statement.condition.iter() {
        for value in values.iter().filter(|_| values.len() > 1) {
            let mut condition = ConditionBlock::default();
            for (o, k, v) in statement.condition.iter() {
                let kept = v.iter().filter(|v| (o, k) != (operator, key) || *v != value);
                condition.insert(o, k.clone(), kept.cloned());
            }
            parts.push(Part {
                name: format!("the value `{value}` of `{key}`"),
                rest: Some(Statement { condition, ..statement.clone() }),
                action: None,
                resource: None,
            });
        }
    }
    parts
}

/// The statement without each of its conditions in turn: what was taken out, what stays, its key.
fn without_conditions(statement: &Statement) -> Vec<(String, Statement, ConditionKey)> {
    let entries: Vec<_> = statement.condition.iter().collect();
    let taken = entries.iter().map(|(operator, key, _)| {
        let mut condition = ConditionBlock::default();
        for (o, k, values) in entries.iter().filter(|(o, k, _)| (o, k) != (operator, key)) {
            condition.insert(*o, (*k).clone(), values.iter().cloned());
        }
        let rest = Statement { condition, ..statement.clone() };
        (format!("`{operator} {key}`"), rest, (*key).clone())
    });
    taken.collect()
}

pub(super) fn name(statement: &Statement) -> String {
    format!("`{}`", statement.sid.as_deref().unwrap_or("a statement"))
}

pub(super) fn shown(request: &Request) -> String {
    let mut block = ConditionBlock::default();
    for (key, values) in request.context.iter() {
        block.insert(
            crate::iam::BaseOperator::StringEquals.into(),
            key.clone(),
            values.iter().cloned(),
        );
    }
    format!("`{}` on `{}` with {}", request.action, request.resource, json::condition_value(&block))
}
