//! The handles themselves, over clients that `aws-smithy-mocks` makes.

use std::time::Duration;

use aws_sdk_s3::{
    config::{BehaviorVersion, Credentials, Region},
    operation::list_objects_v2::ListObjectsV2Output,
    presigning::PresigningConfig,
    types::Object,
};
use aws_sdk_sqs::operation::send_message::SendMessageOutput;
use aws_smithy_mocks::{mock, mock_client};

use super::{Receipts, Warehouse};

/// A page of receipts, and where the next one begins.
fn page(key: &str, next: Option<&str>) -> ListObjectsV2Output {
    ListObjectsV2Output::builder()
        .contents(Object::builder().key(key).build())
        .is_truncated(next.is_some())
        .set_next_continuation_token(next.map(str::to_owned))
        .build()
}

#[tokio::test]
async fn a_request_goes_to_the_bucket_of_the_declaration() {
    let listed = mock!(aws_sdk_s3::Client::list_objects_v2)
        .match_requests(|request| {
            request.bucket() == Some("acme-receipts") && request.prefix() == Some("o-1/")
        })
        .then_output(|| page("o-1/p-9.json", None));
    let receipts = Receipts::from_client(mock_client!(aws_sdk_s3, [&listed]));
    let found = receipts.list_objects_v2().prefix("o-1/").send().await.unwrap();
    assert_eq!(found.contents()[0].key(), Some("o-1/p-9.json"));
    assert_eq!(listed.num_calls(), 1);
}

#[tokio::test]
async fn a_message_goes_to_the_queue_of_the_variable() {
    let sent = mock!(aws_sdk_sqs::Client::send_message)
        .match_requests(|request| request.queue_url() == Some("https://queue.example/work"))
        .then_output(|| SendMessageOutput::builder().message_id("m-1").build());
    let client = mock_client!(aws_sdk_sqs, [&sent]);
    let warehouse = Warehouse::from_client(client, "https://queue.example/work");
    let answer = warehouse.send_message().message_body("o-1").send().await.unwrap();
    assert_eq!(answer.message_id(), Some("m-1"));
}

#[tokio::test]
async fn every_page_is_of_the_bucket_of_the_declaration() {
    let listed = mock!(aws_sdk_s3::Client::list_objects_v2)
        .match_requests(|request| request.bucket() == Some("acme-receipts"))
        .sequence()
        .output(|| page("o-1/p-8.json", Some("more")))
        .output(|| page("o-1/p-9.json", None))
        .build();
    let receipts = Receipts::from_client(mock_client!(aws_sdk_s3, [&listed]));
    let mut pages = receipts.list_objects_v2().into_paginator().send();
    let mut keys = Vec::new();
    while let Some(page) = pages.next().await {
        keys.extend(page.unwrap().contents().iter().filter_map(|o| o.key().map(str::to_owned)));
    }
    assert_eq!(keys, ["o-1/p-8.json", "o-1/p-9.json"]);
}

#[tokio::test]
async fn a_declared_operation_can_be_presigned() {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "tests"))
        .build();
    let receipts = Receipts::from_client(aws_sdk_s3::Client::from_conf(config));
    let minute = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let link = receipts.get_object().key("o-1/p-9.json").presigned(minute).await.unwrap();
    let expected = "https://acme-receipts.s3.eu-west-1.amazonaws.com/o-1/p-9.json?";
    assert!(link.uri().starts_with(expected), "{}", link.uri());
    assert!(link.uri().contains("X-Amz-Expires=60"), "{}", link.uri());
}
