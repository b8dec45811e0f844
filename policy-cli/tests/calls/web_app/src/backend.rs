use aws_sdk_dynamodb::Client as Table;
use aws_sdk_s3::Client as Bucket;

pub enum Backend {
    Table { client: Table, name: String },
    Bucket(Bucket, &'static str),
}

impl Backend {
    pub fn pick(config: &aws_config::SdkConfig) -> Self {
        match std::env::var("TABLE") {
            Ok(name) => Backend::Table { client: Table::new(config), name },
            Err(_) => Backend::Bucket(Bucket::new(config), "acme-orders"),
        }
    }

    pub async fn put(&self, id: &str) {
        match self {
            Backend::Table { client, name } => {
                client.put_item().table_name(name).send().await.unwrap(); //~ dynamodb.PutItem @web-app on env TABLE name
            }
            Self::Bucket(client, bucket) => {
                client.put_object().bucket(*bucket).key(id).send().await.unwrap(); //~ s3.PutObject @web-app on acme-orders/*
            }
        }
    }

    pub async fn remove(&self, id: &str) {
        if let Self::Table { client, name: table } = self {
            client.delete_item().table_name(table).send().await.unwrap(); //~ dynamodb.DeleteItem @web-app on env TABLE name
        } else if let Self::Bucket(client, ..) = self {
            client.delete_object().bucket("acme-orders").key(id).send().await.unwrap(); //~ s3.DeleteObject @web-app on acme-orders/*
        }
    }
}
