use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "arn:aws:dynamodb:eu-west-1:*:table/orders")]
    orders: Orders,
}

fn main() {}
