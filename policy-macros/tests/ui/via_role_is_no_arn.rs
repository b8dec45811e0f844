use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders", via_role = "sender")]
    orders: Orders,
}

fn main() {}
