use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(s3(GetObject), on = "arn:aws:s3:::acme-receipts")]
    orders: Orders,
}

fn main() {}
