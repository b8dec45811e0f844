use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn};

struct Links {
    s3: Client,
    bucket: String,
    valid: Duration,
}

impl Links {
    fn config(&self) -> Result<PresigningConfig, Error> {
        Ok(PresigningConfig::expires_in(self.valid)?)
    }

    async fn download(&self, key: &str) -> Result<PresignedRequest, Error> {
        let request = self.s3.get_object().bucket(&self.bucket).key(key); //~ s3.GetObject @presigned presigned on env BUCKET name
        Ok(request.presigned(self.config()?).await?)
    }

    async fn upload(&self, key: &str) -> Result<String, Error> {
        let presigned = self
            .s3
            .put_object() //~ s3.PutObject @presigned presigned on env BUCKET name
            .bucket(&self.bucket)
            .key(key)
            .content_type("application/pdf")
            .presigned(self.config()?)
            .await?;
        Ok(presigned.uri().to_string())
    }
}

async fn handler(links: &Links, request: Request) -> Result<Response<Body>, Error> {
    let parameters = request.query_string_parameters();
    let key = parameters.first("key").unwrap_or("none");
    let uri = match request.method().as_str() {
        "GET" => links.download(key).await?.uri().to_string(),
        _ => links.upload(key).await?,
    };
    Ok(Response::builder().status(307).header("location", uri).body(Body::Empty)?)
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let s3 = Client::new(&aws_config::load_from_env().await);
    let bucket = std::env::var("BUCKET")?;
    let links = &Links { s3, bucket, valid: Duration::from_secs(300) };
    run(service_fn(move |request| handler(links, request))).await
}
