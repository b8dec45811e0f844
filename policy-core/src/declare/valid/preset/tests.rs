use super::*;
use crate::catalog::Catalog;
use crate::declare::{self, FieldMethod, SourceFile};

fn methods(attributes: &str) -> Vec<FieldMethod> {
    let input = syn::parse_str(&format!("struct Access {{ {attributes} field: Field }}")).unwrap();
    let file = SourceFile {
        package: "order-api".into(),
        crate_name: "order_api".into(),
        target: None,
        file: "src/lib.rs".into(),
    };
    let declared = declare::parse_derive(&input, &file, Catalog::embedded());
    let declared = declared.unwrap_or_else(|broken| panic!("{attributes}: {:?}", broken.mistakes));
    declared.fields.into_iter().next().unwrap().methods
}

/// `member=value`, `member=$VARIABLE`, `member?` for one that is open.
fn line(method: &FieldMethod) -> String {
    let set = method.presets().into_iter().map(|preset| match preset.value {
        PresetValue::Text(text) => format!("{}={text}", preset.setter),
        PresetValue::Variable(name) => format!("{}=${name}", preset.setter),
    });
    let open = method.open().into_iter().map(|member| format!("{member}?"));
    set.chain(open).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_a_declaration_fixes_of_a_request() {
    let whole = r#""arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-a1B2c3""#;
    for (client, operation, on, expected) in [
        // Names without account and Region.
        ("dynamodb", "GetItem", r#""table/orders""#, "table_name=orders"),
        (
            "dynamodb",
            "Query",
            r#""table/orders/index/by-date""#,
            "index_name=by-date table_name=orders",
        ),
        (
            "dynamodb",
            "Query",
            r#"["table/orders", "table/orders/index/*"]"#,
            "table_name=orders index_name?",
        ),
        ("s3", "ListObjectsV2", r#""acme-receipts""#, "bucket=acme-receipts"),
        ("s3", "GetObject", r#""acme-receipts/*""#, "bucket=acme-receipts key?"),
        ("s3", "GetObject", r#""acme-receipts/in/*""#, "bucket=acme-receipts key?"),
        ("s3", "GetObject", r#""acme/a b/c.json""#, "bucket=acme key=a b/c.json"),
        ("s3", "GetObject", r#""arn:aws:s3:::acme/c.json""#, "bucket=acme key=c.json"),
        ("s3", "DeleteObjects", r#""acme/in/*""#, "bucket=acme"),
        ("kinesis", "PutRecord", r#""stream/clicks""#, "stream_name=clicks"),
        ("lambda", "Invoke", r#""function:thumbnailer""#, "function_name=thumbnailer"),
        ("kms", "Decrypt", r#""key/1234abcd""#, "key_id=1234abcd"),
        (
            "cloudwatchlogs",
            "PutLogEvents",
            r#""log-group:/acme/audit:log-stream:live""#,
            "log_group_name=/acme/audit log_stream_name=live",
        ),
        (
            "cloudwatchlogs",
            "PutLogEvents",
            r#""log-group:/acme/audit:log-stream:*""#,
            "log_group_name=/acme/audit log_stream_name?",
        ),
        (
            "cloudwatchlogs",
            "CreateLogStream",
            r#""log-group:/acme/audit:*""#,
            "log_group_name? log_stream_name?",
        ),
        (
            "cloudwatchlogs",
            "FilterLogEvents",
            r#""log-group:/acme/audit:*""#,
            "log_group_identifier?",
        ),
        ("dynamodb", "Query", r#""table/orders""#, "table_name=orders"),
        // What may be an access point is no bucket.
        ("s3", "GetObject", r#""accesspoint/acme/object/in/*""#, "bucket? key?"),
        ("lambda", "Invoke", r#""function:thumbnailer:live""#, "function_name?"),
        // Secrets: the ARN ends in characters that are not of the name.
        (
            "secretsmanager",
            "GetSecretValue",
            r#""secret:prod/stripe-??????""#,
            "secret_id=prod/stripe",
        ),
        ("secretsmanager", "GetSecretValue", r#""secret:stripe-a1B2c3""#, "secret_id=stripe"),
        ("secretsmanager", "GetSecretValue", r#""secret:stripe-*""#, "secret_id?"),
        ("secretsmanager", "GetSecretValue", r#""secret:stripe-{stage}-??????""#, "secret_id?"),
        (
            "secretsmanager",
            "GetSecretValue",
            whole,
            "secret_id=arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-a1B2c3",
        ),
        // Parameters: the ARN leaves out the slash.
        ("ssm", "GetParameter", r#""parameter/orders/db""#, "name=/orders/db"),
        ("ssm", "GetParameter", r#""parameter/db""#, "name?"),
        ("ssm", "GetParameters", r#""parameter/orders/db""#, "names?"),
        // Account and Region would be needed.
        ("sqs", "SendMessage", r#""jobs""#, "queue_url?"),
        ("sns", "Publish", r#""orders""#, "target_arn? topic_arn?"),
        ("sfn", "StartExecution", r#""stateMachine:orders""#, "state_machine_arn?"),
        // Whole ARNs.
        (
            "sns",
            "Publish",
            r#""arn:aws:sns:eu-west-1:111122223333:orders""#,
            "topic_arn=arn:aws:sns:eu-west-1:111122223333:orders",
        ),
        (
            "kinesis",
            "PutRecord",
            r#""arn:aws:kinesis:eu-west-1:111122223333:stream/clicks""#,
            "stream_arn=arn:aws:kinesis:eu-west-1:111122223333:stream/clicks",
        ),
        ("dynamodb", "GetItem", r#""arn:aws:dynamodb:*:111122223333:table/orders""#, "table_name?"),
        (
            "dynamodb",
            "GetItem",
            r#""arn:aws:dynamodb:{region}:{account}:table/orders""#,
            "table_name?",
        ),
        (
            "dynamodb",
            "Query",
            r#""arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/by-date""#,
            "index_name? table_name?",
        ),
        ("sqs", "SendMessage", r#""arn:aws:sqs:eu-west-1:111122223333:jobs""#, "queue_url?"),
        // Wildcards and parameters.
        ("dynamodb", "GetItem", r#""table/orders-*""#, "table_name?"),
        ("dynamodb", "GetItem", r#""table/orders-{stage}""#, "table_name?"),
        (
            "dynamodb",
            "Query",
            r#""table/orders-{stage}/index/by-date""#,
            "index_name=by-date table_name?",
        ),
        ("s3", "GetObject", r#""acme-*/settings.json""#, "bucket? key?"),
        // Several resources, of which only those that fit the operation count.
        ("dynamodb", "GetItem", r#"["table/orders", "table/returns"]"#, "table_name?"),
        ("s3", "GetObject", r#"["acme/in/*", "acme/out/*"]"#, "bucket=acme key?"),
        ("s3", "GetObject, ListObjectsV2", r#"["acme", "acme/out/*"]"#, "bucket=acme key?"),
        ("s3", "GetObject", r#"["acme/in/*", env("MORE", as = "name")]"#, "bucket? key?"),
        ("s3", "GetObject", r#""*", any_resource = "a mirror""#, "bucket? key?"),
        // Variables.
        ("sqs", "SendMessage", r#"env("Q", as = "url")"#, "queue_url=$Q"),
        ("sqs", "SendMessage", r#"env("Q", as = "arn")"#, "queue_url?"),
        ("sns", "Publish", r#"env("T", as = "arn")"#, "topic_arn=$T"),
        ("sns", "Publish", r#"env("T", as = "name")"#, "target_arn? topic_arn?"),
        ("dynamodb", "GetItem", r#"env("T", as = "name")"#, "table_name=$T"),
        ("dynamodb", "GetItem", r#"env("T", as = "arn")"#, "table_name=$T"),
        ("dynamodb", "Query", r#"env("T", as = "name")"#, "table_name=$T index_name?"),
        ("dynamodb", "Query", r#"env("T", as = "arn")"#, "index_name? table_name?"),
        ("s3", "PutObject", r#"env("B", as = "name")"#, "bucket=$B key?"),
        ("s3", "PutObject", r#"env("B", as = "arn")"#, "bucket? key?"),
        ("secretsmanager", "GetSecretValue", r#"env("S", as = "name")"#, "secret_id=$S"),
        ("secretsmanager", "GetSecretValue", r#"env("S", as = "arn")"#, "secret_id=$S"),
        ("ssm", "GetParameter", r#"env("P", as = "name")"#, "name=$P"),
        // Another account's, where a bare name would mean ours.
        ("dynamodb", "GetItem", r#""table/orders", owner = "444455556666""#, "table_name?"),
        ("dynamodb", "GetItem", r#"env("T", as = "name"), owner = "444455556666""#, "table_name?"),
        ("s3", "GetObject", r#""acme/*", owner = "444455556666""#, "bucket=acme key?"),
        // The request names its resources in a list or a map, or nowhere.
        ("dynamodb", "BatchGetItem", r#""table/orders""#, "request_items?"),
        ("dynamodb", "TransactWriteItems", r#""table/orders""#, ""),
    ] {
        let methods = methods(&format!("#[aws({client}({operation}), on = {on})]"));
        assert_eq!(line(&methods[0]), expected, "{client} {operation} {on}");
    }
}

#[test]
fn what_two_attributes_fix_differently_is_open() {
    let methods = methods(
        r#"#[aws(s3(GetObject, PutObject), on = "acme/in/*")] #[aws(s3(GetObject), on = "other/*")]"#,
    );
    let lines: Vec<String> = methods.iter().map(line).collect();
    assert_eq!(lines, ["bucket? key?", "bucket=acme key?"]);
}

#[test]
fn a_waiter_is_a_method_that_polls_a_declared_operation() {
    let methods = methods(r#"#[aws(s3(HeadBucket, wait_until_bucket_exists), on = "acme")]"#);
    let names: Vec<_> = methods
        .iter()
        .map(|m| (m.name.as_str(), m.operation.as_str(), m.waiter.as_deref()))
        .collect();
    assert_eq!(
        names,
        [
            ("head_bucket", "HeadBucket", None),
            ("wait_until_bucket_exists", "HeadBucket", Some("BucketExists"))
        ]
    );
    assert_eq!(line(&methods[1]), "bucket=acme");
}

/// Of every seventh operation, with a resource of every type that it has: a value is set only for a member that the
/// catalog knows to be text, and never one with a part that stands for many.
#[test]
fn presets_are_texts_without_wildcards_whatever_the_operation() {
    let mut set = 0;
    for operation in Catalog::embedded().operations().step_by(7) {
        let kinds: Vec<_> = operation
            .primary()
            .flat_map(|action| {
                action.resource_types().map(|kind| kind.resource_type).collect::<Vec<_>>()
            })
            .collect();
        for format in kinds.iter().flat_map(|kind| kind.arn_formats()) {
            let mut sample = String::new();
            for part in tail(format).split_inclusive('}') {
                let (literal, open) = part.split_once("${").unwrap_or((part, ""));
                sample += literal;
                sample += if open.is_empty() { "" } else { "x1" };
            }
            let resource = DeclaredResource::Tail(sample.as_str().into());
            for (member, value) in naming(operation, &[resource], None) {
                let Some(value) = value else { continue };
                let mut members = operation.resource_members();
                let known = members.any(|known| known.member == member && known.is_text);
                assert!(known, "{} {member}", operation.name());
                let PresetValue::Text(text) = value else { panic!("{member} is a variable") };
                assert!(text.contains("x1") && !text.contains('*'), "{}: {text}", operation.name());
                set += 1;
            }
        }
    }
    assert!(set > 500, "{set}");
}
