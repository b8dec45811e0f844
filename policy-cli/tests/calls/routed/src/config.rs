use anyhow::{Context, anyhow};
const PARAMETER_PREFIX: &str = "/router";
pub struct Settings {
    pub table: String,
    pub bucket: String,
    pub sender: String,
    pub local: bool,
    pub api_key: String,
}
impl Settings {
    pub async fn load(ssm: &aws_sdk_ssm::Client) -> anyhow::Result<Self> {
        let sender = get_parameter(ssm, "/router/sender").await?;
        let api_key = get_parameter(ssm, &format!("{PARAMETER_PREFIX}/api-key")).await?;
        Ok(Self {
            table: std::env::var("USERS_TABLE").context("USERS_TABLE")?,
            bucket: std::env::var("BUCKET").unwrap_or_else(|_| "acme-files".to_string()),
            sender,
            api_key,
            local: matches!(std::env::var("STAGE").as_deref(), Ok("local")),
        })
    }
}
async fn get_parameter(ssm: &aws_sdk_ssm::Client, name: &str) -> anyhow::Result<String> {
    ssm.get_parameter() //~ ssm.GetParameter @routed on parameter/router/api-key, parameter/router/sender
        .name(name)
        .with_decryption(true)
        .send()
        .await?
        .parameter
        .and_then(|p| p.value)
        .ok_or_else(|| anyhow!("missing {name}"))
}
