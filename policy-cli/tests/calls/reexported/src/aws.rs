pub use aws_sdk_dynamodb as dynamodb;
pub use aws_sdk_s3::Client as Objects;
