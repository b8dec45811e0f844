use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "orders")]
    orders: Orders,
    #[aws(sqs(SendMessage), on = env("QUEUE_URL", as = "url"))]
    queue: Queue,
}

fn read(orders: &Orders) {
    let _ = orders.get_item();
}

fn main() {
    let access = Access::new(&aws_config::SdkConfig).unwrap();
    read(&access.orders);
    let _ = access.queue.send_message();
}
