mod database;
mod extension;

use aws_config::sts::AssumeRoleProvider;

#[tokio::main]
async fn main() {
    let config = aws_config::load_from_env().await;
    extension::flags().await;
    extension::secret("db").await;
    extension::parameter().await;
    database::token(&config).await;
    database::signed();
    database::dsql(&config).await;
    let role = AssumeRoleProvider::builder("arn:aws:iam::111122223333:role/reader").build().await; //~ sts.AssumeRole @extensions-and-tokens on arn:aws:iam::111122223333:role/reader
    drop(role);
}
