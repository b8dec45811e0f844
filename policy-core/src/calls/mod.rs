//! SDK calls in Rust source: parsed files in, calls out.
//!
//! A syntactic analysis with local type inference. Paths are resolved to items across the modules of
//! all crates that are given; types are followed through fields, parameters, `let`, returns, closures and
//! generics as far as their text says them. What leads to the client of an `aws_sdk_*` crate and is named
//! like an operation of it is a call. A receiver whose type is not known is matched by name and
//! reported as *likely* or *ambiguous*, never taken for certain.
//!
//! The room reads no files, evaluates no `cfg` (it asks), expands no macros (it walks arguments that are
//! expressions, and reports what hides calls) and does not decide what to grant. It does not know what
//! dependencies do that are not given as source: only the linked binary tells that.
//!
//! ```text
//! items → names, types and signatures ─ body → calls, flows of values, edges ─┬ values → resources
//!                                                                             └ reach  → binaries
//! ```

mod body;
mod construct;
mod copies;
mod facts;
mod flow;
mod found;
mod handle;
mod items;
mod local;
mod macros;
mod method;
mod names;
mod pattern;
mod program;
mod reach;
mod resources;
mod sdk;
mod signature;
mod types;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use syn::{Attribute, Item};

use crate::catalog::Catalog;
use crate::evidence::{ReachableCall, SourceOrigin, UnknownCalls};

/// One crate of a build, its files parsed.
pub struct SourceCrate<'a> {
    /// The cargo package.
    pub package: Box<str>,
    /// The crate as Rust names it: `order_api`.
    pub name: Box<str>,
    /// The binary target; `None` in a library.
    pub binary: Option<Box<str>>,
    /// What its code may name as another crate, by the name it has there.
    pub externs: BTreeMap<Box<str>, Extern>,
    /// Its files, the root first.
    pub files: Vec<SourceModule>,
    /// Whether a thing with these attributes is part of the build.
    pub presence: &'a dyn Fn(&[Attribute]) -> Presence,
}

/// What an extern name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extern {
    /// The crate at that place among those given.
    Source(usize),
    /// A crate that is not given as source, by its own name: `aws_sdk_s3`.
    Registry(Box<str>),
}

/// A file with the module that it is.
pub struct SourceModule {
    /// Names of the modules from the crate's root; empty for the root.
    pub path: Vec<Box<str>>,
    /// The file relative to its workspace, with `/`.
    pub file: Box<str>,
    /// What stands in it.
    pub items: Vec<Item>,
}

/// Whether a `cfg` lets something into the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is in.
    Present,
    /// It is left out.
    Absent,
    /// Only a build can tell.
    Unknown,
}

/// How a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallKind {
    /// A request of the fluent client, also one that pages.
    Request,
    /// `wait_until_…`: polls the operation.
    Waiter,
    /// `.presigned(…)`: another sends it, with the rights of this role.
    Presigned,
    /// A token or signature that is no SDK operation: RDS IAM authentication.
    Signature,
    /// HTTP to an extension on localhost, which calls with the rights of this role.
    Extension,
    /// An S3 object that is handed to another service, which reads it with the rights of this role.
    HandedOver,
}

impl CallKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Request,
        Self::Waiter,
        Self::Presigned,
        Self::Signature,
        Self::Extension,
        Self::HandedOver,
    ];

    /// The word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Waiter => "waiter",
            Self::Presigned => "presigned",
            Self::Signature => "signature",
            Self::Extension => "extension",
            Self::HandedOver => "handed-over",
        }
    }
}

/// A call that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoundCall {
    /// What is called, where, how surely, and what it is done to.
    pub call: ReachableCall,
    /// How.
    pub kind: CallKind,
}

/// A place where a client is made by hand: it has a method for every operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MadeClient {
    /// The client, as in a declaration: `dynamodb`.
    pub client: Box<str>,
    /// Where.
    pub origin: SourceOrigin,
    /// The binary targets whose `main` reaches it, sorted.
    pub binaries: Vec<Box<str>>,
}

/// What the source of a package can call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The calls, sorted by place. An ambiguous call is here once for each candidate.
    pub calls: Vec<FoundCall>,
    /// Where clients are made; sorted.
    pub clients: Vec<MadeClient>,
    /// Where there may be more; sorted.
    pub unknown: Vec<UnknownCalls>,
}

/// Values of environment variables by binary target, as far as they are known.
pub type Variables = BTreeMap<Box<str>, BTreeMap<Box<str>, Box<str>>>;

/// Finds the SDK calls in `crates`.
///
/// A variable whose value every binary that makes the call knows stands for these values. Shape: sorted, without duplicates; the
/// order of crates and files does not matter.
#[must_use]
pub fn find(crates: &[SourceCrate<'_>], catalog: &Catalog, variables: &Variables) -> Found {
    analysed(crates, catalog, |analysis| analysis.found(variables, None))
}

/// Finds the SDK calls that each binary target among `crates` can make, with the values that its own variables have.
#[must_use]
pub fn find_by_binary(
    crates: &[SourceCrate<'_>],
    catalog: &Catalog,
    variables: &Variables,
) -> BTreeMap<Box<str>, Found> {
    let binaries: BTreeSet<&str> = crates.iter().filter_map(|it| it.binary.as_deref()).collect();
    analysed(crates, catalog, |analysis| {
        let found = |binary: &str| (binary.into(), analysis.found(variables, Some(binary)));
        binaries.into_iter().map(found).collect()
    })
}

fn analysed<T>(
    crates: &[SourceCrate<'_>],
    catalog: &Catalog,
    then: impl FnOnce(&found::Analysis<'_, '_>) -> T,
) -> T {
    let expanded = macros::Expanded::new(crates);
    let program = program::Program::new(crates, &expanded, catalog);
    let facts = body::walk(&program);
    let reached = reach::reach(&program, &facts);
    then(&found::Analysis { program: &program, facts: &facts, reached: &reached })
}

#[cfg(test)]
mod tests;
