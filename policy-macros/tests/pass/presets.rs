//! What the declaration fixes is set on the request, and nothing else is.
use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem, BatchGetItem, TransactWriteItems), on = "table/orders")]
    #[aws(dynamodb(Query), on = ["table/orders", "table/orders/index/by-date"])]
    orders: Orders,
    #[aws(dynamodb(GetItem, PutItem), on = "table/a")]
    #[aws(dynamodb(GetItem), on = "table/b")]
    either: Either,
    #[aws(dynamodb(GetItem), on = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders")]
    whole: Whole,
    #[aws(dynamodb(GetItem), on = "table/orders-{stage}")]
    staged: Staged,
    #[aws(dynamodb(Query), on = "table/orders-{stage}/index/by-date")]
    index: Index,
    #[aws(s3(GetObject, HeadObject, ListObjectsV2), on = ["acme-receipts", "acme-receipts/in/*"])]
    receipts: Receipts,
    #[aws(s3(GetObject), on = "acme-settings/live/orders.json")]
    settings: Settings,
    #[aws(s3(PutObject), on = env("ARCHIVE", as = "name"))]
    archive: Archive,
    #[aws(sqs(SendMessage), on = env("QUEUE_URL", as = "url"))]
    queue: Queue,
}

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("nothing")
}

fn main() {
    let config = aws_config::SdkConfig;
    let missing = Access::new(&config).err().unwrap();
    assert_eq!(missing.missing(), ["ARCHIVE", "QUEUE_URL"]);

    let client = aws_sdk_dynamodb::Client::new(&config);
    let orders = Orders::from_client(client.clone());
    assert_eq!(text(orders.get_item().get_table_name()), "orders");
    assert_eq!(text(orders.query().get_table_name()), "orders");
    assert_eq!(text(orders.query().get_index_name()), "nothing");
    let _ = (orders.batch_get_item(), orders.transact_write_items());
    let either = Either::from_client(client.clone());
    assert_eq!(text(either.get_item().get_table_name()), "nothing");
    assert_eq!(text(either.put_item().get_table_name()), "a");
    let whole = Whole::from_client(client.clone());
    assert_eq!(
        text(whole.get_item().get_table_name()),
        "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
    );
    let staged = Staged::from_client(client.clone());
    assert_eq!(text(staged.get_item().get_table_name()), "nothing");
    assert_eq!(text(staged.get_item().table_name("orders-test").get_table_name()), "orders-test");
    let index = Index::from_client(client);
    assert_eq!(text(index.query().get_table_name()), "nothing");
    assert_eq!(text(index.query().get_index_name()), "by-date");

    let client = aws_sdk_s3::Client::new(&config);
    let receipts = Receipts::from_client(client.clone());
    assert_eq!(text(receipts.get_object().get_bucket()), "acme-receipts");
    assert_eq!(text(receipts.get_object().get_key()), "nothing");
    assert_eq!(text(receipts.list_objects_v2().get_bucket()), "acme-receipts");
    assert_eq!(text(receipts.list_objects_v2().get_prefix()), "nothing");
    let settings = Settings::from_client(client.clone());
    assert_eq!(text(settings.get_object().get_key()), "live/orders.json");
    let archive = Archive::from_client(client, "acme-archive");
    assert_eq!(text(archive.put_object().get_bucket()), "acme-archive");

    let queue = Queue::from_client(aws_sdk_sqs::Client::new(&config), "https://queue/jobs");
    assert_eq!(text(queue.send_message().get_queue_url()), "https://queue/jobs");
}
