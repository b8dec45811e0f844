use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = TABLE)]
    orders: Orders,
}

fn main() {}
