use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = env("TABLE", as = "url"))]
    orders: Orders,
}

fn main() {}
