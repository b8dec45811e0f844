use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders", on = "table/customers")]
    orders: Orders,
}

fn main() {}
