//! Which conditions stand on a grant.
//!
//! `aws:SourceArn` and `aws:SourceAccount` are never among them: an SDK call does not carry them, so
//! a grant that asked for them would allow nothing.

use crate::evidence::FunctionSettings;
use crate::graph::{Grant, GrantClass, Owner};
use crate::iam::{BaseOperator, ConditionBlock, ConditionKey};

use super::blocks::tidy;

/// Key of a call's function.
pub(super) const SOURCE_FUNCTION: &str = "lambda:SourceFunctionArn";
/// Key of a resource's account.
pub(super) const RESOURCE_ACCOUNT: &str = "aws:ResourceAccount";
/// Key of the service that forwards a call to KMS.
pub(super) const VIA_SERVICE: &str = "kms:ViaService";

/// Key of the service that a role is handed to.
pub(super) const PASSED_TO: &str = "iam:PassedToService";

/// Key of the endpoint through which a call came.
pub(super) const SOURCE_VPCE: &str = "aws:SourceVpce";

/// A condition that can be left out by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionName {
    /// `elasticfilesystem:AccessPointArn` on file systems.
    AccessPoint,
    /// `kms:EncryptionContext:…` on what a service asks KMS for, where its context is documented.
    EncryptionContext,
    /// `dynamodb:LeadingKeys` where declared.
    LeadingKeys,
    /// `s3:prefix` where declared.
    ListPrefix,
    /// `cloudwatch:namespace` where declared.
    Namespace,
    /// `iam:PassedToService` on handing over a role.
    PassedToService,
    /// `aws:ResourceAccount` where an ARN names no account.
    ResourceAccount,
    /// `lambda:SourceFunctionArn` on what the code and the log need.
    SourceFunctionArn,
    /// `aws:SourceVpce` on what the code calls, where endpoints are required.
    SourceVpce,
    /// `secretsmanager:VersionStage` where declared.
    VersionStage,
    /// `kms:ViaService` on what a service asks KMS for.
    ViaService,
}

impl ConditionName {
    /// Every name.
    pub const ALL: [Self; 11] = [
        Self::AccessPoint,
        Self::EncryptionContext,
        Self::LeadingKeys,
        Self::ListPrefix,
        Self::Namespace,
        Self::PassedToService,
        Self::ResourceAccount,
        Self::SourceFunctionArn,
        Self::SourceVpce,
        Self::VersionStage,
        Self::ViaService,
    ];

    /// The word in `policy.toml`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessPoint => "access-point",
            Self::EncryptionContext => "encryption-context",
            Self::LeadingKeys => "leading-keys",
            Self::ListPrefix => "list-prefix",
            Self::Namespace => "namespace",
            Self::PassedToService => "passed-to-service",
            Self::ResourceAccount => "resource-account",
            Self::SourceFunctionArn => "source-function-arn",
            Self::SourceVpce => "source-vpce",
            Self::VersionStage => "version-stage",
            Self::ViaService => "via-service",
        }
    }

    /// The condition that asks for `key` in a grant.
    fn of_key(key: &str) -> Option<Self> {
        Some(match key {
            "cloudwatch:namespace" => Self::Namespace,
            "dynamodb:LeadingKeys" => Self::LeadingKeys,
            "elasticfilesystem:AccessPointArn" => Self::AccessPoint,
            "s3:prefix" => Self::ListPrefix,
            "secretsmanager:VersionStage" => Self::VersionStage,
            key if key.starts_with("kms:EncryptionContext:") => Self::EncryptionContext,
            _ => return None,
        })
    }
}

/// Which conditions are asked for: all but those that are left out by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conditions {
    left_out: [bool; ConditionName::ALL.len()],
}

impl Conditions {
    /// None at all.
    #[must_use]
    pub fn none() -> Self {
        Self { left_out: [true; ConditionName::ALL.len()] }
    }

    /// The same without one.
    #[must_use]
    pub fn without(mut self, name: ConditionName) -> Self {
        self.left_out[name as usize] = true;
        self
    }

    /// Whether it is asked for.
    #[must_use]
    pub fn has(self, name: ConditionName) -> bool {
        !self.left_out[name as usize]
    }
}

/// Services whose calls are made with a presigned token, outside of what carries the function's ARN.
const WITHOUT_FUNCTION: &[&str] = &["kafka-cluster", "rds-db"];

/// Checked while another service takes a call; that this carries the function's ARN is not documented, and a condition
/// that is never met would refuse the call.
const PASS_ROLE: &str = "iam:PassRole";

/// The conditions of a grant.
///
/// # Source
/// AWS Lambda Developer Guide, "Using source function ARN to control function access behavior"; IAM
/// User Guide, "AWS global condition context keys" and "IAM and AWS STS condition context keys"; AWS KMS Developer
/// Guide, "kms:ViaService".
pub(super) fn of(grant: &Grant, settings: &FunctionSettings, chosen: Conditions) -> ConditionBlock {
    let mut block = ConditionBlock::default();
    for (operator, key, values) in grant.limits.iter() {
        if ConditionName::of_key(key.as_str()).is_none_or(|name| chosen.has(name)) {
            block.insert(operator, key.clone(), values.iter().cloned());
        }
    }
    let service = grant.action.service();
    let configuration = &settings.configuration;
    // Of the replicas of Lambda@Edge it is not documented which ARN their calls carry.
    let is_own_call = !WITHOUT_FUNCTION.contains(&service)
        && !grant.action.as_str().eq_ignore_ascii_case(PASS_ROLE);
    let carries_function = matches!(grant.class, GrantClass::Code | GrantClass::PlatformNamed)
        && is_own_call
        && configuration.is_edge != Some(true);
    if let Some(function) = &settings.deployed
        && chosen.has(ConditionName::SourceFunctionArn)
        && carries_function
        && !settings.role_is_shared
    {
        block = block.with(BaseOperator::ArnEquals, SOURCE_FUNCTION, function.as_str());
    }
    if grant.class == GrantClass::Code
        && is_own_call
        && !configuration.required_endpoints.is_empty()
        && chosen.has(ConditionName::SourceVpce)
    {
        let endpoints = configuration.required_endpoints.iter().map(ToString::to_string);
        block.insert(BaseOperator::StringEquals.into(), ConditionKey::new(SOURCE_VPCE), endpoints);
    }
    if let GrantClass::Forwarded { via_service: Some(service) } = &grant.class
        && chosen.has(ConditionName::ViaService)
    {
        block = block.with(BaseOperator::StringEquals, VIA_SERVICE, service);
    }
    // Whether the function's ARN is there while another service checks is not documented.
    if let GrantClass::Passed { to } = &grant.class
        && chosen.has(ConditionName::PassedToService)
    {
        block = block.with(BaseOperator::StringEquals, PASSED_TO, to);
    }
    if let Owner::Account(account) | Owner::Assumed(account) = &grant.owner
        && chosen.has(ConditionName::ResourceAccount)
    {
        block = block.with(BaseOperator::StringEquals, RESOURCE_ACCOUNT, account.as_str());
    }
    tidy(&block)
}
