use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(s3(GetObject), on = "acme-receipts/*", kms_key = "alias/receipts")]
    orders: Orders,
}

fn main() {}
