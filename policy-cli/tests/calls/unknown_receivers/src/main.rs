//! Clients that come from a crate whose source is not at hand.

#[tokio::main]
async fn main() {
    let tools = toolbox::open().await;
    tools.dynamo().get_item().table_name("orders").send().await.unwrap(); //~ dynamodb.GetItem @unknown-receivers likely on table/orders
    tools.table.transact_write_items().send().await.unwrap(); //~ dynamodb.TransactWriteItems @unknown-receivers likely on ?
    tools.bytes.list_multipart_uploads().send().await.unwrap(); //~ glacier.ListMultipartUploads @unknown-receivers ambiguous on ?; s3.ListMultipartUploads @unknown-receivers ambiguous on ?
    tools.cache.get_item("orders").await;
    tools.sender.send("done").await;
    tools.http.get("https://example.org").send().await;
}
