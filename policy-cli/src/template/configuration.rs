//! What a template says of how a function is configured, by example.

use policy_core::evidence::{Environment, FunctionConfiguration, SettingEncryption, SettingPoll};

use super::*;
use crate::deployment::{Context, Described};

const TEMPLATE: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Subnet: { Type: String }
Globals:
  Function:
    Tracing: Active
    Layers: [!Sub 'arn:aws:lambda:${AWS::Region}:580247275435:layer:LambdaInsightsExtension:53']
Resources:
  Jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: jobs, KmsMasterKeyId: !Ref Key } }
  Lost: { Type: 'AWS::SNS::Topic', Properties: { TopicName: lost, KmsMasterKeyId: alias/aws/sns } }
  Key: { Type: 'AWS::KMS::Key' }
  Uploads:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: acme-uploads
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: !GetAtt Key.Arn }
  Log: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: /aws/lambda/orders } }
  Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: orders } }
  Api: { Type: 'AWS::Serverless::Api', Properties: { StageName: prod } }
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: orders
      CodeUri: target/lambda/orders/
      Runtime: provided.al2023
      Handler: bootstrap
      AutoPublishAlias: live
      Policies: [AWSLambdaBasicExecutionRole, SQSPollerPolicy: { QueueName: jobs }]
      VpcConfig: { SubnetIds: [!Ref Subnet], SecurityGroupIds: [sg-1] }
      DeadLetterQueue: { Type: SNS, TargetArn: !Ref Lost }
      KmsKeyArn: !GetAtt Key.Arn
      SourceKMSKeyArn: !GetAtt Key.Arn
      FileSystemConfigs:
        - { Arn: 'arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/fsap-1', LocalMountPath: /mnt/x }
      EventInvokeConfig:
        DestinationConfig:
          OnSuccess: { Type: EventBridge, Destination: 'arn:aws:events:eu-west-1:111122223333:event-bus/shop' }
          OnFailure: { Type: SQS }
      FunctionUrlConfig: { AuthType: AWS_IAM }
      Sparkles: true
      Events:
        Jobs: { Type: SQS, Properties: { Queue: !GetAtt Jobs.Arn, BatchSize: 10 } }
        Stream: { Type: DynamoDB, Properties: { Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST } }
        Upload: { Type: S3, Properties: { Bucket: !Ref Uploads, Events: 's3:ObjectCreated:*' } }
        Read: { Type: Api, Properties: { RestApiId: !Ref Api, Path: '/orders/{id}', Method: get } }
        Any: { Type: HttpApi }
        News: { Type: SNS, Properties: { Topic: !Ref Lost } }
        Nightly: { Type: Schedule, Properties: { Schedule: rate(1 day), Name: nightly } }
        Hourly: { Type: Schedule, Properties: { Schedule: rate(1 hour) } }
        Later: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 hour), Name: later } }
        Paid: { Type: EventBridgeRule, Properties: { EventBusName: shop, RuleName: paid, Pattern: {} } }
        Log: { Type: CloudWatchLogs, Properties: { LogGroupName: /acme/other, FilterPattern: x } }
        Skill: { Type: AlexaSkill, Properties: { SkillId: amzn1.ask.skill.1 } }
        AnySkill: { Type: AlexaSkill }
        Kafka:
          Type: MSK
          Properties:
            Stream: arn:aws:kafka:eu-west-1:111122223333:cluster/shop/1
            Topics: [orders]
            ConsumerGroupId: orders-1
            SourceAccessConfigurations:
              - { Type: SASL_SCRAM_512_AUTH, URI: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:AmazonMSK_x-AbCdEf' }
        Pager: { Type: Telepathy }
  Partner:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Orders.Alias
      Action: lambda:InvokeFunction
      Principal: events.amazonaws.com
      SourceArn: arn:aws:events:eu-west-1:111122223333:rule/partner
  Anyone:
    Type: AWS::Lambda::Permission
    Properties: { FunctionName: !GetAtt Orders.Arn, Action: 'lambda:InvokeFunction', Principal: s3.amazonaws.com }
  Role:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Orders
      Action: lambda:InvokeFunction
      Principal: arn:aws:iam::444455556666:role/partner
      PrincipalOrgID: o-a1b2c3d4e5
  Clicks:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Sub '${Orders.Arn}:live'
      EventSourceArn: arn:aws:kinesis:eu-west-1:111122223333:stream/clicks/consumer/c:1
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:eu-west-1:111122223333:lost-clicks' } }
"#;

fn described(text: &str, id: &str, given: &[(&str, &str)]) -> Described {
    let mut template = Template::parse(Path::new("template.yaml"), text).unwrap();
    let context = Context {
        given: given.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        environment: Environment {
            account: "111122223333".parse().ok(),
            region: "eu-west-1".parse().ok(),
            ..Environment::default()
        },
    };
    template.named(&context);
    template.describe(id, &context)
}

/// One line for each setting.
fn lines(configuration: &FunctionConfiguration) -> Vec<String> {
    let mut lines = Vec::new();
    for need in &configuration.needs {
        let line = need.origin.line.unwrap_or_default();
        lines.push(format!("{} {} @{line}", need.kind.as_str(), need.on));
    }
    for poll in &configuration.polls {
        lines.push(shown(poll));
    }
    for invoker in &configuration.invokers {
        let qualifier = invoker.qualifier.as_deref().unwrap_or("-");
        lines.push(format!("invoked by {} {} as {qualifier}", invoker.kind, invoker.source));
    }
    for (resource, key) in configuration.encryption_beside.iter() {
        let key = match key {
            SettingEncryption::ByAws => "aws",
            SettingEncryption::CustomerKey(key) => key,
        };
        lines.push(format!("{resource} by {key}"));
    }
    lines
}

fn shown(poll: &SettingPoll) -> String {
    let mut text = format!("polls {} {}", poll.kind, poll.source);
    for (word, more) in [
        ("consumer", poll.consumer.iter().collect::<Vec<_>>()),
        ("secret", poll.secrets.iter().collect()),
        ("topic", poll.topics.iter().collect()),
        ("group", poll.consumer_group.iter().collect()),
    ] {
        for one in more {
            text.push_str(&format!(" {word} {one}"));
        }
    }
    text
}

fn findings(described: &Described) -> Vec<String> {
    let one = |finding: &policy_core::finding::Finding| {
        let line = finding.places[0].line.unwrap_or_default();
        format!("{} {line}: {}", finding.code.as_str(), finding.message)
    };
    described.findings.iter().map(one).collect()
}

#[test]
fn a_function_of_sam_has_its_needs_sources_and_invokers() {
    let described = described(TEMPLATE, "Orders", &[("Api", "a1b2c3d4e5"), ("Key", "k1")]);
    assert_eq!(described.function_name.as_deref(), Some("orders"));
    let configuration = &described.configuration;
    assert_eq!(configuration.log_group_is_managed, Some(true));
    let key = "arn:aws:kms:eu-west-1:111122223333:key/k1";
    assert_eq!(configuration.environment_key.as_deref(), Some(key));
    assert_eq!(configuration.code_key.as_deref(), Some(key));
    insta::assert_snapshot!(lines(configuration).join("\n"), @r#"
    tracing  @7
    vpc  @32
    dead-letter arn:aws:sns:eu-west-1:111122223333:lost @33
    file-system arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/fsap-1 @37
    insights  @8
    destination arn:aws:events:eu-west-1:111122223333:event-bus/shop @40
    poll-failure arn:aws:sqs:eu-west-1:111122223333:lost-clicks @89
    polls sqs arn:aws:sqs:eu-west-1:111122223333:jobs
    polls dynamodb arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/*
    polls kafka arn:aws:kafka:eu-west-1:111122223333:cluster/shop/1 secret arn:aws:secretsmanager:eu-west-1:111122223333:secret:AmazonMSK_x-AbCdEf topic orders group orders-1
    polls kinesis arn:aws:kinesis:eu-west-1:111122223333:stream/clicks consumer arn:aws:kinesis:eu-west-1:111122223333:stream/clicks/consumer/c:1
    invoked by url  as live
    invoked by s3 acme-uploads as live
    invoked by apigateway a1b2c3d4e5/*/GET/orders/* as live
    invoked by sns arn:aws:sns:eu-west-1:111122223333:lost as live
    invoked by events rule/nightly as live
    invoked by scheduler schedule/default/later as live
    invoked by events rule/shop/paid as live
    invoked by logs /acme/other as live
    invoked by alexa amzn1.ask.skill.1 as live
    invoked by events arn:aws:events:eu-west-1:111122223333:rule/partner as live
    invoked by role arn:aws:iam::444455556666:role/partner as -
    arn:aws:dynamodb:eu-west-1:111122223333:table/orders by aws
    arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders by aws
    arn:aws:s3:::acme-uploads by arn:aws:kms:eu-west-1:111122223333:key/k1
    arn:aws:sns:eu-west-1:111122223333:lost by aws
    arn:aws:sqs:eu-west-1:111122223333:jobs by key/k1
    "#);
    insta::assert_snapshot!(findings(&described).join("\n"), @r#"
    granted-by-hand 31: 2 policies are attached to `Orders` by hand: what somebody granted is no evidence of what is needed, so nothing follows from it
    invoker-sam-wider 47: the permission that SAM makes for the event `Upload` of `Orders` lets in every bucket of the account, not only its own
    setting-unknown 75: `Anyone` of `Orders` is not known: `s3.amazonaws.com` is let in whoever uses it: without a source ARN it does not say who invokes the function
    setting-unknown 41: `EventInvokeConfig.DestinationConfig.OnFailure` of `Orders` is not known: SAM makes the queue or topic; name one with `Destination`, or it in policy.toml
    setting-unknown 57: `Events.AnySkill` of `Orders` is not known: without `SkillId` any skill may invoke the function; name yours
    setting-unknown 49: `Events.Any` of `Orders` is not known: the id of `ServerlessHttpApi` (AWS::Serverless::HttpApi) is known only once it is deployed; then give it with `--param ServerlessHttpApi=VALUE`
    setting-unknown 52: `Events.Hourly` of `Orders` is not known: `OrdersHourly` has no `Name`, so CloudFormation makes its name; give it with `--param OrdersHourly=NAME`
    setting-unknown 66: `Events.Pager` of `Orders` is not known: events of type `Telepathy` are not understood
    setting-unknown 43: `Sparkles` of `Orders` is not known: this property is not understood
    "#);
}

#[test]
fn a_function_without_a_name_is_found_by_what_refers_to_it() {
    let text = r#"
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: { Role: !GetAtt Exec.Arn, TracingConfig: { Mode: PassThrough }, VpcConfig: { SubnetIds: [] } }
  Bills: { Type: 'AWS::Lambda::Function', Properties: { Role: !GetAtt Own.Arn } }
  Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { RoleArn: !GetAtt Exec.Arn } }
  Live: { Type: 'AWS::Lambda::Alias', Properties: { Name: live, FunctionName: !Ref Orders, FunctionVersion: '1' } }
  Exec:
    Type: AWS::IAM::Role
    Properties:
      RoleName: orders-exec
      Path: /lambda/
      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]
      AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: lambda.amazonaws.com } }] }
  Own:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Principal: { Service: [lambda.amazonaws.com, edgelambda.amazonaws.com] } }]
  Url: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: !Ref Live, AuthType: NONE } }
  Async:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Orders
      Qualifier: live
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:eu-west-1:111122223333:lost' } }
"#;
    let orders = described(text, "Orders", &[]);
    assert_eq!(
        orders.role.as_ref().map(ToString::to_string).as_deref(),
        Some("arn:aws:iam::111122223333:role/lambda/orders-exec")
    );
    assert!(orders.role_is_shared && orders.function_name.is_none());
    assert_eq!(
        lines(&orders.configuration),
        ["destination arn:aws:sqs:eu-west-1:111122223333:lost @27", "invoked by url * as live"]
    );
    assert_eq!(
        findings(&orders),
        [
            "granted-by-hand 14: 1 policy is attached to `Orders` by hand: what somebody granted is no evidence of what is needed, so nothing follows from it"
        ]
    );
    let bills = described(text, "Bills", &[]);
    assert_eq!((bills.role_is_shared, bills.configuration.is_edge), (false, Some(true)));
}

#[test]
fn what_a_condition_leaves_out_is_not_there() {
    let text = r#"
Parameters: { Stage: { Type: String, Default: test } }
Conditions: { IsProd: !Equals [!Ref Stage, prod] }
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Tracing: !If [IsProd, Active, PassThrough]
      VpcConfig: !If [IsProd, { SubnetIds: [s-1] }, !Ref 'AWS::NoValue']
  Partner:
    Type: AWS::Lambda::Permission
    Condition: IsProd
    Properties: { FunctionName: !Ref Orders, Principal: s3.amazonaws.com, SourceArn: 'arn:aws:s3:::acme' }
"#;
    assert_eq!(lines(&described(text, "Orders", &[]).configuration), [""; 0]);
    assert_eq!(
        lines(&described(text, "Orders", &[("Stage", "prod")]).configuration),
        ["tracing  @8", "vpc  @9", "invoked by s3 arn:aws:s3:::acme as -"]
    );
}

#[test]
fn a_bucket_that_notifies_a_function_invokes_it() {
    let text = r#"
Resources:
  Orders: { Type: 'AWS::Lambda::Function', Properties: {} }
  Bills: { Type: 'AWS::Lambda::Function', Properties: {} }
  Uploads:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: acme-uploads
      NotificationConfiguration:
        LambdaConfigurations:
          - { Event: 's3:ObjectCreated:*', Function: !GetAtt Orders.Arn }
          - { Event: 's3:ObjectRemoved:*', Function: !GetAtt Orders.Arn }
          - { Event: 's3:ObjectCreated:*', Function: !Sub '${Bills.Arn}:live' }
  Nameless:
    Type: AWS::S3::Bucket
    Properties:
      NotificationConfiguration:
        LambdaConfigurations: [{ Event: 's3:ObjectCreated:*', Function: !GetAtt Bills.Arn }]
"#;
    let orders = described(text, "Orders", &[]);
    let invokers = |of: &Described| {
        let mut lines = lines(&of.configuration);
        lines.retain(|line| line.starts_with("invoked"));
        lines
    };
    assert_eq!(invokers(&orders), ["invoked by s3 acme-uploads as -"]);
    let bills = described(text, "Bills", &[]);
    assert_eq!(invokers(&bills), ["invoked by s3 acme-uploads as live"]);
    assert_eq!(
        findings(&bills),
        [
            "setting-unknown 15: `Nameless` of `Bills` is not known: `Nameless` has no `BucketName`, so CloudFormation makes its name; give it with `--param Nameless=NAME`"
        ]
    );
}
