use std::ops::Deref;
use std::task::{Context, Poll};

use aws_sdk_dynamodb::Client as Dynamo;
use aws_sdk_s3::Client as S3;
use aws_sdk_sqs::Client as Sqs;
use lambda_runtime::{Error, LambdaEvent};
use tower::Service;

struct Db(Dynamo);

impl Deref for Db {
    type Target = Dynamo;

    fn deref(&self) -> &Dynamo {
        &self.0
    }
}

trait Upload {
    async fn upload(&self, bucket: &str, key: &str);
}

impl Upload for S3 {
    async fn upload(&self, bucket: &str, key: &str) {
        self.put_object().bucket(bucket).key(key).send().await.unwrap(); //~ s3.PutObject @newtypes-and-traits on acme-out/a.txt
    }
}

trait HasQueue {
    type Client: AsRef<Sqs>;

    fn queue(&self) -> &Sqs;

    async fn push(&self) {
        self.queue().send_message().queue_url(URL).send().await.unwrap(); //~ sqs.SendMessage @newtypes-and-traits on arn:aws:sqs:eu-west-1:111122223333:jobs
    }
}

const URL: &str = "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs";

#[derive(Clone)]
struct App {
    sqs: Sqs,
}

impl HasQueue for App {
    type Client = std::sync::Arc<Sqs>;

    fn queue(&self) -> &Sqs {
        &self.sqs
    }
}

impl Service<LambdaEvent<String>> for App {
    type Response = ();
    type Error = Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<(), Self::Error>>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, event: LambdaEvent<String>) -> Self::Future {
        let app = self.clone();
        Box::pin(async move {
            app.sqs.purge_queue().queue_url(event.payload).send().await.unwrap(); //~ sqs.PurgeQueue @newtypes-and-traits on ?
            Ok(())
        })
    }
}

struct Table<'a> {
    db: &'a Db,
}

impl<'a> From<&'a Db> for Table<'a> {
    fn from(db: &'a Db) -> Self {
        Table { db }
    }
}

impl Table<'_> {
    const NAME: &'static str = "rows";

    async fn first(&self) {
        self.db.query().table_name(Self::NAME).limit(1).send().await.unwrap(); //~ dynamodb.Query @newtypes-and-traits on table/rows
    }
}

async fn generic<C: Into<Dynamo>>(client: C) {
    let client: Dynamo = client.into();
    client.delete_item().table_name("rows").send().await.unwrap(); //~ dynamodb.DeleteItem @newtypes-and-traits on table/rows
}

fn build<T>(make: impl Fn(&aws_config::SdkConfig) -> T, config: &aws_config::SdkConfig) -> T {
    make(config)
}

#[tokio::main]
async fn main() {
    let config = aws_config::load_from_env().await;
    let db = Db(Dynamo::new(&config));
    db.get_item().table_name("rows").send().await.unwrap(); //~ dynamodb.GetItem @newtypes-and-traits on table/rows
    let table = Table::from(&db);
    table.first().await;
    generic(db.0.clone()).await;
    build(S3::new, &config).upload("acme-out", "a.txt").await;
    let s3 = build(S3::new, &config);
    s3.list_buckets().send().await.unwrap(); //~ s3.ListBuckets @newtypes-and-traits on ?
    let app = App { sqs: build(|config| Sqs::new(config), &config) };
    app.push().await;
    lambda_runtime::run(app).await.unwrap();
}
