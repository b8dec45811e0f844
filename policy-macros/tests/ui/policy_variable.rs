use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/${aws:username}")]
    orders: Orders,
}

fn main() {}
