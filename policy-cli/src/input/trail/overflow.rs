//! Events that do not fit in memory, in temporary files.
//!
//! The files have no names, so nothing is left of them however the command ends. Where none can be made (`TMPDIR` says
//! where), events stay in memory.

use std::io;

use policy_core::evidence::trail::{Overflow, OverflowError, Room};

use crate::failure::Failure;

/// Events that are kept in memory.
///
/// Units: 40 bytes each, up to twice that while the list grows.
pub(super) const EVENTS_IN_MEMORY: usize = 1 << 14;

/// Temporary files, one for each room.
pub(super) struct TemporaryFiles;

impl Overflow for TemporaryFiles {
    fn room(&mut self) -> io::Result<Box<dyn Room>> {
        Ok(Box::new(tempfile::tempfile()?))
    }
}

/// The failure when they cannot be read back.
pub(super) fn lost(error: &OverflowError) -> Failure {
    Failure::input(error.to_string())
        .help("give a folder with enough room in `TMPDIR`, or read fewer logs at once and join them with `observe --join`")
}
