use aws_sdk_dynamodb as dynamodb;
use aws_sdk_s3::{Client as S3Client, primitives::ByteStream};
use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;

use crate::notify::Notifier;

pub struct App {
    table: String,
    db: dynamodb::Client,
    s3: S3Client,
    notifier: Option<Notifier>,
}

impl App {
    pub async fn load() -> Result<Self, Error> {
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest()).load().await;
        Ok(Self {
            table: std::env::var("TABLE_NAME")?,
            db: dynamodb::Client::new(&config),
            s3: S3Client::new(&config),
            notifier: std::env::var("TOPIC_ARN").ok().map(|arn| Notifier::new(&config, arn)),
        })
    }

    pub async fn handle(&self, event: LambdaEvent<Value>) -> Result<Value, Error> {
        let Self { db, table, .. } = self;
        let rows = db.query().table_name(table).send().await?; //~ dynamodb.Query @client-in-struct on env TABLE_NAME name
        self.store(&format!("{:?}", rows.items)).await?;
        if let Some(notifier) = &self.notifier {
            notifier.tell("done").await?;
        }
        Ok(event.payload)
    }

    async fn store(&self, text: &str) -> Result<(), Error> {
        let body = ByteStream::from(text.as_bytes().to_vec());
        self.s3
            .put_object() //~ s3.PutObject @client-in-struct on acme-reports/daily/*
            .bucket("acme-reports")
            .key(format!("daily/{}.txt", text.len()))
            .body(body)
            .send()
            .await?;
        Ok(())
    }

    /// Compiled, never called.
    pub async fn wipe(&self) -> Result<(), Error> {
        self.db.delete_item().table_name(&self.table).send().await?; //~ dynamodb.DeleteItem on env TABLE_NAME name
        Ok(())
    }
}
