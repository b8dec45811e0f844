use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItems), on = "table/orders")]
    orders: Orders,
}

fn main() {}
