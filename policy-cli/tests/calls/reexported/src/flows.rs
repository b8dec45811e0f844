use ::aws_sdk_sfn::{self as sfn, Client};

pub fn client(config: &aws_config::SdkConfig) -> impl AsRef<Client> + use<> {
    std::sync::Arc::new(sfn::Client::new(config))
}

pub async fn start(client: impl AsRef<sfn::Client>) {
    let client = client.as_ref();
    client
        .start_execution() //~ sfn.StartExecution @reexported on env FLOW arn
        .state_machine_arn(std::env::var("FLOW").unwrap_or_default())
        .send()
        .await
        .ok();
}
