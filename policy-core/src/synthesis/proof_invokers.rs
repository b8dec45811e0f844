//! The proof of the resource policies: each invoker may invoke, with what its calls carry and not otherwise, and
//! nothing stands there in vain.

use std::collections::BTreeMap;

use crate::iam::{ActionName, Arn, ConditionKey, RoleArn, ServicePrincipal};
use crate::policy::{PolicyDocument, Statement};
use crate::semantics::{Context, Policies, Principal, Request, decide};

use super::error::SynthesisError;
use super::invoker::{Caller, Invocation, Invocations};
use super::proof::{fail, name, outside, shown};

/// A role in an account of nobody here.
const STRANGER: &str = "arn:aws:iam::000000000007:role/stranger";

/// Proves the resource policies.
///
/// Every call of an invoker is allowed. A statement alone refuses the same call without, or with another, value of
/// each key that the call carries, the same call of another caller, and another action. Without any one statement
/// some call is refused.
pub(super) fn prove(
    documents: &BTreeMap<String, PolicyDocument>,
    invocations: &Invocations,
) -> Result<(), SynthesisError> {
    let mut by_qualifier: BTreeMap<&str, Vec<Request>> = BTreeMap::new();
    for call in &invocations.covered {
        let request = request(call)?;
        held(documents, call, &request)?;
        by_qualifier.entry(&call.qualifier).or_default().push(request);
    }
    for call in &invocations.kept {
        let request = request(call)?;
        held(documents, call, &request)?;
        let document = &documents[&call.qualifier];
        let mut strict = document.statements.iter().filter(|it| is_strict(it, call, &request));
        if strict.next().is_none() {
            fail(format!("no statement asks for all that {} carries", shown(&request)))?;
        }
        by_qualifier.entry(&call.qualifier).or_default().push(request);
    }
    for (qualifier, document) in documents {
        let requests = by_qualifier.get(qualifier.as_str()).map_or(&[][..], Vec::as_slice);
        for (index, statement) in document.statements.iter().enumerate() {
            let mut without = document.clone();
            without.statements.remove(index);
            if requests.iter().all(|request| is_allowed(request, &without)) {
                fail(format!("{} of the resource policy is superfluous", name(statement)))?;
            }
        }
    }
    Ok(())
}

/// The call, as the invoker makes it.
fn request(call: &Invocation) -> Result<Request, SynthesisError> {
    let mut context = Context::default();
    for (_, key, values) in call.condition.iter() {
        let value = values.first().map(|value| value.replace(['*', '?'], "x"));
        context.set(key.clone(), value.into_iter().collect());
    }
    let is_signed = !context.values(&ConditionKey::new("aws:PrincipalOrgID")).is_empty();
    let principal = match &call.caller {
        Caller::Service(name) => Principal::Service(name.parse::<ServicePrincipal>()?),
        Caller::Aws(arn) => match arn.strip_suffix(":root") {
            Some(account) => Principal::role(format!("{account}:role/somebody").parse()?),
            None => match arn.parse::<RoleArn>() {
                Ok(role) => Principal::role(role),
                Err(_) => Principal::Iam(arn.parse::<Arn>()?),
            },
        },
        Caller::Anyone if is_signed => Principal::role(STRANGER.parse()?),
        Caller::Anyone => Principal::Anonymous,
    };
    let action = call.action.parse::<ActionName>()?;
    Ok(Request { principal, action, resource: call.function.clone(), context })
}

/// Whether the policy lets the call through; callers of other accounts are allowed by their own policies too.
fn is_allowed(request: &Request, document: &PolicyDocument) -> bool {
    let own = request.resource.split(':').nth(4);
    let mut policies = Policies::resource(document.clone());
    if request.principal.account().is_some_and(|account| Some(account.as_str()) != own) {
        let everything = Statement::allow(["*"], ["*"]);
        policies.identity = vec![PolicyDocument::new(vec![everything])];
    }
    decide(request, &policies).is_allowed()
}

fn held(
    documents: &BTreeMap<String, PolicyDocument>,
    call: &Invocation,
    request: &Request,
) -> Result<(), SynthesisError> {
    match documents.get(&call.qualifier) {
        Some(document) if is_allowed(request, document) => Ok(()),
        _ => Ok(fail(format!("{} is not allowed", shown(request)))?),
    }
}

/// Whether a statement allows this call and nothing like it.
fn is_strict(statement: &Statement, call: &Invocation, request: &Request) -> bool {
    let alone = PolicyDocument::new(vec![statement.clone()]);
    let mut others: Vec<Request> = Vec::new();
    for (_, key, _) in call.condition.iter() {
        others.extend(outside(request, key));
    }
    if call.caller != Caller::Anyone
        && let (Ok(role), Ok(service)) = (STRANGER.parse(), "nobody.amazonaws.com".parse())
    {
        for principal in [Principal::role(role), Principal::Service(service), Principal::Anonymous]
        {
            others.push(Request { principal, ..request.clone() });
        }
    }
    if let Ok(action) = "lambda:UpdateFunctionCode".parse() {
        others.push(Request { action, ..request.clone() });
    }
    is_allowed(request, &alone) && others.iter().all(|other| !is_allowed(other, &alone))
}
