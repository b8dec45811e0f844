use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = concat!("table/", "orders"))]
    orders: Orders,
}

fn main() {}
