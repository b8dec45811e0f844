mod config;
mod errors;
mod handlers;
mod repo;
mod services;

use axum::{
    Router,
    routing::{get, post},
};
use config::Settings;
use repo::{Repository, dynamo::DynamoRepo};
use services::{mailer::Mailer, storage::Storage};
use std::sync::Arc;

#[derive(Clone)]
pub struct AppState {
    pub repo: Arc<dyn Repository + Send + Sync>,
    pub storage: Arc<Storage>,
    pub mailer: Mailer,
    pub settings: Arc<Settings>,
}

async fn build_state() -> anyhow::Result<AppState> {
    let shared = aws_config::defaults(aws_config::BehaviorVersion::latest()).load().await;
    let ssm = aws_sdk_ssm::Client::new(&shared);
    let settings = Settings::load(&ssm).await?;
    let repo = DynamoRepo::builder()
        .client(aws_sdk_dynamodb::Client::new(&shared))
        .table(&settings.table)
        .build();
    let s3_config =
        aws_sdk_s3::config::Builder::from(&shared).force_path_style(settings.local).build();
    let state = AppState {
        repo: Arc::new(repo),
        storage: Arc::new(Storage {
            s3: aws_sdk_s3::Client::from_conf(s3_config),
            bucket: settings.bucket.clone(),
        }),
        mailer: Mailer::new(&shared, settings.sender.clone()),
        settings: Arc::new(settings),
    };
    Ok(state)
}

fn app(state: AppState) -> Router {
    Router::new()
        .nest("/users", handlers::users::routes())
        .route("/files/{key}", get(handlers::files::download).put(handlers::files::upload))
        .route("/health", post(|| async { "ok" }))
        .layer(tower_http::trace::TraceLayer::new_for_http())
        .with_state(state)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let state = build_state().await.map_err(|e| e.to_string())?;
    lambda_http::run(app(state)).await
}
