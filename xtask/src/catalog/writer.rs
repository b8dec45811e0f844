//! Sections, strings and lists of `catalog.bin`, without what they mean.

use std::collections::{BTreeMap, HashMap};

use policy_core::catalog::layout::{
    DATE_LEN, DIGEST_AT, DIGEST_LEN, FORMAT, HEADER_LEN, MAGIC, Section,
};
use sha2::{Digest, Sha256};

/// How full a `u16` may get before the format has to change.
const LIMIT: usize = u16::MAX as usize * 8 / 10;

/// The file as it grows.
///
/// Strings are numbered in byte order, so they have to be known before the first is written: the
/// tables are written twice, the first time only to gather the strings.
#[derive(Default)]
pub(crate) struct Writer {
    strings: BTreeMap<String, u16>,
    numbered: bool,
    lists: HashMap<Vec<u16>, u16>,
    list_items: Vec<u16>,
    list_ends: Vec<u32>,
    sections: BTreeMap<usize, Vec<u8>>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        let mut writer = Self::default();
        writer.strings.insert(String::new(), 0);
        writer.list(&[]);
        writer
    }

    /// An empty file that knows the strings of this one.
    pub(crate) fn numbered(self) -> Result<Self, String> {
        let mut writer = Self { strings: self.strings, numbered: true, ..Self::default() };
        within("strings", writer.strings.len())?;
        // INVARIANT: checked above, so every number fits.
        for (number, value) in writer.strings.values_mut().enumerate() {
            *value = number as u16;
        }
        writer.list(&[]);
        Ok(writer)
    }

    /// The number of a string.
    pub(crate) fn string(&mut self, text: &str) -> u16 {
        if self.numbered {
            return self.strings.get(text).copied().unwrap_or_default();
        }
        self.strings.entry(text.to_owned()).or_default();
        0
    }

    /// The number of the list of these strings.
    pub(crate) fn strings(&mut self, texts: &[String]) -> u16 {
        let items: Vec<u16> = texts.iter().map(|text| self.string(text)).collect();
        self.list(&items)
    }

    /// The number of a list. Equal lists share one.
    pub(crate) fn list(&mut self, items: &[u16]) -> u16 {
        if let Some(&number) = self.lists.get(items) {
            return number;
        }
        let number = self.lists.len() as u16;
        self.list_items.extend(items);
        self.list_ends.push(self.list_items.len() as u32);
        self.lists.insert(items.to_vec(), number);
        number
    }

    /// Starts a record.
    pub(crate) fn record(&mut self, section: Section) -> Record<'_> {
        Record { bytes: self.sections.entry(section as usize).or_default() }
    }

    /// Number of records in a section.
    pub(crate) fn len(&self, section: Section) -> usize {
        self.sections.get(&(section as usize)).map_or(0, |b| b.len() / section.width())
    }

    /// Sorts the records of a section by their bytes as big-endian numbers of the leading `fields`.
    pub(crate) fn finish(mut self, date: &str) -> Result<Vec<u8>, String> {
        if date.len() != DATE_LEN {
            return Err(format!("`{date}` is no date such as 2026-10-27"));
        }
        within("lists", self.list_ends.len())?;
        for section in [Section::Actions, Section::Operations, Section::ActionOperations] {
            within(&format!("{section:?}"), self.len(section))?;
        }
        let mut blob = Vec::new();
        for text in self.strings.keys() {
            blob.extend_from_slice(text.as_bytes());
            let end = blob.len() as u32;
            self.sections
                .entry(Section::StringEnds as usize)
                .or_default()
                .extend(end.to_le_bytes());
        }
        self.sections.insert(Section::StringBytes as usize, blob);
        let items = self.list_items.iter().flat_map(|item| item.to_le_bytes()).collect();
        self.sections.insert(Section::ListItems as usize, items);
        let ends = self.list_ends.iter().flat_map(|end| end.to_le_bytes()).collect();
        self.sections.insert(Section::ListEnds as usize, ends);

        let mut file = Vec::with_capacity(2_000_000);
        file.extend(MAGIC);
        file.extend(FORMAT.to_le_bytes());
        file.extend((Section::ALL.len() as u16).to_le_bytes());
        file.extend(date.as_bytes());
        file.extend([0; DIGEST_LEN]);
        let mut at = HEADER_LEN;
        for section in Section::ALL {
            let bytes = self.sections.get(&(section as usize)).map_or(&[][..], Vec::as_slice);
            if !bytes.len().is_multiple_of(section.width()) {
                return Err(format!("{section:?}: records of a wrong width"));
            }
            file.extend((at as u32).to_le_bytes());
            file.extend(((bytes.len() / section.width()) as u32).to_le_bytes());
            at += bytes.len();
        }
        for bytes in self.sections.values() {
            file.extend(bytes);
        }
        let digest = Sha256::digest(&file[HEADER_LEN..]);
        file[DIGEST_AT..DIGEST_AT + DIGEST_LEN].copy_from_slice(&digest);
        Ok(file)
    }
}

/// A record being written, field by field.
pub(crate) struct Record<'w> {
    bytes: &'w mut Vec<u8>,
}

impl Record<'_> {
    pub(crate) fn u8(self, value: u8) -> Self {
        self.bytes.push(value);
        self
    }

    pub(crate) fn u16(self, value: u16) -> Self {
        self.bytes.extend(value.to_le_bytes());
        self
    }
}

fn within(what: &str, count: usize) -> Result<(), String> {
    if count <= LIMIT {
        return Ok(());
    }
    Err(format!("{count} {what}: more than 80 % of what the format can number"))
}
