//! What documents mean: decisions about one request, comparison of all requests.
//!
//! `decide` is slow and obvious and has a matcher of its own; everything clever is checked against
//! it. The room deliberately knows identity policies, resource policies and trust policies of one
//! account or two, and nothing yet of boundaries, SCPs, RCPs or session policies: it has no place
//! to pass them in, so that none can be passed in and ignored.

mod choice;
mod compare;
mod condition;
mod decide;
mod glob;
mod principal;
mod request;
mod value;

pub use compare::{Comparison, Difference, Doubt, Relation, Unknown, compare};
pub use decide::{Decision, DecisionEffect, Policies, PolicyKind, StatementRef, decide};
pub use request::{Context, Principal, Request};
