//! The HTTP interface.
//!
//! | request | does |
//! |---|---|
//! | `POST /orders` | places an order |
//! | `GET /orders/ID` | one order |
//! | `GET /orders/ID/receipts`, `GET /orders/ID/receipts/PAYMENT` | its receipts |
//! | `GET /customers/ID/orders` | the orders of a customer |
//! | `POST /payments` | the payment provider reports a payment |

use aws_lambda_events::{
    apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse},
    encodings::Body,
    http::{HeaderValue, header::CONTENT_TYPE},
};
use lambda_runtime::{Error, tracing};
use serde_json::{Value, json};

use crate::{
    App,
    order::{self, Order, Placed},
    payment::{self, Reported},
    receipt,
};

/// A status and a JSON body.
type Answer = (i64, Value);

/// Answers a request; a failure of ours is logged and shows as 500.
pub async fn answer(app: &App, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    let (status, body) = route(app, &request).await.unwrap_or_else(|error| {
        tracing::error!(error, "request failed");
        (500, problem("something went wrong here; try again later"))
    });
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = status;
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.body = Some(Body::Text(body.to_string()));
    response
}

async fn route(app: &App, request: &ApiGatewayV2httpRequest) -> Result<Answer, Error> {
    let path = request.raw_path.as_deref().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let body = request.body.as_deref().unwrap_or_default();
    match (request.request_context.http.method.as_str(), segments.as_slice()) {
        ("POST", ["orders"]) => match serde_json::from_str::<Order>(body) {
            Ok(order) => match order::place(app, &order).await? {
                Placed::New => Ok((201, json!(order))),
                Placed::AlreadyThere => Ok((409, problem("this order is placed already"))),
            },
            Err(error) => Ok((400, problem(&format!("the body is not an order: {error}")))),
        },
        ("GET", ["orders", id]) => Ok(found(order::find(app, id).await?.map(|order| json!(order)))),
        ("GET", ["orders", id, "receipts"]) => Ok((200, json!(receipt::list(app, id).await?))),
        ("GET", ["orders", id, "receipts", payment]) => {
            Ok(found(receipt::read(app, id, payment).await?.map(|text| json!({ "receipt": text }))))
        }
        ("GET", ["customers", id, "orders"]) => {
            Ok((200, json!(order::of_customer(app, id).await?)))
        }
        ("POST", ["payments"]) => {
            let signature =
                request.headers.get("x-signature").and_then(|value| value.to_str().ok());
            match payment::report(app, body, signature.unwrap_or_default()).await? {
                Reported::Done => Ok((200, json!({}))),
                Reported::NotSigned => Ok((401, problem("the signature does not fit the body"))),
                Reported::NoSuchOrder => Ok((404, problem("no such order"))),
            }
        }
        _ => Ok((404, problem("no such resource"))),
    }
}

fn found(body: Option<Value>) -> Answer {
    body.map_or_else(|| (404, problem("not found")), |body| (200, body))
}

fn problem(detail: &str) -> Value {
    json!({ "error": detail })
}
