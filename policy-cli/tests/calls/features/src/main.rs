#[cfg(feature = "audit")]
mod audit;
#[cfg(not(feature = "audit"))]
mod audit {
    pub async fn note(_: &str) {}
}

#[tokio::main]
async fn main() {
    let s3 = aws_sdk_s3::Client::new(&aws_config::load_from_env().await);
    #[cfg(feature = "list")]
    s3.list_objects_v2().bucket("acme").send().await.unwrap();
    #[cfg(windows)]
    {
        s3.create_bucket().bucket("acme").send().await.unwrap();
    }
    match std::env::args().count() {
        #[cfg(feature = "list")]
        2 => drop(s3.list_buckets().send().await),
        _ => drop(s3.get_object().bucket("acme").key("a").send().await), //~ s3.GetObject @features on acme/a
    }
    audit::note("done").await;
}
