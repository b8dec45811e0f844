use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
#[derive(Clone)]
pub struct Mailer {
    ses: aws_sdk_sesv2::Client,
    from: String,
}
impl Mailer {
    pub fn new(config: &aws_config::SdkConfig, from: String) -> Self {
        Self { ses: aws_sdk_sesv2::Client::new(config), from }
    }
    pub async fn welcome(&self, to: &str) -> anyhow::Result<()> {
        self.ses
            .send_email() //~ sesv2.SendEmail @routed on ?
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(to).build())
            .send()
            .await?;
        Ok(())
    }
}
