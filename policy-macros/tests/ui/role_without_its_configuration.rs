use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
    #[aws(sqs(SendMessage), on = "jobs", via_role = "arn:aws:iam::444455556666:role/sender")]
    jobs: Jobs,
}

fn main() {
    let _ = Access::new(&aws_config::SdkConfig);
}
