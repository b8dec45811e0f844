use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(invoked_by(s3("acme-uploads", qualifier = "$LATEST")))]
struct Access;

fn main() {}
