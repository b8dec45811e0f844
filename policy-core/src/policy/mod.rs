//! Policy documents as AWS writes them: reading, holding, writing and measuring them.
//!
//! The room keeps the exact text of every value and every order a reader wrote, and reports each
//! mistake with its line and column. It deliberately does not say what a document means (that is
//! `semantics`) or whether its actions exist (that is the catalog). Writing is here because a quota is
//! about the text.

mod decode;
mod document;
mod json;
mod parse;
pub mod quota;
mod statement;
pub mod write;

pub use decode::{DecodeError, decode};
pub use document::{PolicyDocument, Version};
pub use parse::{
    MAX_BYTES, MAX_DEPTH, MAX_FINDINGS, MAX_VALUES, Parsed, Spot, StatementSpots, parse, parse_at,
};
pub use statement::{
    ActionElement, Effect, PrincipalElement, PrincipalKind, Principals, ResourceElement, Statement,
};
