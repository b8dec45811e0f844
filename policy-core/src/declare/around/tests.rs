use super::*;

const ACCESS: &str = r#"
use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
    #[aws(s3(GetObject), on = "acme-receipts/*")]
    receipts: Receipts,
    #[aws(sqs(SendMessage), on = env("QUEUE_URL", as = "url"))]
    queue: Queue,
}
"#;

/// `underlined line: message`, for functions below the declarations.
fn around(code: &str) -> Vec<String> {
    let file = syn::parse_file(&format!("{ACCESS}{code}")).expect("the test is Rust");
    let is_built = |attributes: &[Attribute]| {
        !attributes.iter().any(|attribute| attribute.path().is_ident("cfg"))
    };
    let file = ReadFile { file: "src/main.rs", items: &file.items, is_built: &is_built };
    let found = ways_around(&[file], Catalog::embedded());
    let first = u32::try_from(ACCESS.lines().count()).unwrap();
    found
        .iter()
        .map(|way| {
            assert_eq!(&*way.file, "src/main.rs");
            let line = way.line.checked_sub(first).unwrap();
            format!("{line}:{} {}", way.column, way.message.split([';', ':']).next().unwrap())
        })
        .collect()
}

#[test]
fn a_preset_that_is_set_anew_is_told() {
    let table = "`table_name` of a declared `GetItem` is set anew";
    for (code, expected) in [
        ("fn f(a: &Access) { a.orders.get_item().key(k).table_name(\"others\").send(); }", table),
        ("fn f(&self) { self.access.orders.get_item().table_name(name); }", table),
        ("fn f(orders: &Orders) { orders.get_item().set_table_name(name); }", table),
        ("fn f(a: &A) { let get = a.orders.get_item(); get.table_name(name); }", table),
        (
            "fn f(a: &A) { a.receipts.get_object().bucket(OTHER); }",
            "`bucket` of a declared `GetObject` is set anew",
        ),
        (
            "fn f(a: &A) { a.queue.send_message().queue_url(url); }",
            "`queue_url` of a declared `SendMessage` is set anew",
        ),
    ] {
        let code = format!("impl App {{ {code} }}");
        let found = around(&code);
        assert_eq!(found.len(), 1, "{code}: {found:?}");
        assert!(found[0].ends_with(expected), "{found:?}");
    }
}

#[test]
fn tests_may_set_what_they_like() {
    for code in [
        "#[cfg(test)] mod tests { fn f(a: &A) { a.orders.get_item().table_name(name); } }",
        "#[tokio::test] async fn f() { a.orders.get_item().table_name(name); }",
        "impl App { #[cfg(test)] fn f(a: &A) { a.orders.get_item().table_name(name); } }",
    ] {
        assert!(around(code).is_empty(), "{code}: {:?}", around(code));
    }
}

#[test]
fn what_is_open_or_the_same_may_be_set() {
    for code in [
        "fn f(a: &A) { a.receipts.get_object().key(k); }",
        "fn f(a: &A) { a.orders.get_item().table_name(\"orders\"); }",
        "fn f(a: &A) { a.queue.send_message().queue_url(a.queue.queue_url()); }",
        "fn f(a: &A) { a.others.get_item().table_name(name); }",
        "fn f(a: &A) { client.get_item().table_name(name); }",
        "fn f(a: &A) { let get = a.orders.get_item(); let get = other(); get.table_name(name); }",
        "fn f(a: &A) { a.orders.query().table_name(name); }",
    ] {
        assert!(around(code).is_empty(), "{code}: {:?}", around(code));
    }
}

#[test]
fn credentials_that_leave_a_configuration_are_told() {
    assert_eq!(
        around("fn f(c: &aws_config::SdkConfig) { sign(c.credentials_provider()); }"),
        ["1:42 credentials are taken out of a configuration"]
    );
    assert!(around("fn f(b: Builder) { b.credentials_provider(own()); }").is_empty());
}

#[test]
fn where_nothing_is_declared_there_is_nothing_to_go_around() {
    let file = syn::parse_file("fn f(c: &SdkConfig) { c.credentials_provider(); }").unwrap();
    let is_built = |_: &[Attribute]| true;
    let file = ReadFile { file: "src/main.rs", items: &file.items, is_built: &is_built };
    assert!(ways_around(&[file], Catalog::embedded()).is_empty());
}
