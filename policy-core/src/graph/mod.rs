//! Who reaches what, and why.
//!
//! Evidence about one function goes in; nodes for every fact and every grant come out, connected so
//! that each grant reaches the facts it exists for. The merge rules live here: which requests are
//! granted and what is said about the others. The room does not write policies: conditions,
//! statements and documents are `synthesis`.
//!
//! petgraph stays inside this room; what leaves it are nodes, edges and paths as plain values.

mod base;
mod build;
mod complete;
mod confirm;
mod coverage;
mod edge;
mod encryption;
mod error;
mod merge;
mod node;
mod observe;
mod ownership;
mod passing;
mod platform;
mod reach;
mod reach_report;
mod report;
mod resolve;
mod unknown;
mod visibility;
mod why;

pub use crate::evidence::FunctionEvidence;
pub use base::Base;
pub use build::{AccessGraph, Dropped, Feeder, GrantId, Invoker, InvokerOrigin, Rules};
pub use edge::Edge;
pub use error::{GraphError, Missing, MissingKind};
pub use merge::Merge;
pub use node::{Grant, GrantClass, Node, ObservedRequest, Owner, PlatformNeed, Verdict};
pub use visibility::{Direction, Hidden, Recording, SelectorError, Selectors};
pub use why::{Path, Step};
