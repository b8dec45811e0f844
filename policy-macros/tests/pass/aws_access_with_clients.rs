//! Functions that take a client and call what they declare; receivers of which nothing is known are left alone.
#![deny(warnings)]

use policy_macros::aws_access;

struct App {
    orders: aws_sdk_dynamodb::Client,
}

impl App {
    #[aws_access(dynamodb(GetItem), on = "table/orders")]
    #[aws_access(s3(GetObject, ListObjectsV2), on = ["acme-receipts/*", "acme-receipts"])]
    #[aws_access(rds_db(action("rds-db:connect")), on = "dbuser:*/app")]
    fn run(&self, orders: &aws_sdk_dynamodb::Client, receipts: std::sync::Arc<aws_sdk_s3::Client>) {
        let _ = (orders.get_item(), receipts.get_object());
        let receipts = receipts.clone();
        let _ = receipts.list_objects_v2();
        let _ = self.orders.delete_item();
    }
}

#[policy_macros::aws_access(dynamodb(PutItem), on = "table/orders", crate = "crate::sdk::dynamodb")]
fn put(client: sdk::dynamodb::Client) {
    let _ = client.put_item();
}

mod sdk {
    pub use aws_sdk_dynamodb as dynamodb;
}

fn main() {
    let config = aws_config::SdkConfig;
    let app = App { orders: aws_sdk_dynamodb::Client::new(&config) };
    app.run(&app.orders, std::sync::Arc::new(aws_sdk_s3::Client::new(&config)));
    put(app.orders);
}
