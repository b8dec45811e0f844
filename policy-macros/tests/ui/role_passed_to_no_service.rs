use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "orders")]
struct Access {
    #[aws(iam(action("iam:PassRole")), on = "role/a", passed_to = ["states", "*.amazonaws.com", ""])]
    a: A,
    #[aws(iam(action("iam:PassRole")), on = "role/b", passed_to = "ecs-task.amazonaws.com")]
    b: B,
    #[aws(iam(action("iam:PassRole")), on = "role/c", passed_to = "arn:aws:iam::111122223333:role/x")]
    c: C,
    #[aws(s3(GetObject), on = "acme-in/*", passed_to = "lambda.amazonaws.com")]
    d: D,
    #[aws(iam(action("iam:PassRole")), on = "role/e", passed_by = "lambda.amazonaws.com")]
    e: E,
}

fn main() {}
