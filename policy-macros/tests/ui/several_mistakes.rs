use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(invoked_by(sn("orders")))]
struct Access {
    #[aws(dynamdb(GetItem), on = "table/orders")]
    orders: Orders,
    #[aws(s3(GetObjects, PutObjekt), on = "*", ownr = "x")]
    receipts: Receipts,
    #[aws(sqs(SendMessage), on = "jobs")]
    queue: Vec<Queue>,
}

fn main() {}
