use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(s3(ListBuckets), on = "acme-receipts")]
    orders: Orders,
}

fn main() {}
