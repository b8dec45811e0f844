use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(sqs(SendMessage), on = env("QUEUE_URL", as = "url"))]
    orders: Orders,
    #[aws(sqs(SendMessage), on = env("queue_url", as = "url"))]
    returns: Returns,
}

fn main() {}
