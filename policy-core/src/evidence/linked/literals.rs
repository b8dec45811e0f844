//! Operations in read-only data.
//!
//! Three literals name an operation's module. The target of its tracing span, `aws_sdk_x::operation::y`, is there unless
//! spans are switched off when compiling; then names of its types remain that begin like it, for sending erases types and
//! keeps their names. The path of its source, `aws-sdk-x-1.2.3/src/operation/y.rs`, is the place of its
//! panics and is there unless places are switched off. The name of an interceptor, `YEndpointParamsInterceptor`, is
//! always there but does not tell the client, so it only shows that the others do not tell all.
//!
//! Rust does not end literals with a NUL: what follows is the next literal. So what is found is a run of letters that
//! begins with a name.

use std::collections::{BTreeMap, BTreeSet};

use memchr::memmem::Finder;

const CRATE: &str = "aws_sdk_";
const PACKAGE: &str = "aws-sdk-";
const TARGET: &str = "::operation::";
/// As hosts write it on which functions are built.
const PATHS: [&str; 2] = ["/src/operation/", "\\src\\operation\\"];
const INTERCEPTOR: &str = "EndpointParamsInterceptor";
const CONFIG: [&str; 2] = ["aws_config::", "aws-config-"];
const SDK: [&str; 2] = ["aws_smithy_", "aws-smithy-"];

/// Longest name that is looked at.
///
/// Units: bytes. The longest module of the SDK has fewer than 70.
const LONGEST: usize = 128;

/// What literals say of one client.
#[derive(Debug, Default)]
pub(super) struct Modules {
    /// Modules, exactly.
    pub(super) paths: BTreeSet<Box<str>>,
    /// Runs that begin with a module.
    pub(super) runs: BTreeSet<Box<str>>,
}

/// What literals say.
#[derive(Debug, Default)]
pub(super) struct Literals {
    clients: BTreeMap<Box<str>, Modules>,
    /// Runs that end in an operation, before the ending of an interceptor.
    interceptors: BTreeSet<Box<str>>,
    /// Whether `aws-config` is linked.
    pub(super) has_config: bool,
    /// Whether any part of the SDK is linked.
    pub(super) is_sdk: bool,
}

impl Literals {
    pub(super) fn find(data: &[&[u8]]) -> Self {
        let mut literals = Self::default();
        let has = |part: &str| {
            let part = Finder::new(part);
            data.iter().any(|bytes| part.find(bytes).is_some())
        };
        literals.is_sdk = SDK.into_iter().any(has);
        if !literals.is_sdk {
            // Without its runtime there is no SDK, and most binaries without one are large.
            literals.is_sdk = PATHS.into_iter().chain([TARGET]).any(has);
        }
        literals.has_config = CONFIG.into_iter().any(has);
        for bytes in data {
            literals.targets(bytes);
            literals.paths(bytes);
            literals.interceptors(bytes);
        }
        literals
    }

    /// By client, the crate without `aws_sdk_`.
    pub(super) fn by_client(&self) -> impl Iterator<Item = (&str, &Modules)> {
        self.clients.iter().map(|(client, modules)| (&**client, modules))
    }

    fn targets(&mut self, bytes: &[u8]) {
        for at in Finder::new(TARGET).find_iter(bytes) {
            let before = run_before(bytes, at, is_module);
            let Some(from) = before.rfind(CRATE) else { continue };
            let client = &before[from + CRATE.len()..];
            let run = run_after(bytes, at + TARGET.len(), is_module);
            if !client.is_empty() && !run.is_empty() {
                self.clients.entry(client.into()).or_default().runs.insert(run.into());
            }
        }
    }

    fn paths(&mut self, bytes: &[u8]) {
        for part in PATHS {
            for at in Finder::new(part).find_iter(bytes) {
                let in_path =
                    |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+');
                let Some(client) = client_of(run_before(bytes, at, in_path)) else { continue };
                let from = at + part.len();
                let module = run_after(bytes, from, is_module);
                let rest = bytes.get(from + module.len()..).unwrap_or_default();
                // Below a folder of that name lie its input, output and builders, which are no call.
                if !module.is_empty() && rest.starts_with(b".rs") {
                    self.clients.entry(client.into()).or_default().paths.insert(module.into());
                }
            }
        }
    }

    fn interceptors(&mut self, bytes: &[u8]) {
        for at in Finder::new(INTERCEPTOR).find_iter(bytes) {
            let run = run_before(bytes, at, |b| b.is_ascii_alphanumeric());
            if run.ends_with(|c: char| c.is_ascii_alphanumeric()) && starts_word(run) {
                self.interceptors.insert(run.into());
            }
        }
    }

    /// Names of interceptors that none of these operations explains, cut to what can be an operation.
    pub(super) fn unexplained<'a>(
        &self,
        operations: impl Iterator<Item = &'a str>,
    ) -> BTreeSet<String> {
        let known: Vec<String> = operations.map(str::to_ascii_lowercase).collect();
        let is_known = |run: &str| {
            let run = run.to_ascii_lowercase();
            known.iter().any(|name| run.ends_with(name.as_str()))
        };
        let runs = self.interceptors.iter().filter(|run| !is_known(run));
        // The shortest run is the name with the least of the literal before it.
        let runs: BTreeSet<&str> = runs.map(|run| &**run).collect();
        runs.iter()
            .filter(|run| !runs.iter().any(|other| other.len() < run.len() && run.ends_with(other)))
            .map(|run| format!("{run}{INTERCEPTOR}"))
            .collect()
    }
}

/// Whether there is an upper-case letter, with which every type begins.
fn starts_word(run: &str) -> bool {
    run.bytes().any(|b| b.is_ascii_uppercase())
}

fn is_module(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'
}

fn run_before(bytes: &[u8], end: usize, fits: impl Fn(u8) -> bool) -> &str {
    let from = end.saturating_sub(LONGEST);
    let window = bytes.get(from..end).unwrap_or_default();
    let start = window.iter().rposition(|&b| !fits(b)).map_or(0, |at| at + 1);
    std::str::from_utf8(&window[start..]).unwrap_or_default()
}

fn run_after(bytes: &[u8], start: usize, fits: impl Fn(u8) -> bool) -> &str {
    let end = bytes.len().min(start.saturating_add(LONGEST));
    let window = bytes.get(start..end).unwrap_or_default();
    let length = window.iter().position(|&b| !fits(b)).unwrap_or(window.len());
    std::str::from_utf8(&window[..length]).unwrap_or_default()
}

/// The client of a package's folder: `aws-sdk-dynamodb-1.136.0`, `aws-sdk-dynamodb` when vendored.
fn client_of(folder: &str) -> Option<String> {
    let name = &folder[folder.rfind(PACKAGE)? + PACKAGE.len()..];
    let version = name
        .match_indices('-')
        .find(|(at, _)| name.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit));
    let name = version.map_or(name, |(at, _)| &name[..at]);
    let fits = !name.is_empty() && name.bytes().all(|b| is_module(b) || b == b'-');
    fits.then(|| name.replace('-', "_"))
}
