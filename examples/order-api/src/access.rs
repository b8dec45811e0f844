//! What this function touches in AWS.
//!
//! The execution role is generated from this file. A handle such as [`Orders`] has one method for each operation named
//! here and no other, so a call that is not declared does not compile.

use policy_macros::AwsAccess;

/// The AWS access of `order-api`.
#[derive(AwsAccess)]
#[aws(
    function = "order-api",
    invoked_by(
        apigateway(
            "{api}/$default/POST/orders",
            "{api}/$default/GET/orders/*",
            "{api}/$default/GET/customers/*",
            "{api}/$default/POST/payments"
        ),
        s3("acme-order-uploads")
    )
)]
pub struct Access {
    /// One item for each order.
    #[aws(dynamodb(GetItem, PutItem, UpdateItem), on = "table/orders-{stage}")]
    #[aws(dynamodb(Query), on = "table/orders-{stage}/index/by-customer")]
    pub orders: Orders,

    /// Receipts, one folder for each order.
    #[aws(s3(GetObject, PutObject), on = "acme-receipts/*")]
    #[aws(s3(ListObjectsV2), on = "acme-receipts")]
    pub receipts: Receipts,

    /// Orders that partners drop as files.
    #[aws(s3(GetObject), on = "acme-order-uploads/incoming/*")]
    pub uploads: Uploads,

    /// The key with which the payment provider signs its calls, under a KMS key of ours.
    #[aws(
        secretsmanager(GetSecretValue),
        on = "secret:order-api/stripe-??????",
        kms_key = "key/1234abcd-12ab-34cd-56ef-1234567890ab"
    )]
    pub signing_secret: SigningSecret,

    /// Work for the warehouse.
    #[aws(sqs(SendMessage), on = env("QUEUE_URL", as = "url"))]
    pub warehouse: Warehouse,
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod access_tests;
