//! Gzip, with limits.
//!
//! An ordinary file is unpacked in one go; one that is large, has several members, or is
//! broken goes through the stream, which also says what is wrong.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use libdeflater::Decompressor;

/// The largest file that is unpacked in one go, packed and unpacked.
///
/// Units: bytes. Two threads hold one such pair each.
pub(super) const WHOLE_LIMIT_BYTES: u64 = 8 * 1024 * 1024;

/// Unpacked bytes up to which no ratio is looked at.
const RATIO_FREE_BYTES: u64 = 64 * 1024 * 1024;

/// How much larger a log may get. CloudTrail's own files unpack to 8 to 12 times their size.
const RATIO: u64 = 200;

/// Whether the bytes begin as gzip does.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC[..2])
}

/// Magic number and the only compression method there is.
const MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];

/// Whether a file is too large to be unpacked in one go, by its size and by what its last bytes say. One that can only be read
/// in order is not looked at.
///
/// # Errors
/// A file that can be looked at and then cannot.
pub(super) fn is_large(file: &mut (impl Read + Seek)) -> io::Result<bool> {
    let Ok(size) = file.seek(SeekFrom::End(0)) else { return Ok(false) };
    let mut is_large = size > WHOLE_LIMIT_BYTES;
    if !is_large && size >= SMALLEST_BYTES {
        let (mut head, mut last) = ([0; 2], [0; 4]);
        file.rewind()?;
        file.read_exact(&mut head)?;
        file.seek(SeekFrom::End(-4))?;
        file.read_exact(&mut last)?;
        is_large = is_gzip(&head) && u64::from(u32::from_le_bytes(last)) > WHOLE_LIMIT_BYTES;
    }
    file.rewind()?;
    Ok(is_large)
}

/// Units: bytes. Header and trailer of gzip.
const SMALLEST_BYTES: u64 = 18;

/// A buffer for a whole file. It has room for the largest from the beginning: what is not used takes no memory, and one
/// that grows would leave holes of many sizes.
pub(super) fn buffer() -> Vec<u8> {
    Vec::with_capacity(usize::try_from(WHOLE_LIMIT_BYTES).unwrap_or(usize::MAX) + 1)
}

/// Unpacks a whole file of one member into `unpacked`; `false` when the stream has to.
pub(super) fn unpack_whole(
    decompressor: &mut Decompressor,
    packed: &[u8],
    unpacked: &mut Vec<u8>,
) -> bool {
    // The last four bytes of the last member are its unpacked size, modulo 2³².
    let Some(size) = packed.last_chunk().map(|size| u64::from(u32::from_le_bytes(*size))) else {
        return false;
    };
    // A second member begins with the magic number. It may also turn up by chance: then the stream
    // is only slower.
    let has_more_members =
        packed.get(3..).is_some_and(|rest| memchr::memmem::find(rest, &MAGIC).is_some());
    if size > WHOLE_LIMIT_BYTES || has_more_members {
        return false;
    }
    let Ok(size) = usize::try_from(size) else { return false };
    unpacked.resize(size, 0);
    decompressor.gzip_decompress(packed, unpacked) == Ok(size)
}

/// The unpacked bytes of `source`, which goes on as long as there are members.
pub(super) fn stream<R: Read>(source: R) -> impl Read {
    stream_within(source, RATIO_FREE_BYTES)
}

fn stream_within<R: Read>(source: R, free_bytes: u64) -> impl Read {
    let packed = Rc::new(Cell::new(0));
    let counted = Counted { source, bytes: Rc::clone(&packed) };
    let buffered = io::BufReader::with_capacity(64 * 1024, counted);
    Unpacked { decoder: MultiGzDecoder::new(buffered), packed, unpacked: 0, free_bytes }
}

struct Counted<R> {
    source: R,
    bytes: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.bytes.set(self.bytes.get() + read as u64);
        Ok(read)
    }
}

struct Unpacked<D> {
    decoder: D,
    packed: Rc<Cell<u64>>,
    unpacked: u64,
    free_bytes: u64,
}

impl<D: Read> Read for Unpacked<D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buffer).map_err(|error| {
            let problem = match error.kind() {
                io::ErrorKind::UnexpectedEof => "its gzip data end too early",
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                    "its gzip data are broken"
                }
                _ => return error,
            };
            io::Error::new(error.kind(), problem)
        })?;
        self.unpacked += read as u64;
        if self.unpacked > self.free_bytes
            && self.unpacked > self.packed.get().saturating_mul(RATIO)
        {
            return Err(io::Error::other(format!(
                "it unpacks to more than {RATIO} times its size, which no log does"
            )));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_unpacks_to_far_more_than_its_size_is_refused() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&vec![b' '; 1 << 20]).unwrap();
        let packed = encoder.finish().unwrap();
        let mut unpacked = Vec::new();
        let error = stream_within(&*packed, 1 << 16).read_to_end(&mut unpacked).unwrap_err();
        assert_eq!(
            error.to_string(),
            "it unpacks to more than 200 times its size, which no log does"
        );
        assert!(stream_within(&*packed, 1 << 20).read_to_end(&mut unpacked).is_ok());
    }

    #[test]
    fn a_file_says_how_large_it_is() {
        let packed = |size: u64| {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            io::copy(&mut io::repeat(b' ').take(size), &mut encoder).unwrap();
            encoder.finish().unwrap()
        };
        let plain = |size: usize| vec![b' '; size];
        let limit = WHOLE_LIMIT_BYTES;
        for (file, expected) in [
            (packed(limit), false),
            (packed(limit + 1), true),
            (plain(limit as usize), false),
            (plain(limit as usize + 1), true),
            (vec![0xff; 1000], false),
            (packed(limit + 1)[..10].to_vec(), false),
            (Vec::new(), false),
        ] {
            let mut cursor = io::Cursor::new(&file);
            assert_eq!(is_large(&mut cursor).unwrap(), expected, "{} bytes", file.len());
            assert_eq!(cursor.position(), 0, "it is read from its beginning");
        }
    }

    #[test]
    fn several_members_are_left_to_the_stream() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(b"{}").unwrap();
        let one = encoder.finish().unwrap();
        let (mut decompressor, mut unpacked) = (Decompressor::new(), Vec::new());
        assert!(unpack_whole(&mut decompressor, &one, &mut unpacked));
        assert_eq!(unpacked, b"{}");
        let two = [one.clone(), one].concat();
        assert!(!unpack_whole(&mut decompressor, &two, &mut unpacked));
        for short in [&b""[..], b"\x1f\x8b", b"\x1f\x8b\x08\0\0\0\0\0\0\0\0\0\0\0"] {
            assert!(!unpack_whole(&mut decompressor, short, &mut unpacked), "{short:?}");
        }
    }
}
