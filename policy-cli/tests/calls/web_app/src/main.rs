mod backend;
mod routes;
mod state;

use axum::Router;
use axum::routing::{delete, get, post};

use crate::state::AppState;

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let state = AppState::new().await;
    let app = Router::new()
        .route("/orders", post(routes::create).get(routes::list))
        .route("/orders/{id}", delete(routes::remove))
        .route("/health", get(|| async { "ok" }))
        .route("/users/{id}", get(crate::routes::user))
        .with_state(state);
    lambda_http::run(app).await
}
