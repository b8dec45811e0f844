use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws]
struct Access;

fn main() {}
