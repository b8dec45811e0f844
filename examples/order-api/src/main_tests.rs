//! The handler against prepared answers of AWS.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use aws_sdk_sqs::config::{
    Credentials, HttpClient, Region, RuntimeComponents, SharedCredentialsProvider,
    http::HttpRequest, http::HttpResponse,
};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use lambda_runtime::Context;
use serde_json::json;

use super::*;
use crate::access::{Orders, Receipts, SigningSecret, Uploads, Warehouse};

/// Answers in order, and keeps what was asked.
#[derive(Clone, Debug, Default)]
struct Prepared {
    answers: Arc<Mutex<VecDeque<(u16, &'static str)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl HttpConnector for Prepared {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let what = match request.headers().get("x-amz-target") {
            Some(target) => target.to_owned(),
            None => format!("{} {}", request.method(), request.uri()),
        };
        self.asked.lock().unwrap().push(what);
        let (status, body) =
            self.answers.lock().unwrap().pop_front().expect("one answer for each call");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), body.into())))
    }
}

impl HttpClient for Prepared {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// What the handler gives for `event`, and what it asked of AWS.
async fn handled(
    event: Value,
    answers: &[(u16, &'static str)],
) -> (Result<Value, Error>, Vec<String>) {
    let prepared = Prepared::default();
    prepared.answers.lock().unwrap().extend(answers);
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "tests");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(prepared.clone())
        .build();
    let access = Access {
        orders: Orders::from_client(aws_sdk_dynamodb::Client::new(&config)),
        receipts: Receipts::from_client(aws_sdk_s3::Client::new(&config)),
        uploads: Uploads::from_client(aws_sdk_s3::Client::new(&config)),
        signing_secret: SigningSecret::from_client(aws_sdk_secretsmanager::Client::new(&config)),
        warehouse: Warehouse::from_client(
            aws_sdk_sqs::Client::new(&config),
            "https://queue.example/work",
        ),
    };
    let app = App { access, table: "orders-test".to_owned() };
    let answer = handler(&app, LambdaEvent::new(event, Context::default())).await;
    let asked = prepared.asked.lock().unwrap().clone();
    (answer, asked)
}

fn request(method: &str, path: &str, body: &str) -> Value {
    json!({ "rawPath": path, "body": body, "requestContext": { "http": { "method": method, "path": path } } })
}

const ORDER: &str = r#"{"id":"o-1","customer":"c-7","lines":[{"article":"tea","quantity":2}]}"#;
const STORE: &str = "DynamoDB_20120810.PutItem";
const QUEUE: &str = "AmazonSQS.SendMessage";

#[tokio::test]
async fn an_order_is_stored_and_then_goes_to_the_warehouse() {
    let (answer, asked) =
        handled(request("POST", "/orders", ORDER), &[(200, "{}"), (200, "{}")]).await;
    assert_eq!(answer.unwrap()["statusCode"], 201);
    assert_eq!(asked, [STORE, QUEUE]);
}

#[tokio::test]
async fn an_order_that_is_there_already_is_a_conflict_and_goes_to_the_warehouse_again() {
    let there = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}"#;
    let (answer, asked) =
        handled(request("POST", "/orders", ORDER), &[(400, there), (200, "{}")]).await;
    assert_eq!(answer.unwrap()["statusCode"], 409);
    assert_eq!(asked, [STORE, QUEUE]);
}

#[tokio::test]
async fn a_body_that_is_no_order_asks_nothing_of_aws() {
    let (answer, asked) = handled(request("POST", "/orders", r#"{"id":"o-1"}"#), &[]).await;
    assert_eq!(answer.unwrap()["statusCode"], 400);
    assert!(asked.is_empty());
}

#[tokio::test]
async fn a_missing_receipt_is_not_found() {
    let missing = "<Error><Code>NoSuchKey</Code></Error>";
    let (answer, asked) =
        handled(request("GET", "/orders/o-1/receipts/p-9", ""), &[(404, missing)]).await;
    assert_eq!(answer.unwrap()["statusCode"], 404);
    assert_eq!(
        asked,
        ["GET https://acme-receipts.s3.eu-west-1.amazonaws.com/o-1/p-9.json?x-id=GetObject"]
    );
}

#[tokio::test]
async fn a_payment_with_a_wrong_signature_changes_nothing() {
    let secret = r#"{"Name":"order-api/stripe","SecretString":"hush"}"#;
    let payment = request("POST", "/payments", r#"{"id":"p-9","order":"o-1"}"#);
    let (answer, asked) = handled(payment, &[(200, secret)]).await;
    assert_eq!(answer.unwrap()["statusCode"], 401);
    assert_eq!(asked, ["secretsmanager.GetSecretValue"]);
}

#[tokio::test]
async fn an_uploaded_file_places_each_of_its_orders() {
    let object = json!({ "bucket": { "name": "acme-order-uploads" }, "object": { "key": "incoming/a+b.jsonl" } });
    let record = json!({ "eventTime": "2026-11-05T07:00:00Z", "userIdentity": {}, "requestParameters": {}, "s3": object });
    let answers = [(200, ORDER), (200, "{}"), (200, "{}")];
    let (answer, asked) = handled(json!({ "Records": [record] }), &answers).await;
    assert_eq!(answer.unwrap(), Value::Null);
    assert!(asked[0].contains("/incoming/a%20b.jsonl"), "{asked:?}");
    assert_eq!(asked[1..], [STORE, QUEUE]);
}
