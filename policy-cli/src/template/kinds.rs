//! Which types of resources have names that a template tells, and what references to them give.
//!
//! A type that is not here has no value that is worked out. The room is a table; filling it in is `value`.

/// A type of resource.
pub(super) struct Named {
    pub(super) kind: &'static str,
    /// The property with its name; empty where the service makes an id.
    pub(super) property: &'static str,
    /// What `Ref` gives.
    pub(super) reference: Form,
    /// What `Fn::GetAtt` gives, by attribute.
    pub(super) attributes: &'static [(&'static str, Form)],
}

/// A text with marks: `{P}` partition, `{R}` Region, `{A}` account, `{S}` suffix of URLs, `{N}` name, `{?}` what only the
/// deployment tells, `{path}` of a role, `{bus}` of a rule that is not on the default bus (with a slash), `{F}` the function of an
/// alias or version.
pub(super) type Form = &'static str;

pub(super) const NAME: Form = "{N}";

const fn named(
    kind: &'static str,
    property: &'static str,
    reference: Form,
    attributes: &'static [(&'static str, Form)],
) -> Named {
    Named { kind, property, reference, attributes }
}

const QUEUE_URL: Form = "https://sqs.{R}.{S}/{A}/{N}";
const TABLE: &[(&str, Form)] = &[
    ("Arn", "arn:{P}:dynamodb:{R}:{A}:table/{N}"),
    ("StreamArn", "arn:{P}:dynamodb:{R}:{A}:table/{N}/stream/{?}"),
];
const FUNCTION: &[(&str, Form)] = &[("Arn", "arn:{P}:lambda:{R}:{A}:function:{N}")];
const MACHINE: Form = "arn:{P}:states:{R}:{A}:stateMachine:{N}";
const TARGETS: Form = "arn:{P}:elasticloadbalancing:{R}:{A}:targetgroup/{N}/{?}";
const CLUSTER: Form = "arn:{P}:kafka:{R}:{A}:cluster/{N}/{?}";
const SECRET: Form = "arn:{P}:secretsmanager:{R}:{A}:secret:{N}-{?}";
const LATTICE: Form = "arn:{P}:vpc-lattice:{R}:{A}:targetgroup/{N}";
const SIGNING: Form = "arn:{P}:lambda:{R}:{A}:code-signing-config:{N}";

/// # Source
/// AWS CloudFormation User Guide, "Return values" of each resource type; AWS SAM Developer Guide, likewise; the formats of
/// ARNs: Service Authorization Reference.
pub(super) const NAMED: &[Named] = &[
    named(
        "AWS::AmazonMQ::Broker",
        "BrokerName",
        "{?}",
        &[("Arn", "arn:{P}:mq:{R}:{A}:broker:{N}:{?}")],
    ),
    named("AWS::ApiGateway::RestApi", "", NAME, &[("RestApiId", NAME)]),
    named("AWS::ApiGatewayV2::Api", "", NAME, &[("ApiId", NAME)]),
    named(
        "AWS::AppSync::GraphQLApi",
        "",
        "arn:{P}:appsync:{R}:{A}:apis/{N}",
        &[("ApiId", NAME), ("Arn", "arn:{P}:appsync:{R}:{A}:apis/{N}")],
    ),
    named(
        "AWS::CloudWatch::Alarm",
        "AlarmName",
        NAME,
        &[("Arn", "arn:{P}:cloudwatch:{R}:{A}:alarm:{N}")],
    ),
    named(
        "AWS::CodeCommit::Repository",
        "RepositoryName",
        "{?}",
        &[("Arn", "arn:{P}:codecommit:{R}:{A}:{N}"), ("Name", NAME)],
    ),
    named(
        "AWS::Cognito::UserPool",
        "",
        NAME,
        &[("Arn", "arn:{P}:cognito-idp:{R}:{A}:userpool/{N}"), ("UserPoolId", NAME)],
    ),
    named("AWS::DocDB::DBCluster", "DBClusterIdentifier", NAME, &[]),
    named("AWS::DynamoDB::GlobalTable", "TableName", NAME, TABLE),
    named("AWS::DynamoDB::Table", "TableName", NAME, TABLE),
    named(
        "AWS::EFS::AccessPoint",
        "",
        NAME,
        &[("AccessPointId", NAME), ("Arn", "arn:{P}:elasticfilesystem:{R}:{A}:access-point/{N}")],
    ),
    named(
        "AWS::EFS::FileSystem",
        "",
        NAME,
        &[("FileSystemId", NAME), ("Arn", "arn:{P}:elasticfilesystem:{R}:{A}:file-system/{N}")],
    ),
    named(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Name",
        TARGETS,
        &[("TargetGroupArn", TARGETS), ("TargetGroupName", NAME)],
    ),
    named(
        "AWS::Events::EventBus",
        "Name",
        NAME,
        &[("Arn", "arn:{P}:events:{R}:{A}:event-bus/{N}"), ("Name", NAME)],
    ),
    named("AWS::Events::Rule", "Name", NAME, &[("Arn", "arn:{P}:events:{R}:{A}:rule/{bus}{N}")]),
    named("AWS::IAM::Role", "RoleName", NAME, &[("Arn", "arn:{P}:iam::{A}:role{path}{N}")]),
    named("AWS::IoT::TopicRule", "RuleName", NAME, &[("Arn", "arn:{P}:iot:{R}:{A}:rule/{N}")]),
    named("AWS::KMS::Alias", "AliasName", NAME, &[]),
    named("AWS::KMS::Key", "", NAME, &[("Arn", "arn:{P}:kms:{R}:{A}:key/{N}"), ("KeyId", NAME)]),
    named("AWS::Kinesis::Stream", "Name", NAME, &[("Arn", "arn:{P}:kinesis:{R}:{A}:stream/{N}")]),
    named(
        "AWS::KinesisFirehose::DeliveryStream",
        "DeliveryStreamName",
        NAME,
        &[("Arn", "arn:{P}:firehose:{R}:{A}:deliverystream/{N}")],
    ),
    named(
        "AWS::Lambda::Alias",
        "Name",
        "arn:{P}:lambda:{R}:{A}:function:{F}:{N}",
        &[("AliasArn", "arn:{P}:lambda:{R}:{A}:function:{F}:{N}")],
    ),
    named(
        "AWS::Lambda::CodeSigningConfig",
        "",
        SIGNING,
        &[("CodeSigningConfigArn", SIGNING), ("CodeSigningConfigId", NAME)],
    ),
    named("AWS::Lambda::Function", "FunctionName", NAME, FUNCTION),
    named(
        "AWS::Lambda::Version",
        "",
        "arn:{P}:lambda:{R}:{A}:function:{F}:{N}",
        &[("FunctionArn", "arn:{P}:lambda:{R}:{A}:function:{F}:{N}"), ("Version", NAME)],
    ),
    named(
        "AWS::Logs::LogGroup",
        "LogGroupName",
        NAME,
        &[("Arn", "arn:{P}:logs:{R}:{A}:log-group:{N}:*")],
    ),
    named("AWS::MSK::Cluster", "ClusterName", CLUSTER, &[("Arn", CLUSTER)]),
    named("AWS::MSK::ServerlessCluster", "ClusterName", CLUSTER, &[("Arn", CLUSTER)]),
    named("AWS::S3::Bucket", "BucketName", NAME, &[("Arn", "arn:{P}:s3:::{N}")]),
    named(
        "AWS::SNS::Topic",
        "TopicName",
        "arn:{P}:sns:{R}:{A}:{N}",
        &[("TopicArn", "arn:{P}:sns:{R}:{A}:{N}"), ("TopicName", NAME)],
    ),
    named(
        "AWS::SQS::Queue",
        "QueueName",
        QUEUE_URL,
        &[("Arn", "arn:{P}:sqs:{R}:{A}:{N}"), ("QueueName", NAME), ("QueueUrl", QUEUE_URL)],
    ),
    named("AWS::SSM::Parameter", "Name", NAME, &[]),
    named(
        "AWS::Scheduler::Schedule",
        "Name",
        NAME,
        &[("Arn", "arn:{P}:scheduler:{R}:{A}:schedule/default/{N}")],
    ),
    named("AWS::SecretsManager::Secret", "Name", SECRET, &[("Id", SECRET)]),
    named("AWS::Serverless::Api", "", NAME, &[("RestApiId", NAME)]),
    named("AWS::Serverless::Function", "FunctionName", NAME, FUNCTION),
    named("AWS::Serverless::HttpApi", "", NAME, &[("ApiId", NAME)]),
    named("AWS::Serverless::SimpleTable", "TableName", NAME, TABLE),
    named("AWS::Serverless::StateMachine", "Name", MACHINE, &[("Arn", MACHINE), ("Name", NAME)]),
    named(
        "AWS::StepFunctions::StateMachine",
        "StateMachineName",
        MACHINE,
        &[("Arn", MACHINE), ("Name", NAME)],
    ),
    named("AWS::VpcLattice::TargetGroup", "", LATTICE, &[("Arn", LATTICE), ("Id", NAME)]),
];

/// The type of that name.
pub(super) fn of(kind: &str) -> Option<&'static Named> {
    NAMED.iter().find(|named| named.kind == kind)
}

impl Named {
    /// How a template refers to the resource's own name: `""` by `Ref`, else by this attribute. `None` where nothing gives it.
    pub(super) fn name_by(&self) -> Option<&'static str> {
        if self.reference == NAME {
            return Some("");
        }
        self.attributes.iter().find(|(_, form)| *form == NAME).map(|(name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_sorted_and_stand_once() {
        let kinds: Vec<&str> = NAMED.iter().map(|named| named.kind).collect();
        let mut sorted = kinds.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(kinds, sorted);
    }
}
