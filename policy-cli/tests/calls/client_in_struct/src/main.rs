mod app;
mod notify;

use std::sync::Arc;

use app::App;
use lambda_runtime::{Error, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let app = Arc::new(App::load().await?);
    lambda_runtime::run(service_fn(|event| {
        let app = Arc::clone(&app);
        async move { app.handle(event).await }
    }))
    .await
}
