use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(dynamodb(GetItem), on = "table/orders")]
struct Access;

fn main() {}
