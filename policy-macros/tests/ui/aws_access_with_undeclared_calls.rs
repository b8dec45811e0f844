use policy_macros::aws_access;

#[aws_access(dynamodb(GetItem), on = "table/orders")]
#[aws_access(s3(GetObject), on = "acme-receipts/*")]
async fn handler(orders: &aws_sdk_dynamodb::Client, receipts: aws_sdk_s3::Client) {
    let _ = orders.get_item();
    let _ = receipts.get_object();
    let _ = orders.delete_item();
    let receipts = receipts.clone();
    let _ = async move { receipts.put_object() };
}

struct Store;

impl Store {
    #[aws_access(s3(GetObject), on = "acme-receipts/*")]
    fn list(&self, receipts: &aws_sdk_s3::Client) {
        let _ = receipts.list_objects_v2();
    }
}

fn main() {}
