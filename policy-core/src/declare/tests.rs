use super::*;
use crate::evidence::{DeclaredName, DeclaredOwner, DeclaredResource, EnvironmentForm, UrlAuth};
use crate::iam::AccessLevel;

mod invokers;
mod names;
mod soup;

fn file() -> SourceFile {
    SourceFile {
        package: "order-api".into(),
        crate_name: "order_api".into(),
        target: Some("order-api".into()),
        file: "order-api/src/main.rs".into(),
    }
}

fn derive(source: &str) -> Result<DeclaredStruct, Vec<(String, String)>> {
    let input = syn::parse_str(source).expect("the test is Rust");
    parse_derive(&input, &file(), Catalog::embedded()).map_err(|b| underlined(&b.mistakes))
}

fn function(attribute: &str) -> Result<Declaration, Vec<(String, String)>> {
    let tokens = attribute.parse().expect("the test is tokens");
    let name = Ident::new("handler", Span::call_site());
    parse_function(tokens, Span::call_site(), &name, &file(), Catalog::embedded())
        .map_err(|mistakes| underlined(&mistakes))
}

/// What each mistake underlines, and its message.
fn underlined(mistakes: &Mistakes) -> Vec<(String, String)> {
    let text = |error: &syn::Error| error.span().source_text().unwrap_or_default();
    mistakes.errors().iter().map(|error| (text(error), error.to_string())).collect()
}

/// The mistakes of one field attribute, and what it declares when there are none.
fn field(attribute: &str) -> Result<DeclaredStruct, Vec<(String, String)>> {
    derive(&format!("struct Access {{ #[aws({attribute})] field: Field }}"))
}

fn refused(attribute: &str, expected: &[(&str, &str)]) {
    match field(attribute) {
        Ok(declared) => panic!("{attribute} is accepted: {:?}", declared.declaration.accesses),
        Err(found) => {
            let found: Vec<_> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            assert_eq!(found, expected, "{attribute}");
        }
    }
}

#[test]
fn a_whole_struct_is_read() {
    let source = r#"
        #[derive(AwsAccess)]
        #[aws(function = "order-api", polls(sqs("jobs")))]
        #[aws(invoked_by(events("rule/nightly", qualifier = "live"), s3("acme-uploads")))]
        pub struct Access {
            /// Orders.
            #[aws(dynamodb(GetItem, PutItem), on = "table/orders-{stage}")]
            pub orders: Orders,
            #[aws(s3(GetObject, HeadObject), on = "acme-receipts/*")]
            #[aws(s3(ListObjectsV2, GetObject), on = ["acme-receipts", "acme-archive/*"], keep = "monthly")]
            pub receipts: Receipts,
            #[aws(secretsmanager(GetSecretValue), on = "secret:stripe-??????", kms_key = "key/1234abcd-12ab-34cd-56ef-1234567890ab")]
            pub stripe: StripeSecret,
            #[aws(sqs(SendMessage), on = env("QUEUE_URL", as = "url"), owner = "444455556666")]
            pub queue: WorkQueue,
            #[aws(rds_db(action("rds-db:connect")), on = "dbuser:*/app")]
            pub database: Database,
        }
    "#;
    let declared = derive(source).unwrap();
    let Declaration { function, accesses, invokers, polls, origin, .. } = &declared.declaration;
    assert_eq!(function.as_deref(), Some("order-api"));
    assert_eq!((origin.line, origin.column, &*origin.item), (5, 20, "Access"));
    assert_eq!((invokers.len(), polls.len(), accesses.len()), (2, 1, 6));
    assert_eq!(invokers[0].qualifier.as_deref(), Some("live"));
    assert_eq!((&*invokers[1].kind, &*invokers[1].source), ("s3", "acme-uploads"));
    assert_eq!(accesses[0].names[1], DeclaredName::Operation("PutItem".into()));
    assert_eq!(accesses[0].resources, [DeclaredResource::Tail("table/orders-{stage}".into())]);
    assert_eq!((accesses[0].origin.line, accesses[0].origin.column), (7, 13));
    assert_eq!(&*accesses[0].origin.item, "Access::orders");
    assert_eq!(accesses[2].keep.as_deref(), Some("monthly"));
    assert!(accesses[3].kms_key.is_some());
    assert_eq!(
        accesses[4].resources,
        [DeclaredResource::Environment { name: "QUEUE_URL".into(), form: EnvironmentForm::Url }]
    );
    assert!(matches!(accesses[4].owner, Some(DeclaredOwner::Account(_))));
    assert_eq!(accesses[5].names, [DeclaredName::Action("rds-db:connect".parse().unwrap())]);

    let receipts = &declared.fields[1];
    let methods: Vec<_> = receipts.methods.iter().map(|method| &*method.name).collect();
    assert_eq!(methods, ["get_object", "head_object", "list_objects_v2"]);
    assert_eq!(receipts.methods[1].actions, ["s3:GetObject"]);
    assert_eq!(receipts.client.as_ref().unwrap().crate_name, "aws_sdk_s3");
    assert_eq!(declared.fields[3].variables[0].name, "QUEUE_URL");
    assert!(declared.fields[4].client.is_none());
}

#[test]
fn a_function_declares_access_without_a_handle() {
    let declared = function(r#"rds_db(action("rds-db:connect")), on = "dbuser:*/app""#).unwrap();
    assert_eq!(&*declared.accesses[0].origin.item, "handler");
    let declared = function(r#"function = "nightly", invoked_by(events("rule/nightly"))"#).unwrap();
    assert_eq!((declared.accesses.len(), declared.invokers.len()), (0, 1));
    assert_eq!(declared.function_name(), Some("nightly"));
}

#[test]
fn good_attributes() {
    for attribute in [
        r#"dynamodb(Query), on = ["table/orders", "table/orders/index/*"]"#,
        r#"dynamodb(GetItem), on = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders""#,
        r#"dynamodb(GetItem), on = "arn:aws:dynamodb:{region}:{account}:table/orders-{stage}""#,
        r#"dynamodb(GetItem), on = "arn:aws:dynamodb:*:111122223333:table/orders""#,
        r#"s3(ListBuckets), on = "*", any_resource = "shows every bucket to the operator""#,
        r#"s3(ListBuckets), any_resource = "shows every bucket to the operator""#,
        r#"xray(PutTraceSegments), any_resource = "own tracer""#,
        r#"sts(GetCallerIdentity)"#,
        r#"s3(GetObject), on = env("BUCKET", as = "name"), owner = any("public data set")"#,
        r#"sqs(SendMessage), on = "jobs", via_role = "arn:aws:iam::{other}:role/sender""#,
        r#"sqs(SendMessage), via_role = "arn:aws:iam::111122223333:role/sender""#,
        r#"dynamodb(GetItem), on = "table/orders", crate = "crate::sdk::dynamodb""#,
        r#"logs(PutLogEvents), on = "log-group:/acme/audit:log-stream:*""#,
        r#"logs(PutLogEvents), on = "log-group:/acme/audit:*""#,
        r#"ssm(GetParameter), on = "parameter/orders/db""#,
        r#"lambda(Invoke), on = ["function:orders", "function:orders:*"]"#,
        r#"execute_api(action("execute-api:Invoke")), on = "a1b2c3d4e5/prod/POST/orders""#,
        r#"sns(Publish), on = "orders""#,
        r#"kms(Decrypt), on = "key/1234abcd-12ab-34cd-56ef-1234567890ab","#,
        r#"events(PutEvents), on = "event-bus/shop""#,
        r#"sfn(StartExecution), on = "stateMachine:orders""#,
    ] {
        if let Err(mistakes) = field(attribute) {
            panic!("{attribute} is refused: {mistakes:?}");
        }
    }
}

#[test]
fn missing_and_open_resources_are_refused() {
    refused(
        r#"dynamodb(GetItem)"#,
        &[(
            "dynamodb",
            "no resource is named: add `on = \"table/TableName\"`, or `any_resource = \"…\"` with the reason why none can be",
        )],
    );
    refused(
        r#"xray(PutTraceSegments)"#,
        &[(
            "PutTraceSegments",
            "`xray:PutTraceSegments` has no resource types, so only `*` can grant it: add `any_resource = \"…\"` with what it is for",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = "*""#,
        &[(
            "\"*\"",
            "`*` is every resource there is: say why none can be named, `any_resource = \"…\"`",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = "*", any_resource = " ""#,
        &[
            ("\" \"", "the reason is empty: say it to the next reader"),
            (
                "\"*\"",
                "`*` is every resource there is: say why none can be named, `any_resource = \"…\"`",
            ),
        ],
    );
    refused(
        r#"dynamodb(GetItem), on = "table/orders", any_resource = "lazy""#,
        &[(
            "\"lazy\"",
            "`any_resource` explains `on = \"*\"`, and resources are named here: remove one of the two",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = "arn:*:dynamodb:eu-west-1:111122223333:table/orders""#,
        &[(
            "\"arn:*:dynamodb:eu-west-1:111122223333:table/orders\"",
            "`*` stands for the partition, which cannot be left open: write the whole ARN, or only `table/orders`",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = "arn:aws:dynamo*:eu-west-1:111122223333:table/orders""#,
        &[(
            "\"arn:aws:dynamo*:eu-west-1:111122223333:table/orders\"",
            "`dynamo*` stands for the service, which cannot be left open: write the whole ARN, or only `table/orders`",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = "arn:aws:dynamodb:eu-west-1:*:table/orders""#,
        &[(
            "\"arn:aws:dynamodb:eu-west-1:*:table/orders\"",
            "`*` stands for the account: write its 12 digits, or only `table/orders` with `owner = any(\"reason\")`",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = "arn:aws:dynamodb:eu-west-1:11112222333:table/orders""#,
        &[(
            "\"arn:aws:dynamodb:eu-west-1:11112222333:table/orders\"",
            "`11112222333` is not an account id of 12 digits",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = "arn:aws:dynamodb:table/orders""#,
        &[(
            "\"arn:aws:dynamodb:table/orders\"",
            "`arn:aws:dynamodb:table/orders` is cut off: an ARN has six parts, as `arn:aws:sqs:eu-west-1:111122223333:jobs`",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = "table/orders-{stage""#,
        &[("\"table/orders-{stage\"", "`table/orders-{stage` opens a `{` and does not close it")],
    );
}

#[test]
fn options_are_checked() {
    refused(
        r#"dynamodb(GetItem), on = "table/orders", owner = "1234""#,
        &[("\"1234\"", "`1234` is not an account id of 12 digits")],
    );
    refused(
        r#"dynamodb(GetItem), on = "table/orders", ownr = "111122223333""#,
        &[("ownr", "unknown option `ownr`; did you mean `owner`?")],
    );
    refused(
        r#"dynamodb(GetItem), on = "table/orders", on = "table/other""#,
        &[("on", "`on` is written twice")],
    );
    refused(
        r#"dynamodb(GetItem), on = "table/orders", via_role = "sender""#,
        &[(
            "\"sender\"",
            "`sender` is not a role ARN such as `arn:aws:iam::111122223333:role/orders`",
        )],
    );
    refused(
        r#"secretsmanager(GetSecretValue), on = "secret:a-??????", kms_key = "alias/orders""#,
        &[(
            "\"alias/orders\"",
            "`alias/orders` is an alias, and IAM grants on keys only: write the key, as `key/1234abcd-…`",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = env("TABLE", as = "url")"#,
        &[(
            "\"url\"",
            "only the URL of a queue tells its ARN: write `as = \"arn\"` or `as = \"name\"`",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = env("TABLE")"#,
        &[(
            "env",
            "say what the variable holds: `env(\"TABLE\", as = \"url\")`, `\"arn\"` or `\"name\"`",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = env("table-name", as = "name")"#,
        &[(
            "\"table-name\"",
            "`table-name` is not the name of a variable: letters, digits and `_`",
        )],
    );
    refused(
        r#"rds_db(action("rds-db:connect")), on = "dbuser:*/app", crate = "x""#,
        &[(
            "\"x\"",
            "`crate` says where an SDK client is, and no operation of one is declared here: remove it",
        )],
    );
}

#[test]
fn several_mistakes_are_reported_together() {
    let found = derive(
        r#"struct Access<T> {
            #[aws(dynamdb(GetItem), on = "table/orders")]
            orders: Orders,
            #[aws(s3(GetObjects, PutObjekt), on = "*", ownr = "x")]
            receipts: Receipts,
            cache: Cache,
            #[aws(sqs(SendMessage), on = "jobs")]
            queue: Vec<Queue>,
        }"#,
    );
    let Err(found) = found else { panic!("accepted") };
    let tokens: Vec<_> = found.iter().map(|(token, _)| token.as_str()).collect();
    assert_eq!(
        tokens,
        ["T", "dynamdb", "ownr", "GetObjects", "PutObjekt", "\"*\"", "cache", "Vec<Queue>"]
    );
}

#[test]
fn the_shape_of_an_attribute_is_checked() {
    refused(r#""#, &[("aws", "no client is named: write `dynamodb(GetItem), on = \"table/…\"`")]);
    refused(
        r#"dynamodb"#,
        &[("dynamodb", "`dynamodb` needs what is called there: write `dynamodb(GetItem, …)`")],
    );
    refused(
        r#"dynamodb(GetItem PutItem), on = "table/orders""#,
        &[("PutItem", "expected `,` before this")],
    );
    refused(r#"dynamodb(GetItem) on = "table/orders""#, &[("on", "expected `,` before this")]);
    refused(
        r#"dynamodb("GetItem"), on = "table/orders""#,
        &[(
            "\"GetItem\"",
            "write the operation without quotes, or `action(\"GetItem\")` for an IAM action",
        )],
    );
    refused(
        r#"dynamodb(GetItem), s3(GetObject), on = "table/orders""#,
        &[(
            "s3",
            "one attribute declares one client, and `dynamodb` is named already: write a second `#[aws(…)]`, on a field of its own unless it is the same client",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = concat!("table/", "orders")"#,
        &[(
            "concat",
            "write the string itself: declarations are read without running or expanding code",
        )],
    );
    refused(
        r#"dynamodb(GetItem), on = TABLE"#,
        &[(
            "TABLE",
            "expected a resource: an ARN, what follows the account in it such as `\"table/orders\"`, or `env(\"NAME\", as = \"arn\")`",
        )],
    );
    refused(
        r#"dynamodb(GetItem, GetItem), on = "table/orders""#,
        &[("GetItem", "`dynamodb:GetItem` is written twice")],
    );
    refused(
        r#"dynamodb(), on = "table/orders""#,
        &[("dynamodb", "`dynamodb()` names nothing: write what is called there")],
    );
    refused(
        r#"dynamodb(GetItem), on = "table/orders", function = "x""#,
        &[("function", "`function` stands on the struct, not on a field")],
    );
}

#[test]
fn what_belongs_to_the_struct_is_checked() {
    let table: [(&str, &str, &str); 10] = [
        (
            "invoked_by(sqs(\"jobs\"))",
            "sqs",
            "`sqs` is polled with the execution role: write `polls(sqs(…))`",
        ),
        (
            "polls(sns(\"orders\"))",
            "sns",
            "`sns` invokes the function itself: write `invoked_by(sns(…))`",
        ),
        (
            "invoked_by(eventbridge(\"rule/x\"))",
            "eventbridge",
            "unknown invoker `eventbridge`; did you mean `events`?",
        ),
        (
            "invoked_by(events(\"nightly\"))",
            "\"nightly\"",
            "`nightly` is no source of `events`: write one such as `rule/nightly`",
        ),
        (
            "function = \"order api\"",
            "\"order api\"",
            "`order api` is not a function name: up to 64 letters, digits, `-` and `_`",
        ),
        (
            "invoked_by(event(\"rule/x\"))",
            "event",
            "unknown invoker `event`; did you mean `events`?",
        ),
        ("polls(sqss(\"jobs\"))", "sqss", "unknown event source `sqss`; did you mean `sqs`?"),
        (
            "invoked_by(s3(\"b\", qualifier = \"$LATEST\"))",
            "\"$LATEST\"",
            "`$LATEST` has no policy of its own: leave `qualifier` out for the unqualified function",
        ),
        (
            "invoked_by()",
            "invoked_by",
            "`invoked_by()` names nothing: write `invoked_by(events(\"rule/nightly\"))`",
        ),
        (
            "dynamodb(GetItem)",
            "dynamodb",
            "`dynamodb(…)` does not stand on the struct: write `#[aws(dynamodb(…))]` on the field that holds its handle; here go `function`, `invoked_by` and `polls`",
        ),
    ];
    for (attribute, token, message) in table {
        let found = derive(&format!("#[aws({attribute})] struct Access;")).map(|_| ());
        assert_eq!(found, Err(vec![(token.to_owned(), message.to_owned())]), "{attribute}");
    }
}

#[test]
fn two_clients_on_one_field_are_refused() {
    let found = derive(
        r#"struct Access {
            #[aws(dynamodb(GetItem), on = "table/orders")]
            #[aws(s3(GetObject), on = "b/*")]
            orders: Orders,
        }"#,
    );
    let Err(found) = found else { panic!("accepted") };
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "s3");
}
