use policy_macros::AwsAccess;

#[derive(AwsAccess)]
enum Access {
    Orders,
}

fn main() {}
