use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
}

impl Orders {
    fn delete(&self) {
        let _ = self.client.delete_item();
    }
}

fn main() {
    let access = Access::new(&aws_config::SdkConfig);
    access.orders.delete();
}
