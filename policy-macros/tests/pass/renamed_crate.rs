use policy_macros::AwsAccess;

mod sdk {
    pub use aws_sdk_dynamodb as dynamodb;
}

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders", crate = "crate::sdk::dynamodb")]
    orders: Orders,
    #[aws(dynamodb(PutItem), on = "table/orders", crate = "aws_sdk_dynamodb")]
    writer: Writer,
}

fn main() {
    let access = Access::new(&aws_config::SdkConfig);
    let _ = (access.orders.get_item(), access.writer.put_item());
}
