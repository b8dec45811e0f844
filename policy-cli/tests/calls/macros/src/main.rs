use aws_sdk_dynamodb::Client;
use serde_json::json;

macro_rules! put { //~ unknown
    ($client:expr, $table:expr) => {
        $client.put_item().table_name($table).send().await
    };
}

macro_rules! seconds {
    ($value:expr) => {
        std::time::Duration::from_secs($value)
    };
}

#[tokio::main]
async fn main() {
    let client = Client::new(&aws_config::load_from_env().await);
    put!(client, "orders").unwrap();
    println!("{:?}", client.describe_table().table_name("orders").send().await); //~ dynamodb.DescribeTable @macros on table/orders
    let answer = json!({
        "count": client.scan().table_name("orders").send().await.unwrap().count, //~ dynamodb.Scan @macros on table/orders
        "items": [client.get_item().table_name("orders").send().await.is_ok()], //~ dynamodb.GetItem @macros on table/orders
    });
    tracing::info!(answer = %answer, wait = ?seconds!(1), "done");
    assert!(matches!(client.list_tables().send().await, Ok(_)), "tables"); //~ dynamodb.ListTables @macros on ?
    let rows = async_stream::stream! {
        let page = client.query().table_name("orders").send().await; //~ dynamodb.Query @macros on table/orders
        yield page;
    };
    drop(rows);
}
