//! The macros over one real SDK crate of each family of protocols.
//!
//! Compiling is the test: that every method, builder, setter, waiter and its types exist as the macros name them.
//! `tests/pass/protocol_families.rs` runs the same over stand-ins of the same shape.

use std::sync::Arc;

use policy_macros::{AwsAccess, aws_access};

/// One field for each family.
#[derive(AwsAccess)]
pub struct Access {
    /// JSON.
    #[aws(dynamodb(GetItem, BatchGetItem, wait_until_table_exists), on = "table/orders")]
    #[aws(dynamodb(Query), on = "table/orders/index/by-date")]
    pub json: Json,
    /// Query.
    #[aws(sts(AssumeRole), on = "arn:aws:iam::111122223333:role/reader")]
    #[aws(sts(GetCallerIdentity))]
    pub query: Query,
    /// REST with XML.
    #[aws(s3(GetObject, CopyObject, DeleteObjects, UploadPart), on = "acme-receipts/in/*")]
    #[aws(s3(ListObjectsV2, wait_until_bucket_exists), on = "acme-receipts")]
    pub rest_xml: RestXml,
    /// REST with JSON.
    #[aws(
        lambda(Invoke, InvokeWithResponseStream, wait_until_function_active_v2),
        on = "function:thumbnailer"
    )]
    pub rest_json: RestJson,
    /// EC2's own form of query.
    #[aws(ec2(StartInstances, GetConsoleOutput), on = env("INSTANCE", as = "name"))]
    #[aws(ec2(wait_until_instance_running), any_resource = "EC2 has none to describe")]
    pub ec2: Ec2,
    /// CBOR.
    #[aws(
        arcregionswitch(GetPlan, StartPlanExecution),
        on = "arn:aws:arc-region-switch::111122223333:plan/orders:a1b2c3",
        via_role = "arn:aws:iam::111122223333:role/switcher"
    )]
    pub cbor: Cbor,
}

/// Each of them, as a program uses it.
pub async fn uses(access: &Access) {
    let _ = access.json.get_item().consistent_read(true).send().await;
    let _ = access.json.batch_get_item().send().await;
    let _ = access.json.query().into_paginator().items().send().next().await;
    let _ = access.json.wait_until_table_exists().wait(std::time::Duration::from_secs(60)).await;
    let _ = access.query.assume_role().role_session_name("orders").send().await;
    let _ = access.query.get_caller_identity().send().await;
    let _ = access.rest_xml.get_object().key("in/1.json").send().await;
    let _ = access.rest_xml.list_objects_v2().into_paginator().send().next().await;
    let _ = access.rest_xml.wait_until_bucket_exists();
    let _ = access.rest_json.invoke().send().await;
    let _ = access.rest_json.wait_until_function_active_v2();
    let _ = access.ec2.start_instances().instance_ids(access.ec2.instance()).send().await;
    let _ = access.ec2.wait_until_instance_running().instance_ids(access.ec2.instance());
    let _ = access.cbor.start_plan_execution().send().await;
}

/// The handles from their parts.
pub fn made(own: &aws_config::SdkConfig, switcher: &aws_config::SdkConfig) -> Option<Access> {
    Access::new(own, switcher).ok()
}

/// A client that is handed in.
#[aws_access(lambda(Invoke), on = "function:thumbnailer")]
pub async fn handed_in(client: &aws_sdk_lambda::Client, again: Arc<aws_sdk_lambda::Client>) {
    let _ = client.invoke().function_name("thumbnailer").send().await;
    let _ = again.clone().invoke();
}
