use aws_sdk_dynamodb::Client as Dynamo;
use several_binaries::jobs::Queue;
use several_binaries::{config, orders::write as save};

#[tokio::main]
async fn main() {
    let client = Dynamo::new(&config().await);
    let table = std::env::var("TABLE").unwrap();
    let queue = Queue::open().await;
    for message in queue.pull().await {
        save(&client, &table).await;
        queue.done(message.receipt_handle().unwrap_or_default()).await;
    }
}
