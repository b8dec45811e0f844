use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
    pub client: aws_sdk_dynamodb::Client,
}

fn main() {}
