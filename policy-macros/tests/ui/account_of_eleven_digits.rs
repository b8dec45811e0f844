use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "arn:aws:dynamodb:eu-west-1:11112222333:table/orders")]
    orders: Orders,
}

fn main() {}
