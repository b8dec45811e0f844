//! A report: the sales of one day.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};

use crate::access::Shared;

/// The sales of one day.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// As `2026-11-05`.
    pub day: String,
    pub orders: u64,
    /// Sold quantity of each article.
    pub sold: BTreeMap<String, u64>,
}

impl Report {
    /// Where the report of `day` lies in the bucket.
    pub fn key(day: &str) -> String {
        format!("nightly/{day}.json")
    }

    /// Counts an order in.
    pub fn count(&mut self, lines: impl IntoIterator<Item = (String, u64)>) {
        self.orders += 1;
        for (article, quantity) in lines {
            *self.sold.entry(article).or_default() += quantity;
        }
    }

    /// The report as a letter.
    pub fn letter(&self) -> String {
        let mut text = format!("{}: {} orders\n", self.day, self.orders);
        for (article, quantity) in &self.sold {
            text.push_str(&format!("  {quantity} × {article}\n"));
        }
        text
    }
}

/// The addresses that get the nightly report.
pub async fn recipients(shared: &Shared) -> Result<Vec<String>, Error> {
    let get = shared.settings.get_item();
    let found = get.key("report", AttributeValue::S("nightly".to_owned())).send().await?;
    let item = found.item.ok_or("there are no settings for the report `nightly`")?;
    let addresses = item.get("recipients").and_then(|value| value.as_ss().ok());
    addresses.cloned().ok_or_else(|| "`recipients` is not a set of texts".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_of_one_article_add_up_over_orders() {
        let mut report = Report { day: "2026-11-05".to_owned(), ..Report::default() };
        report.count([("tea".to_owned(), 2), ("milk".to_owned(), 1)]);
        report.count([("tea".to_owned(), 3)]);
        assert_eq!(report.letter(), "2026-11-05: 2 orders\n  1 × milk\n  5 × tea\n");
    }
}
