#![allow(dead_code)]

use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(sqs(SendMessage), on = [env("SELF", as = "url"), env("FROM_CLIENT", as = "url")])]
    queue: Queue,
    #[aws(dynamodb(GetItem), on = env("_", as = "name"))]
    table: Table,
    #[aws(s3(GetObject), on = env("CRATE", as = "arn"))]
    bucket: Bucket,
}

fn main() {
    let client = aws_sdk_sqs::Client::new(&aws_config::SdkConfig);
    let queue = Queue::from_client(client, "mine", "theirs");
    assert_eq!(queue.self_(), "mine");
}
