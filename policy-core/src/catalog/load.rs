//! Embedded bytes → [`Catalog`], read in place.
//!
//! Nothing is decoded when the program starts: the section directory is read at compile time, and a
//! lookup reads only the records it compares. Damaged bytes cannot cause a panic: whatever
//! lies outside a section reads as zero, and [`Catalog::from_bytes`] refuses such a file.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::CatalogError;
use super::layout::{
    DATE_AT, DATE_LEN, DIGEST_AT, DIGEST_LEN, DIRECTORY_AT, FORMAT, HEADER_LEN, MAGIC, Section,
};

const SECTIONS: usize = Section::ALL.len();
static EMBEDDED_BYTES: &[u8] = include_bytes!("data/catalog.bin");
static EMBEDDED: Catalog =
    Catalog { directory: read_directory(EMBEDDED_BYTES), bytes: Cow::Borrowed(EMBEDDED_BYTES) };

/// The actions, resource types, condition keys and SDK operations that AWS documents, as of one day.
///
/// Not complete and not timeless: an action that AWS added later is unknown here, which is a reason
/// to warn, not a proof that it does not exist. See [`Catalog::date`].
pub struct Catalog {
    bytes: Cow<'static, [u8]>,
    directory: [(usize, usize); SECTIONS],
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalog").field("date", &self.date()).finish_non_exhaustive()
    }
}

impl Catalog {
    /// The catalog built into this program.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Takes a file made by `cargo xtask catalog build`.
    ///
    /// # Errors
    /// [`CatalogError`] when the bytes are no catalog, of another format, or refer outside themselves.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, CatalogError> {
        if bytes.get(..MAGIC.len()) != Some(&MAGIC[..]) {
            return Err(CatalogError::Foreign);
        }
        let damaged = |what| CatalogError::Damaged { what };
        if bytes.len() < HEADER_LEN {
            return Err(damaged("the header is cut off"));
        }
        let found = u16_at(&bytes, 8);
        if found != FORMAT {
            return Err(CatalogError::UnknownFormat { found });
        }
        if usize::from(u16_at(&bytes, 10)) != SECTIONS {
            return Err(damaged("the number of sections"));
        }
        let directory = read_directory(&bytes);
        for (section, (start, count)) in Section::ALL.into_iter().zip(directory) {
            let end = count.checked_mul(section.width()).and_then(|len| start.checked_add(len));
            if start < HEADER_LEN || end.is_none_or(|end| end > bytes.len()) {
                return Err(damaged("a section lies outside the file"));
            }
            if section.is_closed() && count == 0 {
                return Err(damaged("a table without its end"));
            }
        }
        let catalog = Self { bytes: bytes.into(), directory };
        super::verify::references(&catalog)?;
        Ok(catalog)
    }

    /// The day of the action facts, `2026-10-27`.
    #[must_use]
    pub fn date(&self) -> &str {
        str::from_utf8(self.slice(DATE_AT, DATE_LEN)).unwrap_or_default()
    }

    /// The SHA-256 of the content in hexadecimal digits: equal digests, equal answers.
    #[must_use]
    pub fn digest(&self) -> String {
        self.slice(DIGEST_AT, DIGEST_LEN).iter().fold(String::new(), |mut text, byte| {
            // INVARIANT: writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The data sets the facts come from, with their versions.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        (0..self.count(Section::Sources)).map(|i| self.string(self.u16(Section::Sources, i, 0)))
    }

    /// Bytes of the file.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The whole file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn slice(&self, start: usize, len: usize) -> &[u8] {
        start.checked_add(len).and_then(|end| self.bytes.get(start..end)).unwrap_or_default()
    }

    /// Records of a section, without the closing one.
    pub(super) fn count(&self, section: Section) -> usize {
        let (_, count) = self.directory[section as usize];
        count - usize::from(section.is_closed() && count > 0)
    }

    fn at(&self, section: Section, record: usize, offset: usize) -> usize {
        self.directory[section as usize].0 + record * section.width() + offset
    }

    pub(super) fn u8(&self, section: Section, record: usize, offset: usize) -> u8 {
        self.bytes.get(self.at(section, record, offset)).copied().unwrap_or_default()
    }

    pub(super) fn u16(&self, section: Section, record: usize, offset: usize) -> u16 {
        u16_at(&self.bytes, self.at(section, record, offset))
    }

    pub(super) fn u32(&self, section: Section, record: usize) -> usize {
        u32_at(&self.bytes, self.at(section, record, 0))
    }

    /// The bounds of string or list `number` in its table of ends.
    pub(super) fn bounds(&self, section: Section, number: u16) -> (usize, usize) {
        let number = usize::from(number);
        let start = if number == 0 { 0 } else { self.u32(section, number - 1) };
        (start, self.u32(section, number))
    }

    pub(super) fn string_bytes(&self, number: u16) -> &[u8] {
        let (start, end) = self.bounds(Section::StringEnds, number);
        self.slice(self.at(Section::StringBytes, start, 0), end.saturating_sub(start))
    }

    pub(super) fn string(&self, number: u16) -> &str {
        str::from_utf8(self.string_bytes(number)).unwrap_or_default()
    }

    pub(super) fn list(&self, number: u16) -> List<'_> {
        let (start, end) = self.bounds(Section::ListEnds, number);
        List {
            bytes: self.slice(self.at(Section::ListItems, start, 0), end.saturating_sub(start) * 2),
        }
    }

    /// The record in `range` whose string at offset 0 is `text`, without regard to case.
    pub(super) fn find(
        &self,
        section: Section,
        range: std::ops::Range<usize>,
        text: &str,
    ) -> Option<usize> {
        search(range, |record| {
            compare_folded(self.string_bytes(self.u16(section, record, 0)), text.as_bytes())
        })
    }

    /// The records whose number at offset 0 is `key`; the section is sorted by it.
    pub(super) fn run(&self, section: Section, key: u16) -> std::ops::Range<usize> {
        let count = self.count(section);
        let first = partition(0..count, |record| self.u16(section, record, 0) < key);
        let end = (first..count).take_while(|&r| self.u16(section, r, 0) == key).count();
        first..first + end
    }

    /// The record of `section` whose run (`first …` at `offset`) holds `item`.
    pub(super) fn owner(&self, section: Section, offset: usize, item: usize) -> usize {
        let count = self.count(section);
        partition(0..count, |r| usize::from(self.u16(section, r, offset)) <= item).saturating_sub(1)
    }
}

/// The items of a list.
#[derive(Clone)]
pub(super) struct List<'c> {
    bytes: &'c [u8],
}

impl Iterator for List<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        let (item, rest) = self.bytes.split_first_chunk::<2>()?;
        self.bytes = rest;
        Some(u16::from_le_bytes(*item))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.bytes.len() / 2, Some(self.bytes.len() / 2))
    }
}

impl ExactSizeIterator for List<'_> {}

impl<'c> List<'c> {
    /// The items in groups of `N`.
    pub(super) fn groups<const N: usize>(mut self) -> impl Iterator<Item = [u16; N]> + 'c {
        std::iter::from_fn(move || {
            let mut group = [0; N];
            for slot in &mut group {
                *slot = self.next()?;
            }
            Some(group)
        })
    }
}

/// Compares without regard to ASCII case.
///
/// A plain loop: the macros run it without optimisation, where chained iterators cost five times as much.
pub(super) fn compare_folded(a: &[u8], b: &[u8]) -> std::cmp::Ordering {
    let shared = a.len().min(b.len());
    let mut at = 0;
    while at < shared {
        let (x, y) = (a[at], b[at]);
        if x != y {
            let (x, y) = (x.to_ascii_lowercase(), y.to_ascii_lowercase());
            if x != y {
                return x.cmp(&y);
            }
        }
        at += 1;
    }
    a.len().cmp(&b.len())
}

/// The first place in `range` where `before` is false.
pub(super) fn partition(range: std::ops::Range<usize>, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

/// The place in `range` that compares equal.
pub(super) fn search(
    range: std::ops::Range<usize>,
    compare: impl Fn(usize) -> std::cmp::Ordering,
) -> Option<usize> {
    let end = range.end;
    let at = partition(range, |place| compare(place).is_lt());
    (at < end && compare(at).is_eq()).then_some(at)
}

const fn read_directory(bytes: &[u8]) -> [(usize, usize); SECTIONS] {
    let mut directory = [(0, 0); SECTIONS];
    let mut i = 0;
    while i < SECTIONS {
        let at = DIRECTORY_AT + i * 8;
        directory[i] = (u32_at(bytes, at), u32_at(bytes, at + 4));
        i += 1;
    }
    directory
}

const fn u16_at(bytes: &[u8], at: usize) -> u16 {
    if at + 1 < bytes.len() { u16::from_le_bytes([bytes[at], bytes[at + 1]]) } else { 0 }
}

const fn u32_at(bytes: &[u8], at: usize) -> usize {
    if at + 3 < bytes.len() {
        u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize
    } else {
        0
    }
}
