use s3_client::{Client, Error};

pub struct Storage(Client);

impl Storage {
    pub fn connect(config: &aws_config::SdkConfig) -> Self {
        Storage(Client::new(config))
    }
}

pub trait Fetch {
    fn fetch(&self, key: &str) -> impl Future<Output = Result<String, Error>>;
}

impl Fetch for Storage {
    async fn fetch(&self, key: &str) -> Result<String, Error> {
        let object = self.0.get_object().bucket("acme-inbox").key(key).send().await?; //~ s3.GetObject @helper-crate on acme-inbox/in.json
        Ok(String::from_utf8_lossy(&object.body.collect().await.unwrap().into_bytes()).into())
    }
}
