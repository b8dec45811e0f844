use policy_macros::AwsAccess;

macro_rules! access {
    ($vis:vis $name:ident, $handle:ty, $operation:ident, $on:expr) => {
        #[derive(AwsAccess)]
        $vis struct $name {
            #[aws(dynamodb($operation), on = $on)]
            table: $handle,
        }
    };
}
access!(pub(crate) Orders, OrdersTable, GetItem, "table/orders");
access!(Returns, ReturnsTable, PutItem, "table/returns");

fn main() {
    let _ = Orders::new(&aws_config::SdkConfig).table.get_item();
    let _ = Returns::new(&aws_config::SdkConfig).table.put_item();
}
