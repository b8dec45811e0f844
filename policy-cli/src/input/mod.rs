//! Reading what the user names: files in, values of `policy-core` out, with limits first.
//!
//! The rooms keep three answers apart: nothing there, unreadable, too new for this tool.

pub mod base;
pub mod binary;
pub mod cases;
pub mod given;
pub mod kind;
pub mod limits;
pub mod manifest;
pub mod observations;
pub mod policy;
pub mod request;
pub mod source;
pub mod spark;
pub mod trail;
pub mod trust;
pub mod workspace;

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, in_file, shown};

/// Reads a text file of at most `limit` bytes.
///
/// # Errors
/// A [`Failure`] that names the file: not there, a folder, too large, not UTF-8.
pub fn text(path: &Path, what: &str, limit: u64) -> Result<String, Failure> {
    utf8(bytes(path, what, limit)?, path, what)
}

/// Whether a path of the command line is stdin.
#[must_use]
pub fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// What stdin is called in messages.
pub const STDIN: &str = "stdin";

/// Reads a text of at most `limit` bytes from stdin.
///
/// # Errors
/// A [`Failure`] that names stdin: empty, too large, not UTF-8.
pub fn stdin(what: &str, limit: u64) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(limit.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| Failure::input(format!("cannot read {STDIN}: {error}")))?;
    if bytes.is_empty() {
        return Err(Failure::input(format!("{STDIN} is empty; expected {what}")));
    }
    if bytes.len() as u64 > limit {
        let message = format!("{STDIN} has more than {limit} bytes; that many are read of {what}");
        return Err(Failure::input(message));
    }
    utf8(bytes, Path::new(STDIN), what)
}

/// Refuses a command line on which `-` stands for two things.
///
/// # Errors
/// A [`Failure`] with what to write instead.
pub fn stdin_once<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> Result<(), Failure> {
    match paths.into_iter().filter(|path| is_stdin(path)).count() {
        0 | 1 => Ok(()),
        count => {
            Err(Failure::input(format!("`-` is given {count} times, and {STDIN} is read once"))
                .help("save all but one of them in files, and name these"))
        }
    }
}

fn utf8(bytes: Vec<u8>, path: &Path, what: &str) -> Result<String, Failure> {
    if matches!(bytes.as_slice(), [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) {
        return Err(Failure::input(format!("{what} is UTF-16 text, expected UTF-8"))
            .at(in_file(path))
            .help("save the file as UTF-8"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(error.as_bytes().get(..valid).unwrap_or_default());
        let (line, column) = line_column(&before, before.len());
        let mut place = in_file(path);
        (place.line, place.column) = (Some(line), Some(column));
        Failure::input(format!("{what} is not UTF-8 text: byte {valid} does not belong")).at(place)
    })
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// A [`Failure`] that names the file: not there, a folder, too large.
pub fn bytes(path: &Path, what: &str, limit: u64) -> Result<Vec<u8>, Failure> {
    let size = std::fs::metadata(path).map_err(|error| unreadable(path, what, &error))?;
    if size.is_dir() {
        return Err(Failure::input(format!("`{}` is a folder, expected {what}", shown(path))));
    }
    if size.len() > limit {
        return Err(Failure::input(format!(
            "`{}` has {} bytes; at most {limit} are read from {what}",
            shown(path),
            size.len()
        )));
    }
    std::fs::read(path).map_err(|error| unreadable(path, what, &error))
}

/// The failure for a path that cannot be opened.
#[must_use]
pub fn unreadable(path: &Path, what: &str, error: &std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::input(format!("`{}` does not exist; expected {what}", shown(path)))
        }
        _ => Failure::input(format!("cannot read `{}`: {error}", shown(path))),
    }
}

/// The place of a byte in a text.
///
/// Units: lines and columns from 1, columns in characters.
#[must_use]
pub fn line_column(text: &str, byte: usize) -> (u32, u32) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}
