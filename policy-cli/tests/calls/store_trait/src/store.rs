use async_trait::async_trait;
use lambda_runtime::Error;

#[derive(serde::Deserialize)]
pub struct Order {
    pub id: String,
}

#[async_trait]
pub trait OrderStore: Send + Sync {
    async fn load(&self, id: &str) -> Result<Option<Order>, Error>;
    async fn save(&self, order: &Order) -> Result<(), Error>;

    async fn exists(&self, id: &str) -> Result<bool, Error> {
        Ok(self.load(id).await?.is_some())
    }
}

#[async_trait]
pub trait Archive: Send + Sync {
    async fn archive(&self, order: &Order) -> Result<(), Error>;
}

pub struct Service<S> {
    store: S,
    archive: Box<dyn Archive>,
}

impl<S: OrderStore> Service<S> {
    pub fn new(store: S, archive: Box<dyn Archive>) -> Self {
        Self { store, archive }
    }

    pub async fn accept(&self, order: Order) -> Result<(), Error> {
        if !self.store.exists(&order.id).await? {
            self.store.save(&order).await?;
        }
        self.archive.archive(&order).await
    }
}
