use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    /// Only read.
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
    /// Only written.
    #[aws(dynamodb(PutItem), on = "table/audit")]
    #[aws(dynamodb(DeleteItem), on = "table/audit-drafts")]
    audit: Audit,
}

fn main() {
    let access = Access::new(&aws_config::SdkConfig);
    let _ = access.orders.put_item();
    let _ = access.audit.get_item();
}
