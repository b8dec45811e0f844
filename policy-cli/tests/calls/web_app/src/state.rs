use std::sync::Arc;

use axum::extract::FromRef;

use crate::backend::Backend;

#[derive(Clone)]
pub struct AppState(Arc<Inner>);

pub struct Inner {
    pub backend: Backend,
    pub users: aws_sdk_cognitoidentityprovider::Client,
}

impl AppState {
    pub async fn new() -> Self {
        let config = aws_config::load_from_env().await;
        Self(Arc::new(Inner {
            backend: Backend::pick(&config),
            users: aws_sdk_cognitoidentityprovider::Client::new(&config),
        }))
    }
}

impl std::ops::Deref for AppState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

#[derive(Clone)]
pub struct Users(pub aws_sdk_cognitoidentityprovider::Client);

impl FromRef<AppState> for Users {
    fn from_ref(state: &AppState) -> Self {
        Users(state.users.clone())
    }
}
