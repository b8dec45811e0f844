use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(s3(ListObjectsV2), on = "acme-receipts/*")]
    orders: Orders,
}

fn main() {}
