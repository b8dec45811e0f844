use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(sqs(SendMessage), on = "jobs")]
    #[aws(sqs(SendMessage), on = "others", via_role = "arn:aws:iam::444455556666:role/sender")]
    jobs: Jobs,
}

fn main() {}
