use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders", owner = "1234")]
    orders: Orders,
}

fn main() {}
