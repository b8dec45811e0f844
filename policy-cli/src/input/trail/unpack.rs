//! One input → the trail reader: whole when it is small, as a stream when it is not.

use std::fs::File;
use std::io::{self, Read};

use libdeflater::Decompressor;
use policy_core::evidence::digest::Sha256;
use policy_core::evidence::trail::{Aggregate, Reader, TrailError};

use super::digest::{self, Hashing};
use super::files::Source;
use super::gzip;
use super::progress::Progress;

/// Why an input was not used.
pub(super) enum Problem {
    /// What it holds.
    Document(TrailError),
    /// The file itself.
    File(String),
    /// Its content has not the hash that it must have.
    Altered,
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
    /// Reads one input: `reader` holds what an ordinary file shows, the rest goes into `aggregate`. On a problem both are as they
    /// were. With `hash`, its content unpacked must have that SHA-256.
    pub(super) fn read(
        &mut self,
        source: &Source,
        hash: Option<&Sha256>,
        reader: &mut Reader<'_>,
        aggregate: &mut Aggregate,
        progress: &Progress,
    ) -> Result<(), Problem> {
        let name = source.name();
        let mut document = Document { name: &name, hash, reader, aggregate };
        match source {
            Source::Stdin => document.packed_or_plain(progress.counting(io::stdin().lock())),
            Source::File { path, .. } => {
                let mut file = File::open(path)
                    .map_err(|error| Problem::File(format!("cannot be opened: {error}")))?;
                let is_large = gzip::is_large(&mut file)
                    .map_err(|error| Problem::File(format!("cannot be read: {error}")))?;
                if is_large {
                    // What buffers would hold is room for the stream.
                    (self.raw, self.unpacked) = (Vec::new(), Vec::new());
                    return document.packed_or_plain(progress.counting(file));
                }
                self.file(progress.counting(file), &mut document)
            }
        }
    }

    fn file(
        &mut self,
        mut file: impl Read,
        document: &mut Document<'_, '_>,
    ) -> Result<(), Problem> {
        // One byte more than the limit shows that there is more.
        for buffer in [&mut self.raw, &mut self.unpacked] {
            if buffer.capacity() == 0 {
                *buffer = gzip::buffer();
            }
        }
        self.raw.clear();
        let read = Read::by_ref(&mut file)
            .take(gzip::WHOLE_LIMIT_BYTES + 1)
            .read_to_end(&mut self.raw)
            .map_err(|error| Problem::File(format!("cannot be read: {error}")))?;
        if read as u64 > gzip::WHOLE_LIMIT_BYTES {
            let head = std::mem::take(&mut self.raw);
            return document.packed_or_plain(io::Cursor::new(head).chain(file));
        }
        if !gzip::is_gzip(&self.raw) {
            return document.whole(&self.raw);
        }
        if gzip::unpack_whole(&mut self.decompressor, &self.raw, &mut self.unpacked) {
            return document.whole(&self.unpacked);
        }
        document.stream(gzip::stream(&*self.raw))
    }
}

/// One document on its way into the reader.
struct Document<'d, 'c> {
    name: &'d str,
    hash: Option<&'d Sha256>,
    reader: &'d mut Reader<'c>,
    aggregate: &'d mut Aggregate,
}

impl Document<'_, '_> {
    fn packed_or_plain(&mut self, mut source: impl Read) -> Result<(), Problem> {
        let mut head = Vec::with_capacity(2);
        Read::by_ref(&mut source)
            .take(2)
            .read_to_end(&mut head)
            .map_err(|error| Problem::File(format!("cannot be read: {error}")))?;
        let is_gzip = gzip::is_gzip(&head);
        let whole = io::Cursor::new(head).chain(source);
        if is_gzip { self.stream(gzip::stream(whole)) } else { self.stream(whole) }
    }

    /// Nothing of a document with another hash is looked at.
    fn whole(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        if self.hash.is_some_and(|hash| digest::hash(bytes) != *hash) {
            return Err(Problem::Altered);
        }
        self.reader.hold(bytes, self.name).map_err(Problem::Document)
    }

    fn stream(&mut self, source: impl Read) -> Result<(), Problem> {
        let Some(hash) = self.hash else {
            return self
                .reader
                .stream(source, self.name, self.aggregate)
                .map_err(Problem::Document);
        };
        // The aggregate must stay as it was until the hash is known.
        let mut part = self.aggregate.part();
        let mut hashing = Hashing::new(source);
        let read = self.reader.stream(&mut hashing, self.name, &mut part);
        // What the reader left: that a document is altered says more than where it cannot be read.
        let rest = io::copy(&mut hashing, &mut io::sink());
        if rest.is_ok() && hashing.finish() != *hash {
            return Err(Problem::Altered);
        }
        read.map_err(Problem::Document)?;
        rest.map_err(|error| Problem::File(format!("cannot be read: {error}")))?;
        self.aggregate.merge(part).map_err(|error| Problem::File(error.to_string()))
    }
}
