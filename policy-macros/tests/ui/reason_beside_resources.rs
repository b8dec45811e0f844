use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders", any_resource = "it is late")]
    orders: Orders,
}

fn main() {}
