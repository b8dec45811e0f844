//! One client of each family of protocols: their crates have the same shape.
use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    /// JSON.
    #[aws(dynamodb(PutItem, wait_until_table_exists), on = "table/orders")]
    json: Json,
    /// Query.
    #[aws(sts(AssumeRole), on = "arn:aws:iam::111122223333:role/reader")]
    #[aws(sts(GetCallerIdentity))]
    query: Query,
    /// REST with XML.
    #[aws(s3(HeadObject), on = "acme-receipts/*")]
    rest_xml: RestXml,
    /// REST with JSON.
    #[aws(lambda(Invoke, wait_until_function_active_v2), on = "function:thumbnailer")]
    rest_json: RestJson,
    /// EC2's own form of query.
    #[aws(ec2(StartInstances, GetConsoleOutput), on = "instance/i-0123456789abcdef0")]
    #[aws(ec2(wait_until_instance_running), any_resource = "EC2 has none to describe")]
    ec2: Ec2,
    /// CBOR.
    #[aws(
        arcregionswitch(GetPlan, StartPlanExecution),
        on = "arn:aws:arc-region-switch::111122223333:plan/orders:a1b2c3"
    )]
    cbor: Cbor,
}

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("nothing")
}

fn main() {
    let access = Access::new(&aws_config::SdkConfig);
    assert_eq!(text(access.json.put_item().get_table_name()), "orders");
    assert_eq!(text(access.json.wait_until_table_exists().get_table_name()), "orders");
    let role = "arn:aws:iam::111122223333:role/reader";
    assert_eq!(text(access.query.assume_role().get_role_arn()), role);
    let _ = access.query.get_caller_identity();
    assert_eq!(text(access.rest_xml.head_object().get_bucket()), "acme-receipts");
    assert_eq!(text(access.rest_json.invoke().get_function_name()), "thumbnailer");
    let waiter = access.rest_json.wait_until_function_active_v2();
    assert_eq!(text(waiter.get_function_name()), "thumbnailer");
    let _ = (access.ec2.start_instances(), access.ec2.wait_until_instance_running());
    assert_eq!(text(access.ec2.get_console_output().get_instance_id()), "i-0123456789abcdef0");
    let plan = "arn:aws:arc-region-switch::111122223333:plan/orders:a1b2c3";
    assert_eq!(text(access.cbor.start_plan_execution().get_plan_arn()), plan);
    // The catalog only guesses that this member is the plan's ARN.
    assert_eq!(text(access.cbor.get_plan().get_arn()), "nothing");
}
