use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamdb(GetItem), on = "table/orders")]
    orders: Orders,
}

fn main() {}
