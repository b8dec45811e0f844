use aws_config::SdkConfig;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_s3::primitives::ByteStream;
use lambda_runtime::Error;

pub trait Sink {
    fn write(&self, body: &str) -> impl Future<Output = Result<(), Error>> + Send;
}

#[derive(Clone)]
pub struct Stream {
    pub client: aws_sdk_kinesis::Client,
    pub name: String,
}
#[derive(Clone)]
pub struct Bus {
    inner: aws_sdk_eventbridge::Client,
}
#[derive(Clone)]
pub struct Archive {
    s3: aws_sdk_s3::Client,
    bucket: &'static str,
}

#[derive(Clone)]
pub enum SinkKind {
    Stream(Stream),
    Bus(Bus),
    Archive(Box<Archive>),
}

impl From<&SdkConfig> for Bus {
    fn from(c: &SdkConfig) -> Self {
        Bus { inner: aws_sdk_eventbridge::Client::new(c) }
    }
}
impl Archive {
    pub fn open(c: &SdkConfig, bucket: &'static str) -> Self {
        Self { s3: aws_sdk_s3::Client::new(c), bucket }
    }
}

impl Sink for SinkKind {
    async fn write(&self, body: &str) -> Result<(), Error> {
        match self {
            Self::Stream(s) => s.write(body).await,
            Self::Bus(b) => b.write(body).await,
            Self::Archive(a) => a.write(body).await,
        }
    }
}
impl Sink for Stream {
    async fn write(&self, body: &str) -> Result<(), Error> {
        let blob = aws_sdk_kinesis::primitives::Blob::new(body.as_bytes());
        self.client
            .put_record() //~ kinesis.PutRecord @batch-sinks on stream/audit
            .stream_name(&self.name)
            .partition_key("p")
            .data(blob)
            .send()
            .await?;
        Ok(())
    }
}
impl Sink for Bus {
    async fn write(&self, body: &str) -> Result<(), Error> {
        let entry = PutEventsRequestEntry::builder().detail(body).event_bus_name("orders").build();
        let out = self.inner.put_events().entries(entry).send().await?; //~ eventbridge.PutEvents @batch-sinks on ?
        if out.failed_entry_count > 0 {
            return Err("failed".into());
        }
        Ok(())
    }
}
impl Sink for Archive {
    async fn write(&self, body: &str) -> Result<(), Error> {
        let key = format!("in/{}.json", body.len());
        let created =
            self.s3.create_multipart_upload().bucket(self.bucket).key(&key).send().await?; //~ s3.CreateMultipartUpload @batch-sinks on acme-archive/in/*
        let id = created.upload_id().ok_or("no id")?;
        let part = self
            .s3
            .upload_part() //~ s3.UploadPart @batch-sinks on acme-archive/in/*
            .bucket(self.bucket)
            .key(&key)
            .upload_id(id)
            .part_number(1)
            .body(ByteStream::from(body.as_bytes().to_vec()))
            .send()
            .await;
        match part {
            Ok(_) => {
                self.s3
                    .complete_multipart_upload() //~ s3.CompleteMultipartUpload @batch-sinks on acme-archive/in/*
                    .bucket(self.bucket)
                    .key(&key)
                    .upload_id(id)
                    .send()
                    .await?;
            }
            Err(_) => {
                self.s3
                    .abort_multipart_upload() //~ s3.AbortMultipartUpload @batch-sinks on acme-archive/in/*
                    .bucket(self.bucket)
                    .key(&key)
                    .upload_id(id)
                    .send()
                    .await?;
            }
        }
        Ok(())
    }
}
