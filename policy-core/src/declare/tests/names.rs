//! Names of operations, actions and access levels: what they stand for, and the nearest where there are none.

use super::*;

#[test]
fn access_levels_are_spelled_out_to_what_the_resource_allows() {
    let access = |attribute| field(attribute).unwrap().declaration.accesses.remove(0);
    let on_objects = access(r#"s3(read), on = "acme-receipts/*""#);
    assert_eq!(on_objects.levels, [AccessLevel::Read]);
    let names: Vec<String> = on_objects.names.iter().map(|name| format!("{name:?}")).collect();
    assert!(names.iter().any(|name| name.contains("s3:GetObject\"")), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("GetBucket")), "{names:?}");
    let on_buckets = access(r#"s3(read, GetBucketLocation), on = "acme-receipts""#);
    assert!(on_buckets.names.iter().any(|name| format!("{name:?}").contains("s3:GetBucketAcl\"")));
}

#[test]
fn a_name_is_an_operation_first_and_an_action_second() {
    let names = |attribute| field(attribute).unwrap().declaration.accesses.remove(0).names;
    assert_eq!(
        names(r#"s3(ListObjectsV2), on = "b""#),
        [DeclaredName::Operation("ListObjectsV2".into())]
    );
    assert_eq!(
        names(r#"s3(ListBucket), on = "b""#),
        [DeclaredName::Action("s3:ListBucket".parse().unwrap())]
    );
    assert_eq!(
        names(r#"s3(action("s3:GetObject")), on = "b/*""#),
        [DeclaredName::Action("s3:GetObject".parse().unwrap())]
    );
}

#[test]
fn names_that_do_not_exist_get_the_nearest() {
    refused(
        r#"dynamdb(GetItem), on = "table/orders""#,
        &[("dynamdb", "unknown client `dynamdb`; did you mean `dynamodb`?")],
    );
    refused(
        r#"dynamodb(GetItems), on = "table/orders""#,
        &[(
            "GetItems",
            "`GetItems` is neither an operation nor an action of `dynamodb`; did you mean `GetItem`?",
        )],
    );
    refused(
        r#"dynamodb(get_item), on = "table/orders""#,
        &[(
            "get_item",
            "`get_item` is neither an operation nor an action of `dynamodb`; did you mean `GetItem`?",
        )],
    );
    refused(
        r#"s3(action("s3:GetObjects")), on = "b/*""#,
        &[(
            "\"s3:GetObjects\"",
            "`s3:GetObjects` is not an action of `s3`; did you mean `s3:GetObject`?",
        )],
    );
    refused(
        r#"s3(action("s4:GetObject")), on = "b/*""#,
        &[(
            "\"s4:GetObject\"",
            "`s4` is not a service that IAM knows; did you mean `s3:GetObject`?",
        )],
    );
    refused(
        r#"s3(action("s3:Get*")), on = "b/*""#,
        &[(
            "\"s3:Get*\"",
            "`s3:Get*` has a wildcard: name each action, or write `list`, `read`, `write` or `tagging`",
        )],
    );
}

#[test]
fn names_and_resources_that_disagree_are_told_apart() {
    refused(
        r#"s3(GetObject), on = "acme-receipts""#,
        &[(
            "\"acme-receipts\"",
            "`s3:GetObject` applies to objects, but `acme-receipts` names a bucket; for all its objects write `acme-receipts/*`",
        )],
    );
    refused(
        r#"s3(ListObjectsV2), on = "acme-receipts/*""#,
        &[(
            "\"acme-receipts/*\"",
            "`ListObjectsV2` needs `s3:ListBucket`, which applies to buckets, but `acme-receipts/*` names an object; write `acme-receipts`",
        )],
    );
    refused(
        r#"s3(GetObject, ListObjectsV2), on = "acme-receipts/*""#,
        &[(
            "ListObjectsV2",
            "`ListObjectsV2` needs `s3:ListBucket`, which applies to buckets, but `acme-receipts/*` names an object: declare it in an attribute of its own and write `acme-receipts`",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = "orders""#,
        &[(
            "\"orders\"",
            "`dynamodb:GetItem` applies to tables, but `orders` names no table; for a table write `table/orders`",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = "table:orders""#,
        &[(
            "\"table:orders\"",
            "`dynamodb:GetItem` applies to tables, but `table:orders` names no table; for a table write `table/orders`",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = "arn:aws:sqs:eu-west-1:111122223333:orders""#,
        &[(
            "\"arn:aws:sqs:eu-west-1:111122223333:orders\"",
            "`dynamodb:GetItem` applies to tables, but `arn:aws:sqs:eu-west-1:111122223333:orders` names no table; an ARN of a table looks like `arn:aws:dynamodb:eu-west-1:111122223333:table/TableName`",
        )],
    );
    refused(
        r#"s3(GetObject), on = "arn:aws:s3:eu-west-1:111122223333:acme-receipts/*""#,
        &[(
            "\"arn:aws:s3:eu-west-1:111122223333:acme-receipts/*\"",
            "`s3:GetObject` applies to objects, but `arn:aws:s3:eu-west-1:111122223333:acme-receipts/*` names no object; an ARN of an object looks like `arn:aws:s3:::acme-receipts/*`",
        )],
    );
    refused(
        r#"s3(ListBuckets), on = "acme-receipts""#,
        &[(
            "ListBuckets",
            "`ListBuckets` needs `s3:ListAllMyBuckets`, which has no resource types, so no ARN can grant it: declare it in an attribute of its own, with `any_resource = \"…\"`",
        )],
    );
}
