use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use lambda_runtime::Error;

pub struct Notifier {
    client: Client,
    topic: String,
}

impl Notifier {
    pub fn new(config: &SdkConfig, topic: String) -> Self {
        Notifier { client: Client::new(config), topic }
    }

    pub async fn tell(&self, text: &str) -> Result<(), Error> {
        self.client.publish().topic_arn(&self.topic).message(text).send().await?; //~ sns.Publish @client-in-struct on env TOPIC_ARN arn
        Ok(())
    }
}
