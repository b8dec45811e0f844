//! Why a document could not be read.

use std::io;

use crate::finding::{Code, Finding, Place};

use super::log::OverflowError;
use super::text::TextPlace;

/// Why a document could not be read. Nothing of it was counted.
///
/// Units: records, lines and columns from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrailError {
    /// A member of a record is not what it should be.
    #[error("{file}, record {record}: `{member}` is {found}, expected {expected}")]
    Malformed {
        /// The file as the user named it.
        file: Box<str>,
        /// The record.
        record: u64,
        /// The path of the member in the record.
        member: Box<str>,
        /// What stands there, in words.
        found: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// Not JSON.
    #[error("{file}, line {line}, column {column}: not JSON: {problem}")]
    Syntax {
        /// The file as the user named it.
        file: Box<str>,
        /// The line.
        line: u32,
        /// The column in bytes.
        column: u32,
        /// What the parser says.
        problem: String,
    },
    /// JSON that ends too early.
    #[error("{file} ends in the middle, after record {records}")]
    Truncated {
        /// The file as the user named it.
        file: Box<str>,
        /// Records before the end.
        records: u64,
    },
    /// JSON of another kind.
    #[error("{file} is no CloudTrail log: {found}")]
    NotATrail {
        /// The file as the user named it.
        file: Box<str>,
        /// What it holds instead, in words.
        found: String,
    },
    /// What was moved out of memory is lost.
    #[error("{file}: {source}")]
    Overflow {
        /// The file as the user named it.
        file: Box<str>,
        /// Why.
        source: OverflowError,
    },
    /// Nothing at all.
    #[error("{file} is empty")]
    Empty {
        /// The file as the user named it.
        file: Box<str>,
    },
    /// A record larger than any that CloudTrail writes.
    #[error("{file}, record {record}: longer than {limit} bytes, which no CloudTrail record is")]
    RecordTooLong {
        /// The file as the user named it.
        file: Box<str>,
        /// The record.
        record: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The bytes could not be read.
    #[error("{file} cannot be read")]
    Read {
        /// The file as the user named it.
        file: Box<str>,
        /// Why.
        source: io::Error,
    },
}

impl TrailError {
    /// The error of a text that begins at `place` of another, after `words` bytes of its own.
    pub(super) fn moved(mut self, place: TextPlace, words: usize) -> Self {
        if let Self::Syntax { line, column, .. } = &mut self {
            if *line == 1 {
                let words = u32::try_from(words).unwrap_or(u32::MAX);
                *column = column.saturating_sub(words).saturating_add(place.column);
            }
            *line = line.saturating_add(place.line);
        }
        self
    }

    /// The file, as the user named it.
    #[must_use]
    pub fn file(&self) -> &str {
        match self {
            Self::Malformed { file, .. }
            | Self::Syntax { file, .. }
            | Self::Truncated { file, .. }
            | Self::NotATrail { file, .. }
            | Self::Empty { file }
            | Self::Overflow { file, .. }
            | Self::RecordTooLong { file, .. }
            | Self::Read { file, .. } => file,
        }
    }

    /// The finding that tells the user.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let mut place = Place { file: self.file().into(), ..Place::default() };
        let (code, message) = match self {
            Self::Malformed { record, member, found, expected, .. } => {
                place.record = Some(*record);
                let message = format!("`{member}` is {found}, expected {expected}");
                (Code::TrailRecordMalformed, message)
            }
            Self::RecordTooLong { record, limit, .. } => {
                place.record = Some(*record);
                let message = format!("longer than {limit} bytes, which no CloudTrail record is");
                (Code::TrailRecordMalformed, message)
            }
            Self::Syntax { line, column, problem, .. } => {
                (place.line, place.column) = (Some(*line), Some(*column));
                (Code::TrailFileUnreadable, format!("not JSON: {problem}"))
            }
            Self::Truncated { records, .. } => (
                Code::TrailFileUnreadable,
                format!("the file ends in the middle, after record {records}"),
            ),
            Self::NotATrail { found, .. } => {
                (Code::TrailFileUnreadable, format!("no CloudTrail log: {found}"))
            }
            Self::Empty { .. } => (Code::TrailFileUnreadable, "the file is empty".to_owned()),
            Self::Overflow { source, .. } => (Code::TrailFileUnreadable, source.to_string()),
            Self::Read { source, .. } => {
                (Code::TrailFileUnreadable, format!("cannot be read: {source}"))
            }
        };
        Finding::new(code, message)
            .at(place)
            .help("nothing from this file was used; fetch it again, or leave it out")
    }
}
