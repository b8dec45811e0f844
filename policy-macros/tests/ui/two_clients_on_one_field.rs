use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    #[aws(s3(GetObject), on = "acme-receipts/*")]
    orders: Orders,
}

fn main() {}
