use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(sns(Publish), on = "orders")]
    topic: Topic,
}

fn main() {}
