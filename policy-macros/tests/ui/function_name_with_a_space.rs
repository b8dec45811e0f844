use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "order api")]
struct Access;

fn main() {}
