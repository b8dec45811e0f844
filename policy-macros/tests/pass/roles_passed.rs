//! Roles that are handed to services: by name, in either partition, and services that nothing else is known of.

use policy_macros::{AwsAccess, aws_access};

#[derive(AwsAccess)]
#[aws(function = "orders")]
struct Access {
    #[aws(iam(action("iam:PassRole")), on = "role/flow-*", passed_to = "states.amazonaws.com")]
    flow: Flow,
    #[aws(
        iam(PassRole),
        on = "role/{team}/worker",
        passed_to = ["vpc-flow-logs.amazonaws.com", "monitoring.rds.amazonaws.com", "ec2.amazonaws.com.cn"]
    )]
    worker: Worker,
}

#[aws_access(iam(PassRole), on = "role/schedule", passed_to = "scheduler.amazonaws.com")]
fn schedule() {}

fn main() {
    schedule();
    let _: Option<Access> = None;
}
