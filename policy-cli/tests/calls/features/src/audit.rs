pub async fn note(text: &str) {
    let sns = aws_sdk_sns::Client::new(&aws_config::load_from_env().await);
    sns.publish().message(text).send().await.unwrap(); //~ sns.Publish @features on ? if audit
}
