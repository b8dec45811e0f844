use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "arn:aws:sqs:eu-west-1:111122223333:orders")]
    orders: Orders,
}

fn main() {}
