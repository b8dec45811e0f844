//! `--base DIR`: what an earlier run of `generate` knew to be declared.

use std::path::{Path, PathBuf};

use policy_core::graph::Base;
use policy_core::iam::{ActionName, ArnPattern, Pattern};
use serde::Deserialize;

use crate::failure::{Failure, in_file};
use crate::output::folder::{DROPPED, EVIDENCE, ROLES, file_name};

/// Largest file that is read.
///
/// Units: bytes.
const MAX_BYTES: u64 = 256 << 20;

/// One entry of `evidence.json` or `dropped.json`, as far as it matters here.
#[derive(Deserialize)]
struct Entry {
    action: String,
    resource: String,
    #[serde(default)]
    verdict: String,
    /// Of a role that several functions share: whose it is.
    function: Option<String>,
    #[serde(default)]
    declared: Vec<serde::de::IgnoredAny>,
}

/// What was declared of `function`, from its folder below `dir`; nothing when there is no such folder.
///
/// What an earlier run dropped as unused was declared too: else it would be granted again in every second run.
///
/// # Errors
/// A file that cannot be read or is not what `generate` writes.
pub fn read(dir: &Path, function: &str) -> Result<Base, Failure> {
    let folder = dir.join(file_name(function));
    let mut accesses = Vec::new();
    let mut paths: Vec<PathBuf> = [EVIDENCE, DROPPED].map(|name| folder.join(name)).into();
    if let Ok(roles) = dir.join(ROLES).read_dir() {
        let mut of_roles: Vec<PathBuf> =
            roles.flatten().map(|role| role.path().join(EVIDENCE)).collect();
        of_roles.sort();
        paths.append(&mut of_roles);
    }
    for path in paths {
        if !path.exists() {
            continue;
        }
        let text = super::text(&path, "evidence", MAX_BYTES)?;
        let wrong = |problem: String| {
            Failure::input(format!("not what `generate` writes: {problem}"))
                .at(in_file(&path))
                .help("name a folder that `generate --out` wrote before this change")
        };
        let entries: Vec<Entry> =
            serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        for entry in entries {
            // What Lambda needs is granted because of the declaration of a poller, not as an access of the code.
            let is_anothers = entry.function.is_some_and(|of| of != function);
            if is_anothers || entry.declared.is_empty() || entry.verdict == "platform" {
                continue;
            }
            let action: ActionName = entry
                .action
                .parse()
                .map_err(|_| wrong(format!("`{}` is no action", entry.action)))?;
            accesses.push((action, ArnPattern::new(Pattern::parse(&entry.resource, true))));
        }
    }
    Ok(Base::new(accesses))
}
