//! Queues and topics that services feed, and the key of the function's code.

use crate::evidence::{InvokerKind, InvokerWay, Surroundings, account_of};
use crate::graph::{AccessGraph, Feeder};
use crate::iam::{BaseOperator, ConditionBlock, ServicePrincipal};
use crate::policy::{ActionElement, Effect, ResourceElement, Statement};
use crate::semantics::{Context, Principal, Request};

use super::super::error::SynthesisError;
use super::super::proof::outside;
use super::super::trust::{LAMBDA, service};
use super::{Draft, Fragment, FragmentKind, file_name, sid_of, with_sids};

pub(super) fn add(graph: &AccessGraph, drafts: &mut Vec<Draft>) -> Result<(), SynthesisError> {
    for feeder in graph.feeders() {
        drafts.extend(fed(graph, feeder)?);
    }
    if let Some(key) = graph.code_key() {
        drafts.extend(code_key(graph, key)?);
    }
    Ok(())
}

/// A queue or topic lets in what feeds it: with both source conditions.
///
/// # Source
/// SQS Developer Guide, "Automating notifications from AWS services to Amazon SQS using Amazon SNS"; S3 User Guide, "Granting
/// permissions to publish event notification messages to a destination", of queues and of topics; EventBridge User Guide, "Using
/// resource-based policies for Amazon EventBridge".
fn fed(graph: &AccessGraph, feeder: &Feeder) -> Result<Option<Draft>, SynthesisError> {
    let Feeder { fed, kind, source, account } = feeder;
    let Some(known) = InvokerKind::of(kind) else { return Ok(None) };
    let InvokerWay::Source(form) = &known.way else { return Ok(None) };
    let parts: Vec<&str> = fed.split(':').collect();
    let [_, partition, service, region, owner, name] = parts[..] else { return Ok(None) };
    let (what, action, verb) = match service {
        "sqs" => ("queue", "sqs:SendMessage", "send"),
        "sns" => ("topic", "sns:Publish", "publish"),
        _ => return Ok(None),
    };
    let at = Surroundings { partition, region, account: owner };
    let Ok(arn) = known.source_arn(form, source, at) else { return Ok(None) };
    // As of other invokers: the function's account, where nothing is said.
    let own = graph.environment().account.as_ref().map(|account| account.as_str());
    let account = account.as_deref().or_else(|| account_of(&arn)).or(own).unwrap_or(owner);
    let condition = ConditionBlock::default()
        .with(BaseOperator::ArnLike, "aws:SourceArn", &arn)
        .with(BaseOperator::StringEquals, "aws:SourceAccount", account);
    let function = &graph.settings().name;
    let (name, called) = (graph.settings().spelled(name), graph.settings().spelled(source));
    let fragment = Fragment {
        name: file_name(&format!("{what}-policy"), &format!("{name}-{kind}-{called}")),
        kind: FragmentKind::Resource,
        of: fed.to_string(),
        reason: format!("`{arn}` feeds the {what} that `{function}` is invoked from"),
        document: with_sids(
            vec![Statement {
                sid: None,
                effect: Effect::Allow,
                principal: Some(self::service(form.principal)),
                action: ActionElement::Action(vec![action.to_owned()]),
                resource: Some(ResourceElement::Resource(vec![fed.to_string()])),
                condition,
            }],
            &sid_of(&format!("{kind} {called} may {verb}")),
        ),
    };
    let context = Context::default()
        .with("aws:SourceArn", &arn.replace(['*', '?'], "x"))
        .with("aws:SourceAccount", account);
    by_service(fragment, form.principal, &[action], fed, &context).map(Some)
}

/// Lambda encrypts and decrypts the code of the function, and of no other, with the key.
///
/// # Source
/// AWS Lambda Developer Guide, "Encrypting Lambda .zip deployment packages".
fn code_key(graph: &AccessGraph, key: &str) -> Result<Option<Draft>, SynthesisError> {
    const CONTEXT: &str = "kms:EncryptionContext:aws:lambda:FunctionArn";
    let Some(deployed) = &graph.settings().deployed else { return Ok(None) };
    let actions = ["kms:Decrypt", "kms:GenerateDataKey"];
    let condition =
        ConditionBlock::default().with(BaseOperator::StringEquals, CONTEXT, deployed.as_str());
    let called = graph.settings().spelled(key.rsplit('/').next().unwrap_or(key));
    let fragment = Fragment {
        name: file_name("key-policy-code", &called),
        kind: FragmentKind::Key,
        of: key.to_owned(),
        reason: format!(
            "Lambda encrypts the code of `{}` with the key; the role is not involved",
            graph.settings().name
        ),
        document: with_sids(
            vec![Statement {
                sid: None,
                effect: Effect::Allow,
                principal: Some(service(LAMBDA)),
                action: ActionElement::Action(actions.map(str::to_owned).to_vec()),
                resource: Some(ResourceElement::Resource(vec!["*".to_owned()])),
                condition,
            }],
            &format!("code of {}", graph.settings().name),
        ),
    };
    let resource = match key.starts_with("arn:") {
        true => key.to_owned(),
        false => {
            let (region, account) = (deployed.region(), deployed.account());
            format!("arn:{}:kms:{region}:{account}:{key}", graph.environment().partition)
        }
    };
    let context = Context::default().with(CONTEXT, deployed.as_str());
    by_service(fragment, LAMBDA, &actions, &resource, &context).map(Some)
}

/// A draft for calls of a service: refused are the same calls without and with another value of each key, of another
/// service, and another action.
fn by_service(
    fragment: Fragment,
    principal: &str,
    actions: &[&str],
    resource: &str,
    context: &Context,
) -> Result<Draft, SynthesisError> {
    let (mut allowed, mut refused) = (Vec::new(), Vec::new());
    let by = |name: &str| -> Result<Principal, SynthesisError> {
        Ok(Principal::Service(name.parse::<ServicePrincipal>()?))
    };
    for action in actions {
        let request = Request {
            principal: by(principal)?,
            action: action.parse()?,
            resource: resource.to_owned(),
            context: context.clone(),
        };
        for (key, _) in context.iter() {
            refused.extend(outside(&request, key));
        }
        refused.push(Request { principal: by("nobody.amazonaws.com")?, ..request.clone() });
        let other = format!("{}:DeleteAll", request.action.service());
        refused.push(Request { action: other.parse()?, ..request.clone() });
        allowed.push(request);
    }
    Ok(Draft { fragment, allowed, refused })
}
