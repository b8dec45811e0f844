use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(kms(tagging), on = "alias/orders")]
    orders: Orders,
}

fn main() {}
