//! Why a table of reduced records could not be read.

use std::fmt;

use super::VERSION;

/// Mistakes that are named; the rest is counted.
const NAMED: usize = 20;

/// A row that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Its line, from 1.
    pub line: u64,
    /// What is wrong, as a sentence without full stop.
    pub problem: String,
}

/// Why a table of reduced records could not be read. Nothing of it counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReducedTrailError {
    /// A version that this reader does not know.
    #[error("reduced records in version {found} of the format; version {VERSION} is understood")]
    OtherVersion {
        /// The version.
        found: u64,
    },
    /// Rows that are wrong.
    #[error("{}", Listed(.mistakes, *.more))]
    Rows {
        /// The first of them, by line.
        mistakes: Vec<Mistake>,
        /// How many more there are.
        more: u64,
    },
    /// The row that says how much was read is missing.
    #[error(
        "there is no row of the kind `files`: the statement read no log file, or the result is not whole"
    )]
    Unread,
    /// Fewer or more records than were read.
    #[error(
        "the statement read {read} records, and the rows tell of {told}: the result is not whole"
    )]
    RowsMissing {
        /// Records that were read.
        read: u64,
        /// Records behind the rows.
        told: u64,
    },
}

struct Listed<'a>(&'a [Mistake], u64);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Mistake { line, problem }) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}line {line}: {problem}")?;
        }
        if self.1 > 0 {
            write!(f, "; and {} more", self.1)?;
        }
        Ok(())
    }
}

impl ReducedTrailError {
    /// Whether a newer version of this tool may read the table.
    #[must_use]
    pub fn is_too_new(&self) -> bool {
        matches!(self, Self::OtherVersion { found } if *found > VERSION)
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::OtherVersion { .. } if self.is_too_new() => {
                "upgrade this tool, or run its own statement: `policy-cli observe --emit-sql athena|spark`"
            }
            Self::Unread => {
                "see that the table points at the logs, and fetch the result again, with its head line"
            }
            Self::RowsMissing { .. } => "fetch the whole result again",
            _ => {
                "run the statement of this tool again: `policy-cli observe --emit-sql athena|spark`; its result is not meant to be edited"
            }
        }
    }
}

/// The mistakes so far.
#[derive(Default)]
pub(super) struct Mistakes {
    named: Vec<Mistake>,
    more: u64,
}

impl Mistakes {
    /// Notes what is wrong with a row; always goes on, so that all are counted.
    pub(super) fn note(&mut self, line: u64, outcome: Result<(), String>) {
        let Err(problem) = outcome else { return };
        if self.named.len() < NAMED {
            self.named.push(Mistake { line, problem });
        } else {
            self.more += 1;
        }
    }

    pub(super) fn finish(self) -> Result<(), ReducedTrailError> {
        if self.named.is_empty() {
            return Ok(());
        }
        Err(ReducedTrailError::Rows { mistakes: self.named, more: self.more })
    }
}
