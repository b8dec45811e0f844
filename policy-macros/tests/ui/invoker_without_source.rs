use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(invoked_by(events()))]
struct Access;

fn main() {}
