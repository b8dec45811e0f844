mod settings;

use anyhow::Context;
use settings::Settings;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::from_env()?;
    let config = aws_config::load_from_env().await;
    let app = Clients::new(&config);
    step(&app, &settings).await
}

struct Clients {
    dynamodb: aws_sdk_dynamodb::Client,
    s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
    secrets: aws_sdk_secretsmanager::Client,
    sns: aws_sdk_sns::Client,
    kinesis: aws_sdk_kinesis::Client,
}

impl Clients {
    fn new(config: &aws_config::SdkConfig) -> Self {
        Self {
            dynamodb: aws_sdk_dynamodb::Client::new(config),
            s3: aws_sdk_s3::Client::new(config),
            sqs: aws_sdk_sqs::Client::new(config),
            secrets: aws_sdk_secretsmanager::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            kinesis: aws_sdk_kinesis::Client::new(config),
        }
    }
}

async fn step(app: &Clients, settings: &Settings) -> anyhow::Result<()> {
    let secret = app.secrets.get_secret_value().secret_id(&settings.secret).send().await?; //~ secretsmanager.GetSecretValue @environment-names on secret:orders/db-??????
    app.dynamodb.scan().table_name(&settings.table).send().await?; //~ dynamodb.Scan @environment-names on env TABLE_NAME name
    app.dynamodb
        .update_item() //~ dynamodb.UpdateItem @environment-names on table/counters, env COUNTERS name
        .table_name(settings.counters.as_str())
        .send()
        .await
        .context("counting")?;
    let keys = app.s3.list_objects_v2().bucket(settings.bucket.clone()).send().await?; //~ s3.ListObjectsV2 @environment-names on env BUCKET_NAME name
    for object in keys.contents() {
        let url = std::env::var(settings::QUEUE).context("no queue")?;
        app.sqs.send_message().queue_url(url).message_body(format!("{object:?}")).send().await?; //~ sqs.SendMessage @environment-names on env QUEUE_URL url
    }
    if let Some(topic) = &settings.topic {
        app.sns.publish().topic_arn(topic).message(secret.name().unwrap_or("?")).send().await?; //~ sns.Publish @environment-names on env TOPIC arn
    }
    let stream = lookup_stream(secret.arn());
    app.kinesis.put_record().stream_name(stream).partition_key("1").send().await?; //~ kinesis.PutRecord @environment-names on ?
    Ok(())
}

fn lookup_stream(arn: Option<&str>) -> String {
    arn.unwrap_or_default().replace("secret", "stream")
}
