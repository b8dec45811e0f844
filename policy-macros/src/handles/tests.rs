use policy_core::catalog::Catalog;
use policy_core::declare::{self, SourceFile};

use super::*;

/// The documentation and the bodies of the methods of one field, without blanks.
fn methods(attributes: &str) -> Vec<(String, String)> {
    let source = format!("struct Access {{ {attributes} field: Field }}");
    let input: DeriveInput = syn::parse_str(&source).unwrap();
    let file = SourceFile {
        package: "order-api".into(),
        crate_name: "order_api".into(),
        target: None,
        file: "src/lib.rs".into(),
    };
    let declared = declare::parse_derive(&input, &file, Catalog::embedded())
        .unwrap_or_else(|broken| panic!("{attributes}: {:?}", broken.mistakes));
    let field = &declared.fields[0];
    let client = field.client.as_ref().unwrap();
    field
        .methods
        .iter()
        .map(|written| {
            let code = method(&crate_path(client), client, written);
            let item: syn::ImplItemFn = syn::parse2(code).unwrap();
            let body = &item.block.stmts;
            (documentation(client, written), quote!(#(#body)*).to_string().replace(' ', ""))
        })
        .collect()
}

fn documented(attributes: &str, expected: &[&str]) {
    let found: Vec<String> = methods(attributes).into_iter().map(|(doc, _)| doc).collect();
    assert_eq!(found, expected, "{attributes}");
}

#[test]
fn methods_say_which_action_and_resource_they_use_and_what_is_set() {
    documented(
        r#"#[aws(dynamodb(GetItem, BatchGetItem, TransactWriteItems), on = "table/orders")]"#,
        &[
            "Calls `GetItem`, which needs `dynamodb:GetItem` on `table/orders`.\n\nSets `table_name` to `orders`.",
            "Calls `BatchGetItem`, which needs `dynamodb:BatchGetItem` on `table/orders`.\n\nNothing is preset: the caller names the resource, by `request_items`.",
            "Calls `TransactWriteItems`, which needs `dynamodb:ConditionCheckItem`, `dynamodb:DeleteItem`, `dynamodb:PutItem`, `dynamodb:UpdateItem` on `table/orders`.\n\nNothing is preset: no single member of the request names the resource.",
        ],
    );
    documented(
        r#"#[aws(s3(GetObject), on = "acme-receipts/in/*")] #[aws(s3(ListObjectsV2), on = "acme-receipts")]"#,
        &[
            "Calls `GetObject`, which needs `s3:GetObject` on `acme-receipts/in/*`.\n\nSets `bucket` to `acme-receipts`; the caller sets `key`.",
            "Calls `ListObjectsV2`, which needs `s3:ListBucket` on `acme-receipts`.\n\nSets `bucket` to `acme-receipts`.",
        ],
    );
    documented(
        r#"#[aws(sqs(SendMessage), on = env("QUEUE_URL", as = "url"), via_role = "arn:aws:iam::111122223333:role/sender")]"#,
        &[
            "Calls `SendMessage`, which needs `sqs:SendMessage` on the url in `QUEUE_URL`, with the credentials of `arn:aws:iam::111122223333:role/sender`.\n\nSets `queue_url` to the value of `QUEUE_URL`.",
        ],
    );
    documented(
        r#"#[aws(s3(ListBuckets), any_resource = "shown to the operator")]"#,
        &["Calls `ListBuckets`, which needs `s3:ListAllMyBuckets` on any resource."],
    );
    documented(
        r#"#[aws(dynamodb(wait_until_table_exists), on = "table/orders")]"#,
        &[
            "Waits by calling `DescribeTable`, which needs `dynamodb:DescribeTable` on `table/orders`.\n\nSets `table_name` to `orders`.",
        ],
    );
}

#[test]
fn a_method_starts_the_request_of_the_sdk_with_what_is_fixed() {
    for (attributes, expected) in [
        (
            r#"#[aws(dynamodb(GetItem), on = "table/orders")]"#,
            r#"self.client.get_item().table_name("orders")"#,
        ),
        (
            r#"#[aws(sqs(SendMessage), on = env("QUEUE_URL", as = "url"))]"#,
            "self.client.send_message().queue_url(::core::clone::Clone::clone(&self.variable_queue_url))",
        ),
        (
            r#"#[aws(rds(wait_until_db_cluster_available), on = "cluster:orders")]"#,
            "::aws_sdk_rds::client::Waiters::wait_until_db_cluster_available(&self.client)",
        ),
    ] {
        let (_, body) = methods(attributes).remove(0);
        assert!(body.starts_with(expected), "{attributes}: {body}");
    }
}

#[test]
fn types_of_waiters_are_named_as_the_sdk_names_them() {
    assert_eq!(pascal("db_cluster_available"), "DbClusterAvailable");
    assert_eq!(pascal("table_exists"), "TableExists");
}
