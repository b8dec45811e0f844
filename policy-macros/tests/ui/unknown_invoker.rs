use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(invoked_by(event("rule/nightly")))]
struct Access;

fn main() {}
