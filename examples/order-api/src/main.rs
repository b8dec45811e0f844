//! Orders, placed over HTTP or dropped as files in a bucket.
//!
//! Start reading at [`access`]: it names everything that this function may do in AWS.
#![forbid(unsafe_code)]

mod access;
mod http;
mod order;
mod payment;
mod receipt;
mod upload;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use serde_json::Value;

use access::Access;

/// What lives as long as the execution environment.
struct App {
    access: Access,
    /// The table of orders of this stage.
    table: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let stage = std::env::var("STAGE").map_err(|_| "the variable `STAGE` is not set")?;
    let access = Access::new(&sdk_config().await)?;
    let app = App { access, table: format!("orders-{stage}") };
    lambda_runtime::run(service_fn(|event| handler(&app, event))).await
}

/// Credentials and region of the environment, over one TLS implementation.
async fn sdk_config() -> SdkConfig {
    let https = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    aws_config::defaults(BehaviorVersion::latest()).http_client(https).load().await
}

/// S3 sends `Records`; everything else comes from API Gateway.
async fn handler(app: &App, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let payload = event.payload;
    if payload.get("Records").is_some() {
        upload::take_in(app, serde_json::from_value(payload)?).await?;
        Ok(Value::Null)
    } else {
        let response = http::answer(app, serde_json::from_value(payload)?).await;
        Ok(serde_json::to_value(response)?)
    }
}

#[cfg(test)]
mod main_tests;
