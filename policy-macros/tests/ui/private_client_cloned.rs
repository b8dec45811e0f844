use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
}

fn main() {
    let access = Access::new(&aws_config::SdkConfig);
    let client = access.orders.client.clone();
    let _ = client.delete_item();
}
