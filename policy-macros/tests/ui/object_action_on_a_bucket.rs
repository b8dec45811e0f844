use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(s3(GetObject), on = "acme-receipts")]
    orders: Orders,
}

fn main() {}
