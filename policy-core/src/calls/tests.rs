//! Sources as text, and the calls in them. Whole functions are in `policy-cli/tests/calls`.

use syn::Attribute;

use super::*;
use crate::evidence::{CallPlace, DeclaredResource, ReachableResource};

mod resources;

/// `cfg(off)` is absent, `cfg(odd)` cannot be told.
fn presence(attributes: &[Attribute]) -> Presence {
    let written = |name: &str| {
        attributes
            .iter()
            .any(|it| matches!(&it.meta, syn::Meta::List(list) if list.tokens.to_string() == name))
    };
    match (written("off"), written("odd")) {
        (true, _) => Presence::Absent,
        (_, true) => Presence::Unknown,
        _ => Presence::Present,
    }
}

/// Crates that a manifest names.
const EXTERNS: &[&str] = &[
    "aws_config",
    "aws_sdk_dynamodb",
    "aws_sdk_glacier",
    "aws_sdk_s3",
    "aws_sigv4",
    "tokio",
    "toolbox",
];

fn source<'a>(name: &str, binary: Option<&str>, files: &[(&str, &str)]) -> SourceCrate<'a> {
    let externs = EXTERNS.iter().map(|&it| (it.into(), Extern::Registry(it.into()))).collect();
    let files = files.iter().map(|(path, text)| SourceModule {
        path: path.split("::").filter(|it| !it.is_empty()).map(Into::into).collect(),
        file: format!("{name}/{}.rs", if path.is_empty() { "main" } else { path }).into(),
        items: syn::parse_file(text).unwrap().items,
    });
    SourceCrate {
        package: name.into(),
        name: name.into(),
        binary: binary.map(Into::into),
        externs,
        files: files.collect(),
        presence: &presence,
    }
}

/// The resource; of calls with several sides each with its action.
fn written(resource: &ReachableResource) -> String {
    let joined = |all: Vec<String>| all.join("|");
    match resource {
        ReachableResource::Unknown { .. } => "?".to_owned(),
        ReachableResource::Known(all) => joined(
            all.iter()
                .map(|it| match it {
                    DeclaredResource::Arn(text) | DeclaredResource::Tail(text) => text.to_string(),
                    DeclaredResource::Environment { name, form } => {
                        format!("${name}:{}", form.as_str())
                    }
                    DeclaredResource::Any { .. } => "*".into(),
                })
                .collect(),
        ),
        ReachableResource::ByAction(sides) => joined(
            sides.iter().map(|(action, side)| format!("{action}={}", written(side))).collect(),
        ),
    }
}

/// Why resources are not known, call by call.
fn reasons(text: &str) -> Vec<String> {
    let crates = [source("shop", Some("shop"), &[("", text)])];
    let found = find(&crates, Catalog::embedded(), &Variables::new());
    let reason = |found: &FoundCall| match &found.call.resource {
        ReachableResource::Unknown { reason } => reason.to_string(),
        known => written(known),
    };
    found.calls.iter().map(reason).collect()
}

/// `line item client.Operation confidence kind @binaries on resources` for each call, then what is unknown.
fn lines(found: &Found) -> String {
    let mut lines: Vec<String> = Vec::new();
    for found in &found.calls {
        let call = &found.call;
        let CallPlace::Source { origin, binaries } = &call.place else { panic!("{call:?}") };
        let resource = written(&call.resource);
        lines.push(format!(
            "{} {} {}.{} {} {} @{} on {resource}",
            origin.line,
            origin.item,
            call.client,
            call.name(),
            call.confidence.as_str(),
            found.kind.as_str(),
            binaries.join(","),
        ));
    }
    for unknown in &found.unknown {
        lines.push(format!("unknown {}: {}", unknown.place, unknown.reason));
    }
    lines.join("\n")
}

fn in_main(text: &str) -> String {
    lines(&find(
        &[source("shop", Some("shop"), &[("", text)])],
        Catalog::embedded(),
        &Variables::new(),
    ))
}

#[test]
fn a_method_of_another_type_is_no_call() {
    assert_eq!(
        in_main(
            "struct Client; impl Client { fn new() -> Self { Client } fn get_item(&self) -> Client { Client } async fn send(self) {} }
             async fn main() { Client::new().get_item().send().await; }"
        ),
        ""
    );
}

#[test]
fn circles_of_imports_aliases_and_functions_end() {
    let found = in_main(
        "mod a { pub use super::b::*; pub use super::b::Thing; }
         mod b { pub use super::a::*; pub use super::a::Thing; }
         use a::Thing;
         type Loop = Other; type Other = Loop;
         struct Deep { next: Option<Box<Deep>>, client: aws_sdk_s3::Client, name: String }
         impl std::ops::Deref for Deep { type Target = Deep; fn deref(&self) -> &Deep { self } }
         fn first(name: &str, deep: &Deep) { second(name, deep) }
         fn second(name: &str, deep: &Deep) {
             deep.next.as_ref().unwrap().next.as_ref().unwrap().client.head_bucket().bucket(name).send();
             first(name, deep);
             deep.no_such_method();
         }
         fn main() { let x: Loop = Thing::new(); let y: Thing = x; first(\"acme\", y.deep()); }",
    );
    assert_eq!(found, "9 second s3.HeadBucket certain request @shop on acme");
}

#[test]
fn a_cfg_that_only_a_build_can_tell_makes_a_call_likely() {
    let found = in_main(
        "fn main() {
             let s3 = aws_sdk_s3::Client::new(&config());
             #[cfg(off)]
             s3.list_buckets().send();
             #[cfg(odd)]
             s3.get_object().bucket(\"a\").send();
             s3.put_object().bucket(\"a\").send();
         }
         #[cfg(odd)]
         fn other(s3: &aws_sdk_s3::Client) { s3.delete_object().bucket(\"a\").key(\"k\").send(); }",
    );
    insta::assert_snapshot!(found, @r"
    6 main s3.GetObject likely request @shop on a/*
    7 main s3.PutObject certain request @shop on a/*
    10 other s3.DeleteObject likely request @ on a/k
    ");
}

#[test]
fn what_the_catalog_does_not_know_is_reported_when_it_is_sent() {
    let found = in_main(
        "fn main(s3: aws_sdk_s3::Client, new: aws_sdk_brandnew::Client) {
             s3.brand_new_thing().send();
             s3.config().region();
             new.make_it().bucket(\"a\").send();
         }",
    );
    insta::assert_snapshot!(found, @r"
    unknown shop/main.rs:2: the catalog knows no operation of `aws_sdk_s3` for the method `brand_new_thing`
    unknown shop/main.rs:4: the catalog knows no operation of `aws_sdk_brandnew` for the method `make_it`
    ");
}

#[test]
fn an_unknown_receiver_is_one_of_the_clients_that_the_crate_depends_on() {
    let found = in_main(
        "fn main() {
             outside::rows().get_item().table_name(\"orders\").send();
             outside::bytes().list_multipart_uploads().send();
             outside::rows().put_item();
             outside::rows().get_item(1).send();
             outside::rows().send_message().send();
         }",
    );
    insta::assert_snapshot!(found, @r"
    2 main dynamodb.GetItem likely request @shop on table/orders
    3 main glacier.ListMultipartUploads ambiguous request @shop on ?
    3 main s3.ListMultipartUploads ambiguous request @shop on ?
    ");
}

#[test]
fn another_crate_may_hand_an_sdk_crate_on() {
    let found = in_main(
        "use toolbox::{aws_sdk_s3::Client, aws_sdk_sqs};
         use toolbox::all::*;
         fn main() {
             Client::new(&outside()).list_buckets().send();
             queues(&outside()).create_queue().send();
             outside().purge_queue().send();
             aws_sdk_sns::Client::new(&outside()).list_topics().send();
         }
         fn queues(config: &Config) -> aws_sdk_sqs::Client { aws_sdk_sqs::Client::new(config) }",
    );
    insta::assert_snapshot!(found, @r"
    4 main s3.ListBuckets certain request @shop on ?
    5 main sqs.CreateQueue certain request @shop on ?
    6 main sqs.PurgeQueue likely request @shop on ?
    7 main sns.ListTopics certain request @shop on ?
    ");
}

#[test]
fn setters_that_a_derive_makes_fill_fields() {
    let found = in_main(
        "#[derive(Builder)] struct App { client: aws_sdk_dynamodb::Client, table: String }
         impl App { async fn go(&self) { self.client.scan().table_name(&self.table).send(); } }
         fn main() {
             let app = App::builder().client(outside()).table(std::env::var(\"TABLE\").unwrap()).build();
             app.go();
         }",
    );
    assert_eq!(found, "2 App::go dynamodb.Scan certain request @shop on $TABLE:name");
}

#[test]
fn what_is_asked_for_by_type_is_of_that_type() {
    let found = in_main(
        "struct Names { table_name: String }
         fn main() {
             let names: Names = envy::from_env().unwrap();
             let client = context().data::<std::sync::Arc<aws_sdk_dynamodb::Client>>().unwrap();
             client.scan().table_name(&names.table_name).send();
             let other = envy::from_env::<Names>()?;
             serde_json::from_str::<Names>(\"\").unwrap();
             client.query().table_name(other.table_name).send();
         }",
    );
    insta::assert_snapshot!(found, @r"
    5 main dynamodb.Scan certain request @shop on $TABLE_NAME:name
    8 main dynamodb.Query certain request @shop on $TABLE_NAME:name
    ");
}

#[test]
fn a_request_that_is_signed_by_hand_is_reported() {
    let found = in_main(
        "fn main() {
             signing().region(\"eu-west-1\").name(\"execute-api\").build();
             named().name(\"orders\").build();
             signing().name(\"rds-db\").build();
         }",
    );
    insta::assert_snapshot!(found, @r"
    4 main rds_db.connect certain signature @shop on ?
    unknown shop/main.rs:2: a request to `execute-api` is signed by hand, which does not tell its actions
    ");
}

#[test]
fn a_builder_that_nothing_in_sight_makes_is_a_call_where_it_is_sent() {
    let found = in_main(
        "use aws_sdk_dynamodb::operation::{get_item::builders::GetItemFluentBuilder, put_item::builders::PutItemFluentBuilder};
         fn main() { sent(outside(), made(&outside())); }
         fn made(client: &aws_sdk_dynamodb::Client) -> PutItemFluentBuilder { client.put_item().table_name(\"a\") }
         fn sent(get: GetItemFluentBuilder, put: PutItemFluentBuilder) { get.consistent_read(true).send(); put.send(); }",
    );
    insta::assert_snapshot!(found, @r"
    3 made dynamodb.PutItem certain request @shop on table/a
    4 sent dynamodb.GetItem certain request @shop on ?
    ");
}

#[test]
fn a_client_that_is_given_away_may_be_called_where_nobody_reads() {
    let found = in_main(
        "fn main() {
             let client = aws_sdk_s3::Client::new(&outside());
             let store = toolbox::Store::new(client.clone());
             let shared = std::sync::Arc::new(tokio::sync::Mutex::new(Some(client)));
         }",
    );
    assert_eq!(
        found,
        "unknown shop/main.rs:3: a client of `s3` is given to `toolbox::Store::new`, whose source is not read"
    );
}

#[test]
fn long_chains_and_sums_are_read_and_deep_nesting_is_reported() {
    let chain = ".item(1, 2)".repeat(600);
    let deep = format!("{}1{}", "f(".repeat(220), ")".repeat(220));
    let sum = vec!["1"; 300].join(" + ");
    let text = format!(
        "fn main(c: aws_sdk_dynamodb::Client) {{
             c.put_item().table_name(\"a\"){chain}.send();
             {sum};
             {deep};
         }}"
    );
    // The stack of a program, which those of tests are smaller than.
    let read = std::thread::Builder::new().stack_size(8 << 20).spawn(move || in_main(&text));
    insta::assert_snapshot!(read.unwrap().join().unwrap(), @r"
    2 main dynamodb.PutItem certain request @shop on table/a
    unknown shop/main.rs:4: the code is nested too deeply to be read
    ");
}

#[test]
fn a_trait_leads_only_to_types_that_the_binary_makes() {
    let library = "pub trait Store { fn put(&self); fn twice(&self) { self.put(); self.put(); } }
         pub struct Rows(pub aws_sdk_dynamodb::Client);
         impl Store for Rows { fn put(&self) { self.0.put_item().send(); } }
         pub struct Objects { pub client: aws_sdk_s3::Client }
         impl Store for Objects { fn put(&self) { self.client.put_object().send(); } }
         pub fn any(store: &dyn Store) { store.twice(); }
         pub fn unknown_receiver() { outside().put(); }";
    let binary = |what: &str| format!("fn main() {{ let config = outside(); {what} }}");
    let one = binary("store::any(&store::Rows(aws_sdk_dynamodb::Client::new(&config)));");
    let two = binary(
        "store::unknown_receiver(); drop(store::Objects { client: aws_sdk_s3::Client::new(&config) });",
    );
    let mut crates = vec![
        source("one", Some("one"), &[("", &one)]),
        source("store", None, &[("", library)]),
        source("two", Some("two"), &[("", &two)]),
    ];
    for at in [0, 2] {
        crates[at].externs.insert("store".into(), Extern::Source(1));
    }
    let found = lines(&find(&crates, Catalog::embedded(), &Variables::new()));
    insta::assert_snapshot!(found, @r"
    3 Rows::put dynamodb.PutItem certain request @one on ?
    5 Objects::put s3.PutObject certain request @two on ?
    ");
}

#[test]
fn what_a_handler_is_given_is_a_value_too() {
    let found = in_main(
        "trait Step { fn run(&self, client: &aws_sdk_s3::Client); }
         struct Event; struct Other;
         impl Step for Event { fn run(&self, client: &aws_sdk_s3::Client) { client.list_buckets().send(); } }
         impl Step for Other { fn run(&self, client: &aws_sdk_s3::Client) { client.create_bucket().send(); } }
         fn main() { runtime::run(service_fn(handler)); }
         fn handler(event: LambdaEvent<Event>) { go(event.payload, &outside()); }
         fn go<S: Step>(step: S, client: &aws_sdk_s3::Client) { step.run(client); }",
    );
    insta::assert_snapshot!(found, @r"
    3 Event::run s3.ListBuckets certain request @shop on ?
    4 Other::run s3.CreateBucket certain request @ on ?
    ");
}

#[test]
fn the_order_of_crates_and_files_does_not_matter() {
    let files: &[(&str, &str)] = &[
        ("", "mod a; mod b; fn main() { b::go(&a::client(\"x\")); }"),
        ("a", "pub fn client(_: &str) -> aws_sdk_s3::Client { todo!() }"),
        (
            "b",
            "pub fn go(client: &aws_sdk_s3::Client) { client.list_buckets().send(); other::copy(client); }",
        ),
    ];
    let other = ("", "pub fn copy(client: &aws_sdk_s3::Client) { client.copy_object().send(); }");
    let forth = {
        let mut crates = vec![source("shop", Some("shop"), files), source("other", None, &[other])];
        crates[0].externs.insert("other".into(), Extern::Source(1));
        lines(&find(&crates, Catalog::embedded(), &Variables::new()))
    };
    let back = {
        let files: Vec<_> = files.iter().rev().copied().collect();
        let mut crates =
            vec![source("other", None, &[other]), source("shop", Some("shop"), &files)];
        crates[1].externs.insert("other".into(), Extern::Source(0));
        lines(&find(&crates, Catalog::embedded(), &Variables::new()))
    };
    assert_eq!(forth, back);
    assert_eq!(forth.lines().count(), 2, "{forth}");
}

#[test]
fn macros_that_cannot_be_read_are_reported_where_they_may_call() {
    let found = in_main(
        "macro_rules! hidden { ($c:expr) => { $c.get_item().send() }; }
         macro_rules! harmless { ($c:expr) => { $c.send(1) }; }
         odd! { not rust: aws_sdk_s3::Client ! ! }
         thread_local! { static S3: aws_sdk_s3::Client = aws_sdk_s3::Client::new(&config()); }
         fn main() {
             macro_rules! local { () => { client.put_item().send() }; }
             grammar!(client => . get_item().send() ; ;);
             harmless!(1);
             S3.with(|s3| s3.list_buckets().send());
         }",
    );
    insta::assert_snapshot!(found, @r"
    9 main s3.ListBuckets certain request @shop on ?
    unknown shop/main.rs:1: the macro `hidden!` may make calls of the SDK
    unknown shop/main.rs:3: `odd!` holds code that may make calls of the SDK
    unknown shop/main.rs:6: the macro `local!` may make calls of the SDK
    unknown shop/main.rs:7: `grammar!` holds code that may make calls of the SDK
    ");
}

#[test]
fn a_handle_may_implement_a_trait_and_a_broken_declaration_leaves_its_clients() {
    let found = in_main(
        "#[derive(AwsAccess)]
         struct Access { #[aws(dynamodb(GetItem), on = \"table/orders\")] orders: Orders, #[cfg(off)] #[aws(s3(NoSuch))] off: Off }
         #[derive(AwsAccess)]
         struct Broken { #[aws(s3(GetObjekt), on = \"acme/*\")] files: Files }
         trait Store { fn load(&self); }
         impl Store for Orders { fn load(&self) { self.get_item().send(); } }
         fn main() { run(&Access::new(&outside()).unwrap().orders); outside_broken().files.get_object().send(); }
         fn outside_broken() -> Broken { todo!() }
         fn run<S: Store>(store: &S) { store.load(); }",
    );
    insta::assert_snapshot!(found, @r"
    6 Orders::load dynamodb.GetItem certain request @shop on table/orders
    7 main s3.GetObject certain request @shop on ?
    ");
}

#[test]
fn only_the_address_of_an_extension_leaves_open_what_is_asked() {
    let found = in_main(
        "const SECRETS: &str = \"http://localhost:2773\";
         fn main() { get(SECRETS); get(\"http://localhost:2772\"); }",
    );
    insta::assert_snapshot!(found, @r"
    1 SECRETS secretsmanager.GetSecretValue ambiguous extension @shop on ?
    1 SECRETS ssm.GetParameter ambiguous extension @shop on ?
    2 main appconfigdata.GetLatestConfiguration likely extension @shop on ?
    2 main appconfigdata.StartConfigurationSession likely extension @shop on ?
    ");
}

#[test]
fn methods_of_what_is_inside_layers_are_found_though_layers_have_them_too() {
    let found = in_main(
        "struct Store { c: aws_sdk_dynamodb::Client }
         impl Store {
             async fn open() -> Result<Store, Error> { outside() }
             async fn get(&self, t: &str) { self.c.get_item().table_name(t).send(); }
             async fn write(&self) { self.c.put_item().table_name(\"a\").send(); }
             async fn take(&self) { self.c.delete_item().table_name(\"a\").send(); }
             async fn first(&self) { self.c.scan().table_name(\"a\").send(); }
             async fn read(&self, t: &str) { self.c.query().table_name(t).send(); }
             async fn never(&self) { self.c.create_table().table_name(\"a\").send(); }
         }
         async fn main() {
             let store = Store::open().await?;
             store.get(\"a\").await;
             for store in vec![Store { c: outside() }] { store.write().await; }
             if let Some(store) = some(store) { store.take().await; }
             Store::open().await.unwrap().first().await;
             held().read(\"a\");
         }
         fn some(store: Store) -> Option<Store> { Some(store) }
         fn held() -> Option<Store> { None }",
    );
    insta::assert_snapshot!(found, @r"
    4 Store::get dynamodb.GetItem certain request @shop on table/a
    5 Store::write dynamodb.PutItem certain request @shop on table/a
    6 Store::take dynamodb.DeleteItem certain request @shop on table/a
    7 Store::first dynamodb.Scan certain request @shop on table/a
    8 Store::read dynamodb.Query certain request @shop on ?
    9 Store::never dynamodb.CreateTable certain request @ on table/a
    ");
}

#[test]
fn parameters_of_a_trait_say_nothing_of_its_value() {
    let found = in_main(
        "struct Order; trait Bus { type Event; fn put(&self, event: Self::Event); }
         struct Sns(aws_sdk_sns::Client);
         impl Bus for Sns { type Event = Order; fn put(&self, event: Order) { self.0.publish().topic_arn(\"arn:aws:sns:eu-west-1:111122223333:t\").send(); } }
         fn main() { go(&Sns(outside())); }
         fn go(bus: &dyn Bus<Event = Order>) { bus.put(Order); }",
    );
    assert_eq!(
        found,
        "3 Sns::put sns.Publish certain request @shop on arn:aws:sns:eu-west-1:111122223333:t"
    );
}
