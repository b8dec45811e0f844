//! Receipts of paid orders.

use aws_sdk_s3::primitives::ByteStream;
use lambda_runtime::Error;

use crate::App;

/// Where the receipt of a payment lies.
fn key(order: &str, payment: &str) -> String {
    format!("{order}/{payment}.json")
}

/// Stores what the payment provider told about a payment.
pub async fn store(app: &App, order: &str, payment: &str, body: String) -> Result<(), Error> {
    let put = app.access.receipts.put_object().key(key(order, payment));
    put.content_type("application/json").body(ByteStream::from(body.into_bytes())).send().await?;
    Ok(())
}

/// The payments of an order that have a receipt.
pub async fn list(app: &App, order: &str) -> Result<Vec<String>, Error> {
    let prefix = format!("{order}/");
    let found = app.access.receipts.list_objects_v2().prefix(&prefix).send().await?;
    let keys = found.contents().iter().filter_map(|object| object.key());
    Ok(keys
        .filter_map(|key| Some(key.strip_prefix(&prefix)?.strip_suffix(".json")?.to_owned()))
        .collect())
}

/// The receipt of one payment.
pub async fn read(app: &App, order: &str, payment: &str) -> Result<Option<String>, Error> {
    let get = app.access.receipts.get_object();
    match get.key(key(order, payment)).send().await {
        Ok(object) => Ok(Some(String::from_utf8(object.body.collect().await?.to_vec())?)),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
