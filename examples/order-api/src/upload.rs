//! Orders that partners drop as files in a bucket.

use aws_lambda_events::event::s3::S3Event;
use lambda_runtime::{Error, tracing};
use percent_encoding::percent_decode_str;

use crate::{
    App,
    order::{self, Order},
};

/// Places the orders of every file that the notification names. Stops at the first that fails: Lambda tries again.
pub async fn take_in(app: &App, event: S3Event) -> Result<(), Error> {
    for record in event.records {
        let key = decoded(record.s3.object.key.as_deref().unwrap_or_default())?;
        let get = app.access.uploads.get_object();
        let file = get.key(&key).send().await?;
        let bytes = file.body.collect().await?.into_bytes();
        for order in orders(&bytes).map_err(|error| format!("{key}: {error}"))? {
            let placed = order::place(app, &order).await?;
            tracing::info!(order = order.id, ?placed, "taken from {key}");
        }
    }
    Ok(())
}

/// Notifications carry keys as forms do: a plus for a space, the rest percent-encoded.
fn decoded(key: &str) -> Result<String, Error> {
    Ok(percent_decode_str(&key.replace('+', " ")).decode_utf8()?.into_owned())
}

/// One order a line.
fn orders(bytes: &[u8]) -> Result<Vec<Order>, serde_json::Error> {
    serde_json::Deserializer::from_slice(bytes).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_as_forms_are() {
        assert_eq!(
            decoded("incoming/M%C3%BCller+%2B+Co.jsonl").unwrap(),
            "incoming/Müller + Co.jsonl"
        );
    }

    #[test]
    fn a_file_holds_one_order_a_line() {
        let file = br#"{"id":"o-1","customer":"c-7","lines":[]}
            {"id":"o-2","customer":"c-7","lines":[{"article":"tea","quantity":2}]}"#;
        let ids: Vec<String> = orders(file).unwrap().into_iter().map(|order| order.id).collect();
        assert_eq!(ids, ["o-1", "o-2"]);
    }

    #[test]
    fn a_broken_line_refuses_the_file() {
        assert!(orders(br#"{"id":"o-1","customer":"c-7","lines":[]} {"id":"#).is_err());
    }
}
