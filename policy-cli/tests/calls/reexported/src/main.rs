mod aws;
mod flows;

use aws::*;

type Rows = aws::dynamodb::Client;

#[tokio::main]
async fn main() {
    let config = aws_config::load_from_env().await;
    let rows = Rows::new(&config);
    let objects = Objects::new(&config);
    rows.delete_item().table_name("rows").send().await.ok(); //~ dynamodb.DeleteItem @reexported on table/rows
    objects.put_object().bucket("acme-out").key("a").send().await.ok(); //~ s3.PutObject @reexported on acme-out/a
    let streams = kinesis::Client::new(&config);
    streams.put_records().stream_arn("arn:aws:kinesis:eu-west-1:111122223333:stream/clicks").send().await.ok(); //~ kinesis.PutRecords @reexported on arn:aws:kinesis:eu-west-1:111122223333:stream/clicks
    flows::start(flows::client(&config)).await;
    shadowed(&config).await;
}

async fn shadowed(config: &aws_config::SdkConfig) {
    use aws_sdk_s3::Client;

    struct Local {
        client: Client,
    }

    impl Local {
        async fn go(self) {
            self.client.get_bucket_location().bucket("acme-out").send().await.ok(); //~ s3.GetBucketLocation @reexported on acme-out
        }
    }

    Local { client: Client::new(config) }.go().await;
}
