use super::{Repository, User};
use aws_sdk_dynamodb::{Client, types::AttributeValue as Av};
pub struct DynamoRepo {
    client: Client,
    table: String,
    index: String,
}
#[derive(Default)]
pub struct DynamoRepoBuilder {
    client: Option<Client>,
    table: Option<String>,
}
impl DynamoRepo {
    pub fn builder() -> DynamoRepoBuilder {
        DynamoRepoBuilder::default()
    }
}
impl DynamoRepoBuilder {
    pub fn client(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }
    pub fn table(mut self, table: &str) -> Self {
        self.table = Some(table.to_string());
        self
    }
    pub fn build(self) -> DynamoRepo {
        DynamoRepo {
            client: self.client.unwrap(),
            table: self.table.unwrap(),
            index: "by-email".into(),
        }
    }
}
#[async_trait::async_trait]
impl Repository for DynamoRepo {
    async fn find(&self, id: &str) -> anyhow::Result<Option<User>> {
        let got = self
            .client
            .get_item() //~ dynamodb.GetItem @routed on env USERS_TABLE name
            .table_name(&self.table)
            .key("id", Av::S(id.into()))
            .send()
            .await?;
        Ok(got.item.map(serde_dynamo::from_item).transpose()?)
    }
    async fn list(&self) -> anyhow::Result<Vec<User>> {
        let mut stream = self
            .client
            .query() //~ dynamodb.Query @routed on ?
            .table_name(&self.table)
            .index_name(&self.index)
            .into_paginator()
            .items()
            .send();
        let mut all = vec![];
        while let Some(item) = stream.next().await {
            all.push(serde_dynamo::from_item(item?)?);
        }
        Ok(all)
    }
    async fn save(&self, user: &User) -> anyhow::Result<()> {
        let put = aws_sdk_dynamodb::types::Put::builder().table_name(&self.table).build()?;
        self.client
            .transact_write_items() //~ dynamodb.TransactWriteItems @routed on ?
            .transact_items(aws_sdk_dynamodb::types::TransactWriteItem::builder().put(put).build())
            .send()
            .await?;
        Ok(())
    }
    async fn remove(&self, id: &str) -> anyhow::Result<()> {
        self.client
            .delete_item() //~ dynamodb.DeleteItem @routed on env USERS_TABLE name
            .table_name(self.table.as_str())
            .key("id", Av::S(id.into()))
            .send()
            .await
            .map(|_| ())
            .map_err(Into::into)
    }
}
