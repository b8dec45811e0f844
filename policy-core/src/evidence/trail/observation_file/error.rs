//! Why an observation file could not be read.

use crate::finding::one_line;

use super::{FORMAT, VERSION};

/// Why an observation file could not be read. Nothing of it counts.
///
/// Units: lines and columns from 1, columns in bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObservationFileError {
    /// JSON of another kind.
    #[error("no observation file: the member `format` is {found}, expected `{FORMAT}`")]
    OtherFormat {
        /// What stands there, in words.
        found: String,
    },
    /// A version that this reader does not know.
    #[error("observations in version {found} of the format; version {VERSION} is understood")]
    OtherVersion {
        /// The version.
        found: u64,
    },
    /// The text ends too early.
    #[error("the file ends in the middle")]
    Truncated {
        /// The line.
        line: u32,
        /// The column.
        column: u32,
    },
    /// Not JSON, or not what the format says.
    #[error("{problem}")]
    Malformed {
        /// What is wrong.
        problem: String,
        /// The line.
        line: u32,
        /// The column.
        column: u32,
    },
    /// The numbers contradict each other.
    #[error("{problem}")]
    Contradicting {
        /// What contradicts what.
        problem: String,
    },
}

impl ObservationFileError {
    /// Whether a newer version of this tool may read the file.
    #[must_use]
    pub fn is_too_new(&self) -> bool {
        matches!(self, Self::OtherVersion { found } if *found > VERSION)
    }

    /// Line and column, where there is one.
    #[must_use]
    pub fn place(&self) -> Option<(u32, u32)> {
        match *self {
            Self::Truncated { line, column } | Self::Malformed { line, column, .. } => {
                Some((line, column))
            }
            _ => None,
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::OtherFormat { .. } => {
                "give CloudTrail logs with `--trail`; reduce them with `policy-cli observe --trail PATH --out FILE`"
            }
            Self::OtherVersion { .. } if self.is_too_new() => {
                "upgrade this tool, or reduce the logs again with it: `policy-cli observe --trail PATH --out FILE`"
            }
            Self::Truncated { .. } => "fetch the file again, or reduce the logs again",
            _ => {
                "reduce the logs again: `policy-cli observe --trail PATH --out FILE`; the file is not meant to be edited"
            }
        }
    }

    pub(super) fn of_json(error: &serde_json::Error) -> Self {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (line, column) = (number(error.line()), number(error.column()));
        if error.is_eof() {
            return Self::Truncated { line, column };
        }
        let text = error.to_string();
        let suffix = format!(" at line {} column {}", error.line(), error.column());
        let text = text.strip_suffix(&suffix).unwrap_or(&text);
        let problem = if error.is_syntax() { format!("not JSON: {text}") } else { text.to_owned() };
        Self::Malformed { problem: in_words(&problem), line, column }
    }
}

/// The reader's words for types, as JSON's.
fn in_words(problem: &str) -> String {
    let table = [
        ("duplicate field", "duplicate member"),
        ("missing field", "missing member"),
        ("unknown field", "unknown member"),
        ("unknown variant", "unknown word"),
        ("expected u64", "expected a whole number from 0"),
        ("expected a sequence", "expected a list"),
        ("invalid type: map", "invalid type: an object"),
        ("invalid type: sequence", "invalid type: a list"),
        ("expected enum Shown", "expected an object with one of the kinds of contribution"),
    ];
    one_line(table.iter().fold(problem.to_owned(), |text, (from, to)| text.replace(from, to)))
}
