use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(wait_until_table_exist), on = "table/orders")]
    orders: Orders,
}

fn main() {}
