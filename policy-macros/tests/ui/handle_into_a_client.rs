use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
}

fn main() {
    let access = Access::new(&aws_config::SdkConfig);
    let client: aws_sdk_dynamodb::Client = access.orders.into();
    let _ = client.delete_item();
}
