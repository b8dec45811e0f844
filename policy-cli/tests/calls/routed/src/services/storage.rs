use aws_sdk_s3::{Client, presigning::PresigningConfig, primitives::ByteStream};
use std::time::Duration;
pub struct Storage {
    pub s3: Client,
    pub bucket: String,
}
impl Storage {
    pub async fn link(&self, key: &str) -> anyhow::Result<String> {
        let cfg = PresigningConfig::expires_in(Duration::from_secs(60))?;
        Ok(self
            .s3
            .get_object() //~ s3.GetObject @routed presigned on acme-files/files/*, env BUCKET name
            .bucket(&self.bucket)
            .key(format!("files/{key}"))
            .presigned(cfg)
            .await?
            .uri()
            .to_string())
    }
    pub async fn put(&self, key: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        let mut upload = self.s3.put_object().bucket(&self.bucket).key(format!("files/{key}")); //~ s3.PutObject @routed on acme-files/files/*, env BUCKET name
        if bytes.len() > 1 {
            upload = upload.content_type("application/octet-stream");
        }
        upload.body(ByteStream::from(bytes)).send().await?;
        Ok(())
    }
}
