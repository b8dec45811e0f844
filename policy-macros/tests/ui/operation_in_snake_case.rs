use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(get_item), on = "table/orders")]
    orders: Orders,
}

fn main() {}
