use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(s3(ListBuckets))]
    orders: Orders,
}

fn main() {}
