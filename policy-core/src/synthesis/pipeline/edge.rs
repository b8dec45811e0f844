//! What deployers of Lambda@Edge need beside what others do: replicas, distributions, and the roles of the services behind them.
//!
//! Distributions are not made here: that right cannot be limited to some, and belongs to whoever builds the network.

use crate::evidence::FunctionSettings;
use crate::finding::{Code, Finding};
use crate::iam::{Arn, Partition};
use crate::policy::Statement;

use super::super::trust::is_edge;
use super::duties::{Maker, allow, equals};
use super::{Duty, PipelineInputs};

/// CloudFront takes functions of this Region alone.
const REGION: &str = "us-east-1";

/// The service-linked roles that CloudFront makes for its first function, as whoever puts that on a distribution: the service, the role.
///
/// # Source
/// Amazon CloudFront Developer Guide, "Set up IAM permissions and roles for Lambda@Edge", section on service-linked roles.
pub(super) const LINKED_ROLES: [(&str, &str); 2] = [
    ("replicator.lambda.amazonaws.com", "AWSServiceRoleForLambdaReplicator"),
    ("logger.cloudfront.amazonaws.com", "AWSServiceRoleForCloudFrontLogger"),
];

/// The ARN of a service-linked role; account and partition may be patterns.
pub(super) fn linked_role(partition: &str, account: &str, (service, role): (&str, &str)) -> String {
    format!("arn:{partition}:iam::{account}:role/aws-service-role/{service}/{role}")
}

/// The statements for functions at the edge; none where there is no such function.
///
/// # Source
/// Amazon CloudFront Developer Guide, "Set up IAM permissions and roles for Lambda@Edge"; the asterisk belongs to the names of both
/// replication actions. `cloudfront:GetDistributionConfig` reads what `UpdateDistribution` has to send back.
pub(super) fn statements(
    maker: &mut Maker<'_>,
    functions: &[&FunctionSettings],
    partition: &Partition,
    inputs: &PipelineInputs,
) -> Vec<Statement> {
    let mut versions = Vec::new();
    let mut account = None;
    for function in functions.iter().filter(|function| is_edge(function)) {
        // That its name is not known is said with the other statements.
        let Some(arn) = &function.deployed else { continue };
        if arn.region() != REGION {
            let message = format!(
                "function `{}` is in {}, from where CloudFront takes no functions, so that the duty `deploy` has nothing of the edge for it",
                function.name,
                arn.region()
            );
            let help = format!("deploy it to {REGION}, or write `edge = false`");
            maker.findings.push(Finding::new(Code::PipelineIncomplete, message).help(help));
            continue;
        }
        versions.push(format!("{arn}:*"));
        account = account.or(Some(Arn::account(arn).to_owned()));
    }
    let Some(account) = account else { return Vec::new() };
    let actions = ["lambda:DisableReplication*", "lambda:EnableReplication*"];
    let mut all = vec![allow("ReplicateEdgeFunctions", &actions, versions)];
    if inputs.distributions.is_empty() {
        maker.missing(
            Duty::Deploy,
            "`distributions`",
            "write `distributions = [\"arn:aws:cloudfront::111122223333:distribution/E1A2B3C4D5E6F7\"]` under `[pipeline]` in policy.toml",
        );
    } else {
        let actions = [
            "cloudfront:GetDistribution",
            "cloudfront:GetDistributionConfig",
            "cloudfront:UpdateDistribution",
        ];
        let mut distributions: Vec<String> =
            inputs.distributions.iter().map(ToString::to_string).collect();
        distributions.sort();
        distributions.dedup();
        all.push(allow("PutOnDistributions", &actions, distributions));
    }
    for linked in LINKED_ROLES {
        let role = linked_role(partition.as_str(), &account, linked);
        let sid = format!("Make{}", linked.1.trim_start_matches("AWSServiceRoleFor"));
        let mut make = allow(&format!("{sid}Role"), &["iam:CreateServiceLinkedRole"], vec![role]);
        make.condition = equals("iam:AWSServiceName", linked.0);
        all.push(make);
    }
    all
}
