use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), any_resource = "")]
    orders: Orders,
}

fn main() {}
