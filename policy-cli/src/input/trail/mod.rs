//! CloudTrail files → [`Observations`].
//!
//! Finds the files, unpacks them, and feeds them to `policy_core::evidence::trail` on up to two
//! threads. A broken file is named, nothing of it counts, and the rest goes on. Memory does not grow with the size of
//! the files: ordinary ones are unpacked whole into one buffer a thread, large ones are read as a stream.
//!
//! What a record means is decided in `policy-core`; what to do with a partial trail, by the command.

mod files;
mod gzip;
mod progress;
#[cfg(test)]
mod tests;
mod unpack;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use policy_core::catalog::Catalog;
use policy_core::evidence::assign::Seen;
use policy_core::evidence::trail::{Aggregate, Observations, Reader};
use policy_core::finding::{Code, Finding, Place};
use policy_core::iam::RoleArn;

use crate::failure::Failure;
use files::Source;
use unpack::Unpacker;

pub use progress::Progress;

/// Threads that read files. More would only wait for each other: memory is kept for two.
const THREADS: usize = 2;

/// What a trail shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrailEvidence {
    /// The counts.
    pub observations: Observations,
    /// One finding for each file of which nothing was used, by file.
    pub refused: Vec<Finding>,
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

/// Reads files, folders (recursively) and `-` for stdin.
///
/// Same files in any order give the same value.
///
/// # Errors
/// A path that does not exist, a folder without a file that could be a log, and a trail of which no file can be
/// read: exit 2.
pub fn read(paths: &[PathBuf], progress: &Progress) -> Result<TrailEvidence, Failure> {
    let sources = files::find(paths)?;
    progress.begin(&sources);
    let whole = Mutex::new(Aggregate::new());
    let mut refused = read_all(&sources, &whole, progress);
    progress.end();
    let whole = whole.into_inner().unwrap_or_else(PoisonError::into_inner);
    refused.sort_by(|a: &Finding, b: &Finding| a.places.cmp(&b.places));
    if whole.files() == 0 {
        return Err(Failure::findings(refused));
    }
    Ok(TrailEvidence { observations: whole.finish(), refused })
}

/// Reads every source into `whole`; gives a finding for each that was refused.
fn read_all(sources: &[Source], whole: &Mutex<Aggregate>, progress: &Progress) -> Vec<Finding> {
    let next = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = THREADS.min(cores).min(sources.len()).max(1);
    let work = || work(sources, &next, whole, progress);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut refused = work();
        for worker in workers {
            match worker.join() {
                Ok(findings) => refused.extend(findings),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        refused
    })
}

/// Takes files until there are none left. What a file shows goes into `whole` at once, so that
/// memory holds every name once, not once a thread.
fn work(
    sources: &[Source],
    next: &AtomicUsize,
    whole: &Mutex<Aggregate>,
    progress: &Progress,
) -> Vec<Finding> {
    let mut reader = Reader::new(Catalog::embedded());
    let mut unpacker = Unpacker::default();
    let mut refused = Vec::new();
    while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
        let mut part = Aggregate::new();
        match unpacker.read(source, &mut reader, &mut part) {
            Ok(()) => whole.lock().unwrap_or_else(PoisonError::into_inner).merge(part),
            Err(unpack::Problem::Document(error)) => refused.push(error.finding()),
            Err(unpack::Problem::File(problem)) => refused.push(unreadable(source, &problem)),
        }
        progress.read(source);
    }
    refused
}

fn unreadable(source: &Source, problem: &str) -> Finding {
    Finding::new(Code::TrailFileUnreadable, problem)
        .at(Place { file: source.name().into(), ..Place::default() })
        .help("nothing from this file was used; fetch it again, or leave it out")
}
