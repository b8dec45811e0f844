use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
}

impl std::ops::Deref for Orders {
    type Target = aws_sdk_dynamodb::Client;

    fn deref(&self) -> &Self::Target {
        &self.client
    }
}

fn main() {
    let access = Access::new(&aws_config::SdkConfig);
    let _ = access.orders.delete_item();
}
