//! Operations in symbol names.
//!
//! Each operation has a serializer for its requests, which only sending one refers to. Types of its input, output and
//! error occur without any call as well, in builders that nobody sends and in signatures, so they prove nothing.

use std::collections::BTreeSet;

use memchr::memmem::Finder;

/// The ending of the serializer's type, which is the operation's before it.
const SERIALIZER: &str = "RequestSerializer";
const CRATE: &str = "aws_sdk_";
const MODULE: &str = "::operation::";

/// A module of an operation as Rust names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    /// The crate without `aws_sdk_`.
    pub(super) client: Box<str>,
    /// `get_item`.
    pub(super) module: Box<str>,
}

/// The operations whose serializers have symbols, in legacy or v0 mangling.
pub(super) fn operations(symbols: &[&[u8]]) -> BTreeSet<Named> {
    // No mangling changes identifiers of ASCII letters, so only these need to be looked at.
    let (serializer, sdk) = (Finder::new(SERIALIZER), Finder::new(CRATE));
    let mut found = BTreeSet::new();
    for symbol in symbols {
        if serializer.find(symbol).is_none() || sdk.find(symbol).is_none() {
            continue;
        }
        let Ok(symbol) = std::str::from_utf8(symbol) else { continue };
        if let Ok(name) = rustc_demangle::try_demangle(symbol) {
            of_path(&format!("{name:#}"), &mut found);
        }
    }
    found
}

/// Whether any symbol has `part` in its name.
pub(super) fn name_any(symbols: &[&[u8]], part: &str) -> bool {
    let part = Finder::new(part);
    symbols.iter().any(|symbol| part.find(symbol).is_some())
}

/// Every `aws_sdk_x::operation::y::ZRequestSerializer` in a demangled name.
fn of_path(name: &str, found: &mut BTreeSet<Named>) {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for (at, _) in name.match_indices(CRATE) {
        if name[..at].ends_with(is_word) {
            continue;
        }
        let rest = &name[at + CRATE.len()..];
        let Some((client, rest)) = rest.split_once(MODULE) else { continue };
        let Some((module, rest)) = rest.split_once("::") else { continue };
        let kind = rest.split(|c: char| !is_word(c)).next().unwrap_or_default();
        if client.chars().all(is_word) && module.chars().all(is_word) && kind.ends_with(SERIALIZER)
        {
            found.insert(Named { client: client.into(), module: module.into() });
        }
    }
}
