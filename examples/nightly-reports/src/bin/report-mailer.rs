//! Mails the reports that lie ready, one letter to each recipient.

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use nightly_reports::{
    access::{ReadReports, Shared},
    report::{self, Report},
    sdk_config,
};
use policy_macros::AwsAccess;
use serde_json::json;

/// What this function alone touches.
#[derive(AwsAccess)]
#[aws(function = "report-mailer", polls(sqs("reports-to-mail")))]
struct Access {
    /// The queue of the mail gateway.
    #[aws(sqs(SendMessage), on = env("GATEWAY_QUEUE_URL", as = "url"))]
    gateway: Gateway,
}

struct App {
    access: Access,
    shared: Shared,
    store: ReadReports,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = sdk_config().await;
    let app = App {
        access: Access::new(&config)?,
        shared: Shared::new(&config),
        store: ReadReports::new(&config),
    };
    lambda_runtime::run(service_fn(|event| mail(&app, event))).await
}

async fn mail(app: &App, event: LambdaEvent<SqsEvent>) -> Result<(), Error> {
    let recipients = report::recipients(&app.shared).await?;
    for day in event.payload.records.into_iter().filter_map(|record| record.body) {
        let object = app.store.reports.get_object().key(Report::key(&day)).send().await?;
        let report: Report = serde_json::from_slice(&object.body.collect().await?.into_bytes())?;
        for recipient in &recipients {
            let letter = json!({ "to": recipient, "subject": "Sales", "text": report.letter() });
            app.access.gateway.send_message().message_body(letter.to_string()).send().await?;
        }
    }
    Ok(())
}
