//! Observation files, and results of the query that stands for them → aggregates.
//!
//! What the file means is decided in `policy-core`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use policy_core::catalog::Catalog;
use policy_core::evidence::trail::{Aggregate, Mistake, ReducedTrailError};
use policy_core::finding::{Code, Finding, Place};

use crate::failure::{Failure, in_file, shown};

/// The largest file that is read.
///
/// Units: bytes. A file has about half a kilobyte for each distinct call and 80 bytes for each event that it knows by id.
pub const MAX_FILE_BYTES: u64 = 2 << 30;

const WHAT: &str = "an observation file";

/// Reads all files, each once; with each file its name.
///
/// # Errors
/// A [`Failure`] that names every file that cannot be read, with the place and what to do.
pub fn read(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Aggregate)>, Failure> {
    let mut read = Vec::new();
    let mut failures = Vec::new();
    let paths: BTreeSet<&PathBuf> = paths.iter().collect();
    for path in paths {
        match one(path) {
            Ok(aggregate) => read.push((path.clone(), aggregate)),
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() { Ok(read) } else { Err(Failure::all(failures)) }
}

fn one(path: &Path) -> Result<Aggregate, Failure> {
    let text = super::text(path, WHAT, MAX_FILE_BYTES)?;
    if text.trim().is_empty() {
        return Err(Failure::input("the file is empty; expected an observation file")
            .at(in_file(path))
            .help("reduce the logs again: `policy-cli observe --trail PATH --out FILE`"));
    }
    if Aggregate::is_reduced(&text) {
        return reduced(path, &text);
    }
    Aggregate::from_file(&text).map_err(|error| {
        let mut place = in_file(path);
        if let Some((line, column)) = error.place() {
            (place.line, place.column) = (Some(line), Some(column));
        }
        Failure::input(error.to_string()).at(place).help(error.help())
    })
}

/// The result of the query that `observe --emit-sql` prints.
fn reduced(path: &Path, text: &str) -> Result<Aggregate, Failure> {
    Aggregate::from_reduced(text, &shown(path), Catalog::embedded()).map_err(|error| {
        let help = error.help();
        let ReducedTrailError::Rows { mistakes, more } = error else {
            return Failure::input(error.to_string()).at(in_file(path)).help(help);
        };
        let mut failures: Vec<Failure> = mistakes
            .into_iter()
            .map(|Mistake { line, problem }| {
                let line = u32::try_from(line).ok();
                Failure::input(problem).at(Place { line, ..in_file(path) })
            })
            .collect();
        if more > 0 {
            failures.push(Failure::input(format!("{more} more rows are wrong")).at(in_file(path)));
        }
        Failure::all(failures).help(help)
    })
}

/// The finding about a file whose logs were not all read.
#[must_use]
pub fn partial(path: &Path, refused_files: u64) -> Finding {
    let (plural, were) = if refused_files == 1 { ("", "was") } else { ("s", "were") };
    let message = format!(
        "{refused_files} file{plural} of the logs behind these observations {were} refused"
    );
    Finding::new(Code::TrailFileUnreadable, message)
        .at(in_file(path))
        .help("nothing from such a file was used; reduce the logs again when they are mended")
}
