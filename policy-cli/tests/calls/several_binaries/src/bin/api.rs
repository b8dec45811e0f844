use several_binaries::{config, jobs::Queue, orders};

#[tokio::main]
async fn main() {
    let client = aws_sdk_dynamodb::Client::new(&config().await);
    let table = std::env::var("TABLE").unwrap();
    let queue = Queue::open().await;
    if orders::read(&client, &table, "1").await.is_none() {
        orders::write(&client, &table).await;
        queue.push("1".into()).await;
    }
}
