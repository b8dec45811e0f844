#![no_implicit_prelude]
#![allow(dead_code)]

use ::policy_macros::{AwsAccess, aws_access};

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
    #[aws(sqs(SendMessage), on = env("QUEUE_URL", as = "url"))]
    queue: Queue,
}

#[aws_access(rds_db(action("rds-db:connect")), on = "dbuser:*/app")]
fn main() {}
