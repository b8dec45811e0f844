pub mod dynamo;
#[derive(serde::Serialize, serde::Deserialize)]
pub struct User {
    pub id: String,
    pub email: String,
}
#[async_trait::async_trait]
pub trait Repository {
    async fn find(&self, id: &str) -> anyhow::Result<Option<User>>;
    async fn list(&self) -> anyhow::Result<Vec<User>>;
    async fn save(&self, user: &User) -> anyhow::Result<()>;
    async fn remove(&self, id: &str) -> anyhow::Result<()>;
}
