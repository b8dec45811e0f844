#![allow(dead_code)]

use policy_macros::AwsAccess;

struct String;
struct Vec;
struct Result;
struct Option;
enum Shadow {
    Ok,
    Err,
}
use Shadow::{Err, Ok};
mod core {}
mod std {}

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
    #[aws(sqs(SendMessage), on = env("TYPE", as = "url"))]
    queue: Queue,
}

fn main() {
    let queue = Queue::from_client(aws_sdk_sqs::Client::new(&aws_config::SdkConfig), "url");
    let _ = (queue.r#type(), Ok, Err);
}
