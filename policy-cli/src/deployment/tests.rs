use super::*;

const TEMPLATE: &str = "Transform: AWS::Serverless-2016-10-31
Parameters: { Stage: { Type: String } }
Resources:
  Key: { Type: 'AWS::KMS::Key' }
  Jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: jobs, KmsMasterKeyId: !Ref Key } }
  Orders: { Type: 'AWS::Serverless::Function', Properties: { CodeUri: orders/ } }
  Bills: { Type: 'AWS::Serverless::Function', Properties: { CodeUri: bills/ } }
";

const PLAN: &str = r#"{ "format_version": "1.2", "planned_values": { "root_module": { "resources": [
    { "address": "aws_sqs_queue.jobs", "type": "aws_sqs_queue", "name": "jobs", "values": {} }
] } } }"#;

fn evidence(name: &str, parameters: &[(&str, &str)]) -> FunctionEvidence {
    let mut evidence = FunctionEvidence::default();
    evidence.settings.name = name.into();
    evidence.environment.account = "111122223333".parse().ok();
    evidence.environment.region = "eu-west-1".parse().ok();
    let given = parameters.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    evidence.settings.parameters = given.collect();
    evidence
}

#[test]
fn a_key_that_is_not_known_is_told_once_for_all_functions() {
    let mut deployment = Deployment::parse(Path::new("template.yaml"), TEMPLATE).unwrap();
    // What no template asks for does not make functions differ.
    for (name, own) in [("orders", "a"), ("bills", "b")] {
        let Filled { failures, findings, .. } =
            deployment.fill(&mut evidence(name, &[("tenant", own)]));
        assert!(failures.is_empty() && findings.is_empty(), "{failures:?} {findings:?}");
        let (context, _) = deployment.functions.as_ref().unwrap();
        assert!(context.given.is_empty(), "{context:?}");
    }
    let told: Vec<&str> = deployment.findings().map(|finding| &*finding.message).collect();
    assert_eq!(
        told,
        [
            "`the key of Jobs` is not known: the id of `Key` (AWS::KMS::Key) is known only once it is deployed; then give it with `--param Key=VALUE`"
        ]
    );
    let mut orders = evidence("orders", &[("Key", "k1")]);
    deployment.fill(&mut orders);
    let told: Vec<_> = orders.settings.configuration.encryption_beside.iter().collect();
    let key = policy_core::evidence::SettingEncryption::CustomerKey("key/k1".into());
    assert_eq!(told, [("arn:aws:sqs:eu-west-1:111122223333:jobs", &key)]);
}

#[test]
fn a_template_asks_for_parameters_resources_and_what_only_the_stack_knows() {
    let template = Deployment::parse(Path::new("template.yaml"), TEMPLATE).unwrap();
    let plan = Deployment::parse(Path::new("plan.json"), PLAN).unwrap();
    for name in ["Stage", "Key", "Key.Arn", "OrdersRole", "ServerlessRestApi", "AWS::StackName"] {
        assert!(template.asks_for(name), "{name}");
        assert!(!plan.asks_for(name), "{name}");
    }
    for name in ["stage", "Keys", "JobsRole", "AWS::Region", "aws_sqs_queue.jobs"] {
        assert!(!template.asks_for(name), "{name}");
    }
    assert!(plan.asks_for("aws_sqs_queue.jobs"));
}
