use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(polls(sqss("jobs")))]
struct Access;

fn main() {}
