mod sweep;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let config = several_binaries::config().await;
    sweep::sweep(&aws_sdk_s3::Client::new(&config), sweep::limit(&config).await).await;
}
