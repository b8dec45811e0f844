use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access<T> {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
}

fn main() {}
