use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(sqs(SendMessage), on = env("QUEUE_URL"))]
    orders: Orders,
}

fn main() {}
