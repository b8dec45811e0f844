use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb, on = "table/orders")]
    orders: Orders,
}

fn main() {}
