use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(s3(GetObject), on = "s3://acme-receipts/*")]
    receipts: Receipts,
    #[aws(s3(GetObject), on = "acme-receipts/")]
    folder: Folder,
}

fn main() {}
