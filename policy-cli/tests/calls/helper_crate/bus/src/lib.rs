use aws_sdk_eventbridge::{Client, types::PutEventsRequestEntry};

pub struct Bus {
    inner: Client,
}

impl Bus {
    pub fn new(config: &aws_config::SdkConfig) -> Self {
        Self { inner: Client::new(config) }
    }

    pub async fn emit(&self, detail: String) -> Result<(), aws_sdk_eventbridge::Error> {
        let entry = PutEventsRequestEntry::builder().detail(detail).build();
        self.inner.put_events().entries(entry).send().await?; //~ eventbridge.PutEvents @helper-crate on ?
        Ok(())
    }
}
