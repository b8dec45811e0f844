use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

pub struct ApiError;

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

impl<E: Into<anyhow::Error>> From<E> for ApiError {
    fn from(_: E) -> Self {
        ApiError
    }
}
