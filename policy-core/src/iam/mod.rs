//! Vocabulary: the smallest words of IAM, parsed once.
//!
//! Raw text is `&str` only at the edge of the program; inside it is one of these types. The room
//! knows how AWS spells and compares its words. It does not know which actions exist (that is the
//! catalog) nor what a document means.

mod action;
pub(crate) mod arn;
mod condition;
mod error;
pub(crate) mod pattern;
mod principal;

pub use action::{AccessLevel, ActionName, ActionPattern, ServicePrefix};
pub(crate) use arn::ArnText;
pub use arn::{AccountId, Arn, ArnPattern, Partition, Region};
pub use condition::{BaseOperator, ConditionBlock, ConditionKey, Operator, SetQuantifier};
pub use error::WordError;
pub use pattern::{Cover, Pattern, Token, patterns_cover};
pub use principal::{RoleArn, ServicePrincipal};
