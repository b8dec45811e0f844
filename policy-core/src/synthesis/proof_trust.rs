//! The proof of the trust policy: Lambda may assume the role for us, and nobody else may.

use crate::evidence::{Environment, FunctionSettings};
use crate::iam::{ActionName, RoleArn, ServicePrincipal};
use crate::policy::PolicyDocument;
use crate::semantics::{Context, Policies, Principal, Request, decide};

use super::error::SynthesisError;
use super::proof::{fail, outside, shown};
use super::trust::{self, EDGE};

/// Proves the trust policy of the role of these functions.
///
/// Each service that runs one of them may assume the role, with what it is taken to send; no longer without, or with
/// another, value of a key that the policy asks for. No other service may, Lambda@Edge included where nothing runs there.
pub(super) fn prove(
    functions: &[&FunctionSettings],
    environment: &Environment,
    role: &RoleArn,
    document: &PolicyDocument,
) -> Result<(), SynthesisError> {
    let policies = Policies::trust(document.clone());
    let principals = trust::principals(functions);
    let action: ActionName = ActionName::joined("sts", "AssumeRole");
    let request = |principal: &str, context: Context| -> Result<Request, SynthesisError> {
        let principal = Principal::Service(principal.parse::<ServicePrincipal>()?);
        let (action, resource) = (action.clone(), role.to_string());
        Ok(Request { principal, action, resource, context })
    };
    let keys: Vec<_> = document
        .statements
        .iter()
        .flat_map(|statement| statement.condition.iter().map(|(_, key, _)| key.clone()))
        .collect();
    for function in functions {
        let mut ours = Context::default();
        if let Some(account) = &environment.account {
            ours = ours.with("aws:SourceAccount", account.as_str());
        }
        // Which ARN Lambda sends for a version is not documented: either form may come.
        let sent: Vec<Context> = match &function.deployed {
            Some(arn) => [arn.to_string(), format!("{arn}:live")]
                .map(|arn| ours.clone().with("aws:SourceArn", &arn))
                .into(),
            None => vec![ours],
        };
        for (principal, sent) in principals.iter().flat_map(|p| sent.iter().map(move |s| (p, s))) {
            let asked = request(principal, sent.clone())?;
            if !decide(&asked, &policies).is_allowed() {
                fail(format!("{} is not allowed to `{principal}`", shown(&asked)))?;
            }
            for other in keys.iter().flat_map(|key| outside(&asked, key)) {
                if decide(&other, &policies).is_allowed() {
                    fail(format!("{} is allowed to `{principal}`", shown(&other)))?;
                }
            }
        }
        for stranger in [EDGE, "ec2.amazonaws.com"] {
            let asked = request(stranger, sent[0].clone())?;
            if !principals.contains(&stranger) && decide(&asked, &policies).is_allowed() {
                fail(format!("{} is allowed to `{stranger}`", shown(&asked)))?;
            }
        }
    }
    Ok(())
}
