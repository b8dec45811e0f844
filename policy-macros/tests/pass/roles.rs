//! A client with a role of its own is made from a configuration of its own.
use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(dynamodb(GetItem), on = "table/orders")]
    orders: Orders,
    #[aws(sqs(SendMessage), on = "jobs", via_role = "arn:aws:iam::444455556666:role/Order-Sender")]
    jobs: Jobs,
    #[aws(dynamodb(PutItem), on = "table/audit", via_role = "arn:aws:iam::{audit}:role/app/writer")]
    audit: Audit,
}

#[derive(AwsAccess)]
struct OnlyRoles {
    #[aws(sqs(SendMessage), on = "jobs", via_role = "arn:aws:iam::444455556666:role/sender")]
    jobs: OtherJobs,
    #[aws(sqs(SendMessage), on = "jobs", via_role = "arn:aws:iam::777788889999:role/sender")]
    more: MoreJobs,
}

fn main() {
    let own = aws_config::SdkConfig;
    let (as_sender, as_writer) = (aws_config::SdkConfig, aws_config::SdkConfig);
    let access = Access::new(&own, &as_sender, &as_writer);
    let _ = (access.orders.get_item(), access.jobs.send_message(), access.audit.put_item());
    let only = OnlyRoles::new(&as_sender, &as_writer);
    let _ = (only.jobs.send_message(), only.more.send_message());
}
