//! Builds the report of a day, each night, and asks for it to be mailed.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::primitives::ByteStream;
use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use nightly_reports::{
    access::{Shared, WriteReports},
    report::{self, Report},
    sdk_config,
};
use policy_macros::AwsAccess;
use serde::Deserialize;

/// What this function alone touches.
#[derive(AwsAccess)]
#[aws(function = "report-builder", invoked_by(events("rule/nightly-reports")))]
struct Access {
    /// The orders of a day.
    #[aws(dynamodb(Query), on = "table/orders-prod/index/by-day")]
    orders: Orders,
    /// Copies for the auditors.
    #[cfg(feature = "archive")]
    #[aws(s3(PutObject), on = "acme-report-archive/*")]
    archive: Archive,
    /// Reports to mail.
    #[aws(sqs(SendMessage), on = env("MAIL_QUEUE_URL", as = "url"))]
    to_mail: ToMail,
}

struct App {
    access: Access,
    shared: Shared,
    store: WriteReports,
}

/// The part of a scheduled event that matters here.
#[derive(Deserialize)]
struct Tick {
    /// As `2026-11-06T23:30:00Z`.
    time: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = sdk_config().await;
    let app = App {
        access: Access::new(&config)?,
        shared: Shared::new(&config),
        store: WriteReports::new(&config),
    };
    lambda_runtime::run(service_fn(|event| build(&app, event))).await
}

async fn build(app: &App, event: LambdaEvent<Tick>) -> Result<(), Error> {
    if report::recipients(&app.shared).await?.is_empty() {
        return Ok(());
    }
    let day = day(&event.payload)?.to_owned();
    let query = app.access.orders.query();
    let mut pages = query
        .key_condition_expression("#day = :day")
        .expression_attribute_names("#day", "day")
        .expression_attribute_values(":day", AttributeValue::S(day.clone()))
        .into_paginator()
        .send();
    let mut report = Report { day: day.clone(), ..Report::default() };
    while let Some(page) = pages.next().await {
        for order in page?.items() {
            let lines = order.get("lines").and_then(|value| value.as_s().ok());
            report.count(lines_of(lines.ok_or("an order has no `lines`")?)?);
        }
    }
    let body = serde_json::to_vec(&report)?;
    #[cfg(feature = "archive")]
    {
        let put = app.access.archive.put_object();
        put.key(Report::key(&day)).body(ByteStream::from(body.clone())).send().await?;
    }
    let put = app.store.reports.put_object();
    put.key(Report::key(&day)).body(ByteStream::from(body)).send().await?;
    app.access.to_mail.send_message().message_body(day).send().await?;
    Ok(())
}

/// The day that a tick belongs to.
fn day(tick: &Tick) -> Result<&str, Error> {
    tick.time
        .split_once('T')
        .map(|(day, _)| day)
        .ok_or_else(|| format!("`{}` is not a time", tick.time).into())
}

fn lines_of(text: &str) -> Result<Vec<(String, u64)>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Line {
        article: String,
        quantity: u64,
    }
    let lines: Vec<Line> = serde_json::from_str(text)?;
    Ok(lines.into_iter().map(|line| (line.article, line.quantity)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_the_date_of_the_tick() {
        assert_eq!(day(&Tick { time: "2026-11-06T23:30:00Z".to_owned() }).unwrap(), "2026-11-06");
        assert!(day(&Tick { time: "tonight".to_owned() }).is_err());
    }
}
