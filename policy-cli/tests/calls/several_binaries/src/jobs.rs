use aws_sdk_sqs::Client;

#[derive(Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    pub async fn open() -> Self {
        let config = crate::config().await;
        Self { client: Client::new(&config), url: std::env::var("QUEUE_URL").unwrap() }
    }

    pub async fn push(&self, body: String) {
        self.client.send_message().queue_url(&self.url).message_body(body).send().await.unwrap(); //~ sqs.SendMessage @api on env QUEUE_URL url
    }

    pub async fn pull(&self) -> Vec<aws_sdk_sqs::types::Message> {
        let got = self.client.receive_message().queue_url(&self.url).send().await; //~ sqs.ReceiveMessage @worker on env QUEUE_URL url
        got.unwrap().messages.unwrap_or_default()
    }

    pub async fn done(&self, receipt: &str) {
        let request = self.client.delete_message(); //~ sqs.DeleteMessage @worker on env QUEUE_URL url
        request.queue_url(self.url.clone()).receipt_handle(receipt).send().await.unwrap();
    }
}
