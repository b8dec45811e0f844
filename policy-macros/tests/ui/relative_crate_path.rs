use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders", crate = "super::dynamodb")]
    orders: Orders,
}

fn main() {}
