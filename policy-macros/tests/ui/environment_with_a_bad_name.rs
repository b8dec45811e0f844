use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(sqs(SendMessage), on = env("queue-url", as = "url"))]
    orders: Orders,
}

fn main() {}
