use events::Bus;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use storage::prelude::*;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_from_env().await;
    let storage = Storage::connect(&config);
    let bus = Bus::new(&config);
    let raw: storage::S3 = storage::s3(&config);
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| {
        let (storage, bus, raw) = (&storage, &bus, &raw);
        async move {
            let text = storage.fetch("in.json").await?;
            bus.emit(text).await?;
            raw.delete_object().bucket("acme-inbox").key("in.json").send().await?; //~ s3.DeleteObject @helper-crate on acme-inbox/in.json
            Ok::<_, Error>(event.payload)
        }
    }))
    .await
}
