use super::*;
use crate::declare::{SourceFile, undeclared_calls};

/// The methods that are refused in `function`, whose first attribute is taken as the one that is expanded.
fn refused(function: &str) -> Vec<String> {
    messages(function).into_iter().map(|(method, _)| method).collect()
}

fn messages(function: &str) -> Vec<(String, String)> {
    let trees: Vec<TokenTree> = function.parse::<TokenStream>().unwrap().into_iter().collect();
    let TokenTree::Group(own) = &trees[1] else { panic!("no attribute") };
    let Some(TokenTree::Group(own)) = own.stream().into_iter().last() else {
        panic!("no parentheses")
    };
    let item: TokenStream = trees[2..].iter().cloned().collect();
    let file = SourceFile {
        package: "order-api".into(),
        crate_name: "order_api".into(),
        target: None,
        file: "src/lib.rs".into(),
    };
    syn::parse2::<ImplItemFn>(item.clone()).expect("the test is Rust");
    let name = Ident::new("f", proc_macro2::Span::call_site());
    let mistakes = undeclared_calls(own.stream(), item, &name, &file, Catalog::embedded());
    let text = |error: &syn::Error| error.span().source_text().unwrap_or_default();
    mistakes.errors().iter().map(|error| (text(error), error.to_string())).collect()
}

const GET: &str = r#"#[aws_access(dynamodb(GetItem), on = "table/orders")]"#;

fn body(parameters: &str, body: &str) -> Vec<String> {
    refused(&format!("{GET} async fn f({parameters}) {{ {body} }}"))
}

#[test]
fn an_undeclared_call_on_a_parameter_is_refused_under_its_name() {
    let function = format!(
        "{GET} async fn read(client: &aws_sdk_dynamodb::Client) {{
            client.get_item().table_name(\"orders\").send().await;
            client.delete_item().send().await;
            client.list_tables().send().await;
        }}"
    );
    assert_eq!(
        messages(&function),
        [
            (
                "delete_item".to_owned(),
                "`delete_item` needs `dynamodb:DeleteItem`, which this function does not declare: add `#[aws_access(dynamodb(DeleteItem), on = \"table/TableName\")]`"
                    .to_owned()
            ),
            (
                "list_tables".to_owned(),
                "`list_tables` needs `dynamodb:ListTables`, which this function does not declare: add `#[aws_access(dynamodb(ListTables), any_resource = \"…\")]`"
                    .to_owned()
            ),
        ]
    );
}

#[test]
fn parameters_are_clients_when_their_type_is_written_as_one() {
    for parameters in [
        "c: aws_sdk_dynamodb::Client",
        "c: &aws_sdk_dynamodb::Client",
        "mut c: &mut ::aws_sdk_dynamodb::Client",
        "c: &aws_sdk_dynamodb::client::Client",
        "c: std::sync::Arc<aws_sdk_dynamodb::Client>",
        "c: &Arc<aws_sdk_dynamodb::Client>",
        "&self, other: u8, c: Box<aws_sdk_dynamodb::Client>",
    ] {
        assert_eq!(body(parameters, "c.delete_item();"), ["delete_item"], "{parameters}");
    }
    for parameters in [
        "c: Client",
        "c: &DynamoClient",
        "c: &sdk::Client",
        "c: impl AsRef<aws_sdk_dynamodb::Client>",
        "c: Option<aws_sdk_dynamodb::Client>",
        "c: &aws_sdk_dynamodb::Config",
        "c: &aws_sdk_nothing::Client",
        "State(c): State<aws_sdk_dynamodb::Client>",
        "&self",
    ] {
        assert!(body(parameters, "c.delete_item();").is_empty(), "{parameters}");
    }
}

#[test]
fn a_client_is_followed_under_the_names_that_it_certainly_has() {
    let parameters = "client: &aws_sdk_dynamodb::Client";
    for statements in [
        "let c = client.clone(); c.delete_item();",
        "let c = &client; (*c).delete_item();",
        "let c = std::sync::Arc::clone(&client); c.delete_item();",
        "spawn(async move { client.delete_item().send().await });",
        "items.iter().map(|item| client.delete_item());",
        "if let Some(x) = y { client.delete_item(); }",
        "match y { Some(x) => client.delete_item(), None => other }",
        "aws_sdk_dynamodb::Client::delete_item(client);",
        "let start = aws_sdk_dynamodb::Client::delete_item;",
        "tokio::join!(client.get_item().send(), client.delete_item().send());",
        "select! { let x = client.delete_item(); x }",
        "{ let client = 1; } client.delete_item();",
        "for client in clients { client.put_item(); } client.delete_item();",
        "let c: &aws_sdk_dynamodb::Client = pick(); c.delete_item();",
        "let f = |c: &aws_sdk_dynamodb::Client| c.delete_item();",
    ] {
        assert_eq!(body(parameters, statements), ["delete_item"], "{statements}");
    }
}

#[test]
fn nothing_is_said_of_other_receivers() {
    let parameters = "client: &aws_sdk_dynamodb::Client, app: &App";
    for statements in [
        "app.client.delete_item();",
        "self.delete_item();",
        "make().delete_item();",
        "let client = app.store(); client.delete_item();",
        "if let Some(client) = app.other { client.delete_item(); }",
        "while let Some(client) = app.next() { client.delete_item(); }",
        "match app.kind { Kind::One(client) => client.delete_item() }",
        "for client in app.clients() { client.delete_item(); }",
        "app.with(|client| client.delete_item());",
        "let Parts { client, .. } = app.parts(); client.delete_item();",
        "fn inner(client: &Other) { client.delete_item(); }",
        "client.config().delete_item();",
        "client.get_item().delete_item();",
        "not_rust!(client delete_item);",
        "client.not_an_operation();",
        "Client::delete_item(client);",
    ] {
        assert!(body(parameters, statements).is_empty(), "{statements}");
    }
}

#[test]
fn all_attributes_of_the_function_count_together() {
    let of = |attributes: &str, call: &str| {
        refused(&format!(
            "{attributes} fn f(s3: &aws_sdk_s3::Client, db: &aws_sdk_dynamodb::Client) {{ {call}; }}"
        ))
    };
    let second = r#"#[policy_macros::aws_access(s3(GetObject), on = "b/*")]"#;
    assert!(of(&format!("{GET} {second}"), "s3.get_object(); db.get_item()").is_empty());
    assert_eq!(of(&format!("{GET} {second}"), "s3.put_object()"), ["put_object"]);
    // Imported under another name.
    let renamed = second.replace("policy_macros::aws_access", "declares");
    assert!(of(&format!("{GET} {renamed}"), "s3.get_object()").is_empty());
    // Known only when the condition is.
    let later = r#"#[cfg_attr(unix, aws_access(s3(GetObject), on = "b/*"))]"#;
    assert!(of(&format!("{GET} {later}"), "s3.get_object(); s3.put_object()").is_empty());
    let other = r#"#[cfg_attr(unix, inline)]"#;
    assert_eq!(of(&format!("{GET} {other}"), "s3.put_object()"), ["put_object"]);
    // By the action, or by an access level; and what needs no permission needs no declaration.
    let action = r#"#[aws_access(s3(action("s3:GetObject"), ListBucket), on = ["b/*", "b"])]"#;
    assert!(of(action, "s3.get_object(); s3.head_object(); s3.list_objects_v2()").is_empty());
    assert!(of(r#"#[aws_access(s3(read), on = "b/*")]"#, "s3.get_object()").is_empty());
    assert_eq!(of(r#"#[aws_access(s3(read), on = "b/*")]"#, "s3.put_object()"), ["put_object"]);
    let sts = "#[aws_access(sts(AssumeRole), on = \"role/reader\")]
        fn f(sts: &aws_sdk_sts::Client) { sts.get_caller_identity(); }";
    assert!(refused(sts).is_empty());
}

#[test]
fn waiters_need_the_operation_that_they_poll() {
    let parameters = "client: &aws_sdk_dynamodb::Client";
    assert_eq!(body(parameters, "client.wait_until_table_exists();"), ["wait_until_table_exists"]);
    let declared = r#"#[aws_access(dynamodb(DescribeTable), on = "table/orders")]"#;
    let function = format!("{declared} fn f({parameters}) {{ client.wait_until_table_exists(); }}");
    assert!(refused(&function).is_empty());
}

#[test]
fn a_renamed_crate_is_known_by_its_declaration() {
    let function = |path: &str| {
        format!(
            r#"#[aws_access(dynamodb(GetItem), on = "table/orders", crate = "crate::sdk::dynamodb")]
            fn f(client: &{path}::Client) {{ client.delete_item(); }}"#
        )
    };
    assert_eq!(refused(&function("crate::sdk::dynamodb")), ["delete_item"]);
    assert!(refused(&function("crate::sdk::other")).is_empty());
}
