//! The trust policy: Lambda may assume the role, for this account.

use std::collections::BTreeMap;

use crate::evidence::{Environment, FunctionSettings};
use crate::finding::{Code, Finding};
use crate::iam::{BaseOperator, ConditionBlock, ConditionKey};
use crate::policy::{
    ActionElement, Effect, PolicyDocument, PrincipalElement, PrincipalKind, Principals, Statement,
};

/// Who assumes execution roles.
pub(super) const LAMBDA: &str = "lambda.amazonaws.com";
/// Who assumes those of functions that CloudFront runs copies of, beside it.
pub(super) const EDGE: &str = "edgelambda.amazonaws.com";

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

/// The trust policy of the execution role of these functions; mostly one.
///
/// # Source
/// AWS Lambda Developer Guide, "Defining Lambda function permissions with an execution role": one
/// statement for the service. That Lambda sends the two keys is documented in general terms only, so
/// the conditions are reported as to be verified by one deployment. Amazon CloudFront Developer Guide, "Set up IAM
/// permissions and roles for Lambda@Edge": both principals; replicas run in other Regions, and nothing is said of the
/// keys, so that none is asked for.
pub(super) fn policy(
    functions: &[&FunctionSettings],
    environment: &Environment,
    conditions: TrustConditions,
    findings: &mut Vec<Finding>,
) -> PolicyDocument {
    let block = match functions.iter().any(|function| is_edge(function)) {
        true => {
            if conditions.source_arn {
                findings.push(Finding::new(
                    Code::TrustConditionUnverified,
                    "`aws:SourceArn` is left out of the trust policy: a function at the edge runs in other Regions too",
                ));
            }
            ConditionBlock::default()
        }
        false => asked(functions, environment, conditions, findings),
    };
    PolicyDocument::new(vec![Statement {
        sid: Some("LambdaMayAssume".to_owned()),
        effect: Effect::Allow,
        principal: Some(services(&principals(functions))),
        action: ActionElement::Action(vec!["sts:AssumeRole".to_owned()]),
        resource: None,
        condition: block,
    }])
}

/// Who assumes the role of these functions; sorted.
pub(super) fn principals(functions: &[&FunctionSettings]) -> Vec<&'static str> {
    match functions.iter().any(|function| is_edge(function)) {
        true => vec![EDGE, LAMBDA],
        false => vec![LAMBDA],
    }
}

/// Whether CloudFront runs copies of the function.
pub(super) fn is_edge(function: &FunctionSettings) -> bool {
    function.configuration.is_edge == Some(true)
}

fn asked(
    functions: &[&FunctionSettings],
    environment: &Environment,
    conditions: TrustConditions,
    findings: &mut Vec<Finding>,
) -> ConditionBlock {
    let mut block = ConditionBlock::default();
    let mut keys = Vec::new();
    if conditions.source_account
        && let Some(account) = &environment.account
    {
        block = block.with(BaseOperator::StringEquals, "aws:SourceAccount", account.as_str());
        keys.push("`aws:SourceAccount`");
    }
    if conditions.source_arn {
        let deployed: Option<Vec<String>> =
            functions.iter().map(|it| it.deployed.as_ref().map(ToString::to_string)).collect();
        match deployed {
            Some(deployed) => {
                let with_versions = |arn: String| [format!("{arn}:*"), arn];
                block.insert(
                    BaseOperator::ArnLike.into(),
                    ConditionKey::new("aws:SourceArn"),
                    deployed.into_iter().flat_map(with_versions),
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
    block
}

/// A `Principal` element of one service.
pub(super) fn service(name: &str) -> PrincipalElement {
    services(&[name])
}

fn services(names: &[&str]) -> PrincipalElement {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    PrincipalElement::Principal(Principals::Map(BTreeMap::from([(PrincipalKind::Service, names)])))
}
