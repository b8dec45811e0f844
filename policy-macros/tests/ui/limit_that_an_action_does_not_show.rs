use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "orders")]
struct Access {
    #[aws(dynamodb(GetItem, action("dynamodb:Scan")), on = "table/orders", leading_keys = ["customer#1", ""])]
    orders: Orders,
    #[aws(s3(GetObject), on = "acme-in/*", list_prefix = "in/*")]
    objects: Objects,
    #[aws(secretsmanager(action("secretsmanager:GetSecretValue")), on = "secret:db-??????", version_stage = [])]
    secret: Secret,
}

fn main() {}
