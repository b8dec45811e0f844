//! Orders and where they are kept.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};

use crate::App;

/// An order, as clients send it and see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Chosen by who orders, so that sending an order twice places it once.
    pub id: String,
    pub customer: String,
    pub lines: Vec<Line>,
    #[serde(default)]
    pub paid: bool,
}

/// One position of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub article: String,
    pub quantity: u32,
}

/// What became of a write.
#[derive(Debug, PartialEq)]
pub enum Placed {
    New,
    AlreadyThere,
}

/// Stores `order` and hands it to the warehouse.
///
/// An order that is there already goes to the warehouse again: the first attempt may have ended between the two steps,
/// and the warehouse looks at the id.
pub async fn place(app: &App, order: &Order) -> Result<Placed, Error> {
    let put = app.access.orders.put_item().table_name(&app.table);
    let put = put.set_item(Some(to_item(order)?)).condition_expression("attribute_not_exists(id)");
    let placed = match put.send().await {
        Ok(_) => Placed::New,
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
        {
            Placed::AlreadyThere
        }
        Err(error) => return Err(error.into()),
    };
    let message = app.access.warehouse.send_message();
    message.message_body(serde_json::to_string(order)?).send().await?;
    Ok(placed)
}

/// The order with this id.
pub async fn find(app: &App, id: &str) -> Result<Option<Order>, Error> {
    let get = app.access.orders.get_item().table_name(&app.table);
    let found = get.key("id", AttributeValue::S(id.to_owned())).send().await?;
    found.item.as_ref().map(from_item).transpose()
}

/// The orders of a customer.
pub async fn of_customer(app: &App, customer: &str) -> Result<Vec<Order>, Error> {
    let query = app.access.orders.query().table_name(&app.table);
    let found = query
        .key_condition_expression("customer = :customer")
        .expression_attribute_values(":customer", AttributeValue::S(customer.to_owned()))
        .send()
        .await?;
    found.items().iter().map(from_item).collect()
}

/// Marks an order as paid. False when there is no such order.
pub async fn mark_paid(app: &App, id: &str) -> Result<bool, Error> {
    let update = app.access.orders.update_item().table_name(&app.table);
    let update = update
        .key("id", AttributeValue::S(id.to_owned()))
        .update_expression("SET paid = :yes")
        .condition_expression("attribute_exists(id)")
        .expression_attribute_values(":yes", AttributeValue::Bool(true));
    match update.send().await {
        Ok(_) => Ok(true),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
        {
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

fn to_item(order: &Order) -> Result<HashMap<String, AttributeValue>, Error> {
    Ok(HashMap::from([
        ("id".to_owned(), AttributeValue::S(order.id.clone())),
        ("customer".to_owned(), AttributeValue::S(order.customer.clone())),
        ("lines".to_owned(), AttributeValue::S(serde_json::to_string(&order.lines)?)),
        ("paid".to_owned(), AttributeValue::Bool(order.paid)),
    ]))
}

fn from_item(item: &HashMap<String, AttributeValue>) -> Result<Order, Error> {
    let text = |name: &str| {
        let value = item.get(name).and_then(|value| value.as_s().ok());
        value.cloned().ok_or_else(|| format!("the stored order has no text attribute `{name}`"))
    };
    Ok(Order {
        id: text("id")?,
        customer: text("customer")?,
        lines: serde_json::from_str(&text("lines")?)?,
        paid: item.get("paid").and_then(|value| value.as_bool().ok()).copied().unwrap_or(false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_comes_back_from_its_item_unchanged() {
        let lines = vec![Line { article: "tea".to_owned(), quantity: 2 }];
        let order = Order { id: "o-1".to_owned(), customer: "c-7".to_owned(), lines, paid: true };
        assert_eq!(from_item(&to_item(&order).unwrap()).unwrap(), order);
    }

    #[test]
    fn an_item_without_lines_is_an_error_that_names_the_attribute() {
        let mut item = HashMap::new();
        for name in ["id", "customer"] {
            item.insert(name.to_owned(), AttributeValue::S("x".to_owned()));
        }
        assert!(from_item(&item).unwrap_err().to_string().contains("`lines`"));
    }
}
