use aws_sdk_rds::auth_token::{AuthTokenGenerator, Config};
use aws_sigv4::http_request::SigningSettings;
use aws_sigv4::sign::v4;

pub async fn token(config: &aws_config::SdkConfig) -> String {
    let generator = AuthTokenGenerator::new( //~ rds_db.connect @extensions-and-tokens signature on ?
        Config::builder().hostname("db.example").port(5432).username("app").build().unwrap(),
    );
    generator.auth_token(config).await.unwrap().to_string()
}

pub fn signed() {
    let settings = SigningSettings::default();
    let parameters = v4::SigningParams::builder()
        .region("eu-west-1")
        .name("rds-db") //~ rds_db.connect @extensions-and-tokens signature on ?
        .settings(settings);
    drop(parameters);
}

pub async fn dsql(config: &aws_config::SdkConfig) -> String {
    let signer = aws_sdk_dsql::auth_token::AuthTokenGenerator::new(
        aws_sdk_dsql::auth_token::Config::builder().hostname("x.dsql.eu-west-1.on.aws").build().unwrap(),
    );
    signer.db_connect_admin_auth_token(config).await.unwrap().to_string() //~ dsql.DbConnectAdmin @extensions-and-tokens signature on ?
}
