use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
}

fn main() {
    let access = Access::new(&aws_config::SdkConfig);
    let _ = aws_sdk_dynamodb::Client::delete_item(&access.orders);
}
