use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders", ownr = "111122223333")]
    orders: Orders,
}

fn main() {}
