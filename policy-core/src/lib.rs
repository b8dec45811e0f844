//! Least-privilege IAM policies for AWS Lambda functions.
//!
//! The path of data, one way only: evidence (declared accesses, observed calls, settings) →
//! access graph → grants → policy documents → answers. Every fact carries where it
//! entered, so that every grant can say why it is there.
//!
//! This crate is pure: bytes and values in, values out. No files, environment, clock, network or
//! terminal; those are the rim's, `policy-cli`.
//!
//! Without the default feature `engine` only vocabulary, catalog, findings and the declared
//! evidence with its note format remain: all that the macros need.

#[cfg(feature = "source")]
pub mod calls;
pub mod catalog;
#[cfg(feature = "syntax")]
pub mod declare;
pub mod evidence;
pub mod finding;
#[cfg(feature = "engine")]
pub mod graph;
pub mod iam;
#[cfg(feature = "engine")]
pub mod lint;
#[cfg(feature = "engine")]
pub mod names;
#[cfg(feature = "engine")]
pub mod policy;
#[cfg(feature = "engine")]
pub mod render;
#[cfg(feature = "engine")]
pub mod semantics;
#[cfg(feature = "engine")]
pub mod synthesis;
