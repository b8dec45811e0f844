use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), s3(GetObject), on = "table/orders")]
    orders: Orders,
}

fn main() {}
