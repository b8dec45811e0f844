use async_trait::async_trait;
use aws_config::SdkConfig;
use lambda_runtime::Error;

use crate::store::{Archive, Order};

pub struct ObjectStore {
    client: aws_sdk_s3::Client,
}

impl ObjectStore {
    pub fn new(config: &SdkConfig) -> Self {
        let conf = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
        Self { client: aws_sdk_s3::Client::from_conf(conf) }
    }
}

#[async_trait]
impl Archive for ObjectStore {
    async fn archive(&self, order: &Order) -> Result<(), Error> {
        let key = format!("orders/{}", order.id);
        let bucket = std::env::var("ARCHIVE_BUCKET").expect("ARCHIVE_BUCKET");
        let exists = self.client.head_object().bucket(&bucket).key(&key).send().await; //~ s3.HeadObject @store-trait on env ARCHIVE_BUCKET name
        if exists.is_err() {
            self.client.put_object().bucket(bucket).key(key).send().await?; //~ s3.PutObject @store-trait on env ARCHIVE_BUCKET name
        }
        Ok(())
    }
}
