use crate::{AppState, errors::ApiError};
use axum::{
    body::Bytes,
    extract::{Path, State},
    response::Redirect,
};
pub async fn download(
    State(state): State<AppState>,
    Path(key): Path<String>,
) -> Result<Redirect, ApiError> {
    let url = state.storage.link(&key).await?;
    Ok(Redirect::temporary(&url))
}
pub async fn upload(
    State(s): State<AppState>,
    Path(key): Path<String>,
    body: Bytes,
) -> Result<(), ApiError> {
    s.storage.put(&key, body.to_vec()).await?;
    Ok(())
}
