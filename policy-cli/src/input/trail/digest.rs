//! Digest files among the files of a trail, and the hash of what is read.
//!
//! A digest is known by its content, wherever it lies. Which log file must have which hash, and whether digests can be
//! trusted, is decided in `policy_core::evidence::digest`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use policy_core::evidence::digest::{
    Digest, GivenDigest, SIGNATURE_ENDING, Sha256, Verifier, audit, is_digest,
};
use policy_core::finding::{Finding, Severity};
use ring::digest::{Context, SHA256};

use super::files::Source;
use super::key::PublicKeys;
use super::progress::Progress;
use super::{Input, gzip, on_threads, unreadable};
use crate::failure::Failure;

/// The largest digest file, unpacked: some 500,000 log files in an hour.
///
/// Units: bytes.
const DIGEST_LIMIT_BYTES: u64 = 256 * 1024 * 1024;

/// How much of a file, unpacked, is looked at to tell digests from logs.
///
/// Units: bytes.
const HEAD_BYTES: u64 = 16 * 1024;

/// The largest signature file.
///
/// Units: bytes.
const SIGNATURE_LIMIT_BYTES: u64 = 16 * 1024;

/// The SHA-256 hash of bytes.
pub(super) fn hash(bytes: &[u8]) -> Sha256 {
    let mut context = Context::new(&SHA256);
    context.update(bytes);
    finish(context)
}

fn finish(context: Context) -> Sha256 {
    let mut hash = Sha256::default();
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// Hashes what is read through it.
pub(super) struct Hashing<R> {
    source: R,
    context: Context,
}

impl<R: Read> Hashing<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, context: Context::new(&SHA256) }
    }

    /// The hash of all that was read.
    pub(super) fn finish(self) -> Sha256 {
        finish(self.context)
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.context.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Log files with what is asked of them, what does not fit, and what is only worth knowing.
pub(super) type Checked = (Vec<Input>, Vec<Finding>, Vec<Finding>);

/// Takes the digests out of `sources` and says what the rest must be.
///
/// # Errors
/// Standard input among the sources, which has no name to be found by, and no digest at all: exit 2.
pub(super) fn checked(
    sources: Vec<Source>,
    keys: Option<&PublicKeys>,
    progress: &Progress,
) -> Result<Checked, Failure> {
    if sources.contains(&Source::Stdin) {
        return Err(Failure::input(
            "standard input cannot be verified: digests list files by name",
        )
        .help("give files or folders with `--trail PATH`, or leave out `--verify-digests`"));
    }
    let next = AtomicUsize::new(0);
    let mut read = on_threads(sources.len(), || look(&sources, &next, progress));
    read.sort_by_key(|(index, _)| *index);
    let is_digest: Vec<usize> = read.iter().map(|(index, _)| *index).collect();
    let (mut digests, mut problems) = (Vec::new(), Vec::new());
    for (_, digest) in read {
        match digest {
            Ok(digest) => digests.push(digest),
            Err(finding) => problems.push(finding),
        }
    }
    if digests.is_empty() {
        if !problems.is_empty() {
            return Err(Failure::findings(problems));
        }
        return Err(Failure::input("`--verify-digests` needs digest files; there are none")
            .help("CloudTrail writes them to the folder `CloudTrail-Digest` beside `CloudTrail`; give both to `--trail`"));
    }
    let logs: Vec<Source> = sources
        .into_iter()
        .enumerate()
        .filter(|(index, _)| is_digest.binary_search(index).is_err())
        .map(|(_, source)| source)
        .collect();
    let names: Vec<String> = logs.iter().map(Source::name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let by_keys = |fingerprint: &str, text: &[u8], signature: &[u8]| match keys {
        Some(keys) => keys.verify(fingerprint, text, signature),
        None => Ok(()),
    };
    let verifier: Option<&Verifier<'_>> = if keys.is_some() { Some(&by_keys) } else { None };
    let audit = audit(digests, &names, verifier);
    let (refused, notes): (Vec<_>, Vec<_>) =
        audit.findings.into_iter().partition(|finding| finding.severity == Severity::Error);
    problems.extend(refused);
    let inputs = logs.into_iter().zip(audit.checks.into_iter().map(Some)).collect();
    Ok((inputs, problems, notes))
}

/// A digest by the number of its source, or why it cannot be read.
type Looked = (usize, Result<GivenDigest, Finding>);

/// Takes sources until there are none left; gives those that are digests.
fn look(sources: &[Source], next: &AtomicUsize, progress: &Progress) -> Vec<Looked> {
    let mut digests = Vec::new();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(source) = sources.get(index) else { return digests };
        let Source::File { path, .. } = source else { continue };
        // What cannot be opened or unpacked here is told when it is read as a log.
        if !head(path).is_ok_and(|head| is_digest(&head)) {
            continue;
        }
        digests.push((index, digest(source, path)));
        progress.passed(source);
    }
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    unpacked(path)?.take(HEAD_BYTES).read_to_end(&mut head).map(|_| head)
}

/// The content of a file, unpacked if it is packed.
fn unpacked(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(path)?;
    let mut start = Vec::with_capacity(2);
    Read::by_ref(&mut file).take(2).read_to_end(&mut start)?;
    let is_gzip = gzip::is_gzip(&start);
    let whole = io::Cursor::new(start).chain(file);
    Ok(if is_gzip { Box::new(gzip::stream(whole)) } else { Box::new(whole) })
}

fn digest(source: &Source, path: &Path) -> Result<GivenDigest, Finding> {
    let problem = |problem: &str| unreadable(source, problem);
    let mut bytes = Vec::new();
    unpacked(path)
        .and_then(|content| content.take(DIGEST_LIMIT_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| problem(&format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > DIGEST_LIMIT_BYTES {
        return Err(problem(&format!("a digest file of more than {DIGEST_LIMIT_BYTES} bytes")));
    }
    let digest = Digest::parse(&bytes).map_err(|error| problem(&error.to_string()))?;
    let signature = signature(path).map_err(|error| problem(&error))?;
    Ok(GivenDigest { file: source.name().into(), hash: hash(&bytes), digest, signature })
}

/// What lies in the file beside a digest that has its name and one ending more.
fn signature(path: &Path) -> Result<Option<Box<str>>, String> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(SIGNATURE_ENDING);
    let beside = PathBuf::from(beside);
    let file = match File::open(&beside) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("its signature cannot be read: {error}")),
    };
    let mut text = String::new();
    file.take(SIGNATURE_LIMIT_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| format!("its signature cannot be read: {error}"))?;
    Ok(Some(text.into()))
}
