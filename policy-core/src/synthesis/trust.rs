//! The trust policy: Lambda may assume the role, for this account.

use std::collections::BTreeMap;

use crate::finding::{Code, Finding};
use crate::graph::AccessGraph;
use crate::iam::{BaseOperator, ConditionBlock, ConditionKey};
use crate::policy::{
    ActionElement, Effect, PolicyDocument, PrincipalElement, PrincipalKind, Principals, Statement,
};

/// Who assumes execution roles.
pub(super) const LAMBDA: &str = "lambda.amazonaws.com";

/// What the trust policy asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustConditions {
    /// `aws:SourceAccount`: our account.
    pub source_account: bool,
    /// `aws:SourceArn`: the function and its versions and aliases.
    pub source_arn: bool,
}

impl Default for TrustConditions {
    fn default() -> Self {
        Self { source_account: true, source_arn: false }
    }
}

/// The trust policy of the execution role.
///
/// # Source
/// AWS Lambda Developer Guide, "Defining Lambda function permissions with an execution role": one
/// statement for the service. That Lambda sends the two keys is documented in general terms only, so
/// the conditions are reported as to be verified by one deployment.
pub(super) fn policy(
    graph: &AccessGraph,
    conditions: TrustConditions,
    findings: &mut Vec<Finding>,
) -> PolicyDocument {
    let mut block = ConditionBlock::default();
    let mut keys = Vec::new();
    if conditions.source_account
        && let Some(account) = &graph.environment().account
    {
        block = block.with(BaseOperator::StringEquals, "aws:SourceAccount", account.as_str());
        keys.push("`aws:SourceAccount`");
    }
    if conditions.source_arn {
        match &graph.settings().deployed {
            Some(function) => {
                block.insert(
                    BaseOperator::ArnLike.into(),
                    ConditionKey::new("aws:SourceArn"),
                    [function.to_string(), format!("{function}:*")],
                );
                keys.push("`aws:SourceArn`");
            }
            None => findings.push(
                Finding::new(
                    Code::TrustConditionUnverified,
                    "`aws:SourceArn` is left out of the trust policy: the deployed function is not known",
                )
                .help("give the deployed function with `--function-name`"),
            ),
        }
    }
    if !keys.is_empty() {
        findings.push(
            Finding::new(
                Code::TrustConditionUnverified,
                format!(
                    "the trust policy asks for {}, which AWS documents thinly",
                    keys.join(" and ")
                ),
            )
            .help("deploy once and see that Lambda assumes the role"),
        );
    }
    PolicyDocument::new(vec![Statement {
        sid: Some("LambdaMayAssume".to_owned()),
        effect: Effect::Allow,
        principal: Some(service(LAMBDA)),
        action: ActionElement::Action(vec!["sts:AssumeRole".to_owned()]),
        resource: None,
        condition: block,
    }])
}

/// A `Principal` element of one service.
pub(super) fn service(name: &str) -> PrincipalElement {
    let services = BTreeMap::from([(PrincipalKind::Service, vec![name.to_owned()])]);
    PrincipalElement::Principal(Principals::Map(services))
}
