//! The reduction as a statement of SQL, for logs that lie where a cluster can read them.
//!
//! What an event name stands for, and what a request was done to, is decided in one place: by the reader. So the
//! statement maps no names. It takes of each record the members that the reader looks at, counts the records that are
//! alike in them, and gives one row for each kind; [`Aggregate::from_reduced`](super::Aggregate::from_reduced) feeds
//! these rows to the same reader.
//!
//! Copies of an event count once. What copies and corrections mean for an event can depend on what the records
//! stand for, which the statement does not know: addenda, what they correct, events whose copies differ and calls of
//! which several accounts have different records come as rows of their own, with their ids, and are judged as those of a log.
//!
//! Table and statement are written for Trino, as Athena runs it, and for Spark SQL; they differ where the two have
//! different functions for JSON. The room runs nothing.
//!
//! # Source
//! Amazon Athena User Guide, "Create the table for CloudTrail logs in Athena using partition projection", "Partition
//! projection"; Trino documentation, "JSON functions and operators"; Spark SQL documentation, "Built-in Functions".

mod members;
mod statement;
mod table;
#[cfg(test)]
mod tests;

use crate::catalog::Catalog;

pub use table::{Day, DayError, Layout, Place, PlaceError};

/// Who runs the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Amazon Athena, engine version 3 (Trino).
    Athena,
    /// Spark SQL.
    Spark,
}

/// A table over the logs, and the statement that reduces them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Define the table, or for Spark a view for each path; no semicolons.
    pub tables: Vec<String>,
    /// Reduces what is in it; no semicolon.
    pub statement: String,
}

impl Query {
    /// For Athena, over a bucket to which CloudTrail delivers.
    #[must_use]
    pub fn athena(catalog: &Catalog, layout: &Layout) -> Self {
        Self {
            tables: vec![table::athena(layout)],
            statement: statement::statement(
                Dialect::Athena,
                catalog,
                &table::athena_records(layout),
            ),
        }
    }

    /// For Spark, over the files below `paths`: folders, files or patterns, as Spark reads them.
    #[must_use]
    pub fn spark(catalog: &Catalog, paths: &[String]) -> Self {
        let tables = table::spark(paths);
        let records = table::spark_records(tables.len());
        Self { tables, statement: statement::statement(Dialect::Spark, catalog, &records) }
    }
}

/// `text` as a literal; both dialects read it so.
fn literal(dialect: Dialect, text: &str) -> String {
    match dialect {
        Dialect::Athena => format!("'{}'", text.replace('\'', "''")),
        // A backslash begins an escape there.
        Dialect::Spark => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
    }
}
