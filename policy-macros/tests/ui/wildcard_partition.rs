use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "arn:*:dynamodb:eu-west-1:111122223333:table/orders")]
    orders: Orders,
}

fn main() {}
