//! Two calls, and one that nothing makes.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Config, Region};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .build();
    let client = Client::from_conf(config);
    let url = std::env::args().nth(1).unwrap_or_default();
    let messages = client.receive_message().queue_url(&url).send().await;
    for message in messages.map(|got| got.messages.unwrap_or_default()).unwrap_or_default() {
        let body = message.body.unwrap_or_default();
        let sent = client.send_message().queue_url(&url).message_body(body).send().await;
        drop(sent);
    }
}

/// Compiled, never called: the linker leaves it out.
pub async fn purge(client: &Client, url: &str) {
    let purged = client.purge_queue().queue_url(url).send().await;
    drop(purged);
}
