use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(invoked_by(url(principal = "arn:aws:iam::444455556666:role/web")))]
struct Access;

fn main() {}
