//! CloudTrail files → [`Observations`].
//!
//! Finds the files, unpacks them, and feeds them to `policy_core::evidence::trail` on up to two
//! threads. A broken file is named, nothing of it counts, and the rest goes on. Memory does not grow with the size of
//! the files: ordinary ones are unpacked whole into one buffer a thread, large ones are read as a stream.
//!
//! With [`Verify`], digest files are read first; a log file counts only when its content has the hash that they list.
//! Hashing goes along with the reading: no byte is read twice, but for the head of each file by which digests are known.
//!
//! What a record means is decided in `policy-core`; what to do with a partial trail, by the command.

mod digest;
mod files;
mod gzip;
mod key;
mod overflow;
mod progress;
#[cfg(test)]
mod tests;
mod unpack;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use policy_core::catalog::Catalog;
use policy_core::evidence::assign::Seen;
use policy_core::evidence::digest::Check;
use policy_core::evidence::trail::{Aggregate, JoinError, Observations, Reader};
use policy_core::finding::{Code, Finding, Place};
use policy_core::iam::RoleArn;

use super::observations;
use crate::failure::Failure;
use files::Source;
use unpack::Unpacker;

pub use key::PublicKeys;
pub use progress::Progress;

/// Whether log files are held against the digest files beside them.
#[derive(Debug, Clone, Default)]
pub enum Verify {
    /// No. Digest files are no calls, that is all.
    #[default]
    No,
    /// Hashes and the chain of digests.
    Hashes,
    /// Also the signatures of digests, with these keys.
    Signatures(PublicKeys),
}

impl Verify {
    /// What the flags ask for.
    ///
    /// # Errors
    /// A key file that cannot be read.
    pub fn asked(digests: bool, key: Option<&Path>) -> Result<Self, Failure> {
        match (digests, key) {
            (false, _) => Ok(Self::No),
            (true, None) => Ok(Self::Hashes),
            (true, Some(path)) => PublicKeys::read(path).map(Self::Signatures),
        }
    }
}

/// Threads that read files. More would only wait for each other: memory is kept for two.
const THREADS: usize = 2;

/// What a trail shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrailEvidence {
    /// The counts.
    pub observations: Observations,
    /// Why files are not used, by file; also what else of a verified trail is missing or broken.
    pub refused: Vec<Finding>,
    /// Files of which nothing was used.
    pub refused_files: u64,
    /// What does not keep the trail from being whole.
    pub notes: Vec<Finding>,
}

impl TrailEvidence {
    /// Whether files are missing from the counts.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.refused.is_empty()
    }

    /// What is worth knowing: refused files, then events of the roles that `selects` takes which could
    /// not become calls.
    pub fn findings(&self, selects: impl Fn(&RoleArn) -> bool) -> Vec<Finding> {
        let mut findings = self.refused.clone();
        findings.extend(self.notes.iter().cloned());
        findings.extend(self.observations.findings(selects));
        findings
    }

    /// The calls and the roles, to be given to functions.
    #[must_use]
    pub fn into_seen(self) -> Seen {
        let roles: BTreeSet<RoleArn> = self.observations.roles.into_keys().collect();
        Seen { calls: self.observations.calls, roles }
    }
}

/// What is read, before it is counted.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The events.
    pub aggregate: Aggregate,
    /// Why files are not used, by file, as [`TrailEvidence::refused`]; then one finding for each observation file that
    /// lacks some.
    pub refused: Vec<Finding>,
    /// What does not keep the trail from being whole.
    pub notes: Vec<Finding>,
}

impl Gathered {
    /// The counts.
    ///
    /// # Errors
    /// A temporary file that cannot be read back.
    pub fn evidence(self) -> Result<TrailEvidence, Failure> {
        let Self { aggregate, refused, notes } = self;
        let observations = aggregate.finish().map_err(|error| overflow::lost(&error))?;
        let refused_files = observations.refused_files;
        Ok(TrailEvidence { refused_files, observations, refused, notes })
    }

    /// Counts all but the smallest `kept` events.
    ///
    /// # Errors
    /// A temporary file that cannot be read back.
    pub fn settle(&mut self, kept: usize) -> Result<(), Failure> {
        self.aggregate.settle(kept).map_err(|error| overflow::lost(&error))
    }

    /// The observation file.
    ///
    /// # Errors
    /// A temporary file that cannot be read back.
    pub fn file(&mut self) -> Result<String, Failure> {
        self.aggregate.to_file().map_err(|error| overflow::lost(&error))
    }
}

/// Reads files, folders (recursively) and `-` for stdin.
///
/// Same files in any order give the same value.
///
/// # Errors
/// A path that does not exist, a folder without a file that could be a log, a trail of which no file can be
/// read, and one to verify that has no digest file: exit 2.
pub fn read(
    paths: &[PathBuf],
    verify: &Verify,
    progress: &Progress,
) -> Result<TrailEvidence, Failure> {
    read_logs(paths, verify, progress).and_then(Gathered::evidence)
}

/// Reads logs, as [`read`], and observation files.
///
/// Same files in any order give the same value.
///
/// # Errors
/// As [`read`]; and observation files that cannot be read or joined: exit 2.
pub fn gather(
    trails: &[PathBuf],
    observed: &[PathBuf],
    verify: &Verify,
    progress: &Progress,
) -> Result<Gathered, Failure> {
    let observed = observations::read(observed)?;
    let mut gathered = match trails {
        [] => Gathered::default(),
        trails => read_logs(trails, verify, progress)?,
    };
    let mut parts = Vec::new();
    for (path, part) in observed {
        if part.refused_files() > 0 {
            gathered.refused.push(observations::partial(&path, part.refused_files()));
        }
        parts.push(part);
    }
    gathered.aggregate = gathered.aggregate.joined(parts).map_err(|error| match error {
        JoinError::Overflow(error) => overflow::lost(&error),
        error => Failure::input(error.to_string())
            .help("reduce the logs behind these files together, with one `policy-cli observe --trail PATH...`"),
    })?;
    Ok(gathered)
}

fn read_logs(paths: &[PathBuf], verify: &Verify, progress: &Progress) -> Result<Gathered, Failure> {
    let sources = files::find(paths)?;
    progress.begin(&sources);
    let (inputs, mut refused, notes) = match verify {
        Verify::No => {
            let inputs = sources.into_iter().map(|source| (source, None));
            (inputs.collect(), Vec::new(), Vec::new())
        }
        Verify::Hashes => digest::checked(sources, None, progress)?,
        Verify::Signatures(keys) => digest::checked(sources, Some(keys), progress)?,
    };
    let whole = Aggregate::new()
        .overflowing(overflow::EVENTS_IN_MEMORY, Box::new(overflow::TemporaryFiles));
    let whole = Mutex::new(whole);
    let unused = read_all(&inputs, &whole, progress);
    progress.end();
    let unused = unused?;
    let mut whole = whole.into_inner().unwrap_or_else(PoisonError::into_inner);
    let refused_inputs = inputs.iter().filter(|(_, check)| *check == Some(Check::Refused)).count();
    let refused_files = (refused_inputs + unused.len()) as u64;
    refused.extend(unused);
    refused.sort_by(|a: &Finding, b: &Finding| a.places.cmp(&b.places));
    if whole.files() == 0 {
        if refused.is_empty() {
            return Err(Failure::input("there are digest files, but no log file"));
        }
        return Err(Failure::findings(refused));
    }
    whole.count_refused(refused_files);
    Ok(Gathered { aggregate: whole, refused, notes })
}

/// A file, with what its digest asks of it when the trail is to be verified.
type Input = (Source, Option<Check>);

/// Reads every input into `whole`; gives a finding for each that was refused on the way.
///
/// # Errors
/// A temporary file that cannot be read back.
fn read_all(
    inputs: &[Input],
    whole: &Mutex<Aggregate>,
    progress: &Progress,
) -> Result<Vec<Finding>, Failure> {
    let next = AtomicUsize::new(0);
    let unused = on_threads(inputs.len(), || work(inputs, &next, whole, progress));
    unused.into_iter().collect()
}

/// Runs `work` on as many threads as there are, for `count` things to do; gives all results.
fn on_threads<T: Send>(count: usize, work: impl Fn() -> Vec<T> + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = THREADS.min(cores).min(count).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(&work)).collect();
        let mut results = work();
        for worker in workers {
            match worker.join() {
                Ok(more) => results.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

/// Takes files until there are none left. What they show goes into `whole` soon, so that memory does not hold every name
/// once a thread.
fn work(
    inputs: &[Input],
    next: &AtomicUsize,
    whole: &Mutex<Aggregate>,
    progress: &Progress,
) -> Vec<Result<Finding, Failure>> {
    let mut reader = Reader::new(Catalog::embedded());
    let mut unpacker = Unpacker::default();
    let mut refused = Vec::new();
    while let Some((source, check)) = inputs.get(next.fetch_add(1, Ordering::Relaxed)) {
        let hash = match check {
            None => None,
            Some(Check::Hash(hash)) => Some(hash),
            Some(Check::Refused | Check::LeftOut) => {
                progress.passed(source);
                continue;
            }
        };
        let before = reader.records();
        let mut part = whole.lock().unwrap_or_else(PoisonError::into_inner).part();
        match unpacker.read(source, hash, &mut reader, &mut part, progress) {
            // What small files show is taken together, so that threads seldom wait for each other.
            Ok(()) => {
                let given = give(whole, part, &mut reader, |reader| reader.is_laden());
                if let Err(failure) = given {
                    refused.push(Err(failure));
                    return refused;
                }
            }
            Err(unpack::Problem::Document(error)) => refused.push(Ok(error.finding())),
            Err(unpack::Problem::File(problem)) => refused.push(Ok(unreadable(source, &problem))),
            Err(unpack::Problem::Altered) => refused.push(Ok(altered(source))),
        }
        progress.read(reader.records() - before);
    }
    if let Err(failure) = give(whole, Aggregate::default(), &mut reader, |_| true) {
        refused.push(Err(failure));
    }
    refused
}

/// Joins what a file showed to the whole, and what the reader holds if it `should` be given.
fn give(
    whole: &Mutex<Aggregate>,
    part: Aggregate,
    reader: &mut Reader<'_>,
    should: impl Fn(&Reader<'_>) -> bool,
) -> Result<(), Failure> {
    let whole = || whole.lock().unwrap_or_else(PoisonError::into_inner);
    if part.files() > 0 {
        whole().merge(part).map_err(|error| overflow::lost(&error))?;
    }
    if should(reader) {
        reader.give(&mut whole());
    }
    Ok(())
}

fn altered(source: &Source) -> Finding {
    let message = "its content has another hash than the digest file that lists it says";
    Finding::new(Code::DigestMismatch, message)
        .at(Place { file: source.name().into(), ..Place::default() })
        .help("none of its records count; fetch it again, and find out who changed it")
}

fn unreadable(source: &Source, problem: &str) -> Finding {
    Finding::new(Code::TrailFileUnreadable, problem)
        .at(Place { file: source.name().into(), ..Place::default() })
        .help("nothing from this file was used; fetch it again, or leave it out")
}
