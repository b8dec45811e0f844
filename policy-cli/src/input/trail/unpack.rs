//! One input → the trail reader: whole when it is small, as a stream when it is not.

use std::fs::File;
use std::io::{self, Read};

use libdeflater::Decompressor;
use policy_core::evidence::trail::{Aggregate, Reader, TrailError};

use super::files::Source;
use super::gzip;

/// Why an input was not used.
pub(super) enum Problem {
    /// What it holds.
    Document(TrailError),
    /// The file itself.
    File(String),
}

/// The buffers of one thread.
pub(super) struct Unpacker {
    decompressor: Decompressor,
    raw: Vec<u8>,
    unpacked: Vec<u8>,
}

impl Default for Unpacker {
    fn default() -> Self {
        Self { decompressor: Decompressor::new(), raw: Vec::new(), unpacked: Vec::new() }
    }
}

impl Unpacker {
    /// Reads one input; on a problem `aggregate` is as it was.
    pub(super) fn read(
        &mut self,
        source: &Source,
        reader: &mut Reader<'_>,
        aggregate: &mut Aggregate,
    ) -> Result<(), Problem> {
        let name = source.name();
        match source {
            Source::Stdin => self.stream(io::stdin().lock(), &name, reader, aggregate),
            Source::File { path, .. } => {
                let file = File::open(path)
                    .map_err(|error| Problem::File(format!("cannot be opened: {error}")))?;
                self.file(file, &name, reader, aggregate)
            }
        }
    }

    fn file(
        &mut self,
        mut file: File,
        name: &str,
        reader: &mut Reader<'_>,
        aggregate: &mut Aggregate,
    ) -> Result<(), Problem> {
        // One byte more than the limit shows that there is more.
        self.raw.clear();
        let read = Read::by_ref(&mut file)
            .take(gzip::WHOLE_LIMIT_BYTES + 1)
            .read_to_end(&mut self.raw)
            .map_err(|error| Problem::File(format!("cannot be read: {error}")))?;
        if read as u64 > gzip::WHOLE_LIMIT_BYTES {
            let head = std::mem::take(&mut self.raw);
            return self.stream(io::Cursor::new(head).chain(file), name, reader, aggregate);
        }
        if !gzip::is_gzip(&self.raw) {
            return reader.document(&self.raw, name, aggregate).map_err(Problem::Document);
        }
        if gzip::unpack_whole(&mut self.decompressor, &self.raw, &mut self.unpacked) {
            return reader.document(&self.unpacked, name, aggregate).map_err(Problem::Document);
        }
        reader.stream(gzip::stream(&*self.raw), name, aggregate).map_err(Problem::Document)
    }

    fn stream(
        &mut self,
        mut source: impl Read,
        name: &str,
        reader: &mut Reader<'_>,
        aggregate: &mut Aggregate,
    ) -> Result<(), Problem> {
        let mut head = Vec::with_capacity(2);
        Read::by_ref(&mut source)
            .take(2)
            .read_to_end(&mut head)
            .map_err(|error| Problem::File(format!("cannot be read: {error}")))?;
        let is_gzip = gzip::is_gzip(&head);
        let whole = io::Cursor::new(head).chain(source);
        let outcome = if is_gzip {
            reader.stream(gzip::stream(whole), name, aggregate)
        } else {
            reader.stream(whole, name, aggregate)
        };
        outcome.map_err(Problem::Document)
    }
}
