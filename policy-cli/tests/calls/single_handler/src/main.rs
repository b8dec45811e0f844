use std::env;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

const TABLE: &str = "orders";

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_from_env().await;
    let client = Client::new(&config);
    let shared = &client;
    run(service_fn(move |event: LambdaEvent<Value>| async move { handler(shared, event).await })).await
}

async fn handler(client: &Client, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let id = event.payload["id"].as_str().unwrap_or_default().to_owned();
    let found = client
        .get_item() //~ dynamodb.GetItem @single-handler on table/orders
        .table_name(TABLE)
        .key("id", AttributeValue::S(id.clone()))
        .send()
        .await?;
    let Some(item) = found.item else {
        return Err(format!("no order {id}").into());
    };
    if item.contains_key("archived") {
        let archive = env::var("ARCHIVE_TABLE")?;
        client.put_item().table_name(&archive).set_item(Some(item)).send().await?; //~ dynamodb.PutItem @single-handler on env ARCHIVE_TABLE name
    }
    Ok(json!({ "id": id }))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn never_deployed(client: &Client) {
        client.delete_table().table_name(TABLE).send().await.unwrap();
    }
}
