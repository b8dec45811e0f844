use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
}

mod beside {
    pub fn delete(orders: &super::Orders) {
        let _ = orders.client.delete_item();
    }
}

fn main() {
    let access = Access::new(&aws_config::SdkConfig);
    beside::delete(&access.orders);
}
