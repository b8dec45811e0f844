use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(s3(GetObject, ListObjectsV2), on = "acme-receipts/*")]
    orders: Orders,
}

fn main() {}
