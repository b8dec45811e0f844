use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
}

mod __aws_access_Access {
    pub fn delete(orders: &super::Orders) {
        let _ = orders.client.delete_item();
    }
}

fn main() {}
