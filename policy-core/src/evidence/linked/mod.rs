//! Operations whose code the linker kept in a binary.
//!
//! An operation that nothing calls is dropped by the linker, dependencies included, so what is left can be called. Two
//! things name it: the symbol of its request serializer, and literals of its module in read-only data, which `strip` leaves.
//! Neither says what a call is done to, nor whether it ever runs.
//!
//! The room reads names and bytes; which file format they come from is the caller's. What cannot be read is told as
//! unknown: a binary without any name of an operation may be packed, or call AWS by other means.

mod literals;
mod own;
mod symbols;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Operation};

use super::{
    CallPlace, Confidence, DeclaredName, LinkedSource, Reachable, ReachableCall, ReachableResource,
    UnknownCalls,
};
use literals::Literals;

/// What of a binary names operations, whatever its format.
#[derive(Debug, Clone, Default)]
pub struct Image<'a> {
    /// The file as the user named it.
    pub name: Box<str>,
    /// Names of the symbol table, mangled; empty in a stripped binary.
    pub symbols: Vec<&'a [u8]>,
    /// What is loaded when it runs. Debug information is not: it names what was compiled, not what was linked.
    pub data: Vec<&'a [u8]>,
}

/// Reads the operations that `image` can call.
///
/// Shape: sorted, each operation once. Nothing found is never "nothing there": then there is an entry in
/// [`Reachable::unknown`].
#[must_use]
pub fn read(image: &Image<'_>, catalog: &Catalog) -> Reachable {
    let mut found = Found { catalog, operations: BTreeMap::new(), unknown: Vec::new() };
    for name in symbols::operations(&image.symbols) {
        found.symbol(&name);
    }
    let literals = Literals::find(&image.data);
    for (client, modules) in literals.by_client() {
        found.literals(client, modules);
    }
    let is_configured = literals.has_config || symbols::name_any(&image.symbols, "aws_config");
    let mut reachable = Reachable::default();
    for ((client, operation), seen) in &found.operations {
        let call = ReachableCall {
            client: (*client).into(),
            name: DeclaredName::Operation((*operation).into()),
            place: CallPlace::Binary { file: image.name.clone(), source: seen.source },
            confidence: seen.confidence,
            resource: ReachableResource::Unknown {
                reason: "a binary does not tell its resources".into(),
            },
        };
        if own::is_own(client, operation, is_configured) {
            reachable.own.push(call);
        } else {
            reachable.calls.push(call);
        }
    }
    let unexplained = literals.unexplained(found.operations.keys().map(|(_, name)| *name));
    let mut reasons = found.unknown;
    reasons.extend(unexplained.into_iter().map(|name| {
        (None, format!("`{name}` names an operation of which nothing else tells the service"))
    }));
    if reachable.calls.is_empty() && reachable.own.is_empty() && reasons.is_empty() {
        let is_sdk = literals.is_sdk || symbols::name_any(&image.symbols, "aws_smithy_");
        reasons.push((None, nothing(is_sdk).to_owned()));
    }
    reachable.unknown = reasons
        .into_iter()
        .map(|(client, reason)| UnknownCalls {
            place: image.name.clone(),
            client,
            reason: reason.into(),
        })
        .collect();
    reachable.sort();
    reachable
}

fn nothing(is_sdk: bool) -> &'static str {
    if is_sdk {
        "it links the AWS SDK, but neither symbols nor literals name an operation"
    } else {
        "nothing in it shows the AWS SDK for Rust: it is packed, makes no call, or calls AWS by other means"
    }
}

/// What names one operation.
#[derive(Debug, Clone, Copy)]
struct Seen {
    source: LinkedSource,
    confidence: Confidence,
}

/// Operations by client and API name, both as the catalog spells them.
struct Found<'c> {
    catalog: &'c Catalog,
    operations: BTreeMap<(&'c str, &'c str), Seen>,
    unknown: Vec<(Option<Box<str>>, String)>,
}

impl<'c> Found<'c> {
    fn symbol(&mut self, name: &symbols::Named) {
        let client = self.catalog.client(&name.client);
        match client.and_then(|client| client.operation_of_method(&name.module)) {
            Some(operation) => {
                self.add(operation, LinkedSource::Symbols, Confidence::Certain);
            }
            None => self.unlisted(&name.client, &name.module),
        }
    }

    /// The literals of one client. A literal ends where the next begins, so the end of a name is where the catalog
    /// finds one; paths end in `.rs` and so tell it exactly.
    fn literals(&mut self, crate_suffix: &str, modules: &literals::Modules) {
        let Some(client) = self.catalog.client(crate_suffix) else {
            return self.unlisted(crate_suffix, "");
        };
        let mut exact: Vec<Operation<'c>> = Vec::new();
        for path in &modules.paths {
            match client.operation_of_method(path) {
                Some(operation) => {
                    exact.push(operation);
                    self.add(operation, LinkedSource::Strings, Confidence::Likely);
                }
                None => self.unlisted(crate_suffix, path),
            }
        }
        for run in &modules.runs {
            let whole = client.operation_of_method(run).filter(|_| !run.ends_with('_'));
            let mut candidates: Vec<Operation<'c>> =
                prefixes(run).filter_map(|prefix| client.operation_of_method(prefix)).collect();
            candidates.dedup();
            if candidates.iter().any(|candidate| exact.contains(candidate)) {
                continue;
            }
            if modules.paths.iter().any(|path| run.starts_with(&**path)) {
                // Said to be unlisted already.
                continue;
            }
            let known = |operation: &Operation<'c>| {
                self.operations
                    .get(&key(*operation))
                    .is_some_and(|seen| seen.source == LinkedSource::Symbols)
            };
            if candidates.iter().any(known) {
                continue;
            }
            match (whole, candidates.as_slice()) {
                (Some(operation), _) => {
                    self.add(operation, LinkedSource::Strings, Confidence::Likely);
                }
                (None, []) => self.unlisted(crate_suffix, run),
                (None, &[one]) => self.add(one, LinkedSource::Strings, Confidence::Likely),
                (None, several) => {
                    for &operation in several {
                        self.add(operation, LinkedSource::Strings, Confidence::Ambiguous);
                    }
                }
            }
        }
    }

    fn add(&mut self, operation: Operation<'c>, source: LinkedSource, confidence: Confidence) {
        let seen = self.operations.entry(key(operation)).or_insert(Seen { source, confidence });
        seen.source = seen.source.min(source);
        seen.confidence = seen.confidence.min(confidence);
    }

    fn unlisted(&mut self, client: &str, module: &str) {
        let date = self.catalog.date();
        let reason = if module.is_empty() {
            format!("the catalog of {date} has no client `aws_sdk_{client}`")
        } else if self.catalog.client(client).is_some() {
            format!("the catalog of {date} has no operation `{module}` of `aws_sdk_{client}`")
        } else {
            format!("the catalog of {date} has no client `aws_sdk_{client}` (`{module}`)")
        };
        let entry = (Some(client.into()), reason);
        if !self.unknown.contains(&entry) {
            self.unknown.push(entry);
        }
    }
}

fn key<'c>(operation: Operation<'c>) -> (&'c str, &'c str) {
    (operation.client().name(), operation.name())
}

/// What a run of letters may begin with: every prefix that a module may be called, longest first.
///
/// No literal of the SDK that may come next begins with an underscore or a digit, so `list_objects_v2` is not
/// `list_objects` with something behind it.
fn prefixes(run: &str) -> impl Iterator<Item = &str> {
    let ends = |end: usize| {
        let (prefix, rest) = run.split_at_checked(end)?;
        let goes_on = rest.starts_with(|c: char| c == '_' || c.is_ascii_digit());
        (!goes_on && !prefix.ends_with('_')).then_some(prefix)
    };
    (1..=run.len()).rev().filter_map(ends)
}
