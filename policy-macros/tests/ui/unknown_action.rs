use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(s3(action("s3:GetObjects")), on = "acme-receipts/*")]
    orders: Orders,
}

fn main() {}
