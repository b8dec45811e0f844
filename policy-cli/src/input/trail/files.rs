//! Which files a trail is made of.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, in_file, shown};

/// One input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// Standard input.
    Stdin,
    /// A file.
    File {
        /// As the user named it, or found below what the user named.
        path: PathBuf,
        /// Its size when it was found.
        size_bytes: u64,
    },
}

impl Source {
    /// What messages call it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Stdin => "stdin".into(),
            Self::File { path, .. } => shown(path),
        }
    }

    pub(super) fn size_bytes(&self) -> u64 {
        match self {
            Self::Stdin => 0,
            Self::File { size_bytes, .. } => *size_bytes,
        }
    }
}

/// Endings that a log has, in a folder. A file that is named itself may end in anything.
const ENDINGS: [&str; 7] =
    [".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".gz"];

/// Folders inside folders that are followed.
const DEPTH: usize = 64;

/// Every file behind `paths`, sorted, each once.
///
/// # Errors
/// All paths that do not exist, cannot be listed or hold no log.
pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut sources = BTreeSet::new();
    let mut failures = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            sources.insert(Source::Stdin);
            continue;
        }
        match fs::metadata(path) {
            Err(error) => failures.push(unreadable(path, &error)),
            Ok(metadata) if metadata.is_dir() => {
                let mut found = BTreeSet::new();
                match walk(path, &mut found, 0) {
                    Err((path, error)) => failures.push(unreadable(&path, &error)),
                    Ok(()) if found.is_empty() => failures.push(empty(path)),
                    Ok(()) => sources.extend(found),
                }
            }
            Ok(metadata) => {
                sources.insert(Source::File { path: path.clone(), size_bytes: metadata.len() });
            }
        }
    }
    if !failures.is_empty() {
        return Err(Failure::all(failures));
    }
    Ok(sources.into_iter().collect())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let message = if error.kind() == std::io::ErrorKind::NotFound {
        format!("`{}` does not exist", shown(path))
    } else {
        format!("`{}` cannot be read: {error}", shown(path))
    };
    Failure::input(message)
        .help("`--trail` takes a CloudTrail file, a folder of them, or `-` for stdin")
}

fn empty(path: &Path) -> Failure {
    Failure::input("the folder holds no CloudTrail file")
        .at(in_file(path))
        .help("expected files that end in `.json`, `.json.gz`, `.jsonl` or `.ndjson`, in the folder or below it")
}

/// Links to folders are not followed, so that a link upwards ends nowhere.
fn walk(
    folder: &Path,
    found: &mut BTreeSet<Source>,
    depth: usize,
) -> Result<(), (PathBuf, std::io::Error)> {
    let named = |path: &Path, error| (path.to_owned(), error);
    let entries = fs::read_dir(folder).map_err(|error| named(folder, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| named(folder, error))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(|error| named(&path, error))?;
        if kind.is_dir() {
            if depth < DEPTH {
                walk(&path, found, depth + 1)?;
            }
            continue;
        }
        if !is_log(&entry.file_name()) {
            continue;
        }
        // A link to a file is the file; a link to nothing is an error of the user's.
        let metadata = fs::metadata(&path).map_err(|error| named(&path, error))?;
        if metadata.is_file() {
            found.insert(Source::File { path, size_bytes: metadata.len() });
        }
    }
    Ok(())
}

fn is_log(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_lowercase();
    !name.starts_with('.') && ENDINGS.iter().any(|ending| name.ends_with(ending))
}
