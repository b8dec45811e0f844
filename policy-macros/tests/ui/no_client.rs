use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(on = "table/orders")]
    orders: Orders,
}

fn main() {}
