use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::Error;

use crate::store::{Order, OrderStore};

pub struct DynamoStore {
    client: Client,
    table: &'static str,
}

impl DynamoStore {
    pub fn new(client: Client, table: &'static str) -> Self {
        Self { client, table }
    }
}

#[async_trait]
impl OrderStore for DynamoStore {
    async fn load(&self, id: &str) -> Result<Option<Order>, Error> {
        let output = self
            .client
            .get_item() //~ dynamodb.GetItem @store-trait on table/orders
            .table_name(self.table)
            .key("id", AttributeValue::S(id.into()))
            .send()
            .await?;
        Ok(output.item.map(|_| Order { id: id.into() }))
    }

    async fn save(&self, order: &Order) -> Result<(), Error> {
        let request = self.client.put_item().table_name(self.table); //~ dynamodb.PutItem @store-trait on table/orders
        request.item("id", AttributeValue::S(order.id.clone())).send().await?;
        Ok(())
    }
}

/// Another store, which this binary never makes.
pub struct BatchStore(Client);

#[async_trait]
impl OrderStore for BatchStore {
    async fn load(&self, _: &str) -> Result<Option<Order>, Error> {
        self.0.batch_get_item().send().await?; //~ dynamodb.BatchGetItem
        Ok(None)
    }

    async fn save(&self, _: &Order) -> Result<(), Error> {
        self.0.batch_write_item().send().await?; //~ dynamodb.BatchWriteItem
        Ok(())
    }
}
