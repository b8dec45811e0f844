use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

#[tokio::main]
async fn main() {
    let client = Client::new(&aws_config::load_from_env().await);
    let pages = filtered(by_customer(&client, "42")).into_paginator().items().send();
    let rows: Vec<_> = pages.collect::<Result<_, _>>().await.unwrap();
    let mut request = client.scan().table_name("orders"); //~ dynamodb.Scan @builder-passed on table/orders
    if rows.is_empty() {
        request = request.limit(1);
    }
    let mut next = None;
    loop {
        let page = request.clone().set_exclusive_start_key(next.take()).send().await.unwrap();
        next = page.last_evaluated_key;
        if next.is_none() {
            break;
        }
    }
    PutItemInput::builder()
        .table_name("orders")
        .item("id", AttributeValue::S("1".into()))
        .build()
        .unwrap();
    aws_sdk_dynamodb::operation::delete_item::DeleteItemInput::builder()
        .table_name("orders")
        .send_with(&client) //~ dynamodb.DeleteItem @builder-passed on ?
        .await
        .unwrap();
    finish(|| client.update_item().table_name("orders")).await; //~ dynamodb.UpdateItem @builder-passed on table/orders
}

fn by_customer(client: &Client, customer: &str) -> QueryFluentBuilder {
    client
        .query() //~ dynamodb.Query @builder-passed on table/orders/index/by-customer
        .table_name("orders")
        .index_name("by-customer")
        .expression_attribute_values(":c", AttributeValue::S(customer.to_owned()))
}

fn filtered(builder: QueryFluentBuilder) -> QueryFluentBuilder {
    builder.filter_expression("attribute_exists(total)")
}

async fn finish<F>(make: F)
where
    F: FnOnce() -> aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder,
{
    make().send().await.unwrap();
}
