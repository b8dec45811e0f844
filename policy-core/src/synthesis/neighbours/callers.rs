//! Who invokes the function with an identity policy: services with a role of their own, roles, callers of a URL.

use crate::evidence::{InvokerKind, InvokerWay, UrlAuth};
use crate::graph::{AccessGraph, Invoker};
use crate::iam::{BaseOperator, ConditionBlock};
use crate::policy::{ActionElement, Effect, ResourceElement, Statement};
use crate::semantics::{Context, Principal, Request};

use super::super::error::SynthesisError;
use super::super::invoker::{INVOKE, INVOKE_URL};
use super::super::proof::outside;
use super::{Draft, Fragment, FragmentKind, file_name, with_sids};

/// A role that stands for whoever the fragment is attached to.
const CALLER: &str = "arn:aws:iam::000000000007:role/caller";

pub(super) fn add(graph: &AccessGraph, drafts: &mut Vec<Draft>) -> Result<(), SynthesisError> {
    let Some(deployed) = &graph.settings().deployed else { return Ok(()) };
    for invoker in graph.invokers() {
        let function = match invoker.qualifier.as_deref() {
            None => deployed.to_string(),
            Some(qualifier) => format!("{deployed}:{qualifier}"),
        };
        drafts.extend(draft(graph, invoker, &function)?);
    }
    Ok(())
}

/// The exact function, or the exact alias: a policy on one is none on the other.
///
/// # Source
/// AWS Lambda Developer Guide, "Fine-tuning the Resources and Conditions sections of policies" and "Control access to
/// Lambda function URLs".
fn draft(
    graph: &AccessGraph,
    invoker: &Invoker,
    function: &str,
) -> Result<Option<Draft>, SynthesisError> {
    let Some(kind) = InvokerKind::of(&invoker.kind) else { return Ok(None) };
    if kind.check(&invoker.source, invoker.qualifier.as_deref(), &invoker.options).is_err() {
        return Ok(None);
    }
    let source = &invoker.source;
    let (of, reason) = match kind.way {
        InvokerWay::OwnRole { principal } => (
            format!("the role with which `{principal}` runs `{source}`"),
            format!("`{principal}` invokes with that role"),
        ),
        InvokerWay::Role | InvokerWay::OtherAccount => (
            source.to_string(),
            "a caller of another account needs a policy of its own, beside the function's"
                .to_owned(),
        ),
        InvokerWay::Url if invoker.options.auth == Some(UrlAuth::AwsIam) => {
            let who = match &**source {
                "" => "callers of the function's account",
                "*" => "callers of the organization",
                source => source,
            };
            (who.to_owned(), "who calls the URL needs both actions".to_owned())
        }
        _ => return Ok(None),
    };
    let calls = match kind.way {
        InvokerWay::Url => vec![
            (INVOKE_URL, "lambda:FunctionUrlAuthType", BaseOperator::StringEquals, "AWS_IAM"),
            (INVOKE, "lambda:InvokedViaFunctionUrl", BaseOperator::Bool, "true"),
        ],
        _ => vec![(INVOKE, "", BaseOperator::Bool, "")],
    };
    let (mut statements, mut allowed, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for (action, key, operator, value) in calls {
        let (mut condition, mut context) = (ConditionBlock::default(), Context::default());
        if !key.is_empty() {
            condition = condition.with(operator, key, value);
            context = context.with(key, value);
        }
        statements.push(Statement {
            sid: None,
            effect: Effect::Allow,
            principal: None,
            action: ActionElement::Action(vec![action.to_owned()]),
            resource: Some(ResourceElement::Resource(vec![function.to_owned()])),
            condition: condition.clone(),
        });
        let request = Request {
            principal: Principal::role(CALLER.parse()?),
            action: action.parse()?,
            resource: function.to_owned(),
            context,
        };
        for (_, key, _) in condition.iter() {
            refused.extend(outside(&request, key));
        }
        let without = function
            .strip_suffix(&format!(":{}", invoker.qualifier.as_deref().unwrap_or_default()));
        let others = [format!("{function}:other"), format!("{function}-admin")];
        for other in others.into_iter().chain(without.map(str::to_owned)) {
            refused.push(Request { resource: other, ..request.clone() });
        }
        let update = "lambda:UpdateFunctionCode".parse()?;
        refused.push(Request { action: update, ..request.clone() });
        allowed.push(request);
    }
    let name = &graph.settings().name;
    let label = match &**source {
        "" => "own-account",
        "*" => "organization",
        source => source.splitn(6, ':').nth(5).unwrap_or(source),
    };
    let qualifier = invoker.qualifier.as_deref().unwrap_or_default();
    let called = format!("{}-{label}-{qualifier}", invoker.kind);
    let called = graph.settings().spelled(&called);
    let fragment = Fragment {
        name: file_name("caller", &called),
        kind: FragmentKind::Caller,
        of,
        reason: format!("{reason}: `{name}`"),
        document: with_sids(statements, &format!("invoke {name}")),
    };
    Ok(Some(Draft { fragment, allowed, refused }))
}
