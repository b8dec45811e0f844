use axum::Json;
use axum::extract::{Path, State};

use crate::backend::Backend;
use crate::state::{AppState, Users};

pub async fn create(State(state): State<AppState>, Json(id): Json<String>) -> Json<String> {
    state.backend.put(&id).await;
    Json(id)
}

pub async fn list(state: State<AppState>) -> Json<usize> {
    let count = match &state.backend {
        Backend::Table { client, name } => {
            client.scan().table_name(name).send().await.unwrap().count as usize //~ dynamodb.Scan @web-app on env TABLE name
        }
        Backend::Bucket(client, name) => {
            let page = client.list_objects_v2().bucket(*name).send().await.unwrap(); //~ s3.ListObjectsV2 @web-app on acme-orders
            page.contents().len()
        }
    };
    Json(count)
}

pub async fn remove(State(state): State<AppState>, Path(id): Path<String>) {
    state.backend.remove(&id).await;
}

pub async fn user(State(Users(users)): State<Users>, Path(id): Path<String>) -> String {
    let pool = std::env::var("USER_POOL_ID").unwrap();
    let user = users.admin_get_user().user_pool_id(pool).username(id).send().await.unwrap(); //~ cognitoidentityprovider.AdminGetUser @web-app on env USER_POOL_ID name
    user.username().to_owned()
}
