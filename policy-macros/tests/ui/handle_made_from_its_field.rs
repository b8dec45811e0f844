use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
}

fn main() {
    let client = aws_sdk_dynamodb::Client::new(&aws_config::SdkConfig);
    let _ = Orders { client };
}
