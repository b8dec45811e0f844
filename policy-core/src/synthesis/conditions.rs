//! Which conditions stand on a grant.
//!
//! `aws:SourceArn` and `aws:SourceAccount` are never among them: an SDK call does not carry them, so
//! a grant that asked for them would allow nothing.

use crate::evidence::FunctionSettings;
use crate::graph::{Grant, GrantClass, Owner};
use crate::iam::{BaseOperator, ConditionBlock};

/// Key of a call's function.
pub(super) const SOURCE_FUNCTION: &str = "lambda:SourceFunctionArn";
/// Key of a resource's account.
pub(super) const RESOURCE_ACCOUNT: &str = "aws:ResourceAccount";
/// Key of the service that forwards a call to KMS.
pub(super) const VIA_SERVICE: &str = "kms:ViaService";

/// Key of the service that a role is handed to.
pub(super) const PASSED_TO: &str = "iam:PassedToService";

/// Conditions that can be left out by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conditions {
    /// `lambda:SourceFunctionArn` on what the code and the log need.
    pub source_function_arn: bool,
    /// `aws:ResourceAccount` where an ARN names no account.
    pub resource_account: bool,
    /// `kms:ViaService` on what a service asks KMS for.
    pub via_service: bool,
}

impl Default for Conditions {
    fn default() -> Self {
        Self { source_function_arn: true, resource_account: true, via_service: true }
    }
}

/// Services whose calls are made with a presigned token, outside of what carries the function's ARN.
const WITHOUT_FUNCTION: &[&str] = &["kafka-cluster", "rds-db"];

/// The conditions of a grant.
///
/// # Source
/// AWS Lambda Developer Guide, "Using source function ARN to control function access behavior"; IAM
/// User Guide, "AWS global condition context keys" and "IAM and AWS STS condition context keys"; AWS KMS Developer
/// Guide, "kms:ViaService".
pub(super) fn of(grant: &Grant, settings: &FunctionSettings, chosen: Conditions) -> ConditionBlock {
    let mut block = ConditionBlock::default();
    let carries_function = matches!(grant.class, GrantClass::Code | GrantClass::PlatformNamed)
        && !WITHOUT_FUNCTION.contains(&grant.action.service());
    if let Some(function) = &settings.deployed
        && chosen.source_function_arn
        && carries_function
        && !settings.role_is_shared
    {
        block = block.with(BaseOperator::ArnEquals, SOURCE_FUNCTION, function.as_str());
    }
    if let GrantClass::Forwarded { via_service: Some(service) } = &grant.class
        && chosen.via_service
    {
        block = block.with(BaseOperator::StringEquals, VIA_SERVICE, service);
    }
    // Whether the function's ARN is there while another service checks is not documented.
    if let GrantClass::Passed { to } = &grant.class {
        block = block.with(BaseOperator::StringEquals, PASSED_TO, to);
    }
    if let Owner::Account(account) | Owner::Assumed(account) = &grant.owner
        && chosen.resource_account
    {
        block = block.with(BaseOperator::StringEquals, RESOURCE_ACCOUNT, account.as_str());
    }
    block
}

/// Whether every request that satisfies `strict` satisfies `loose`, for blocks made here: positive
/// operators only.
pub(super) fn implies(strict: &ConditionBlock, loose: &ConditionBlock) -> bool {
    loose.iter().all(|(operator, key, values)| {
        strict.iter().any(|(o, k, v)| {
            o == operator && k == key && v.iter().all(|value| values.contains(value))
        })
    })
}

/// One block for two that differ in the values of one key only: exactly what either allows.
pub(super) fn joined(a: &ConditionBlock, b: &ConditionBlock) -> Option<ConditionBlock> {
    if a.iter().count() != b.iter().count() {
        return None;
    }
    let mut differing = 0;
    let mut block = ConditionBlock::default();
    for ((operator, key, values), (o, k, v)) in a.iter().zip(b.iter()) {
        if operator != o || key != k {
            return None;
        }
        differing += usize::from(values != v);
        block.insert(operator, key.clone(), values.iter().chain(v).cloned());
    }
    (differing == 1).then_some(block)
}
