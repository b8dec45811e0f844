//! Which content each log file must have, by the digests that can be trusted.

use std::collections::BTreeMap;

use crate::finding::{Code, Finding, Place};

use super::chain::{Chains, GivenDigest, Verifier};
use super::choice::holds_no_calls;
use super::content::{ListedFile, Sha256};

/// Missing files that a finding names; the rest is counted.
const NAMED: usize = 3;

/// What is to be done with a log file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Its content, unpacked, must have this hash.
    Hash(Sha256),
    /// It does not count; a finding says why.
    Refused,
    /// It holds no API calls and no digest lists it: it is not read.
    LeftOut,
}

/// What digests say of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// One for each file, in the order given.
    pub checks: Vec<Check>,
    /// What does not fit, sorted by file.
    pub findings: Vec<Finding>,
}

/// Holds digests against each other and against the names of log files.
///
/// A file is what a digest lists when their names are the same, `.gz` aside; of several such, the one that shares the
/// most folders. The order of `digests` does not matter. Without a `verifier` no signature is looked at, and a finding
/// says so.
#[must_use]
pub fn audit(digests: Vec<GivenDigest>, files: &[&str], verifier: Option<&Verifier<'_>>) -> Audit {
    let Chains { digests, trusted, mut findings } = Chains::new(digests, verifier);
    if verifier.is_none() {
        findings.push(unsigned());
    }
    let mut register = Register::new(&digests, &trusted);
    let checks = files
        .iter()
        .map(|file| match register.find(file) {
            Found::Hash(hash) => Check::Hash(hash),
            Found::Ambiguous(all) => {
                let message = format!(
                    "which listed file it is cannot be told: `{}` have different hashes",
                    all.join("` and `")
                );
                findings.push(
                    Finding::new(Code::DigestMismatch, message)
                        .at(in_file(file))
                        .help("give the folders above it as they are in the bucket"),
                );
                Check::Refused
            }
            // The digest has a finding.
            Found::Untrusted => Check::Refused,
            Found::Nothing if folders(file).any(holds_no_calls) => Check::LeftOut,
            Found::Nothing => {
                findings.push(not_listed(file));
                Check::Refused
            }
        })
        .collect();
    findings.extend(register.missing());
    findings.sort_by(|a, b| (&a.places, a.code, &a.message).cmp(&(&b.places, b.code, &b.message)));
    Audit { checks, findings }
}

fn unsigned() -> Finding {
    let message = "the signatures of the digest files were not checked: who can replace log files may also have replaced the digests";
    Finding::new(Code::DigestUnsigned, message)
        .help("give the output of `aws cloudtrail list-public-keys` with `--digest-key FILE`")
}

fn not_listed(file: &str) -> Finding {
    Finding::new(Code::FileNotInDigest, "no digest file lists it").at(in_file(file)).help(
        "fetch the digest file of its hour as well, or leave it out; what was delivered in the last hour or so has none yet",
    )
}

fn in_file(file: &str) -> Place {
    Place { file: file.into(), ..Place::default() }
}

fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
}

/// The name by which files are found: the last part, without the ending of compression.
fn base(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".gz").unwrap_or(name)
}

/// Folders that two paths share at the end, names aside.
fn shared_folders(a: &str, b: &str) -> usize {
    let (a, b) = (a.rsplit('/').skip(1), b.rsplit('/').skip(1));
    a.zip(b).take_while(|(a, b)| a == b).count()
}

enum Found<'d> {
    Hash(Sha256),
    Ambiguous(Vec<&'d str>),
    Untrusted,
    Nothing,
}

struct Entry<'d> {
    digest: usize,
    file: &'d ListedFile,
    is_found: bool,
}

/// The files that digests list, by name.
struct Register<'d> {
    digests: &'d [GivenDigest],
    trusted: &'d [bool],
    by_name: BTreeMap<&'d str, Vec<Entry<'d>>>,
}

impl<'d> Register<'d> {
    fn new(digests: &'d [GivenDigest], trusted: &'d [bool]) -> Self {
        let mut by_name: BTreeMap<&str, Vec<Entry<'_>>> = BTreeMap::new();
        for (digest, given) in digests.iter().enumerate() {
            for file in &given.digest.files {
                let entry = Entry { digest, file, is_found: false };
                by_name.entry(base(&file.object)).or_default().push(entry);
            }
        }
        Self { digests, trusted, by_name }
    }

    fn find(&mut self, path: &str) -> Found<'d> {
        let trusted = self.trusted;
        let Some(entries) = self.by_name.get_mut(base(path)) else { return Found::Nothing };
        let shared = |entry: &Entry<'_>| shared_folders(path, &entry.file.object);
        let known = entries.iter().filter(|entry| trusted[entry.digest]);
        let Some(most) = known.map(shared).max() else { return Found::Untrusted };
        let mut hash = None;
        let mut different: Vec<&'d str> = Vec::new();
        for entry in entries.iter_mut() {
            if !trusted[entry.digest] || shared(entry) != most {
                continue;
            }
            entry.is_found = true;
            let first = *hash.get_or_insert(entry.file.hash);
            if different.is_empty() || first != entry.file.hash {
                different.push(&entry.file.object);
            }
        }
        match hash {
            Some(hash) if different.len() == 1 => Found::Hash(hash),
            _ => Found::Ambiguous(different),
        }
    }

    /// Listed files of which none was given: one finding for each digest.
    fn missing(&self) -> Vec<Finding> {
        let mut missing: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        let entries = self.by_name.values().flatten();
        for entry in entries.filter(|entry| !entry.is_found && self.trusted[entry.digest]) {
            missing.entry(entry.digest).or_default().push(&entry.file.object);
        }
        missing
            .into_iter()
            .map(|(digest, mut objects)| {
                objects.sort_unstable();
                let mut names: Vec<String> =
                    objects.iter().take(NAMED).map(|object| format!("`{object}`")).collect();
                if objects.len() > NAMED {
                    names.push(format!("and {} more", objects.len() - NAMED));
                }
                let message = match objects.len() {
                    1 => format!("a log file that it lists is missing: {}", names.join(", ")),
                    count => {
                        format!("{count} log files that it lists are missing: {}", names.join(", "))
                    }
                };
                Finding::new(Code::DigestMissingFile, message)
                    .at(in_file(&self.digests[digest].file))
                    .help("fetch the log files, or leave out the digest files of other times, Regions and accounts")
            })
            .collect()
    }
}
