//! The strictest crate there is.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused, dead_code, missing_debug_implementations)]

use policy_macros::{AwsAccess, aws_access};

/// What this function may do.
#[derive(AwsAccess, Clone, Debug)]
pub struct Access {
    /// Orders.
    #[aws(dynamodb(GetItem, PutItem), on = "table/orders-{stage}")]
    pub orders: Orders,
    #[aws(sqs(SendMessage), on = env("QUEUE_URL", as = "url"))]
    queue: Queue,
    #[aws(rds_db(action("rds-db:connect")), on = "dbuser:*/app")]
    database: Database,
}

#[aws_access(rds_db(action("rds-db:connect")), on = "dbuser:*/app")]
fn connect(_: &Database) {}

fn main() {
    // SAFETY of the test: the variable is not set, which is the answer expected.
    let missing = Access::new(&aws_config::SdkConfig).unwrap_err();
    assert_eq!(missing.missing(), ["QUEUE_URL"]);
    assert_eq!(missing.to_string(), "environment variables are not set: QUEUE_URL");
    let client = aws_sdk_sqs::Client::new(&aws_config::SdkConfig);
    let queue = Queue::from_client(client, "https://queue");
    assert_eq!(queue.queue_url(), "https://queue");
    let client = aws_sdk_dynamodb::Client::new(&aws_config::SdkConfig);
    let orders = Orders::from_client(client);
    let access = Access { orders, queue, database: Database };
    let _builder: aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder =
        access.orders.get_item();
    let _ = (access.clone().queue.send_message(), access.orders.put_item());
    connect(&access.database);
}
