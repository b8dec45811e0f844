use crate::{AppState, errors::ApiError, repo::User};
use axum::{
    Json, Router,
    extract::{Path, State},
    routing::{delete, get},
};
pub fn routes() -> Router<AppState> {
    Router::new().route("/", get(list).post(create)).route("/{id}", get(one).merge(delete(remove)))
}
async fn list(State(AppState { repo, .. }): State<AppState>) -> Result<Json<Vec<User>>, ApiError> {
    Ok(Json(repo.list().await?))
}
async fn one(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Option<User>>, ApiError> {
    Ok(Json(state.repo.find(&id).await?))
}
async fn create(State(state): State<AppState>, Json(user): Json<User>) -> Result<(), ApiError> {
    state.repo.save(&user).await?;
    let mailer = state.mailer.clone();
    tokio::spawn(async move { mailer.welcome(&user.email).await });
    Ok(())
}
async fn remove(state: State<AppState>, Path(id): Path<String>) -> Result<(), ApiError> {
    state.0.repo.remove(&id).await?;
    Ok(())
}
