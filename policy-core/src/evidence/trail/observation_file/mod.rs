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
        write::write(self)
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
