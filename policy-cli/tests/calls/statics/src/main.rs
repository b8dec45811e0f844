use std::sync::{LazyLock, OnceLock};

use aws_sdk_dynamodb::Client;
use lambda_runtime::{Error, service_fn};
use tokio::sync::OnceCell;

static DYNAMO: OnceCell<Client> = OnceCell::const_new();
static TABLE: LazyLock<String> = LazyLock::new(|| std::env::var("TABLE").expect("TABLE"));
static KMS: OnceLock<aws_sdk_kms::Client> = OnceLock::new();

lazy_static::lazy_static! {
    static ref BUCKET: String = std::env::var("BUCKET").unwrap();
    static ref S3: aws_sdk_s3::Client = make();
}

fn make() -> aws_sdk_s3::Client {
    let config = futures::executor::block_on(aws_config::load_from_env());
    aws_sdk_s3::Client::new(&config)
}

async fn dynamo() -> &'static Client {
    DYNAMO
        .get_or_init(|| async { Client::new(&aws_config::load_from_env().await) })
        .await
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    KMS.set(aws_sdk_kms::Client::new(&aws_config::load_from_env().await)).ok();
    lambda_runtime::run(service_fn(handler)).await
}

async fn handler(_: lambda_runtime::LambdaEvent<serde_json::Value>) -> Result<(), Error> {
    dynamo().await.get_item().table_name(TABLE.as_str()).send().await?; //~ dynamodb.GetItem @statics on env TABLE name
    S3.get_object().bucket(&*BUCKET).key("rates.json").send().await?; //~ s3.GetObject @statics on env BUCKET name
    let kms = KMS.get().expect("set in main");
    kms.decrypt().key_id("alias/app").send().await?; //~ kms.Decrypt @statics on ?
    if let Some(kms) = KMS.get() {
        kms.encrypt().key_id("1234abcd-12ab-34cd-56ef-1234567890ab").send().await?; //~ kms.Encrypt @statics on key/1234abcd-12ab-34cd-56ef-1234567890ab
    }
    Ok(())
}
