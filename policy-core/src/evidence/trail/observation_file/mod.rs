//! Aggregates as files: written in one form only, so that equal aggregates give equal bytes, and read strictly.
//!
//! `docs/observation-format.md` describes every member. A member that the format does not have is refused, since
//! leaving out what a newer writer meant to narrow could widen a grant.
//!
//! The room does not join or shorten aggregates ([`Aggregate::joined`], [`Aggregate::settle`]) and opens no files.

mod error;
mod read;
mod shape;
mod write;

pub use error::ObservationFileError;

use std::io;

use super::aggregate::Aggregate;
use super::log::OverflowError;

/// What the member `format` holds.
pub const FORMAT: &str = "policy-observations";
/// The version that is written, and the only one that is read.
pub const VERSION: u64 = 1;

impl Aggregate {
    /// The aggregate as an observation file: one line for each kind of event.
    ///
    /// Equal aggregates give the same bytes, whatever the order in which they were made.
    ///
    /// # Errors
    /// [`OverflowError`] when events were moved out of memory and cannot be read back.
    pub fn to_file(&mut self) -> Result<String, OverflowError> {
        let mut bytes = Vec::new();
        write::write(self, &mut bytes)?;
        // INVARIANT: what is written is made of texts.
        Ok(String::from_utf8(bytes).unwrap_or_default())
    }

    /// As [`Aggregate::to_file`], a line at a time: the file is never in memory.
    ///
    /// # Errors
    /// When `out` cannot be written, or events were moved out of memory and cannot be read back.
    pub fn write_file(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        write::write(self, out)
    }

    /// Reads what [`Aggregate::to_file`] wrote.
    ///
    /// # Errors
    /// [`ObservationFileError`] for anything else, with the place; one that [is too
    /// new](ObservationFileError::is_too_new) for a version that does not exist yet.
    pub fn from_file(text: &str) -> Result<Self, ObservationFileError> {
        read::read(text)
    }
}
