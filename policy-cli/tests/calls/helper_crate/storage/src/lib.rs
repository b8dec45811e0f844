mod inner;

pub use s3_client::Client as S3;

pub mod prelude {
    pub use crate::inner::{Fetch, Storage};
}

pub fn s3(config: &aws_config::SdkConfig) -> S3 {
    S3::new(config)
}

pub async fn unused(client: &S3) {
    client.delete_bucket().bucket("acme-inbox").send().await.ok(); //~ s3.DeleteBucket on acme-inbox
}
