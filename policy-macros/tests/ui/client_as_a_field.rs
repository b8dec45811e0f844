use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    pub orders: aws_sdk_dynamodb::Client,
}

fn main() {}
