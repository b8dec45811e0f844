use aws_sdk_rekognition::types::{Image, S3Object};
use aws_sdk_textract::types::{Document, S3Object as TextractObject};
use aws_sdk_transcribe::types::Media;

#[tokio::main]
async fn main() {
    let config = aws_config::load_from_env().await;
    let bucket = std::env::var("UPLOADS").unwrap();
    let rekognition = aws_sdk_rekognition::Client::new(&config);
    let object = S3Object::builder().bucket(&bucket).name("face.jpg").build(); //~ s3.GetObject @handed-over likely handed-over on env UPLOADS name
    let image = Image::builder().s3_object(object).build();
    rekognition.detect_labels().image(image).send().await.unwrap(); //~ rekognition.DetectLabels @handed-over on ?

    let textract = aws_sdk_textract::Client::new(&config);
    let document = Document::builder()
        .s3_object(TextractObject::builder().bucket("acme-scans").name("a.pdf").build()) //~ s3.GetObject @handed-over likely handed-over on acme-scans/a.pdf
        .build();
    textract.detect_document_text().document(document).send().await.unwrap(); //~ textract.DetectDocumentText @handed-over on ?

    let transcribe = aws_sdk_transcribe::Client::new(&config);
    let media = Media::builder().media_file_uri("s3://acme-calls/1.wav").build(); //~ s3.GetObject @handed-over likely handed-over on ?
    transcribe.start_transcription_job().media(media).send().await.unwrap(); //~ transcribe.StartTranscriptionJob @handed-over on ?
    wait(&config).await;
}

async fn wait(config: &aws_config::SdkConfig) {
    use aws_sdk_s3::client::Waiters;

    let s3 = aws_sdk_s3::Client::new(config);
    s3.wait_until_object_exists() //~ s3.HeadObject @handed-over waiter on acme-scans/a.txt
        .bucket("acme-scans")
        .key("a.txt")
        .wait(std::time::Duration::from_secs(30))
        .await
        .unwrap();
    let rds = aws_sdk_rds::Client::new(config);
    let waiting = rds.wait_until_db_instance_available().db_instance_identifier("shop"); //~ rds.DescribeDBInstances @handed-over waiter on db:shop
    waiting.wait(std::time::Duration::from_secs(30)).await.unwrap();
}
