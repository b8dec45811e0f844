use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;

pub async fn read(client: &Client, table: &str, id: &str) -> Option<String> {
    let output = client.get_item().table_name(table).send().await.ok()?; //~ dynamodb.GetItem @api on env TABLE name
    let _ = id;
    output.item.map(|item| format!("{item:?}"))
}

pub async fn write(client: &Client, table: &str) {
    if let Err(error) = client.put_item().table_name(table).send().await { //~ dynamodb.PutItem @api @worker on env TABLE name
        report(error);
    }
}

fn report<E>(_: SdkError<E>) {}

pub async fn purge(client: &Client) {
    client.delete_table().table_name("orders").send().await.ok(); //~ dynamodb.DeleteTable on table/orders
}
