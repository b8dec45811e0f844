mod dynamo;
mod objects;
mod store;

use dynamo::DynamoStore;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use objects::ObjectStore;
use serde_json::Value;
use store::{Order, OrderStore, Service};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_from_env().await;
    let store = DynamoStore::new(aws_sdk_dynamodb::Client::new(&config), "orders");
    let service = Service::new(store, Box::new(ObjectStore::new(&config)));
    lambda_runtime::run(service_fn(|event| handle(&service, event))).await
}

async fn handle<S>(service: &Service<S>, event: LambdaEvent<Value>) -> Result<Value, Error>
where
    S: OrderStore + Send + Sync,
{
    let order: Order = serde_json::from_value(event.payload)?;
    service.accept(order).await?;
    Ok(Value::Null)
}
