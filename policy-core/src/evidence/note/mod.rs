//! The note format: how declarations travel inside a binary, both directions.
//!
//! Records are standard ELF notes with the owner `aws-access`; the note type is the number of the
//! format. The same bytes fill a section of their own in a Mach-O file. The page
//! `docs/note-format.md` describes the fields.
//!
//! The room reads section *bytes*. It does not find the section in a file (that is the rim's), and
//! it does not ask the catalog whether what is declared exists.

mod record;
#[cfg(test)]
mod tests;

use super::Declaration;

/// The section of an ELF file.
pub const ELF_SECTION: &str = ".note.aws-access";
/// Segment and section of a Mach-O file.
pub const MACH_O_SECTION: &str = "__DATA,__aws_access";
/// The owner in every note.
pub const OWNER: &str = "aws-access";
/// The format that [`encode`] writes: the note type.
pub const VERSION: u32 = 1;

/// Largest section that is read.
///
/// Units: bytes. A record takes about 500, so this is room for thousands.
pub const MAX_SECTION_BYTES: usize = 8 << 20;
/// Largest record that is read or written.
///
/// Units: bytes.
pub const MAX_RECORD_BYTES: usize = 1 << 20;
/// Most records that are read from one section.
pub const MAX_RECORDS: usize = 10_000;

const HEADER: usize = 12;

/// What a section holds.
///
/// Three answers are kept apart: nothing there ([`Section::is_empty`]), unreadable (an error that
/// is not [`NoteError::is_too_new`]), too new (one that is).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// The declarations, sorted, each once: linkers keep no order.
    pub declarations: Vec<Declaration>,
    /// Notes of other owners, which were skipped.
    pub foreign: usize,
    /// What could not be read, by offset. Records beside a bad one are still read.
    pub errors: Vec<NoteError>,
}

impl Section {
    /// Whether there is no record of ours at all, readable or not.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.declarations.is_empty() && self.errors.is_empty()
    }
}

/// Why a section or a record of it could not be read.
///
/// Units: offsets and sizes in bytes, offsets from the start of the section.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// The section is larger than the limit; nothing of it was read.
    #[error("the section has {size} bytes; at most {limit} are read", limit = MAX_SECTION_BYTES)]
    SectionOversized {
        /// Its size.
        size: usize,
    },
    /// More records than the limit; the rest was not read.
    #[error("more than {limit} records; those from byte {offset} on were not read", limit = MAX_RECORDS)]
    TooManyRecords {
        /// Where reading stopped.
        offset: usize,
    },
    /// The section ends inside a note.
    #[error(
        "the note at byte {offset} needs {needed} bytes, but the section has {available} from there"
    )]
    Truncated {
        /// Where the note begins.
        offset: usize,
        /// What its header asks for, the header included.
        needed: usize,
        /// What is left of the section.
        available: usize,
    },
    /// A record is larger than the limit; it was skipped.
    #[error("the record at byte {offset} has {size} bytes; at most {limit} are read", limit = MAX_RECORD_BYTES)]
    RecordOversized {
        /// Where its note begins.
        offset: usize,
        /// Its size.
        size: usize,
    },
    /// A record of a format that a later version of this tool writes.
    #[error("the record at byte {offset} is in format {version}; format {known} is understood", known = VERSION)]
    FutureVersion {
        /// Where its note begins.
        offset: usize,
        /// The format it is in.
        version: u32,
    },
    /// A record that is not what its format says.
    #[error("the record at byte {offset} is malformed: {reason}")]
    Malformed {
        /// Where its note begins.
        offset: usize,
        /// What is wrong, naming the field.
        reason: String,
    },
}

impl NoteError {
    /// Whether a newer version of this tool could read it.
    #[must_use]
    pub fn is_too_new(&self) -> bool {
        matches!(self, Self::FutureVersion { .. })
    }

    /// Where in the section; 0 for the section as a whole.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Self::SectionOversized { .. } => 0,
            Self::TooManyRecords { offset }
            | Self::Truncated { offset, .. }
            | Self::RecordOversized { offset, .. }
            | Self::FutureVersion { offset, .. }
            | Self::Malformed { offset, .. } => *offset,
        }
    }
}

/// One note with the declaration as its descriptor.
///
/// Shape: little-endian, as every machine that Lambda offers; length a multiple of four.
/// Equal declarations give equal bytes.
#[must_use]
pub fn encode(declaration: &Declaration) -> Vec<u8> {
    let record = record::write(declaration);
    let mut note = Vec::with_capacity(HEADER + padded(OWNER.len() + 1) + padded(record.len()));
    for field in [OWNER.len() + 1, record.len(), VERSION as usize] {
        note.extend_from_slice(&u32::try_from(field).unwrap_or(u32::MAX).to_le_bytes());
    }
    for part in [format!("{OWNER}\0").as_bytes(), record.as_bytes()] {
        note.extend_from_slice(part);
        note.resize(padded(note.len()), 0);
    }
    note
}

/// Reads a section: limits first, padding and foreign notes skipped. Never panics.
#[must_use]
pub fn decode_section(bytes: &[u8]) -> Section {
    let mut section = Section::default();
    if bytes.len() > MAX_SECTION_BYTES {
        section.errors.push(NoteError::SectionOversized { size: bytes.len() });
        return section;
    }
    let mut records = 0;
    let mut offset = 0;
    while offset < bytes.len() {
        let rest = &bytes[offset..];
        // Linkers pad between the parts of a section; no note of ours begins with four zeros.
        let zeros = rest.iter().take(4).take_while(|byte| **byte == 0).count();
        if zeros == rest.len().min(4) {
            offset += zeros;
            continue;
        }
        if records == MAX_RECORDS {
            section.errors.push(NoteError::TooManyRecords { offset });
            break;
        }
        let note = match Note::read(rest) {
            Ok(note) => note,
            Err(needed) => {
                let available = rest.len();
                section.errors.push(NoteError::Truncated { offset, needed, available });
                break;
            }
        };
        records += 1;
        match note.declaration(offset) {
            Some(Ok(declaration)) => section.declarations.push(declaration),
            Some(Err(error)) => section.errors.push(error),
            None => section.foreign += 1,
        }
        offset += note.size;
    }
    section.declarations.sort();
    section.declarations.dedup();
    section
}

/// One note of any owner.
struct Note<'a> {
    owner: &'a [u8],
    kind: u32,
    descriptor: &'a [u8],
    /// With padding.
    size: usize,
}

impl<'a> Note<'a> {
    /// The note at the start of `bytes`, or how many bytes it would need.
    fn read(bytes: &'a [u8]) -> Result<Self, usize> {
        let word = |index: usize| {
            let word = bytes.get(index * 4..index * 4 + 4)?;
            Some(u32::from_le_bytes(word.try_into().ok()?))
        };
        let (Some(owner), Some(descriptor), Some(kind)) = (word(0), word(1), word(2)) else {
            return Err(HEADER);
        };
        // Saturating: two 32-bit sizes can overflow the sum on a 32-bit host.
        let (owner, descriptor) = (owner as usize, descriptor as usize);
        let start = HEADER.saturating_add(owner).checked_next_multiple_of(4).unwrap_or(usize::MAX);
        let end = start.saturating_add(descriptor);
        let (Some(owner), Some(descriptor)) =
            (bytes.get(HEADER..HEADER.saturating_add(owner)), bytes.get(start..end))
        else {
            return Err(end);
        };
        Ok(Self { owner, kind, descriptor, size: padded(end) })
    }

    /// `None` when the note is not ours.
    fn declaration(&self, offset: usize) -> Option<Result<Declaration, NoteError>> {
        let owner = self.owner.strip_suffix(b"\0").unwrap_or(self.owner);
        if owner != OWNER.as_bytes() {
            return None;
        }
        if self.kind > VERSION {
            return Some(Err(NoteError::FutureVersion { offset, version: self.kind }));
        }
        let malformed = |reason: String| NoteError::Malformed { offset, reason };
        if self.kind == 0 {
            return Some(Err(malformed("there is no format 0".to_owned())));
        }
        let size = self.descriptor.len();
        if size > MAX_RECORD_BYTES {
            return Some(Err(NoteError::RecordOversized { offset, size }));
        }
        Some(record::read(self.descriptor).map_err(malformed))
    }
}

fn padded(length: usize) -> usize {
    length.next_multiple_of(4)
}
