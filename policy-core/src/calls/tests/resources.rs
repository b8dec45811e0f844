//! What calls are done to: values that are told, put together, or left to a variable.

use super::*;

#[test]
fn a_resource_is_told_only_when_every_value_is() {
    let found = in_main(
        "const SUFFIX: &str = \"orders\";
         struct Names { fixed: String, made: String }
         #[derive(Parser)] struct Flags { #[arg(long, env = \"TABLE\")] table: String, #[arg(long)] other: String }
         fn given(name: &str) -> String { name.to_owned() }
         fn table(client: &aws_sdk_dynamodb::Client, name: &str) {
             client.scan().table_name(name).send();
         }
         fn main() {
             let client = aws_sdk_dynamodb::Client::new(&outside());
             let names = Names { fixed: format!(\"{}-{SUFFIX}\", \"shop\"), made: outside() };
             client.get_item().table_name(&names.fixed).send();
             client.put_item().table_name(&names.made).send();
             client.query().table_name(given(\"a\") + \"b\").send();
             client.delete_item().set_table_name(Some(given(\"c\"))).send();
             let flags = Flags::parse();
             client.update_item().table_name(flags.table).send();
             client.create_table().table_name(flags.other).send();
             let name = if outside() { \"x\" } else { \"y\" };
             client.describe_table().table_name(name).send();
             client.delete_table().table_name(\"a*\").send();
             table(&client, \"left\");
             table(&client, std::env::var(\"RIGHT\").unwrap().as_str());
             let Ok(late) = std::env::var(outside()) else { return };
             client.describe_time_to_live().table_name(late).send();
         }",
    );
    insta::assert_snapshot!(found, @r"
    6 table dynamodb.Scan certain request @shop on table/left|$RIGHT:name
    11 main dynamodb.GetItem certain request @shop on table/shop-orders
    12 main dynamodb.PutItem certain request @shop on ?
    13 main dynamodb.Query certain request @shop on table/ab
    14 main dynamodb.DeleteItem certain request @shop on table/c
    16 main dynamodb.UpdateItem certain request @shop on $TABLE:name
    17 main dynamodb.CreateTable certain request @shop on ?
    19 main dynamodb.DescribeTable certain request @shop on table/x|table/y
    20 main dynamodb.DeleteTable certain request @shop on ?
    24 main dynamodb.DescribeTimeToLive certain request @shop on ?
    ");
}

#[test]
fn calls_through_handles_are_on_what_is_declared_unless_the_code_says_more() {
    let found = in_main(
        "#[derive(AwsAccess)]
         struct Access {
             #[aws(dynamodb(GetItem, DescribeTable, wait_until_table_exists), on = \"table/orders\")] orders: Orders,
             #[aws(s3(GetObject, PutObject), on = \"acme/*\")] files: Files,
             #[aws(dynamodb(Query), on = [\"table/a-*\", \"table/b\"])] both: Both,
             #[aws(sqs(SendMessage), on = env(\"JOBS_URL\", as = \"url\"))] jobs: Jobs,
             #[aws(sqs(ReceiveMessage), any_resource = \"whatever there is\")] any: Any,
         }
         fn main() {
             let access = Access::new(&outside())?;
             access.orders.get_item().send();
             access.orders.wait_until_table_exists().wait(outside());
             access.files.get_object().key(\"in/a.txt\").send();
             access.files.put_object().bucket(outside()).key(\"in/a.txt\").send();
             access.both.query().send();
             access.jobs.send_message().queue_url(access.jobs.jobs_url()).send();
             access.any.receive_message().queue_url(outside()).send();
             access.orders.get_item().table_name(\"returns\").send();
             read(&access.files, Orders::from_client(outside()));
         }
         fn read(files: &Files, orders: Orders) { files.get_object().send(); orders.put_item().send(); }",
    );
    insta::assert_snapshot!(found, @r"
    11 main dynamodb.GetItem certain request @shop on table/orders
    12 main dynamodb.DescribeTable certain waiter @shop on table/orders
    13 main s3.GetObject certain request @shop on acme/in/a.txt
    14 main s3.PutObject certain request @shop on acme/*
    15 main dynamodb.Query certain request @shop on table/a-*|table/b
    16 main sqs.SendMessage certain request @shop on $JOBS_URL:url
    17 main sqs.ReceiveMessage certain request @shop on *
    18 main dynamodb.GetItem certain request @shop on table/returns
    21 read s3.GetObject certain request @shop on acme/*
    21 read dynamodb.PutItem certain request @shop on ?
    ");
}

#[test]
fn what_is_put_together_is_known_whole_or_not_at_all() {
    let found = reasons(
        "const STAGE: &str = \"prod\";
         const TABLE: &str = const_format::concatcp!(\"orders-\", STAGE);
         fn main(event: Event) {
             let c = aws_sdk_dynamodb::Client::new(&outside());
             c.get_item().table_name(concat!(\"orders-\", 2, '-', \"eu\")).send();
             c.get_item().table_name(TABLE).send();
             c.get_item().table_name(concat!(env!(\"CARGO_PKG_NAME\"), \"-orders\")).send();
             c.get_item().table_name(format!(\"orders-{}\", event.stage)).send();
             c.get_item().table_name(format!(\"orders-{}\", std::env::var(\"STAGE\").unwrap())).send();
             c.get_item().table_name(\"orders-\".to_owned() + &std::env::var(\"STAGE\")? + \"-\" + event.part).send();
             c.get_item().table_name(env!(\"TABLE\")).send();
             c.get_item().table_name(format!(\"{}{}\", event.a, event.b)).send();
             let mut name = String::from(\"orders\");
             c.get_item().table_name(&name).send();
             name.push_str(&event.suffix);
             c.get_item().table_name(&name).send();
             let mut other = \"orders\".to_owned();
             other += \"-x\";
             c.get_item().table_name(&other).send();
             let mut third = String::new();
             write!(third, \"orders-{}\", 1);
             c.get_item().table_name(&third).send();
             let mut fourth = String::from(\"orders\");
             fill(&mut fourth);
             c.get_item().table_name(&fourth).send();
         }",
    );
    insta::assert_snapshot!(found.join("\n"), @r#"
    table/orders-2-eu
    table/orders-prod
    table/shop-orders
    `table_name`: it is put together of `orders-` and a part that the source does not tell
    `table_name`: it is put together of `orders-` and what `STAGE` holds
    `table_name`: it is put together of `orders-`, what `STAGE` holds, `-` and a part that the source does not tell
    `table_name`: only the build tells it, by `env!("TABLE")`
    `table_name`: it is put together of a part that the source does not tell and a part that the source does not tell
    table/orders
    `table_name`: it is changed after it is made
    `table_name`: it is changed after it is made
    `table_name`: it is changed after it is made
    `table_name`: it is changed after it is made
    "#);
}

#[test]
fn a_variable_stands_for_its_value_where_every_binary_that_calls_knows_it() {
    let library =
        "fn name() -> String { format!(\"{}-archive\", std::env::var(\"TABLE\").unwrap()) }
         pub fn both(c: &aws_sdk_dynamodb::Client) {
             c.get_item().table_name(name()).send();
             c.put_item().table_name(std::env::var(\"TABLE\").unwrap()).send();
         }
         pub fn one(c: &aws_sdk_dynamodb::Client) { c.query().table_name(std::env::var(\"TABLE\").unwrap()).send(); }";
    let mut crates = vec![
        source("shop", None, &[("", library)]),
        source("a", Some("a"), &[("", "fn main() { shop::both(&outside()); }")]),
        source(
            "b",
            Some("b"),
            &[("", "fn main() { shop::both(&outside()); shop::one(&outside()); }")],
        ),
    ];
    for at in [1, 2] {
        crates[at].externs.insert("shop".into(), Extern::Source(0));
    }
    let values = |table: &str| BTreeMap::from([("TABLE".into(), table.into())]);
    let mut variables = Variables::from([("b".into(), values("orders"))]);
    insta::assert_snapshot!(lines(&find(&crates, Catalog::embedded(), &variables)), @r"
    3 both dynamodb.GetItem certain request @a,b on ?
    4 both dynamodb.PutItem certain request @a,b on $TABLE:name
    6 one dynamodb.Query certain request @b on table/orders
    ");
    variables.insert("a".into(), values("arn:aws:dynamodb:eu-west-1:111122223333:table/returns"));
    insta::assert_snapshot!(lines(&find(&crates, Catalog::embedded(), &variables)), @r"
    3 both dynamodb.GetItem certain request @a,b on arn:aws:dynamodb:eu-west-1:111122223333:table/returns-archive|table/orders-archive
    4 both dynamodb.PutItem certain request @a,b on arn:aws:dynamodb:eu-west-1:111122223333:table/returns|table/orders
    6 one dynamodb.Query certain request @b on table/orders
    ");
}

#[test]
fn copies_and_new_encryption_have_two_sides() {
    let found = in_main(
        "fn main(event: Event) {
             let s3 = aws_sdk_s3::Client::new(&outside());
             let kms = aws_sdk_kms::Client::new(&outside());
             let bucket = std::env::var(\"IN\").unwrap();
             s3.copy_object().bucket(\"out\").key(\"a\").copy_source(\"in/b%20c?versionId=1\").send();
             s3.copy_object().bucket(\"out\").key(event.key).copy_source(format!(\"in/{}\", event.key)).send();
             s3.copy_object().bucket(\"out\").key(event.key).copy_source(format!(\"{bucket}/{}\", event.key)).send();
             s3.upload_part_copy().bucket(\"out\").key(\"a\").copy_source(event.source).send();
             s3.copy_object().bucket(event.to).key(\"a\").copy_source(\"arn:aws:s3:eu-west-1:111122223333:accesspoint/x/object/y\").send();
             s3.get_object_attributes().bucket(\"in\").key(\"a\").send();
             kms.re_encrypt().source_key_id(\"1234\").destination_key_id(\"5678\").send();
             kms.re_encrypt().destination_key_id(\"5678\").send();
         }",
    );
    insta::assert_snapshot!(found, @r"
    5 main s3.CopyObject certain request @shop on s3:GetObject=in/b c|s3:PutObject=out/a
    6 main s3.CopyObject certain request @shop on s3:GetObject=in/*|s3:PutObject=out/*
    7 main s3.CopyObject certain request @shop on s3:GetObject=$IN:name|s3:PutObject=out/*
    8 main s3.UploadPartCopy certain request @shop on s3:GetObject=?|s3:PutObject=out/a
    9 main s3.CopyObject certain request @shop on s3:GetObject=?|s3:PutObject=?
    10 main s3.GetObjectAttributes certain request @shop on in/a
    11 main kms.ReEncrypt certain request @shop on kms:ReEncryptFrom=key/1234|kms:ReEncryptTo=key/5678
    12 main kms.ReEncrypt certain request @shop on kms:ReEncryptFrom=?|kms:ReEncryptTo=key/5678
    ");
}

#[test]
fn the_url_of_a_queue_tells_its_arn() {
    let found = in_main(
        "const JOBS: &str = \"https://sqs.eu-west-1.amazonaws.com/111122223333/jobs\";
         fn main() {
             let sqs = aws_sdk_sqs::Client::new(&outside());
             sqs.send_message().queue_url(JOBS).send();
             sqs.receive_message().queue_url(\"https://localhost:4566/000000000000/jobs\").send();
         }",
    );
    insta::assert_snapshot!(found, @r"
    4 main sqs.SendMessage certain request @shop on arn:aws:sqs:eu-west-1:111122223333:jobs
    5 main sqs.ReceiveMessage certain request @shop on ?
    ");
}

#[test]
fn a_variable_that_is_a_part_of_the_resource_does_not_tell_it() {
    let found = reasons(
        "fn main() {
             let c = aws_sdk_dynamodb::Client::new(&outside());
             let table = std::env::var(\"TABLE\").unwrap();
             c.query().table_name(table).index_name(\"by-day\").send();
             c.query().table_name(\"orders\").index_name(std::env::var(\"INDEX\").unwrap()).send();
             c.query().table_name(\"orders\").index_name(if outside() { \"a\" } else { \"b\" }).send();
         }",
    );
    insta::assert_snapshot!(found.join("\n"), @r"
    `table_name`: what `TABLE` holds is only a part of the resource, `table/${TableName}/index/${IndexName}`
    `index_name`: what `INDEX` holds is only a part of the resource
    `index_name` has several values
    ");
}
