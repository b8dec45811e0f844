use policy_macros::AwsAccess;

#[derive(AwsAccess)]
struct Access {
    #[aws(s3(GetObject, HeadObject), on = "acme-receipts/*")]
    #[aws(s3(ListObjectsV2, GetObject), on = ["acme-receipts", "acme-archive/*"])]
    receipts: Receipts,
    #[aws(s3(PutObject), on = "acme-archive/*")]
    archive: Archive,
}

fn main() {
    let access = Access::new(&aws_config::SdkConfig);
    let _ = (access.receipts.get_object(), access.receipts.head_object());
    let _ = (access.receipts.list_objects_v2(), access.archive.put_object());
}
